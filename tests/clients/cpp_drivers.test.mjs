// The C++ API's other ways: to a real Redis and over a node's bridge to browsers, and to what behaves like Pusher's and Ably's API.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';

import { Authority } from '../process/support/certificates.mjs';
import { Collector } from '../process/support/collector.mjs';
import { RedisServer } from '../process/support/redis.mjs';
import { AuthEndpoint } from './support/auth_endpoint.mjs';
import { Clients, connected, devApp, masterKeyBase64, sdkFor, subscribed } from './support/clients.mjs';
import { clusterEnvironment, Example, publish } from './support/examples.mjs';
import { HostedService, pusherRefusal } from './support/hosted.mjs';
import { Server } from './support/server.mjs';
import { eventually, Inbox } from './support/wait.mjs';

const nacl = createRequire(import.meta.url)('tweetnacl');

const users = { 'token-of-ada': { id: '42', info: { name: 'Ada' } }, 'token-of-bob': { id: '7', info: { name: 'Bob' } } };

let directory;
let authority;
let localhost;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'grapevine-drivers-'));
  authority = new Authority(directory);
  localhost = authority.issue('localhost');
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** What the examples `redis`, `pusher` and `ably` publish: [channel, event, data], a line for each channel. */
const published = [
  ['private-order.7', 'OrderShipped', { order_id: 7, status: 'shipped' }],
  ['orders', 'OrderCreated', { order_id: 124 }],
  ['private-audit', 'OrderCreated', { order_id: 124 }],
  ['presence-chat.room1', 'MessageSent', 'Hello'],
];

/** One event of the example `name`, which must fail; resolves with the line it prints. */
async function failure(name, env) {
  const example = await Example.start('cpp_publisher', { args: [name], env });
  assert.deepEqual(await example.ended(), { code: 1, signal: null });
  return example.lines.items[0];
}

for (const [title, secure] of [['Redis', false], ['Redis over TLS', true]]) {
  describe(`the driver redis, by ${title} to a node with a bridge`, () => {
    const clients = new Clients();
    let redis;
    let server;
    let endpoint;
    let env;

    before(async () => {
      redis = await RedisServer.start([], secure ? { ...localhost, ca: authority.certificate } : null);
      const url = `${secure ? 'rediss' : 'redis'}://localhost:${redis.port}/0`;
      const trusted = secure ? `ca = "${authority.certificate}"\n` : '';
      server = await Server.start({
        config: `[[app]]\nid = "${devApp.appId}"\nkey = "${devApp.key}"\nsecret = "${devApp.secret}"\n`
          + `[[bridge]]\ndriver = "redis"\n[redis]\nurl = "${url}"\nprefix = "shop_"\n${trusted}`,
      });
      endpoint = await AuthEndpoint.start(sdkFor(server), users);
      env = { REDIS_HOST: `${secure ? 'tls://' : ''}localhost`, REDIS_PORT: String(redis.port), REDIS_PREFIX: 'shop_', SSL_CERT_FILE: authority.certificate };
      await eventually(
        async () => (await fetch(`http://127.0.0.1:${server.adminPort}/status`)).json(),
        ({ bridges }) => bridges[0].state === 'up', 'the bridge');
    });
    afterEach(() => clients.close());
    after(async () => {
      await endpoint?.close();
      await server?.stop();
      await redis?.stop();
    });

    const echoOf = (bearerToken) => clients.echo(server.port, { authEndpoint: endpoint.url, bearerToken });

    it('delivers event classes, several channels and queued events to Echo', async () => {
      const heard = new Inbox();
      const echo = echoOf('token-of-ada');
      const listening = [echo.private('order.7'), echo.channel('orders'), echo.private('audit'), echo.join('chat.room1')];
      for (const [i, channel] of listening.entries()) {
        await subscribed(channel);
        const [name, event] = published[i];
        channel.listen(`.${event}`, (data) => heard.put([name, event, data]));
      }
      await publish(['redis'], env);
      await heard.count(published.length, 'the events');
      assert.deepEqual(heard.items.sort(), [...published].sort());
    });

    it('leaves out the connection that caused the event, in the cluster behind the bridge', async () => {
      const [ada, bob] = [new Inbox(), new Inbox()];
      const first = echoOf('token-of-ada');
      await subscribed(first.private('order.7').listen('.OrderShipped', ada.put));
      await subscribed(echoOf('token-of-bob').private('order.7').listen('.OrderShipped', bob.put));
      const socketId = await connected(first.connector.pusher);
      await publish(['to-others', 'order-shipped'], { ...env, BROADCAST_DRIVER: 'redis', SOCKET_ID: socketId });
      await bob.count(2, 'both events');
      await ada.count(1, 'the second event');
      assert.equal(ada.items.length, 1);
    });

    it('carries what is encrypted', async () => {
      const heard = new Inbox();
      await subscribed(echoOf('token-of-ada').encryptedPrivate('vault').listen('.Filed', heard.put));
      await publish(['encrypted'], { ...env, BROADCAST_DRIVER: 'redis', GRAPEVINE_BROADCAST_ENCRYPTION_MASTER_KEY: masterKeyBase64 });
      assert.deepEqual(await heard.count(1, 'the event'), [{ code: 'grün' }]);
    });

    it('sends a model and a batch in order', async () => {
      const heard = new Inbox();
      const echo = echoOf('token-of-ada');
      const models = await subscribed(echo.channel('users'));
      for (const what of ['Created', 'Updated', 'Deleted'])
        models.listen(`.User${what}`, () => heard.put(what));
      await subscribed(echo.channel('orders').listen('.OrderListed', ({ order_id: id }) => heard.put(id)));
      await publish(['model', 'batch'], { ...env, BROADCAST_DRIVER: 'redis' });
      await heard.count(28, 'all events');
      assert.deepEqual(heard.items, ['Created', 'Updated', 'Deleted', ...Array.from({ length: 25 }, (_, i) => i + 1)]);
    });
  });
}

describe('the driver grapevine, over https', () => {
  let server;
  let env;

  before(async () => {
    server = await Server.start({
      config: `[[app]]\nid = "${devApp.appId}"\nkey = "${devApp.key}"\nsecret = "${devApp.secret}"\n`
        + `[node.tls]\ncertificate = "${localhost.certificate}"\nkey = "${localhost.key}"\n`,
    });
    env = { ...clusterEnvironment(server), GRAPEVINE_BROADCAST_URL: `https://localhost:${server.port}`, SSL_CERT_FILE: authority.certificate };
  });
  after(() => server?.stop());

  it('publishes to a node whose certificate it trusts', async () => {
    const client = await Collector.open(server.port, { tls: { ca: readFileSync(authority.certificate), servername: 'localhost' } });
    await client.subscribe('private-order.7');
    await client.subscribe('orders');
    await publish(['order-shipped', 'batch'], env);
    await client.until(() => client.published('orders').length === 25, 'the events');
    assert.equal(client.published('private-order.7')[0].data, '{"order_id":7,"status":"shipped"}');
    client.destroy();
  });

  it('tells an app\'s secret to nobody else, and says why', async () => {
    const refused = /^order-shipped: https:\/\/[^ ]+: cannot connect: the peer's certificate is refused: /;
    assert.match(await failure('order-shipped', { ...env, SSL_CERT_FILE: '' }), refused);
    assert.match(
      await failure('order-shipped', { ...env, GRAPEVINE_BROADCAST_URL: `https://127.0.0.1:${server.port}` }), /IP address mismatch$/);
  });
});

describe('the driver pusher', () => {
  const account = { appId: 'hosted-id', key: 'hosted-key', secret: 'hosted-secret' };
  let service;
  let answer;
  let env;

  before(async () => {
    service = await HostedService.start(localhost, (request, count) => answer(request, count));
    env = {
      PUSHER_APP_ID: account.appId, PUSHER_APP_KEY: account.key, PUSHER_APP_SECRET: account.secret, PUSHER_HOST: 'localhost',
      PUSHER_PORT: String(service.port), SSL_CERT_FILE: authority.certificate,
    };
  });
  after(() => service?.close());

  const strict = (request) => {
    const refusal = pusherRefusal(request, account);
    return refusal ? { status: 401, body: refusal } : { status: 200 };
  };
  const freshly = (how) => {
    service.requests.length = 0;
    service.connections = 0;
    answer = how;
  };

  it('signs what hosted Pusher accepts, over one TLS connection', async () => {
    freshly(strict);
    await publish(['pusher'], env);
    const sent = service.requests.map(({ method, path, body }) => ({ method, path, ...JSON.parse(body) }));
    const expected = (name, channels, data) =>
      ({ method: 'POST', path: `/apps/${account.appId}/events`, name, data: JSON.stringify(data), channels });
    assert.deepEqual(sent, [
      expected('OrderShipped', ['private-order.7'], { order_id: 7, status: 'shipped' }),
      expected('OrderCreated', ['orders', 'private-audit'], { order_id: 124 }),
      expected('MessageSent', ['presence-chat.room1'], 'Hello'),
    ]);
    assert.equal(service.connections, 1);
  });

  it('sends a box that the channel\'s key opens', async () => {
    freshly(strict);
    await publish(['encrypted'], { ...env, BROADCAST_DRIVER: 'pusher', GRAPEVINE_BROADCAST_ENCRYPTION_MASTER_KEY: masterKeyBase64 });
    const { channels, data } = JSON.parse(service.requests[0].body);
    assert.deepEqual(channels, ['private-encrypted-vault']);
    const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64'));
    const { nonce, ciphertext } = JSON.parse(data);
    const key = createHash('sha256').update('private-encrypted-vault').update(Buffer.from(masterKeyBase64, 'base64')).digest();
    const opened = nacl.secretbox.open(bytes(ciphertext), bytes(nonce), new Uint8Array(key));
    assert.deepEqual(JSON.parse(Buffer.from(opened)), { code: 'grün' });
  });

  it('tells what Pusher refuses, and sends again what it could not take', async () => {
    freshly(strict);
    const wrong = { ...env, BROADCAST_DRIVER: 'pusher', PUSHER_APP_SECRET: 'wrong' };
    assert.match(await failure('order-shipped', wrong), /^order-shipped: pusher: .*401.*auth_signature does not match/);
    assert.equal(service.requests.length, 1);
    freshly((request, count) => (count < 3 ? { status: 503, headers: { 'Retry-After': '0' } } : strict(request)));
    await publish(['pusher'], env);
    assert.equal(service.requests.length, 5);
  });

  it('sends again over a new connection what was cut off', async () => {
    freshly((request, count) => (count === 2 ? null : strict(request)));
    await publish(['pusher'], env);
    assert.deepEqual(service.requests.map(({ body }) => JSON.parse(body).name), ['OrderShipped', 'OrderCreated', 'OrderCreated', 'MessageSent']);
    assert.equal(service.connections, 2);
  });

  it('is heard from a grapevine node that stands in for Pusher', async () => {
    const server = await Server.start();
    const clients = new Clients();
    try {
      const heard = new Inbox();
      const channel = clients.pusher(server.port).subscribe('orders');
      channel.bind('OrderCreated', heard.put);
      await subscribed(channel);
      await publish(['driver'], clusterEnvironment(server));
      assert.deepEqual(await heard.count(1, 'the event'), [{ order_id: 124 }]);
    } finally {
      clients.close();
      await server.stop();
    }
  });
});

describe('the driver ably', () => {
  const key = 'app.key-id:key-secret';
  let service;
  let answer;
  let env;

  before(async () => {
    service = await HostedService.start(localhost, (request, count) => answer(request, count));
    env = { ABLY_KEY: key, ABLY_HOST: 'localhost', ABLY_PORT: String(service.port), SSL_CERT_FILE: authority.certificate };
  });
  after(() => service?.close());

  const strict = ({ headers, path }) => {
    if (headers.authorization !== `Basic ${Buffer.from(key).toString('base64')}`)
      return { status: 401, body: { error: { code: 40101, statusCode: 401, message: 'Invalid credentials' } } };
    return { status: 201, body: { channel: decodeURIComponent(path.split('/')[2]), messageId: 'id:0' } };
  };
  const freshly = (how) => {
    service.requests.length = 0;
    service.connections = 0;
    answer = how;
  };
  const ids = () => service.requests.map(({ body }) => JSON.parse(body).id);

  it('posts a message to each channel, named as Laravel names them, over one TLS connection', async () => {
    freshly(strict);
    await publish(['ably'], env);
    const sent = service.requests.map(({ method, path, body }) => {
      const { name, data, encoding } = JSON.parse(body);
      return { method, path: decodeURIComponent(path), name, data, encoding };
    });
    const expected = (channel, name, data) =>
      ({ method: 'POST', path: `/channels/${channel}/messages`, name, data: JSON.stringify(data), encoding: 'json' });
    assert.deepEqual(sent, [
      expected('private:order.7', 'OrderShipped', { order_id: 7, status: 'shipped' }),
      expected('public:orders', 'OrderCreated', { order_id: 124 }),
      expected('private:audit', 'OrderCreated', { order_id: 124 }),
      expected('presence:chat.room1', 'MessageSent', 'Hello'),
    ]);
    assert.equal(service.connections, 1);
  });

  it('sends a message whose answer was lost again under the id it had, so that Ably delivers it once', async () => {
    freshly((request, count) => (count === 1 ? null : strict(request)));
    await publish(['ably'], env);
    assert.equal(ids().length, 5);
    assert.equal(ids()[0], ids()[1]);
    assert.equal(new Set(ids()).size, 3); // one an event, in each of its channels
  });

  it('tells what Ably refuses, with its own words', async () => {
    freshly(strict);
    const ably = { ...env, BROADCAST_DRIVER: 'ably' };
    assert.match(await failure('order-shipped', { ...ably, ABLY_KEY: 'app.key-id:wrong' }), /^order-shipped: ably: .*401.*40101 Invalid credentials/);
    assert.equal(service.requests.length, 1);
    assert.match(await failure('order-shipped', { BROADCAST_DRIVER: 'ably' }), /ABLY_KEY|ably\.key|ably_key/);
  });
});
