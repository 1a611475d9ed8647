// laravel-echo on pusher-js, as a Laravel application uses it: both broadcasters that speak the Pusher protocol.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import { AuthEndpoint } from './support/auth_endpoint.mjs';
import { Clients, connected, handled, messagesOf, sdkFor, subscribed } from './support/clients.mjs';
import { Server } from './support/server.mjs';
import { eventually, Inbox } from './support/wait.mjs';

const users = {
  'token-of-ada': { id: '42', info: { name: 'Ada' } },
  'token-of-bob': { id: '7', info: { name: 'Bob' } },
};

for (const broadcaster of ['pusher', 'reverb']) {
  describe(`laravel-echo with broadcaster ${broadcaster}`, () => {
    const clients = new Clients();
    let server;
    let sdk;
    let endpoint;

    before(async () => {
      server = await Server.start();
      sdk = sdkFor(server);
      endpoint = await AuthEndpoint.start(sdk, users);
    });
    afterEach(() => {
      clients.close();
      endpoint.signed.length = 0;
    });
    after(async () => {
      await endpoint?.close();
      await server?.stop();
    });

    const echoOf = (bearerToken, overrides = {}) =>
      clients.echo(server.port, { broadcaster, authEndpoint: endpoint.url, bearerToken, ...overrides });

    it('reports the connection and its socket id', async () => {
      const changes = new Inbox();
      const echo = echoOf();
      echo.connector.onConnectionChange(changes.put);
      await changes.first((status) => status === 'connected', 'the connection');
      assert.equal(echo.connector.connectionStatus(), 'connected');
      assert.match(echo.socketId(), /^\d+\.\d+$/);

      const other = echoOf();
      await connected(other.connector.pusher);
      assert.notEqual(other.socketId(), echo.socketId());
    });

    it('listens on a public channel to events of the namespace and to those with a name of their own', async () => {
      const echo = echoOf();
      const [namespaced, plain, absolute, all] = [new Inbox(), new Inbox(), new Inbox(), new Inbox()];
      const orders = await subscribed(echo.channel('orders'));
      orders.listen('OrderShipped', namespaced.put);
      orders.listen('.order.shipped', plain.put);
      orders.listen('\\Shop\\OrderShipped', absolute.put);
      orders.listenToAll((name, data) => all.put({ name, data }));

      const order = { id: 7, total: 12.5, tags: ['a/b', 'grün', '\u{1f347}'], note: null };
      await sdk.trigger('orders', 'App\\Events\\OrderShipped', order);
      await sdk.trigger('orders', 'order.shipped', { id: 8 });
      await sdk.trigger('orders', 'Shop\\OrderShipped', 'no JSON');

      await all.count(3, 'all events');
      await absolute.count(1, 'the last event');
      assert.deepEqual(all.items, [
        { name: 'OrderShipped', data: order },
        { name: '.order.shipped', data: { id: 8 } },
        { name: '.Shop\\OrderShipped', data: 'no JSON' },
      ]);
      assert.deepEqual([namespaced.items, plain.items, absolute.items], [[order], [{ id: 8 }], ['no JSON']]);
    });

    it('joins a private channel with the signature of the endpoint', async () => {
      const echo = echoOf('token-of-ada');
      const heard = new Inbox();
      await subscribed(echo.private('orders.42').listen('OrderShipped', heard.put));
      assert.deepEqual(endpoint.signed, [{ user: '42', socketId: echo.socketId(), channel: 'private-orders.42' }]);

      await sdk.trigger('private-orders.42', 'App\\Events\\OrderShipped', { id: 42 });
      await heard.count(1, 'the event');
      assert.deepEqual(heard.items, [{ id: 42 }]);
    });

    it('joins a private channel with the signature of a handler of its own', async () => {
      const asked = new Inbox();
      const echo = echoOf(undefined, {
        channelAuthorization: {
          customHandler: ({ socketId, channelName }, callback) => {
            asked.put({ socketId, channelName });
            callback(null, sdk.authorizeChannel(socketId, channelName));
          },
        },
      });
      const heard = new Inbox();
      await subscribed(echo.private('reports').listen('.ready', heard.put));
      assert.deepEqual(asked.items, [{ socketId: echo.socketId(), channelName: 'private-reports' }]);
      assert.deepEqual(endpoint.signed, []);

      await sdk.trigger('private-reports', 'ready', { pages: 3 });
      await heard.count(1, 'the event');
      assert.deepEqual(heard.items, [{ pages: 3 }]);
    });

    it('calls error() with 403 when the endpoint refuses, and hears nothing of the channel', async () => {
      const echo = echoOf('stolen-token');
      await connected(echo.connector.pusher);
      const messages = messagesOf(echo.connector.pusher);
      const errors = new Inbox();
      echo.private('orders.42').error(errors.put);
      await errors.count(1, 'the error');
      assert.equal(errors.items[0].type, 'AuthError');
      assert.equal(errors.items[0].status, 403);

      await sdk.trigger('private-orders.42', 'secret', {});
      await subscribed(echo.channel('fence'));
      await sdk.trigger('fence', 'fence', {});
      await messages.first(({ event }) => event === 'fence', 'the event behind the secret one');
      assert.deepEqual(messages.items.filter(({ channel }) => channel !== 'fence'), []);
    });

    for (const [kind, join] of [['private', 'private'], ['presence', 'join']]) {
      it(`calls error() with 401 when the signature for a ${kind} channel is wrong, and keeps the connection`,
        async () => {
          const forger = await AuthEndpoint.start(sdkFor(server, { secret: 'guessed' }), users);
          try {
            const echo = echoOf('token-of-ada', { authEndpoint: forger.url });
            const socketId = await connected(echo.connector.pusher);
            const errors = new Inbox();
            const channel = echo[join]('forged.42').error(errors.put);
            await errors.count(1, 'the error');
            assert.equal(forger.signed.length, 1);
            assert.equal(errors.items[0].type, 'AuthError');
            assert.equal(errors.items[0].status, 401);
            assert.equal(typeof errors.items[0].error, 'string');
            assert.equal(channel.subscription.subscribed, false);

            await subscribed(echo.channel('still-here'));
            assert.equal(echo.socketId(), socketId);
            const info = await (await sdk.get({ path: `/channels/${channel.name}` })).json();
            assert.deepEqual(info, { occupied: false });
          } finally {
            await forger.close();
          }
        });
    }

    it('decrypts an encrypted private channel, whose text the server never sees', async () => {
      const echo = echoOf('token-of-ada');
      const heard = new Inbox();
      const vault = await subscribed(echo.encryptedPrivate('vault'));
      vault.listen('SecretFiled', heard.put);
      const messages = messagesOf(echo.connector.pusher);
      await sdk.trigger('private-encrypted-vault', 'App\\Events\\SecretFiled', { code: 'grün 1234' });
      await heard.count(1, 'the event');
      assert.deepEqual(heard.items, [{ code: 'grün 1234' }]);

      const [onTheWire] = messages.items.filter(({ channel }) => channel === 'private-encrypted-vault');
      assert.deepEqual(Object.keys(onTheWire.data).sort(), ['ciphertext', 'nonce']);
      assert.ok(!JSON.stringify(onTheWire).includes('1234'));
    });

    it('whispers to everybody else on a private channel', async () => {
      const [ada, bob] = [echoOf('token-of-ada'), echoOf('token-of-bob')];
      const [heardByAda, heardByBob] = [new Inbox(), new Inbox()];
      const adas = await subscribed(ada.private('chat.1').listenForWhisper('typing', heardByAda.put));
      const bobs = await subscribed(bob.private('chat.1').listenForWhisper('typing', heardByBob.put));

      adas.whisper('typing', { name: 'Ada', keys: ['a', 1] });
      await heardByBob.count(1, "Ada's whisper");
      bobs.whisper('typing', 'just text');
      await heardByAda.count(1, "Bob's whisper");
      adas.whisper('typing', 3);
      await heardByBob.count(2, "Ada's second whisper");
      assert.deepEqual(heardByBob.items, [{ name: 'Ada', keys: ['a', 1] }, 3]);
      assert.deepEqual(heardByAda.items, ['just text']);
    });

    it('sends to others only when the publisher names its socket id', async () => {
      const [ada, bob] = [echoOf(), echoOf()];
      const [heardByAda, heardByBob] = [new Inbox(), new Inbox()];
      await subscribed(ada.channel('board').listen('.moved', heardByAda.put));
      await subscribed(bob.channel('board').listen('.moved', heardByBob.put));

      await sdk.trigger('board', 'moved', { to: 1 }, { socket_id: ada.socketId() });
      await sdk.trigger('board', 'moved', { to: 2 });
      await heardByBob.count(2, 'both moves');
      await heardByAda.count(1, 'the second move');
      assert.deepEqual(heardByBob.items, [{ to: 1 }, { to: 2 }]);
      assert.deepEqual(heardByAda.items, [{ to: 2 }]);
    });

    for (const [how, leave] of [
      ['leave', (echo) => echo.leave('orders.42')],
      ['leaveChannel', (echo) => echo.leaveChannel('private-orders.42')],
    ]) {
      it(`receives nothing more of a channel after ${how}()`, async () => {
        const echo = echoOf('token-of-ada');
        await subscribed(echo.private('orders.42'));
        await subscribed(echo.channel('fence'));
        const messages = messagesOf(echo.connector.pusher);
        await sdk.trigger('private-orders.42', 'before', {});
        await messages.first(({ event }) => event === 'before', 'the event before leaving');

        leave(echo);
        await handled(echo.connector.pusher);
        await sdk.trigger('private-orders.42', 'afterwards', {});
        await sdk.trigger('fence', 'fence', {});
        await messages.first(({ event }) => event === 'fence', 'the event behind');
        assert.deepEqual(messages.items.map(({ event }) => event), ['before', 'pusher:pong', 'fence']);
        await eventually(async () => (await sdk.get({ path: '/channels/private-orders.42' })).json(),
          ({ occupied }) => occupied === false, 'the empty channel');
      });
    }

    it('joins a channel again that it has left', async () => {
      const echo = echoOf('token-of-ada');
      await subscribed(echo.private('orders.42'));
      echo.leave('orders.42');
      const heard = new Inbox();
      await subscribed(echo.private('orders.42').listen('.again', heard.put));
      await sdk.trigger('private-orders.42', 'again', { n: 1 });
      await heard.count(1, 'the event');
      assert.deepEqual(heard.items, [{ n: 1 }]);
      assert.equal(endpoint.signed.length, 2);
    });
  });
}
