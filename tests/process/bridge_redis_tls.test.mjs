// Events from Redis and to it over TLS, against a real redis-server: what is verified, and what is said when that fails.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Authority } from './support/certificates.mjs';
import { Collector } from './support/collector.mjs';
import { eventually } from './support/deadline.mjs';
import { exchange } from './support/http.mjs';
import { RedisServer, bridgesAre } from './support/redis.mjs';
import { appToml, Server, temporaryDirectory } from './support/server.mjs';

const PASSWORD = 'a-password-that-nobody-overhears';

let files;
let authority;
before(() => {
  files = temporaryDirectory();
  authority = new Authority(files.path);
});
after(() => files.remove());

/** A Redis with TLS whose certificate is for `name`. */
const redisFor = (name, options = ['--requirepass', PASSWORD], signer = authority) =>
  RedisServer.start(options, { ...signer.issue(name), ca: signer.certificate });

const payload = (event, data, socket = null) => JSON.stringify({ event, data, socket });
const names = (client, channel) => client.published(channel).map((each) => each.event);

async function subscribed(port, channel) {
  const client = await Collector.open(port);
  await client.subscribe(channel);
  return client;
}

/** A node with a bridge to `url` that trusts `ca`, or only the system's authorities. */
const nodeWith = (url, { ca, lines = '', env = {} } = {}) => Server.start({
  toml: `${appToml()}\n[[bridge]]\ndriver = "redis"\n[redis]\nurl = "${url}"\n${ca ? `ca = "${ca}"\n` : ''}${lines}`, env,
});

const rediss = (redis, host = '127.0.0.1') => `rediss://:${PASSWORD}@${host}:${redis.port}/0`;

describe('A bridge to rediss://', () => {
  let redis;
  before(async () => { redis = await redisFor('127.0.0.1'); });
  after(() => redis?.stop());

  /** A connection of the test's own, logged in. */
  const open = async () => {
    const connection = await redis.connect();
    await connection.command('AUTH', PASSWORD);
    return connection;
  };

  const crosses = async (server) => {
    const client = await subscribed(server.port, 'orders');
    const connection = await open();
    const outside = await open();
    await outside.command('PSUBSCRIBE', '*');
    await connection.command('PUBLISH', 'orders', payload('inward', { id: 7 }));
    await client.until(() => names(client, 'orders').includes('inward'), 'the event from Redis');
    await server.publish('orders', 'outward', '{"id":8}');
    await eventually(() => outside.messages.length === 2, 'the event in Redis');
    assert.match(outside.messages[1][1], /^\{"event":"outward","data":\{"id":8\},"socket":null,"origin":/);
    await client.until(() => names(client, 'orders').includes('outward'), 'the event that was published here');
    assert.deepEqual(names(client, 'orders'), ['inward', 'outward']);
    for (const each of [connection, outside]) each.close();
    client.destroy();
  };

  test('takes events in and out, with an authority of the configuration', async () => {
    const server = await nodeWith(rediss(redis), { ca: authority.certificate });
    try {
      await bridgesAre(server, 'up');
      await crosses(server);
    } finally {
      await server.stop();
    }
  });

  test('takes the authorities of the system, and Laravel\'s way to ask for TLS', async () => {
    const server = await Server.start({
      env: { BROADCAST_DRIVER: 'redis', REDIS_HOST: 'tls://127.0.0.1', REDIS_PORT: redis.port, REDIS_PASSWORD: PASSWORD, SSL_CERT_FILE: authority.certificate },
    });
    try {
      await bridgesAre(server, 'up');
      await crosses(server);
    } finally {
      await server.stop();
    }
  });

  test('carries events of many TLS records each way', async () => {
    const server = await nodeWith(rediss(redis), { ca: authority.certificate, lines: '[limits]\nevent_data = "1MiB"\n' });
    try {
      await bridgesAre(server, 'up');
      const million = 'x'.repeat(1_000_000);
      const client = await subscribed(server.port, 'large');
      const outside = await open();
      await outside.command('PSUBSCRIBE', 'large');
      const connection = await open();
      await connection.command('PUBLISH', 'large', payload('inward', million));
      await client.until(() => names(client, 'large').length === 1, 'the event from Redis');
      assert.equal(client.published('large')[0].data, million);
      await server.publish('large', 'outward', million.slice(0, 500_000));
      await eventually(() => outside.messages.length === 2, 'the event in Redis');
      assert.equal(JSON.parse(outside.messages[1][1]).data.length, 500_000);
      for (const each of [connection, outside]) each.close();
      client.destroy();
    } finally {
      await server.stop();
    }
  });

  test('reads a stream', async () => {
    const server = await nodeWith(rediss(redis), { ca: authority.certificate, lines: 'stream = "events"\n' });
    try {
      await bridgesAre(server, 'up');
      const client = await subscribed(server.port, 'orders');
      const connection = await open();
      await connection.command('XADD', 'events', '*', 'channel', 'orders', 'event', 'entry', 'data', '{"a": 1}');
      await client.until(() => names(client, 'orders').includes('entry'), 'the entry');
      await eventually(async () => (await connection.command('XPENDING', 'events', 'grapevine'))[0] === 0, 'the entry to be acknowledged');
      connection.close();
      client.destroy();
    } finally {
      await server.stop();
    }
  });

  test('is made again after Redis was killed, and what waited goes out', async () => {
    const server = await nodeWith(rediss(redis), { ca: authority.certificate });
    try {
      await bridgesAre(server, 'up');
      await redis.kill();
      await bridgesAre(server, 'away');
      for (let i = 0; i < 20; ++i) await server.publish('load', `e-${i}`, '1');
      await redis.run();
      await bridgesAre(server, 'up');
      await eventually(async () => (await server.status()).bridges[0].delivered === 20, 'what waited to go out');
      await crosses(server);
    } finally {
      await server.stop();
    }
  });
});

describe('A bridge to rediss:// tells nothing to a server that it does not trust:', () => {
  /** Runs a node with such a bridge, expects it away for `why`, and returns it for more questions. */
  const refused = async (url, options, why) => {
    const server = await nodeWith(url, options);
    try {
      const [bridge] = await bridgesAre(server, 'away');
      assert.match(bridge.why, why);
      assert.equal((await exchange(server.port, 'GET', '/ready')).body, '{"ok":true,"bridges":[{"driver":"redis","state":"away"}]}');
      assert.ok(server.log.includes(bridge.why), server.log);
      assert.doesNotMatch(server.log + JSON.stringify(bridge), new RegExp(PASSWORD));
      const client = await subscribed(server.port, 'a');
      await server.publish('a', 'e', '1');
      await client.until(() => names(client, 'a').length === 1, 'the event, which waits for no Redis');
      client.destroy();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  };

  /** Fails if anybody but the test logged in, right or wrong. */
  const nobodyLoggedIn = async (redis) => {
    const connection = await redis.connect();
    await connection.command('AUTH', PASSWORD);
    const calls = /^cmdstat_auth:calls=(\d+)/m.exec(await connection.command('INFO', 'commandstats'));
    connection.close();
    assert.equal(Number(calls[1]), 1);
  };

  test('a certificate of an authority that nobody named', async () => {
    const redis = await redisFor('127.0.0.1');
    try {
      const server = await refused(rediss(redis), {}, /^cannot connect: the peer's certificate is refused: self-signed certificate in certificate chain$/);
      await server.stop();
      await nobodyLoggedIn(redis);
    } finally {
      await redis.stop();
    }
  });

  test('a certificate of another authority', async () => {
    const stranger = new Authority(files.path, 'stranger');
    const redis = await redisFor('127.0.0.1', ['--requirepass', PASSWORD], stranger);
    try {
      const server = await refused(rediss(redis), { ca: authority.certificate }, /^cannot connect: the peer's certificate is refused: self-signed certificate in certificate chain$/);
      await server.stop();
      await nobodyLoggedIn(redis);
    } finally {
      await redis.stop();
    }
  });

  test('a certificate for another host, until Redis has one for its own', async () => {
    const redis = await redisFor('redis.example.org');
    try {
      const byAddress = await refused(rediss(redis), { ca: authority.certificate }, /^cannot connect: the peer's certificate is refused: IP address mismatch$/);
      const byName = await refused(rediss(redis, 'localhost'), { ca: authority.certificate }, /^cannot connect: the peer's certificate is refused: hostname mismatch$/);
      await byName.stop();
      await nobodyLoggedIn(redis);
      await redis.kill();
      redis.tls = { ...authority.issue('127.0.0.1'), ca: authority.certificate };
      await redis.run();
      await bridgesAre(byAddress, 'up');
      await byAddress.stop();
    } finally {
      await redis.stop();
    }
  });

  test('a Redis that speaks no TLS', async () => {
    const redis = await RedisServer.start(['--requirepass', PASSWORD]);
    try {
      const server = await refused(rediss(redis), { ca: authority.certificate }, /^cannot connect: timed out in the TLS handshake$/);
      await server.stop();
      await nobodyLoggedIn(redis);
    } finally {
      await redis.stop();
    }
  });

  test('a server that hangs up in the middle of the handshake, and a silent one', async () => {
    const strangers = [(socket) => socket.once('data', () => socket.end('\x16\x03\x03')), () => {}].map((does) => net.createServer((socket) => {
      socket.on('error', () => {});
      does(socket);
    }));
    const reasons = [/^cannot connect: cut off by the peer$/, /^cannot connect: timed out in the TLS handshake$/];
    for (const [i, stranger] of strangers.entries()) {
      await new Promise((resolve) => stranger.listen(0, '127.0.0.1', resolve));
      const server = await refused(rediss({ port: stranger.address().port }), { ca: authority.certificate }, reasons[i]);
      await server.stop();
      stranger.close();
    }
  });
});

test('A bridge to redis:// at a server that wants TLS is away', async () => {
  const redis = await redisFor('127.0.0.1');
  const server = await nodeWith(`redis://127.0.0.1:${redis.port}/0`);
  try {
    const [bridge] = await bridgesAre(server, 'away');
    assert.match(bridge.why, /^cannot connect: (Connection reset|closed) by (the )?peer$/);
  } finally {
    await server.stop();
    await redis.stop();
  }
});

test('A Redis that wants a certificate of its clients is away, with what it says', async () => {
  const redis = await redisFor('127.0.0.1', []);
  await redis.command('CONFIG', 'SET', 'tls-auth-clients', 'yes');
  const server = await nodeWith(redis.url, { ca: authority.certificate });
  try {
    // The alert races with what the node says; one of the attempts hears it.
    await eventually(async () => /^cannot connect: TLS failed: .*certificate required$/.test((await server.status()).bridges[0].why), 'the reason');
    assert.equal((await server.status()).bridges[0].state, 'away');
  } finally {
    await server.stop();
    await redis.stop();
  }
});

test('A file of authorities that cannot be used stops the start, by its name', async () => {
  await assert.rejects(nodeWith('rediss://127.0.0.1:1/0', { ca: '/nowhere.pem' }), /cannot use the certificate authority .+$/m);
});
