// Presence channels, as laravel-echo's join() and pusher-js show them to an application.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import { AuthEndpoint } from './support/auth_endpoint.mjs';
import { Clients, connected, handled, sdkFor, subscribed } from './support/clients.mjs';
import { Server } from './support/server.mjs';
import { eventually, Inbox, inboxOf } from './support/wait.mjs';

const ada = { id: '42', info: { name: 'Ada', url: 'https://example.com/ada' } };
const bob = { id: '7', info: { name: 'Bob' } };
const users = {
  ada,
  bob,
  'ada-renamed': { id: ada.id, info: { name: 'Countess' } },
  numbered: { id: 10, info: { name: 'Ten' } },
  zero: { id: '0', info: { name: 'Zero' } },
  one: { id: '1', info: { name: 'One' } },
  anonymous: { id: 'x' },
  'talkative': { id: 'talkative', info: { text: 'x'.repeat(1100) } },
};

describe('presence channels', () => {
  const clients = new Clients();
  let server;
  let sdk;
  let endpoint;
  let room = 0;

  before(async () => {
    server = await Server.start();
    sdk = sdkFor(server);
    endpoint = await AuthEndpoint.start(sdk, users);
  });
  afterEach(() => clients.close());
  after(async () => {
    await endpoint?.close();
    await server?.stop();
  });

  const echoOf = (token, broadcaster = 'pusher') =>
    clients.echo(server.port, { broadcaster, authEndpoint: endpoint.url, bearerToken: token });

  /** A client of `token` in `name`, with everything its handlers are told, in order. */
  async function join(token, name, broadcaster) {
    const echo = echoOf(token, broadcaster);
    const told = new Inbox();
    const channel = echo
      .join(name)
      .here((members) => told.put({ here: members }))
      .joining((member) => told.put({ joining: member }))
      .leaving((member) => told.put({ leaving: member }));
    await subscribed(channel);
    return { echo, channel, told, members: channel.subscription.members };
  }

  const nextRoom = () => `room.${++room}`;
  const byName = (a, b) => (a.name < b.name ? -1 : 1);

  for (const broadcaster of ['pusher', 'reverb']) {
    it(`tells who is here, who joins and who leaves (${broadcaster})`, async () => {
      const name = nextRoom();
      const first = await join('ada', name, broadcaster);
      assert.deepEqual(first.told.items, [{ here: [ada.info] }]);
      assert.equal(first.members.count, 1);
      assert.deepEqual(first.members.me, { id: ada.id, info: ada.info });

      const second = await join('bob', name, broadcaster);
      assert.deepEqual(second.told.items[0].here.sort(byName), [ada.info, bob.info]);
      await first.told.count(2, 'Bob joining');
      assert.equal(first.members.count, 2);
      assert.deepEqual(first.members.get(bob.id), { id: bob.id, info: bob.info });

      second.echo.leave(name);
      await first.told.count(3, 'Bob leaving');
      assert.equal(first.members.count, 1);

      const third = await join('bob', name, broadcaster);
      await first.told.count(4, 'Bob joining again');
      third.echo.disconnect();
      await first.told.count(5, 'Bob disconnecting');
      assert.deepEqual(first.told.items, [
        { here: [ada.info] },
        { joining: bob.info },
        { leaving: bob.info },
        { joining: bob.info },
        { leaving: bob.info },
      ]);
      assert.equal(second.told.items.length, 1, 'who has left is told nothing');
    });
  }

  it('counts several tabs of one user once, and the user leaves with the last of them', async () => {
    const name = nextRoom();
    const watcher = await join('bob', name);
    const tabs = [await join('ada', name), await join('ada', name), await join('ada', name)];
    for (const { told, members } of tabs) {
      assert.deepEqual(told.items[0].here.sort(byName), [ada.info, bob.info]);
      assert.equal(members.count, 2);
    }
    const info = await sdk.get({ path: `/channels/presence-${name}`, params: { info: 'user_count' } });
    assert.deepEqual(await info.json(), { occupied: true, user_count: 2 });

    tabs[0].echo.leave(name);
    await handled(tabs[0].echo.connector.pusher);
    tabs[1].echo.disconnect();
    const connections = async () => (await (await sdk.get({ path: '/connections' })).json()).connections;
    await eventually(connections, (count) => count === 3, 'the end of one of four connections');
    // Somebody else comes and goes: whatever the two tabs caused would be told before.
    const passer = await join('one', name);
    passer.echo.leave(name);
    await watcher.told.first((x) => x.leaving?.name === 'One', 'the passer-by leaving');
    tabs[2].echo.leave(name);
    await watcher.told.first((x) => x.leaving?.name === 'Ada', 'Ada leaving');
    assert.deepEqual(watcher.told.items, [
      { here: [bob.info] },
      { joining: ada.info },
      { joining: { name: 'One' } },
      { leaving: { name: 'One' } },
      { leaving: ada.info },
    ]);
    assert.equal(watcher.members.count, 1);
  });

  it('keeps what a user was first called when another tab has a new name', async () => {
    const name = nextRoom();
    const watcher = await join('bob', name);
    await join('ada', name);
    const renamed = await join('ada-renamed', name);
    assert.deepEqual(renamed.told.items[0].here.sort(byName), [ada.info, bob.info]);
    await join('one', name);
    await watcher.told.first((x) => x.joining?.name === 'One', 'the next to join');
    assert.deepEqual(watcher.told.items, [{ here: [bob.info] }, { joining: ada.info }, { joining: { name: 'One' } }]);
  });

  it('is a map by id even when the ids are 0, 1, 2, and numbers are ids too', async () => {
    const name = nextRoom();
    await join('zero', name);
    await join('one', name);
    const ten = await join('numbered', name);
    assert.equal(ten.members.count, 3);
    assert.deepEqual(ten.members.members, { 0: { name: 'Zero' }, 1: { name: 'One' }, 10: { name: 'Ten' } });

    // Another node of a cluster may hear of him a moment later.
    const answer = await eventually(async () => (await sdk.get({ path: `/channels/presence-${name}/users` })).json(),
      ({ users: known }) => known.length === 3, 'three users');
    assert.deepEqual(answer.users.sort((a, b) => a.id - b.id), [{ id: '0' }, { id: '1' }, { id: '10' }]);
  });

  it('has members without user_info', async () => {
    const name = nextRoom();
    const watcher = await join('ada', name);
    const silent = await join('anonymous', name);
    await watcher.told.count(2, 'the anonymous member');
    assert.deepEqual(Object.keys(silent.members.members).sort(), ['42', 'x']);
    assert.equal(watcher.members.count, 2);
    assert.equal(watcher.members.get('x').id, 'x');
    assert.deepEqual(watcher.members.get('x').info ?? {}, {});
  });

  it('refuses a member whose user_info is larger than 1 KiB', async () => {
    const name = nextRoom();
    const watcher = await join('ada', name);
    const echo = echoOf('talkative');
    await connected(echo.connector.pusher);
    const errors = new Inbox();
    echo.join(name).error(errors.put);
    await errors.count(1, 'the refusal');
    assert.deepEqual([errors.items[0].type, errors.items[0].status], ['LimitReached', 4301]);
    await join('bob', name);
    await watcher.told.count(2, 'Bob joining');
    assert.deepEqual(watcher.told.items, [{ here: [ada.info] }, { joining: bob.info }]);
  });

  it('tells the sender of a whisper by the id the server knows', async () => {
    const name = nextRoom();
    const adas = await join('ada', name);
    const bobs = await join('bob', name);
    const heardByBob = new Inbox();
    bobs.channel.subscription.bind('client-typing', (data, { user_id }) => heardByBob.put({ data, user_id }));
    const heardByAda = new Inbox();
    adas.channel.subscription.bind('client-typing', (data, { user_id }) => heardByAda.put({ data, user_id }));

    adas.channel.whisper('typing', { on: true });
    await heardByBob.count(1, "Ada's whisper");
    // A client may claim what it likes: what it sends besides data is not passed on.
    bobs.echo.connector.pusher.connection.send(JSON.stringify({
      event: 'client-typing',
      channel: `presence-${name}`,
      data: { on: false },
      user_id: ada.id,
    }));
    await heardByAda.count(1, "Bob's whisper");
    adas.channel.whisper('typing', 'end');
    await heardByBob.count(2, "Ada's second whisper");
    assert.deepEqual(heardByBob.items, [{ data: { on: true }, user_id: ada.id }, { data: 'end', user_id: ada.id }]);
    assert.deepEqual(heardByAda.items, [{ data: { on: false }, user_id: bob.id }]);
  });

  it('delivers published events without a user id', async () => {
    const name = nextRoom();
    const { channel } = await join('ada', name);
    const heard = new Inbox();
    channel.subscription.bind('news', (data, metadata) => heard.put({ data, metadata }));
    await sdk.trigger(`presence-${name}`, 'news', { n: 1 });
    await heard.count(1, 'the event');
    assert.deepEqual(heard.items, [{ data: { n: 1 }, metadata: {} }]);
  });

  it('remembers the last published event of a presence-cache channel, and no whisper', async () => {
    const name = `presence-cache-${nextRoom()}`;
    const options = (token) => ({
      channelAuthorization: {
        endpoint: endpoint.url,
        transport: 'ajax',
        headers: { Authorization: `Bearer ${token}` },
      },
    });
    const first = clients.pusher(server.port, options('ada')).subscribe(name);
    const misses = inboxOf(first, 'pusher:cache_miss');
    await subscribed(first);
    await misses.count(1, 'the cache miss');
    await sdk.trigger(name, 'price', { eur: 3 });
    first.trigger('client-typing', { on: true });

    const second = clients.pusher(server.port, options('bob')).subscribe(name);
    const seen = new Inbox();
    second.bind_global((event, data) => seen.put({ event, data: event.startsWith('pusher:') ? undefined : data }));
    await seen.first(({ event }) => event === 'price', 'the remembered event');
    assert.deepEqual(seen.items, [
      { event: 'pusher:subscription_succeeded', data: undefined },
      { event: 'price', data: { eur: 3 } },
    ]);
    assert.equal(second.members.count, 2);
  });

  it('is empty for the HTTP API once everybody has left', async () => {
    const name = nextRoom();
    const { echo } = await join('ada', name);
    const users = async () => (await sdk.get({ path: `/channels/presence-${name}/users` })).json();
    assert.deepEqual(await users(), { users: [{ id: ada.id }] });
    echo.disconnect();
    await eventually(users, (answer) => answer.users.length === 0, 'the empty room');
    const all = await (await sdk.get({ path: '/channels', params: { filter_by_prefix: `presence-${name}` } })).json();
    assert.deepEqual(all, { channels: {} });
  });
});
