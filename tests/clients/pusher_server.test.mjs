// The server SDK for Node: publishing, asking and signing through the HTTP API.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import { Clients, connected, messagesOf, sdkFor, subscribed } from './support/clients.mjs';
import { Server } from './support/server.mjs';
import { Inbox, inboxOf } from './support/wait.mjs';

const eventDataMax = 10 * 1024;

describe('the pusher server SDK', () => {
  const clients = new Clients();
  let server;
  let sdk;

  before(async () => {
    server = await Server.start();
    sdk = sdkFor(server);
  });
  afterEach(() => clients.close());
  after(() => server?.stop());

  /** A subscriber of `channels` with everything they deliver as [channel, event, data], in order. */
  async function listener(...channels) {
    const client = clients.pusher(server.port, {
      channelAuthorization: {
        customHandler: ({ socketId, channelName }, callback) => {
          const member = channelName.startsWith('presence-') ? { user_id: socketId } : undefined;
          callback(null, sdk.authorizeChannel(socketId, channelName, member));
        },
      },
    });
    const heard = new Inbox();
    for (const name of channels) {
      const channel = client.subscribe(name);
      channel.bind_global((event, data) => {
        if (!event.startsWith('pusher:'))
          heard.put([name, event, data]);
      });
      await subscribed(channel);
    }
    return { client, heard, socketId: client.connection.socket_id };
  }

  const get = async (path, params) => (await sdk.get({ path, params })).json();
  const refused = (status) => (error) => {
    assert.equal(error.name, 'PusherRequestError');
    assert.equal(error.status, status);
    const body = JSON.parse(error.body);
    assert.equal(typeof body.error, 'string');
    assert.ok(body.error.length > 0);
    return true;
  };

  it('triggers an event on one channel and gets an empty object', async () => {
    const { heard } = await listener('news', 'other');
    const answer = await sdk.trigger('news', 'published', { n: 1, text: 'grün' });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^application\/json/);
    assert.deepEqual(await answer.json(), {});
    await heard.count(1, 'the event');
    assert.deepEqual(heard.items, [['news', 'published', { n: 1, text: 'grün' }]]);
  });

  it('triggers an event on many channels, once on each', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `many-${i}`);
    const subscriber = await listener(names[0], names[57], names[99], 'many-100');
    await sdk.trigger(names, 'published', 'text');
    await sdk.trigger('many-100', 'fence', 'end');
    await subscriber.heard.count(4, 'the events');
    assert.deepEqual(subscriber.heard.items.map(([channel]) => channel).sort(),
      [names[0], 'many-100', names[57], names[99]].sort());
    assert.deepEqual(subscriber.heard.items.filter(([channel]) => channel === names[57]),
      [[names[57], 'published', 'text']]);
  });

  it('delivers to all subscribers in the order of publishing', async () => {
    const listeners = await Promise.all([listener('ordered'), listener('ordered'), listener('ordered')]);
    for (let n = 0; n < 50; ++n)
      await sdk.trigger('ordered', 'tick', { n });
    for (const { heard } of listeners) {
      await heard.count(50, 'the ticks');
      assert.deepEqual(heard.items.map(([, , { n }]) => n), Array.from({ length: 50 }, (_, n) => n));
    }
  });

  it('triggers a batch', async () => {
    const { heard } = await listener('batch-a', 'batch-b');
    const answer = await sdk.triggerBatch([
      { channel: 'batch-a', name: 'first', data: { n: 1 } },
      { channel: 'batch-b', name: 'second', data: 'text' },
      { channel: 'batch-a', name: 'third', data: { n: 3 } },
    ]);
    assert.deepEqual(await answer.json(), {});
    await heard.count(3, 'the events of the batch');
    assert.deepEqual(heard.items.filter(([channel]) => channel === 'batch-a'),
      [['batch-a', 'first', { n: 1 }], ['batch-a', 'third', { n: 3 }]]);
    assert.deepEqual(heard.items.filter(([channel]) => channel === 'batch-b'), [['batch-b', 'second', 'text']]);
  });

  it('publishes nothing of a batch with one bad event', async () => {
    const { heard } = await listener('batch-a');
    await assert.rejects(sdk.triggerBatch([
      { channel: 'batch-a', name: 'good', data: '1' },
      { channel: 'no spaces', name: 'bad', data: '2' },
    ]), refused(400));
    const tooMany = Array.from({ length: 11 }, () => ({ channel: 'batch-a', name: 'one of many', data: '3' }));
    await assert.rejects(sdk.triggerBatch(tooMany), refused(400));
    await sdk.trigger('batch-a', 'fence', {});
    await heard.count(1, 'the event after');
    assert.deepEqual(heard.items, [['batch-a', 'fence', {}]]);
  });

  it('excludes the socket it is told to, in single events and in batches', async () => {
    const [one, two] = [await listener('board'), await listener('board')];
    await sdk.trigger('board', 'single', 1, { socket_id: one.socketId });
    await sdk.triggerBatch([
      { channel: 'board', name: 'batch', data: '2', socket_id: two.socketId },
      { channel: 'board', name: 'batch', data: '3' },
    ]);
    await sdk.trigger('board', 'stranger', 4, { socket_id: '123.456' });
    await one.heard.count(3, 'the events');
    await two.heard.count(3, 'the events');
    assert.deepEqual(one.heard.items.map(([, , data]) => data), [2, 3, 4]);
    assert.deepEqual(two.heard.items.map(([, , data]) => data), [1, 3, 4]);
    await assert.rejects(
      sdk.post({ path: '/events', body: { name: 'x', channel: 'board', data: '', socket_id: 'nonsense' } }),
      refused(400));
  });

  it('answers a trigger with what info asks for', async () => {
    await listener('info-a', 'presence-info');
    await listener('info-a');
    const answer = await sdk.trigger(['info-a', 'presence-info', 'info-empty'], 'published', {},
      { info: 'user_count,subscription_count' });
    assert.deepEqual(await answer.json(), {
      channels: {
        'info-a': { subscription_count: 2 },
        'presence-info': { user_count: 1 },
        'info-empty': { subscription_count: 0 },
      },
    });

    const batch = await sdk.triggerBatch([
      { channel: 'info-a', name: 'published', data: '' },
      { channel: 'presence-info', name: 'published', data: '', info: 'user_count' },
    ]);
    assert.deepEqual(await batch.json(), { batch: [{}, { user_count: 1 }] });
  });

  it('lists occupied channels by prefix, with user counts', async () => {
    await listener('list-a', 'list-b', 'presence-list-1', 'presence-list-2');
    await listener('presence-list-1');
    assert.deepEqual(await get('/channels', { filter_by_prefix: 'list-' }),
      { channels: { 'list-a': {}, 'list-b': {} } });
    assert.deepEqual(await get('/channels', { filter_by_prefix: 'presence-list-', info: 'user_count' }),
      { channels: { 'presence-list-1': { user_count: 2 }, 'presence-list-2': { user_count: 1 } } });
    assert.deepEqual(await get('/channels', { filter_by_prefix: 'list-', info: 'subscription_count' }),
      { channels: { 'list-a': { subscription_count: 1 }, 'list-b': { subscription_count: 1 } } });
    assert.deepEqual(await get('/channels', { filter_by_prefix: 'nothing-' }), { channels: {} });
    const all = await get('/channels');
    for (const name of ['list-a', 'list-b', 'presence-list-1', 'presence-list-2'])
      assert.deepEqual(all.channels[name], {});
    await assert.rejects(sdk.get({ path: '/channels', params: { info: 'user_count' } }), refused(400));
  });

  it('describes one channel', async () => {
    await listener('one', 'presence-one');
    await listener('one');
    assert.deepEqual(await get('/channels/one'), { occupied: true });
    assert.deepEqual(await get('/channels/one', { info: 'subscription_count' }),
      { occupied: true, subscription_count: 2 });
    assert.deepEqual(await get('/channels/presence-one', { info: 'user_count' }), { occupied: true, user_count: 1 });
    assert.deepEqual(await get('/channels/nobody-is-here'), { occupied: false });
    await assert.rejects(sdk.get({ path: '/channels/one', params: { info: 'user_count' } }), refused(400));
    await assert.rejects(sdk.get({ path: '/channels/no%20spaces' }), refused(400));
  });

  it('lists the users of a presence channel, and of no other', async () => {
    const members = [await listener('presence-users'), await listener('presence-users')];
    const { users } = await get('/channels/presence-users/users');
    assert.deepEqual(users.map(({ id }) => id).sort(), members.map(({ socketId }) => socketId).sort());
    assert.deepEqual(await get('/channels/presence-nobody/users'), { users: [] });
    await assert.rejects(sdk.get({ path: '/channels/one/users' }), refused(400));
  });

  it('signs private and presence channels as the server expects', async () => {
    const client = clients.pusher(server.port);
    const socketId = await connected(client);
    const errors = inboxOf(client.connection, 'error');
    const messages = messagesOf(client);
    const succeeded = async (name) => messages.first(
      ({ event, channel }) => event === 'pusher_internal:subscription_succeeded' && channel === name, name);
    const subscribe = (channel, signature) => client.send_event('pusher:subscribe', { channel, ...signature });
    // pusher-js hands over whatever the application's handler returns, so these go over the wire as they are.
    subscribe('private-signed', sdk.authorizeChannel(socketId, 'private-signed'));
    assert.deepEqual((await succeeded('private-signed')).data, {});
    const member = { user_id: 10, user_info: { path: 'a/b', name: 'Grün' } };
    subscribe('presence-signed', sdk.authorizeChannel(socketId, 'presence-signed', member));
    assert.deepEqual((await succeeded('presence-signed')).data,
      { presence: { count: 1, ids: ['10'], hash: { 10: { path: 'a/b', name: 'Grün' } } } });
    assert.deepEqual(errors.items, []);

    subscribe('private-other', sdk.authorizeChannel(socketId, 'private-signed'));
    subscribe('private-other', sdk.authorizeChannel('1.2', 'private-other'));
    subscribe('private-other', sdkFor(server, { key: 'other-key' }).authorizeChannel(socketId, 'private-other'));
    subscribe('private-other', {});
    await errors.count(4, 'the refusals');
    // One pusher:error without a code and one subscription_error for each; nothing else about the channel.
    assert.deepEqual(errors.items.map(({ data }) => data.code), [null, null, null, null]);
    const refusals = messages.items.filter(({ channel }) => channel === 'private-other');
    assert.deepEqual(refusals.map(({ event, data }) => [event, data.type, data.status]),
      Array(4).fill(['pusher:subscription_error', 'AuthError', 401]));
  });

  it('is refused with 401 for a wrong secret or key, and nothing is published', async () => {
    const { heard } = await listener('news');
    await assert.rejects(sdkFor(server, { secret: 'guessed' }).trigger('news', 'forged', {}), refused(401));
    await assert.rejects(sdkFor(server, { key: 'guessed' }).trigger('news', 'forged', {}), refused(401));
    await assert.rejects(sdkFor(server, { secret: 'guessed' }).get({ path: '/channels' }), refused(401));
    await assert.rejects(sdkFor(server, { appId: 'no-app' }).trigger('news', 'forged', {}), refused(404));
    const unsigned = await fetch(`http://127.0.0.1:${server.port}/apps/app-id/events`, {
      method: 'POST',
      body: JSON.stringify({ name: 'forged', channel: 'news', data: '' }),
    });
    assert.equal(unsigned.status, 401);
    await sdk.trigger('news', 'fence', {});
    await heard.count(1, 'the event after');
    assert.deepEqual(heard.items, [['news', 'fence', {}]]);
  });

  it('is refused when the body is not the one that was signed', async () => {
    const { heard } = await listener('news');
    const body = { name: 'real', channel: 'news', data: '1' };
    const query = sdk.createSignedQueryString(
      { method: 'POST', path: '/apps/app-id/events', body: JSON.stringify(body) });
    const post = (content) => fetch(`http://127.0.0.1:${server.port}/apps/app-id/events?${query}`,
      { method: 'POST', body: JSON.stringify(content) });
    assert.equal((await post({ ...body, data: '2' })).status, 401);
    assert.equal((await post(body)).status, 200);
    await heard.count(1, 'the signed event');
    assert.deepEqual(heard.items, [['news', 'real', 1]]);
  });

  it('may send 10 KiB of data and is refused with 413 for a byte more', async () => {
    const { heard } = await listener('large');
    await sdk.trigger('large', 'fits', 'x'.repeat(eventDataMax));
    await assert.rejects(sdk.trigger('large', 'too large', 'x'.repeat(eventDataMax + 1)), refused(413));
    // The limit is in bytes: these are fewer characters.
    await assert.rejects(sdk.trigger('large', 'too large', 'ü'.repeat(eventDataMax / 2 + 1)), refused(413));
    await sdk.trigger('large', 'fence', '');
    await heard.count(2, 'the events');
    assert.deepEqual(heard.items, [['large', 'fits', 'x'.repeat(eventDataMax)], ['large', 'fence', '']]);
  });

  for (const [why, body] of [
    ['a channel name with a space', { name: 'x', channel: 'no spaces', data: '' }],
    ['a channel name with a slash', { name: 'x', channel: 'a/b', data: '' }],
    ['an empty channel name', { name: 'x', channel: '', data: '' }],
    ['a channel name of 201 characters', { name: 'x', channel: 'c'.repeat(201), data: '' }],
    ['a reserved channel name', { name: 'x', channel: '#internal', data: '' }],
    ['a reserved event name', { name: 'pusher:error', channel: 'c', data: '' }],
    ['an internal event name', { name: 'pusher_internal:member_added', channel: 'c', data: '' }],
    ['an event name of 201 characters', { name: 'x'.repeat(201), channel: 'c', data: '' }],
    ['no event name', { channel: 'c', data: '' }],
    ['no channel', { name: 'x', data: '' }],
    ['no channels', { name: 'x', channels: [], data: '' }],
    ['101 channels', { name: 'x', channels: Array.from({ length: 101 }, (_, i) => `c${i}`), data: '' }],
    ['no data', { name: 'x', channel: 'c' }],
    ['an info attribute that does not exist', { name: 'x', channel: 'c', data: '', info: 'weather' }],
    ['an array instead of an event', [1]],
  ]) {
    it(`is refused with 400 for ${why}`, async () => {
      await assert.rejects(sdk.post({ path: '/events', body }), refused(400));
    });
  }

  it('may use channel and event names of 200 characters', async () => {
    const [channel, event] = ['c'.repeat(200), 'e'.repeat(200)];
    const { heard } = await listener(channel);
    await sdk.trigger(channel, event, { n: 1 });
    await heard.count(1, 'the event');
    assert.deepEqual(heard.items, [[channel, event, { n: 1 }]]);
  });
});
