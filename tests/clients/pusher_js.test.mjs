// pusher-js alone: what an application sees of admission, limits, cache channels and client events.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import { Clients, connected, devApp, handled, messagesOf, sdkFor, subscribed } from './support/clients.mjs';
import { Server } from './support/server.mjs';
import { eventually, Inbox, inboxOf } from './support/wait.mjs';

/** Options that sign channels in the client itself, as the presence member `member`. */
const signedBy = (sdk, member = { user_id: 'u1' }) => ({
  channelAuthorization: {
    customHandler: ({ socketId, channelName }, callback) => {
      const data = channelName.startsWith('presence-') ? member : undefined;
      callback(null, sdk.authorizeChannel(socketId, channelName, data));
    },
  },
});

/** Everything a channel tells its handlers from now on, as [event, data]. */
function eventsOf(channel) {
  const inbox = new Inbox();
  channel.bind_global((event, data) => inbox.put([event, data]));
  return inbox;
}

/** What an error handler of the connection was told by `pusher:error`. */
const errorData = (error) => (error.error ?? error).data;

const limitsAreOfOneNode = process.env.GRAPEVINE_TEST_NODES ? 'connections are counted by node' : false;

describe('pusher-js', () => {
  const clients = new Clients();
  let server;
  let sdk;

  before(async () => {
    server = await Server.start();
    sdk = sdkFor(server);
  });
  afterEach(() => clients.close());
  after(() => server?.stop());

  it('connects and is told its socket id and the activity time-out', async () => {
    const client = clients.pusher(server.port);
    const states = inboxOf(client.connection, 'state_change');
    const socketId = await connected(client);
    assert.match(socketId, /^\d+\.\d+$/);
    assert.equal(client.connection.activityTimeout, 120_000);
    assert.deepEqual(states.items.at(-1), { previous: 'connecting', current: 'connected' });
  });

  it('gives up with 4001 when no app has the key', async () => {
    const client = clients.pusher(server.port, { key: 'no-such-key' });
    const errors = inboxOf(client.connection, 'error');
    const retries = inboxOf(client.connection, 'connecting_in');
    const states = inboxOf(client.connection, 'state_change');
    await states.first(({ current }) => current === 'disconnected', 'giving up');
    assert.equal(errorData(errors.items[0]).code, 4001);
    assert.deepEqual(states.items.map(({ current }) => current).filter((state) => state !== 'connecting'),
      ['disconnected']);
    assert.deepEqual(retries.items, []);
    assert.equal(client.connection.socket_id, undefined);
  });

  it('subscribes to a channel name that only begins like a private or a cache one without a signature', async () => {
    const client = clients.pusher(server.port);
    for (const name of ['privateer', 'cacheable', 'presences', 'Private-capital']) {
      const channel = client.subscribe(name);
      const seen = eventsOf(channel);
      await subscribed(channel);
      await sdk.trigger(name, 'event', { name });
      await seen.count(2, 'the event');
      assert.deepEqual(seen.items, [['pusher:subscription_succeeded', {}], ['event', { name }]]);
    }
  });

  it('is told why a channel name is refused, and stays connected', async () => {
    const client = clients.pusher(server.port);
    const errors = inboxOf(client.connection, 'error');
    const socketId = await connected(client);
    const seen = eventsOf(client.subscribe('no spaces'));
    await errors.count(1, 'the refusal');
    const [[event, data]] = seen.items;
    assert.deepEqual([event, data.type, data.status], ['pusher:subscription_error', 'InvalidChannel', 400]);

    // The answer repeats no more of a name than a valid one could have, so pusher-js finds no channel for it.
    const tooLong = client.subscribe('c'.repeat(201));
    await errors.count(2, 'the second refusal');
    assert.deepEqual(errors.items.map(({ data }) => data.code), [null, null]);
    assert.equal(tooLong.subscribed, false);
    await subscribed(client.subscribe('fine'));
    assert.equal(client.connection.socket_id, socketId);
  });

  it('subscribes twice to one channel and still hears each event once', async () => {
    const client = clients.pusher(server.port);
    const channel = await subscribed(client.subscribe('twice'));
    const messages = messagesOf(client);
    client.send_event('pusher:subscribe', { channel: 'twice', auth: '' });
    await messages.first(({ event }) => event === 'pusher_internal:subscription_succeeded', 'the second success');
    const seen = eventsOf(channel);
    await sdk.trigger('twice', 'one', {});
    await sdk.trigger('twice', 'two', {});
    await seen.count(2, 'the events');
    assert.deepEqual(seen.items, [['one', {}], ['two', {}]]);
    const info = await sdk.get({ path: '/channels/twice', params: { info: 'subscription_count' } });
    assert.deepEqual(await info.json(), { occupied: true, subscription_count: 1 });
  });

  it('hears nothing of a channel it has left', async () => {
    const client = clients.pusher(server.port);
    await subscribed(client.subscribe('left'));
    await subscribed(client.subscribe('stays'));
    client.unsubscribe('left');
    await handled(client);
    const messages = messagesOf(client);
    await sdk.trigger(['left', 'stays'], 'first', {});
    await sdk.trigger('stays', 'last', {});
    await messages.first(({ event }) => event === 'last', 'the last event');
    assert.deepEqual(messages.items.map(({ event, channel }) => [channel, event]),
      [['stays', 'first'], ['stays', 'last']]);
    await eventually(async () => (await sdk.get({ path: '/channels/left' })).json(),
      ({ occupied }) => !occupied, 'the empty channel');
  });

  describe('on cache channels', () => {
    for (const name of ['cache-prices', 'private-cache-prices', 'presence-cache-prices']) {
      it(`misses first and then is given the last event at once: ${name}`, async () => {
        const early = clients.pusher(server.port, signedBy(sdk)).subscribe(name);
        const seenEarly = eventsOf(early);
        await seenEarly.count(2, 'success and cache miss');
        assert.deepEqual(seenEarly.items.map(([event]) => event),
          ['pusher:subscription_succeeded', 'pusher:cache_miss']);
        assert.deepEqual(seenEarly.items[1][1], {});

        await sdk.trigger(name, 'price', { eur: 1 });
        await sdk.trigger(name, 'quote', { eur: 2 });
        await seenEarly.count(4, 'both events');
        assert.deepEqual(seenEarly.items.slice(2), [['price', { eur: 1 }], ['quote', { eur: 2 }]]);

        const late = clients.pusher(server.port, signedBy(sdk)).subscribe(name);
        const seenLate = eventsOf(late);
        await seenLate.count(2, 'success and the remembered event');
        await sdk.trigger(name, 'price', { eur: 3 });
        await seenLate.count(3, 'the next event');
        assert.deepEqual(seenLate.items.map(([event]) => event),
          ['pusher:subscription_succeeded', 'quote', 'price']);
        assert.deepEqual(seenLate.items.slice(1).map(([, data]) => data), [{ eur: 2 }, { eur: 3 }]);
      });
    }

    it('is given the last event after everybody had left, and the HTTP API tells it too', async () => {
      const first = clients.pusher(server.port);
      await subscribed(first.subscribe('cache-kept'));
      await sdk.trigger('cache-kept', 'state', { n: 1 });
      first.disconnect();
      const ask = async () => (await sdk.get({ path: '/channels/cache-kept', params: { info: 'cache' } })).json();
      const { cache } = await eventually(ask, ({ occupied }) => !occupied, 'the empty channel');
      assert.equal(cache.data, JSON.stringify({ n: 1 }));
      assert.ok(cache.ttl > 0 && cache.ttl <= 1800, `ttl ${cache.ttl}`);

      const seen = eventsOf(clients.pusher(server.port).subscribe('cache-kept'));
      await seen.count(2, 'success and the remembered event');
      assert.deepEqual(seen.items, [['pusher:subscription_succeeded', {}], ['state', { n: 1 }]]);
    });

    it('does not find client events remembered', async () => {
      const early = await subscribed(clients.pusher(server.port, signedBy(sdk)).subscribe('private-cache-chat'));
      const other = await subscribed(clients.pusher(server.port, signedBy(sdk)).subscribe('private-cache-chat'));
      const heard = inboxOf(other, 'client-typing');
      early.trigger('client-typing', { on: true });
      await heard.count(1, 'the client event');
      const seen = eventsOf(clients.pusher(server.port, signedBy(sdk)).subscribe('private-cache-chat'));
      await seen.count(2, 'success and cache miss');
      assert.deepEqual(seen.items.map(([event]) => event), ['pusher:subscription_succeeded', 'pusher:cache_miss']);
    });
  });

  describe('sending client events', () => {
    it('has at most 10 a second passed on, is told 4301 for the others and stays connected', async () => {
      const sender = clients.pusher(server.port, signedBy(sdk));
      const channel = await subscribed(sender.subscribe('private-fast'));
      const socketId = sender.connection.socket_id;
      const other = await subscribed(clients.pusher(server.port, signedBy(sdk)).subscribe('private-fast'));

      const [passed, refused, answered] = [new Inbox(), new Inbox(), new Inbox()];
      other.bind('client-move', (data) => [passed, answered].forEach((inbox) => inbox.put(data)));
      sender.connection.bind('error', (error) => [refused, answered].forEach((inbox) => inbox.put(error)));
      const sent = 40;
      for (let n = 0; n < sent; ++n)
        channel.trigger('client-move', { n });
      await answered.count(sent, 'an outcome for each event');

      // A second may end while they are read, so those of two seconds may pass.
      assert.ok(passed.items.length >= 10 && passed.items.length <= 20, `${passed.items.length} passed`);
      assert.deepEqual(passed.items.slice(0, 1), [{ n: 0 }]);
      const numbers = passed.items.map(({ n }) => n);
      assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
      assert.equal(passed.items.length + refused.items.length, sent);
      for (const error of refused.items) {
        assert.equal(error.type, 'PusherError');
        assert.equal(error.data.code, 4301);
      }

      assert.equal(sender.connection.state, 'connected');
      assert.equal(sender.connection.socket_id, socketId);
      const heard = inboxOf(channel, 'still');
      await sdk.trigger('private-fast', 'still', {});
      await heard.count(1, 'an event after the refusals');
    });

    it('is told why they are refused: on public and encrypted channels, too large, not subscribed', async () => {
      const sender = clients.pusher(server.port, signedBy(sdk));
      const errors = inboxOf(sender.connection, 'error');
      const socketId = await connected(sender);
      const channel = await subscribed(sender.subscribe('private-rules'));
      await subscribed(sender.subscribe('public-rules'));
      await subscribed(sender.subscribe('private-encrypted-rules'));
      const other = clients.pusher(server.port, signedBy(sdk));
      const heard = new Inbox();
      for (const name of ['private-rules', 'public-rules', 'private-encrypted-rules'])
        await subscribed(other.subscribe(name));
      const messages = messagesOf(other);

      sender.send_event('client-move', {}, 'public-rules');
      sender.send_event('client-move', {}, 'private-encrypted-rules');
      channel.trigger('client-move', 'x'.repeat(10 * 1024 + 1));
      channel.trigger(`client-${'x'.repeat(200)}`, {});
      sender.send_event('client-move', {}, 'private-stranger');
      await errors.count(5, 'the refusals');
      assert.deepEqual(errors.items.map(({ data }) => data.code), [4301, 4301, 4301, 4301, 4009]);

      other.channel('private-rules').bind('client-move', heard.put);
      channel.trigger('client-move', { allowed: true });
      await heard.count(1, 'the allowed event');
      assert.deepEqual(heard.items, [{ allowed: true }]);
      assert.equal(messages.items.length, 1, 'no refused event was passed on');
      assert.equal(sender.connection.socket_id, socketId);
    });
  });
});

describe('pusher-js against a configured server', () => {
  const app = (id, lines = '') => `
[[app]]
id = "${id}"
key = "${id}-key"
secret = "${id}-secret"
${lines}`;
  const config = `
[limits]
activity_timeout = "1s"
subscriptions_per_connection = 2
presence_members = 2
connections = 5
${app('quiet')}
${app('closed', 'enabled = false')}
${app('small', 'max_connections = 1')}
${app('browsers', 'allowed_origins = ["https://example.com"]')}`;

  const clients = new Clients();
  let server;
  const sdkOf = (id) => sdkFor(server, { appId: id, key: `${id}-key`, secret: `${id}-secret` });
  const clientOf = (id, options = {}) => clients.pusher(server.port, { key: `${id}-key`, ...options });

  before(async () => {
    server = await Server.start({ config });
  });
  afterEach(async () => {
    clients.close();
    // The quotas count those that are still leaving.
    const connections = async (id) => (await (await sdkOf(id).get({ path: '/connections' })).json()).connections;
    for (const id of ['quiet', 'small'])
      await eventually(() => connections(id), (count) => count === 0, `the end of the connections of ${id}`);
  });
  after(() => server?.stop());

  it('knows nothing of the app of --dev', async () => {
    const client = clients.pusher(server.port, { key: devApp.key });
    const errors = inboxOf(client.connection, 'error');
    await errors.count(1, 'the refusal');
    assert.equal(errorData(errors.items[0]).code, 4001);
  });

  it('is told 4301 for client events when the app has not enabled them', async () => {
    const sdk = sdkOf('quiet');
    const sender = clientOf('quiet', signedBy(sdk));
    const errors = inboxOf(sender.connection, 'error');
    const channel = await subscribed(sender.subscribe('private-chat'));
    const other = clientOf('quiet', signedBy(sdk));
    await subscribed(other.subscribe('private-chat'));
    const messages = messagesOf(other);
    channel.trigger('client-typing', {});
    await errors.count(1, 'the refusal');
    assert.equal(errors.items[0].data.code, 4301);
    await sdk.trigger('private-chat', 'fence', {});
    await messages.first(({ event }) => event === 'fence', 'the event after');
    assert.deepEqual(messages.items.filter(({ event }) => event === 'client-typing'), []);
    assert.equal(sender.connection.state, 'connected');
  });

  it('gives up with 4003 when the app is disabled', async () => {
    const client = clientOf('closed');
    const errors = inboxOf(client.connection, 'error');
    const states = inboxOf(client.connection, 'state_change');
    await states.first(({ current }) => current === 'disconnected', 'giving up');
    assert.equal(errorData(errors.items[0]).code, 4003);
  });

  it('gives up with 4004 when the app has all the connections it may have', { skip: limitsAreOfOneNode }, async () => {
    await connected(clientOf('small'));
    const second = clientOf('small');
    const errors = inboxOf(second.connection, 'error');
    const states = inboxOf(second.connection, 'state_change');
    await states.first(({ current }) => current === 'disconnected', 'giving up');
    assert.equal(errorData(errors.items[0]).code, 4004);
  });

  it('is told 4100 when the node is full, and comes in once there is room', { skip: limitsAreOfOneNode }, async () => {
    const guests = Array.from({ length: 5 }, () => clientOf('quiet'));
    for (const guest of guests)
      await connected(guest);
    const late = clientOf('quiet');
    const errors = inboxOf(late.connection, 'error');
    await errors.count(1, 'the refusal');
    assert.equal(errorData(errors.items[0]).code, 4100);
    guests[0].disconnect();
    assert.match(await connected(late), /^\d+\.\d+$/);
  });

  it('comes in without an Origin header when only some origins are allowed', async () => {
    assert.match(await connected(clientOf('browsers')), /^\d+\.\d+$/);
  });

  it('is refused a third channel when two are the limit, and may leave one for another', async () => {
    const client = clientOf('quiet');
    await subscribed(client.subscribe('one'));
    await subscribed(client.subscribe('two'));
    const refusals = inboxOf(client.subscribe('three'), 'pusher:subscription_error');
    await refusals.count(1, 'the refusal');
    assert.equal(refusals.items[0].type, 'LimitReached');
    client.unsubscribe('one');
    await subscribed(client.subscribe('four'));
  });

  it('is refused a full presence channel, in which a second tab of a member has room', async () => {
    const sdk = sdkOf('quiet');
    const member = (id) => clientOf('quiet', signedBy(sdk, { user_id: id }));
    await subscribed(member('ada').subscribe('presence-room'));
    await subscribed(member('bob').subscribe('presence-room'));
    const refusals = inboxOf(member('eve').subscribe('presence-room'), 'pusher:subscription_error');
    await refusals.count(1, 'the refusal');
    assert.deepEqual([refusals.items[0].type, refusals.items[0].status], ['LimitReached', 4100]);
    const tab = await subscribed(member('ada').subscribe('presence-room'));
    assert.equal(tab.members.count, 2);
    assert.deepEqual(Object.keys(tab.members.members).sort(), ['ada', 'bob']);
  });

  it('has the pings answered that it sends after a second of silence', async () => {
    const client = clientOf('quiet');
    const messages = messagesOf(client);
    const socketId = await connected(client);
    assert.equal(client.connection.activityTimeout, 1000);
    const pongs = ({ event }) => event === 'pusher:pong';
    await messages.until((items) => items.filter(pongs).length >= 2, 'two pongs');
    assert.equal(client.connection.state, 'connected');
    assert.equal(client.connection.socket_id, socketId);
  });
});
