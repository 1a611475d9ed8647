// Events from Redis and to it, against a real redis-server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster } from './support/cluster.mjs';
import { Collector } from './support/collector.mjs';
import { eventually, pause } from './support/deadline.mjs';
import { exchange } from './support/http.mjs';
import { RedisServer, bridgesAre } from './support/redis.mjs';
import { APP, appToml, Server } from './support/server.mjs';
import net from 'node:net';

/** As Laravel's RedisBroadcaster does it: one script, one PUBLISH for each channel. */
const LARAVEL_SCRIPT = "for i = 2, #ARGV do redis.call('publish', ARGV[i], ARGV[1]) end";

const payload = (event, data, socket = null) => JSON.stringify({ event, data, socket });

/** The names of the events that came in a channel. */
const names = (client, channel) => client.published(channel).map((each) => each.event);

async function subscribed(port, channel) {
  const client = await Collector.open(port);
  await client.subscribe(channel);
  return client;
}

describe('A node with BROADCAST_DRIVER=redis', () => {
  let redis;
  let server;
  before(async () => {
    redis = await RedisServer.start();
    server = await Server.start({
      env: { BROADCAST_DRIVER: 'redis', REDIS_HOST: '127.0.0.1', REDIS_PORT: redis.port, REDIS_PASSWORD: 'null', REDIS_PREFIX: 'laravel[1]_' },
    });
    await bridgesAre(server, 'up');
  });
  after(async () => {
    await server?.stop();
    await redis?.stop();
  });

  test('delivers what Laravel publishes, once, with its own bytes, without the excluded socket', async () => {
    const one = await subscribed(server.port, 'private-orders.7');
    const two = await subscribed(server.port, 'private-orders.7');
    const data = '{"id":7, "price":1.50,"socket":null}';
    await redis.command('EVAL', LARAVEL_SCRIPT, 0, `{"event":"App\\\\Events\\\\OrderShipped","data":${data},"socket":"${one.socketId}"}`, 'laravel[1]_private-orders.7');
    await redis.publish('laravel[1]_private-orders.7', payload('last', 1));
    await one.until(() => names(one, 'private-orders.7').includes('last'), 'the last event');
    await two.until(() => names(two, 'private-orders.7').includes('last'), 'the last event');
    assert.deepEqual(names(one, 'private-orders.7'), ['last']);
    assert.deepEqual(names(two, 'private-orders.7'), ['App\\Events\\OrderShipped', 'last']);
    assert.equal(two.published('private-orders.7')[0].data, data);
    one.destroy();
    two.destroy();
  });

  test('takes a publish inside a transaction, and other prefixes for what they are', async () => {
    const client = await subscribed(server.port, 'orders');
    const connection = await redis.connect();
    await connection.command('MULTI');
    await connection.command('PUBLISH', 'laravel[1]_orders', payload('first', { a: 1 }));
    await connection.command('EVAL', LARAVEL_SCRIPT, 0, payload('second', 'text'), 'laravel[1]_orders', 'laravel1_orders');
    await connection.command('EXEC');
    connection.close();
    await client.until(() => names(client, 'orders').length >= 2, 'both events');
    await redis.publish('laravel[1]_orders', payload('last'));
    await client.until(() => names(client, 'orders').includes('last'), 'the last event');
    assert.deepEqual(names(client, 'orders'), ['first', 'second', 'last']);
    assert.deepEqual(client.published('orders').map((each) => each.data), ['{"a":1}', 'text', 'null']);
    client.destroy();
  });

  test('publishes what it is given over HTTP, once and with its mark, and does not deliver it twice', async () => {
    const client = await subscribed(server.port, 'outward');
    const listener = await redis.listen();
    await server.publish('outward', 'json', '{"b":1.0,"a":[]}');
    await server.publish('outward', 'text', 'plain', { socket_id: '1.2' });
    await eventually(() => listener.messages.length >= 2, 'both messages');
    await redis.publish('laravel[1]_outward', payload('last', 1));
    await client.until(() => names(client, 'outward').includes('last'), 'the last event');
    assert.deepEqual(names(client, 'outward'), ['json', 'text', 'last']);
    await eventually(() => listener.messages.length >= 3, 'the last message');
    const [[channel, first], [, second]] = listener.messages;
    assert.equal(channel, 'laravel[1]_outward');
    assert.match(first, /^\{"event":"json","data":\{"b":1\.0,"a":\[\]\},"socket":null,"origin":"[0-9a-f]+"\}$/);
    assert.match(second, /^\{"event":"text","data":"plain","socket":"1\.2","origin":"[0-9a-f]+"\}$/);
    assert.equal(listener.messages.length, 3);
    listener.close();
    client.destroy();
  });

  test('is hurt by nothing that is published: counted, and the next event arrives', async () => {
    const client = await subscribed(server.port, 'rubbish');
    const before = (await server.status()).bridges[0];
    const connection = await redis.connect();
    const bad = ['', 'hello', '[]', '{"event":7,"data":1}', '{"event":"e","socket":{}}', '{"event":"e"', '\u0000', `${'['.repeat(100_000)}`,
      `{"event":"${'x'.repeat(300)}","data":1}`];
    for (const each of bad) await connection.command('PUBLISH', 'laravel[1]_rubbish', each);
    for (const name of ['', 'no spaces', '#private', 'x'.repeat(300)]) {
      await connection.command('PUBLISH', `laravel[1]_${name}`, payload('e', 1));
    }
    for (let i = 0; i < 1000; ++i) await connection.command('PUBLISH', `laravel[1]_nobody-${i}`, payload('e', i));
    const million = 'x'.repeat(1_000_000);
    await connection.command('PUBLISH', 'laravel[1]_rubbish', payload('million', million));
    await connection.command('PUBLISH', 'laravel[1]_rubbish', payload('too large', 'x'.repeat(1_100_000)));
    await connection.command('PUBLISH', 'laravel[1]_rubbish', payload('last', 1));
    connection.close();
    await client.until(() => names(client, 'rubbish').includes('last'), 'the last event');
    assert.deepEqual(names(client, 'rubbish'), ['million', 'last']);
    assert.equal(client.published('rubbish')[0].data.length, 1_000_000);
    const now = (await server.status()).bridges[0];
    assert.equal(now.ignored - before.ignored, bad.length + 4 + 1);
    client.destroy();
  });

  test('says in /ready and /status how the bridge is', async () => {
    assert.equal((await exchange(server.port, 'GET', '/ready')).body, '{"ok":true,"bridges":[{"driver":"redis","state":"up"}]}');
    const [bridge] = (await server.status()).bridges;
    assert.equal(bridge.direction, 'both');
    assert.equal(bridge.app, APP.id);
    assert.ok(bridge.received > 0 && bridge.delivered > 0);
  });
});

test('Redis killed, paused and restarted under load: the node serves on, and nothing that waited outward is lost', async () => {
  const redis = await RedisServer.start();
  const server = await Server.start({ env: { BROADCAST_DRIVER: 'redis', REDIS_PORT: redis.port } });
  try {
    await bridgesAre(server, 'up');
    const client = await subscribed(server.port, 'load');
    await redis.kill();
    await bridgesAre(server, 'away');
    for (let i = 0; i < 50; ++i) {
      const from = Date.now();
      await server.publish('load', `killed-${i}`, '1');
      assert.ok(Date.now() - from < 1000, 'a publisher waited for Redis');
    }
    await client.until(() => names(client, 'load').length === 50, 'every event in spite of Redis');
    assert.equal((await exchange(server.port, 'GET', '/ready')).status, 200);
    await redis.run();
    await eventually(async () => (await server.status()).bridges[0].delivered === 50, 'what waited to go out');

    redis.pause();
    for (let i = 0; i < 50; ++i) await server.publish('load', `paused-${i}`, '1');
    await client.until(() => names(client, 'load').length === 100, 'every event in spite of the pause');
    await bridgesAre(server, 'away', 'a connection that is half open to be noticed');
    redis.resume();
    await bridgesAre(server, 'up');
    await redis.publish('load', payload('back', 1));
    await client.until(() => names(client, 'load').includes('back'), 'the subscription to be back');
    await eventually(async () => (await server.status()).bridges[0].waiting === 0, 'everything to have gone out');
    const lines = server.log.split('\n').filter((line) => /A bridge is/.test(line));
    assert.ok(lines.length < 12, lines.join('\n'));
    client.destroy();
  } finally {
    await server.stop();
    await redis.stop();
  }
});

describe('A bridge that cannot work', () => {
  const away = async (toml, env, state, why) => {
    const server = await Server.start({ toml: `${appToml()}\n${toml}`, env });
    try {
      const [bridge] = await bridgesAre(server, state);
      assert.match(bridge.why, why);
      await pause(1500);
      assert.equal(server.log.split('\n').filter((line) => /A bridge is/.test(line)).length, 1, server.log);
      assert.doesNotMatch(server.log, /wrong-password/);
      const client = await subscribed(server.port, 'a');
      await server.publish('a', 'e', '1');
      await client.until(() => names(client, 'a').length === 1, 'the event');
      client.destroy();
      assert.equal((await exchange(server.port, 'GET', '/ready')).body, `{"ok":true,"bridges":[{"driver":"redis","state":"${state}"}]}`);
    } finally {
      await server.stop();
    }
  };

  test('for its password', async () => {
    const redis = await RedisServer.start(['--requirepass', 'right']);
    await away('', { BROADCAST_DRIVER: 'redis', REDIS_PORT: redis.port, REDIS_PASSWORD: 'wrong-password' }, 'halted', /the login: WRONGPASS/);
    await redis.stop();
  });

  test('for a right it lacks', async () => {
    const redis = await RedisServer.start(['--user', 'narrow', 'on', '>pw', '~*', 'resetchannels', '+ping', '+psubscribe', '+publish']);
    await away('', { BROADCAST_DRIVER: 'redis', REDIS_PORT: redis.port, REDIS_USERNAME: 'narrow', REDIS_PASSWORD: 'pw' }, 'halted', /subscribe to \*: NOPERM/);
    await redis.stop();
  });

  test('for a stranger on the port', async () => {
    const stranger = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    await new Promise((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    await away('', { BROADCAST_DRIVER: 'redis', REDIS_PORT: stranger.address().port }, 'away', /not to be understood/);
    stranger.close();
  });

  test('for nobody on the port', async () => {
    await away('[[bridge]]\ndriver = "redis"\n[redis]\nurl = "redis://127.0.0.1:1/0"', {}, 'away', /Connection.refused/);
  });
});

const withBridge = (redis) => ({
  toml: `${appToml()}\n[[bridge]]\ndriver = "redis"\n[redis]\nurl = "${redis.url}"\nprefix = "p:"\n`,
});

const bridgesUp = (cluster) => Promise.all(cluster.nodes.map((node) => bridgesAre(node.server, 'up')));

test('Three nodes with a bridge each: every event, from Redis or over HTTP, reaches every subscriber once', async () => {
  const redis = await RedisServer.start();
  try {
    await Cluster.with(3, withBridge(redis), async (cluster) => {
      await bridgesUp(cluster);
      const subscribers = await Promise.all(cluster.nodes.flatMap((node) => [subscribed(node.port, 'once'), subscribed(node.port, 'once')]));
      const outside = await redis.listen();
      const count = 200;
      for (let i = 0; i < count; ++i) {
        await redis.publish('p:once', payload(`redis-${i}`, i, i === 0 ? subscribers[3].socketId : null));
        await cluster.nodes[i % 3].server.publish('once', `http-${i}`, `${i}`);
      }
      for (const node of cluster.nodes) await node.server.publish('once', 'last', '1');
      for (const [k, client] of subscribers.entries()) {
        await client.until(() => client.named('once', 'last').length === 3, `the last events at client ${k}`);
        await client.until(() => names(client, 'once').length >= 2 * count + 3 - (k === 3 ? 1 : 0), `all events at client ${k}`);
        const got = names(client, 'once');
        assert.equal(new Set(got).size, 2 * count + 1 - (k === 3 ? 1 : 0));
        assert.equal(got.length, 2 * count + 3 - (k === 3 ? 1 : 0));
        assert.equal(got.includes('redis-0'), k !== 3);
      }
      await eventually(() => outside.messages.length >= 2 * count + 3, 'every event in Redis');
      assert.equal(outside.messages.length, 2 * count + 3);
      outside.close();
      for (const client of subscribers) client.destroy();
    });
  } finally {
    await redis.stop();
  }
});

test('Two clusters bridged over one Redis hear each other once, and nothing goes round', async () => {
  const redis = await RedisServer.start();
  try {
    await Cluster.with(2, withBridge(redis), async (one) => {
      await Cluster.with(2, withBridge(redis), async (two) => {
        const nodes = [...one.nodes, ...two.nodes];
        await bridgesUp(one);
        await bridgesUp(two);
        const clients = await Promise.all(nodes.map((node) => subscribed(node.port, 'both')));
        const outside = await redis.listen();
        for (let i = 0; i < 100; ++i) await nodes[i % 4].server.publish('both', `e-${i}`, '1');
        for (const client of clients) await client.until(() => names(client, 'both').length >= 100, 'all events');
        await pause(300); // what goes round would come now
        for (const client of clients) assert.equal(names(client, 'both').length, 100);
        assert.equal(outside.messages.length, 100);
        outside.close();
        for (const client of clients) client.destroy();
      });
    });
  } finally {
    await redis.stop();
  }
});

test('A bridge in the mode leader takes events into the whole cluster', async () => {
  const redis = await RedisServer.start();
  const lone = await Server.start({ toml: `${appToml()}\n[[bridge]]\ndriver = "redis"\ndirection = "in"\nmode = "leader"\nchannels = ["private-*"]\n[redis]\nurl = "${redis.url}"\n` });
  try {
    await bridgesAre(lone, 'up');
    const client = await subscribed(lone.port, 'private-a');
    const other = await subscribed(lone.port, 'b');
    await redis.publish('b', payload('not for us', 1));
    await redis.publish('private-a', payload('for us', 1));
    await client.until(() => names(client, 'private-a').length === 1, 'the event');
    assert.equal(names(other, 'b').length, 0);
    client.destroy();
    other.destroy();
  } finally {
    await lone.stop();
    await redis.stop();
  }
});

test('Entries of a stream reach the whole cluster once, and survive the node that was given them', async () => {
  const redis = await RedisServer.start();
  const toml = `${appToml()}\n[[bridge]]\ndriver = "redis"\ndirection = "in"\n[redis]\nurl = "${redis.url.replace(/0$/, '3')}"\nstream = "events"\n`;
  const connection = await redis.connect();
  await connection.command('SELECT', 3);
  const add = (event, data = '{"a": 1}', channel = 'orders') => connection.command('XADD', 'events', '*', 'channel', channel, 'event', event, 'data', data);
  try {
    await Cluster.with(2, { toml }, async (cluster) => {
      await bridgesUp(cluster);
      const clients = await Promise.all(cluster.nodes.map((node) => subscribed(node.port, 'orders')));
      for (let i = 0; i < 100; ++i) await add(`e-${i}`);
      await connection.command('XADD', 'events', '*', 'nothing', 'of', 'use', '');
      for (const client of clients) {
        await client.until(() => names(client, 'orders').length >= 100, 'all entries');
        assert.equal(new Set(names(client, 'orders')).size, 100);
        assert.equal(names(client, 'orders').length, 100);
        assert.equal(client.published('orders')[0].data, '{"a": 1}');
      }
      await eventually(async () => (await connection.command('XPENDING', 'events', 'grapevine'))[0] === 0, 'every entry to be acknowledged');

      // While no node is there, and after one was killed with what it had been given.
      const pending = cluster.nodes[0];
      await cluster.nodes[1].kill();
      await pending.kill();
      await add('while away');
      await connection.command('XREADGROUP', 'GROUP', 'grapevine', pending.name, 'COUNT', 1, 'STREAMS', 'events', '>');
      await add('after that');
      await pending.start();
      const client = await subscribed(pending.port, 'late');
      await add('late', '1', 'late');
      await client.until(() => names(client, 'late').length === 1, 'a new entry');
      await eventually(async () => (await connection.command('XPENDING', 'events', 'grapevine'))[0] === 0, 'what was left to be acknowledged');
      client.destroy();
      for (const each of clients) each.destroy();
    });
  } finally {
    connection.close();
    await redis.stop();
  }
});
