// The guide's examples, published by the C++ API and heard by laravel-echo.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import { AuthEndpoint } from './support/auth_endpoint.mjs';
import { Clients, connected, masterKeyBase64, messagesOf, sdkFor, subscribed } from './support/clients.mjs';
import { clusterEnvironment, Example, publish } from './support/examples.mjs';
import { RedisServer } from '../process/support/redis.mjs';
import { Server } from './support/server.mjs';
import { Inbox } from './support/wait.mjs';

const users = {
  'token-of-ada': { id: '42', info: { name: 'Ada' } },
  'token-of-bob': { id: '7', info: { name: 'Bob' } },
};

describe('the C++ publisher', () => {
  const clients = new Clients();
  let server;
  let endpoint;
  let env;

  before(async () => {
    server = await Server.start();
    endpoint = await AuthEndpoint.start(sdkFor(server), users);
    env = clusterEnvironment(server);
  });
  afterEach(() => clients.close());
  after(async () => {
    await endpoint?.close();
    await server?.stop();
  });

  const echoOf = (bearerToken = 'token-of-ada') =>
    clients.echo(server.port, { authEndpoint: endpoint.url, bearerToken });

  it('ships an order to the private channel of that order', async () => {
    const heard = new Inbox();
    await subscribed(echoOf().private('order.7').listen('.OrderShipped', heard.put));
    await publish(['order-shipped'], env);
    assert.deepEqual(await heard.count(1, 'the event'), [{ order_id: 7, status: 'shipped' }]);
  });

  it('sends a namespaced name unchanged', async () => {
    const heard = new Inbox();
    await subscribed(echoOf().private('order.7').listen('OrderShipped', heard.put));
    await publish(['namespaced'], env);
    assert.deepEqual(await heard.count(1, 'the event'), [{ order_id: 7, status: 'shipped' }]);
  });

  it('sends user events to channels named at the call', async () => {
    const [orders, user] = [new Inbox(), new Inbox()];
    const echo = echoOf();
    await subscribed(echo.channel('orders').listen('.OrderCreated', orders.put));
    await subscribed(echo.private('user.123').listen('.UserUpdated', user.put));
    await publish(['user-events'], env);
    assert.deepEqual(await orders.count(1, 'the order'), [{ order_id: 123 }]);
    assert.deepEqual(await user.count(1, 'the user'), [{ user_id: 123 }]);
  });

  it('sends a message to everybody present in a chat', async () => {
    const heard = new Inbox();
    for (const token of ['token-of-ada', 'token-of-bob'])
      await subscribed(echoOf(token).join('chat.room1').listen('.MessageSent', heard.put));
    await publish(['chat'], env);
    assert.deepEqual(await heard.count(2, 'the message'), [{ message: 'Hello' }, { message: 'Hello' }]);
  });

  it('tells what happens to a model', async () => {
    const heard = new Inbox();
    const channel = await subscribed(echoOf().channel('users'));
    for (const what of ['Created', 'Updated', 'Deleted'])
      channel.listen(`.User${what}`, (data) => heard.put([what, data]));
    await publish(['model'], env);
    const ada = { id: 1, email: 'ada@example.com' };
    assert.deepEqual(await heard.count(3, 'what happened'), [['Created', ada], ['Updated', ada], ['Deleted', ada]]);
  });

  it('leaves out the connection that caused the event', async () => {
    const [ada, bob] = [new Inbox(), new Inbox()];
    const first = echoOf();
    await subscribed(first.private('order.7').listen('.OrderShipped', ada.put));
    await subscribed(echoOf('token-of-bob').private('order.7').listen('.OrderShipped', bob.put));
    const socketId = await connected(first.connector.pusher);
    await publish(['to-others', 'order-shipped'], { ...env, SOCKET_ID: socketId });
    await bob.count(2, 'both events');
    await ada.count(1, 'the second event');
    assert.equal(ada.items.length, 1);
  });

  it('encrypts for an encrypted channel what pusher-js and Echo decrypt', async () => {
    const [heard, echoed] = [new Inbox(), new Inbox()];
    const client = clients.pusher(server.port, {
      channelAuthorization: { endpoint: endpoint.url, transport: 'ajax', headers: { Authorization: 'Bearer token-of-ada' } },
    });
    const channel = await subscribed(client.subscribe('private-encrypted-vault'));
    channel.bind('Filed', heard.put);
    await subscribed(echoOf('token-of-bob').encryptedPrivate('vault').listen('.Filed', echoed.put));
    const messages = messagesOf(client);
    await publish(['encrypted', 'encrypted'], { ...env, GRAPEVINE_BROADCAST_ENCRYPTION_MASTER_KEY: masterKeyBase64 });
    for (const each of [heard, echoed])
      assert.deepEqual(await each.count(2, 'the events'), [{ code: 'grün' }, { code: 'grün' }]);
    const boxes = messages.items.filter(({ event }) => event === 'Filed').map(({ data }) => data);
    assert.deepEqual(Object.keys(boxes[0]), ['nonce', 'ciphertext']);
    assert.notEqual(boxes[0].nonce, boxes[1].nonce);
  });

  it('sends nothing to an encrypted channel without a key', async () => {
    const example = await Example.start('cpp_publisher', { args: ['encrypted'], env });
    assert.deepEqual(await example.ended(), { code: 1, signal: null });
    assert.equal(example.lines.items[0], 'encrypted: The encrypted channel "private-encrypted-vault" needs encryption_master_key');
  });

  it('sends a batch in order', async () => {
    const heard = new Inbox();
    await subscribed(echoOf().channel('orders').listen('.OrderListed', heard.put));
    await publish(['batch'], env);
    const ids = (await heard.count(25, 'the orders')).map(({ order_id: id }) => id);
    assert.deepEqual(ids, Array.from({ length: 25 }, (_, i) => i + 1));
  });

  it('sends what it has queued before it ends', async () => {
    const heard = new Inbox();
    await subscribed(echoOf().channel('reports').listen('.ReportReady', heard.put));
    await publish(['queue'], env);
    await heard.count(1, 'the report');
  });

  it('sends what was queued when main() returned', async () => {
    const heard = new Inbox();
    await subscribed(echoOf().channel('reports').listen('.ReportReady', heard.put));
    await publish(['queue-and-end'], env);
    await heard.count(1, 'the report');
  });

  it('turns to the next node when the first is away', async () => {
    const heard = new Inbox();
    await subscribed(echoOf().private('order.7').listen('.OrderShipped', heard.put));
    await publish(['order-shipped'], clusterEnvironment({ port: 1 }, server));
    await heard.count(1, 'the event');
  });

  it('sends from a durable queue what a process left that was killed', async () => {
    const redis = await RedisServer.start();
    try {
      const heard = new Inbox();
      await subscribed(echoOf().channel('reports').listen('.ReportReady', heard.put));
      const variables = { ...env, REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port) };
      const killed = await Example.start('cpp_publisher',
        { args: ['durable'], env: { ...variables, GRAPEVINE_BROADCAST_URL: 'http://127.0.0.1:1' } });
      await killed.lines.first((line) => line === '3 queued', 'the events in the queue');
      assert.deepEqual(await killed.kill(), { code: null, signal: 'SIGKILL' });
      assert.equal(heard.items.length, 0);

      const next = await Example.start('cpp_publisher', { args: ['durable-rest'], env: variables });
      assert.deepEqual(await next.ended(), { code: 0, signal: null });
      assert.equal((await heard.count(3, 'the reports')).length, 3);
    } finally {
      await redis.stop();
    }
  });

  it('says what is wrong instead of throwing', async () => {
    const cases = [
      [{ ...env, PUSHER_APP_SECRET: 'wrong' }, /^order-shipped: The cluster answered 401/],
      [{ ...env, GRAPEVINE_BROADCAST_URL: 'http://127.0.0.1:1' }, /^order-shipped: http:\/\/127\.0\.0\.1:1: /],
      [{}, /^order-shipped: The driver "grapevine" needs app_id, key and secret$/],
      [{ BROADCAST_DRIVER: 'pigeon' }, /^order-shipped: environment BROADCAST_DRIVER: /],
    ];
    for (const [environment, message] of cases) {
      const example = await Example.start('cpp_publisher', { args: ['order-shipped'], env: environment });
      assert.deepEqual(await example.ended(), { code: 1, signal: null });
      assert.match(example.lines.items[0], message);
    }
  });
});
