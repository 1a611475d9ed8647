// A cluster in which not every node has the bridge, or one whose connection is up: every subscriber gets an event once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from './support/cluster.mjs';
import { Collector } from './support/collector.mjs';
import { eventually } from './support/deadline.mjs';
import { RedisServer, bridgesAre } from './support/redis.mjs';
import { APP, appToml } from './support/server.mjs';

const redisBridge = (redis, extra = '') => `${appToml()}
[[bridge]]
driver = "redis"
${extra}
[redis]
url = "${redis.url}"
prefix = "p:"
`;
const payload = (event) => JSON.stringify({ event, data: '1', socket: null });
const names = (client, channel) => client.published(channel).map((each) => each.event);
const bridgeOf = async (node) => (await node.server.status()).bridges[0];

async function subscribers(nodes, channel) {
  return Promise.all(nodes.map(async (node) => {
    const client = await Collector.open(node.port);
    await client.subscribe(channel);
    return client;
  }));
}

/** Publishes `count` events and a last one; each client gets each of them once. */
async function oneCopyEach(redis, clients, channel, round, count = 50) {
  for (let i = 0; i < count; ++i) await redis.publish(`p:${channel}`, payload(`${round}-${i}`));
  await redis.publish(`p:${channel}`, payload(`${round}-last`));
  for (const [k, client] of clients.entries()) {
    await client.until(() => names(client, channel).includes(`${round}-last`), `the last event of "${round}" at client ${k}`);
    const got = names(client, channel).filter((name) => name.startsWith(`${round}-`));
    assert.equal(got.length, count + 1, `client ${k} got ${got.length} of ${count + 1} in "${round}"`);
    assert.equal(new Set(got).size, count + 1);
  }
}

const covers = (nodes, how) =>
  eventually(async () => {
    const all = await Promise.all(nodes.map(bridgeOf));
    return all.filter((bridge) => bridge.covers_others).length === how;
  }, `${how} nodes to act for others`, 20_000);

test('Nodes without the bridge are given what comes from Redis, once, whichever node dies', async () => {
  const redis = await RedisServer.start();
  const toml = (name) => (name === 'n3' ? appToml() : redisBridge(redis));
  try {
    await Cluster.with(3, { toml }, async (cluster) => {
      const [one, two, without] = cluster.nodes;
      await Promise.all([one, two].map((node) => bridgesAre(node.server, 'up')));
      await covers([one, two], 1);
      const clients = new Map();
      const subscribe = async (node) => clients.set(node, (await subscribers([node], 'orders'))[0]);
      const others = (node) => [...clients].filter(([each]) => each !== node).map(([, client]) => client);
      for (const node of [one, two, without]) await subscribe(node);
      await oneCopyEach(redis, others(null), 'orders', 'all there');

      const acting = (await bridgeOf(one)).covers_others ? one : two;
      const other = acting === one ? two : one;
      await acting.kill();
      await covers([other], 1);
      await oneCopyEach(redis, others(acting), 'orders', 'one dead');

      await acting.start();
      await cluster.agree();
      await bridgesAre(acting.server, 'up');
      await covers([one, two], 1);
      clients.get(acting).destroy();
      await subscribe(acting);
      await oneCopyEach(redis, others(null), 'orders', 'back again');

      // An orderly end is no gap: the other one acts from the moment it begins.
      const leaving = (await bridgeOf(one)).covers_others ? one : two;
      const staying = leaving === one ? two : one;
      const stop = leaving.stop();
      await covers([staying], 1);
      await oneCopyEach(redis, others(leaving), 'orders', 'one leaves', 200);
      await stop;
      for (const client of clients.values()) client.destroy();
    });
  } finally {
    await redis.stop();
  }
});

test('A node whose bridge is refused is given its events by the others, and hears for itself once it is not', async () => {
  const redis = await RedisServer.start();
  const toml = (name) => redisBridge(redis).replace('redis://', name === 'n2' ? 'redis://narrow:pw@' : 'redis://');
  try {
    await Cluster.with(3, { toml }, async (cluster) => {
      const [one, two, three] = cluster.nodes;
      await Promise.all([one, three].map((node) => bridgesAre(node.server, 'up')));
      await bridgesAre(two.server, 'halted');
      await covers([one, three], 1);
      const clients = await subscribers(cluster.nodes, 'orders');
      await oneCopyEach(redis, clients, 'orders', 'one refused');

      await redis.command('ACL', 'SETUSER', 'narrow', 'on', '>pw', '~*', '&*', '+@all');
      await two.kill();
      await two.start();
      await cluster.agree();
      await bridgesAre(two.server, 'up');
      await covers(cluster.nodes, 0);
      clients[1].destroy();
      [clients[1]] = await subscribers([two], 'orders');
      await oneCopyEach(redis, clients, 'orders', 'all hear');
      for (const client of clients) client.destroy();
    });
  } finally {
    await redis.stop();
  }
});

test('In the mode leader one of several nodes takes events in, and another one after its death', async () => {
  const redis = await RedisServer.start();
  try {
    // The app of a bridge may be named, or be the first one.
    const toml = (name) => redisBridge(redis, `mode = "leader"\ndirection = "in"${name === 'n3' ? `\napp = "${APP.id}"` : ''}`);
    await Cluster.with(3, { toml }, async (cluster) => {
      await Promise.all(cluster.nodes.map((node) => bridgesAre(node.server, 'up')));
      const leaders = async (nodes) => {
        const all = await Promise.all(nodes.map(bridgeOf));
        return nodes.filter((_, i) => all[i].leads);
      };
      await eventually(async () => (await leaders(cluster.nodes)).length === 1, 'one leader');
      const clients = await subscribers(cluster.nodes, 'orders');
      await oneCopyEach(redis, clients, 'orders', 'first leader');

      const [leader] = await leaders(cluster.nodes);
      await leader.kill();
      const rest = cluster.nodes.filter((node) => node !== leader);
      await eventually(async () => (await leaders(rest)).length === 1, 'another leader', 20_000);
      await oneCopyEach(redis, clients.filter((_, i) => cluster.nodes[i] !== leader), 'orders', 'second leader');
      for (const client of clients) client.destroy();
    });
  } finally {
    await redis.stop();
  }
});

test('What comes from Redis goes on to another system from one node', async () => {
  const redis = await RedisServer.start();
  // Every node hears the first Redis and logs what goes out: one line for each event in the whole cluster.
  const toml = `${redisBridge(redis, 'direction = "in"')}\n[[bridge]]\ndriver = "log"\n`;
  try {
    await Cluster.with(3, { toml }, async (cluster) => {
      await Promise.all(cluster.nodes.map((node) => bridgesAre(node.server, 'up')));
      const clients = await subscribers(cluster.nodes, 'orders');
      await eventually(async () => (await Promise.all(cluster.nodes.map(bridgeOf))).filter((bridge) => bridge.leads).length === 1, 'the nodes to know each other');
      await oneCopyEach(redis, clients, 'orders', 'logged', 20);
      const lines = () => cluster.nodes.map((node) => node.server.log.split('\n').filter((line) => /logged-/.test(line)).length);
      await eventually(() => lines().reduce((a, b) => a + b) >= 21, 'every event in a log');
      assert.deepEqual(lines().sort((a, b) => a - b), [0, 0, 21]);
      for (const client of clients) client.destroy();
    });
  } finally {
    await redis.stop();
  }
});

test('The last event of a cache channel comes from Redis to whoever subscribes later, on any node', async () => {
  const redis = await RedisServer.start();
  const toml = (name) => (name === 'n1' ? redisBridge(redis) : appToml());
  try {
    await Cluster.with(3, { toml }, async (cluster) => {
      await bridgesAre(cluster.nodes[0].server, 'up');
      await covers([cluster.nodes[0]], 1);
      await redis.publish('p:cache-price', payload('price'));
      const sentinel = (await subscribers([cluster.nodes[2]], 'sentinel'))[0];
      await redis.publish('p:sentinel', payload('after'));
      await sentinel.until(() => names(sentinel, 'sentinel').length === 1, 'the event behind it');
      for (const node of cluster.nodes) {
        const [client] = await subscribers([node], 'cache-price');
        await client.until(() => names(client, 'cache-price').includes('price'), `the cached event at ${node.name}`);
        client.destroy();
      }
      sentinel.destroy();
    });
  } finally {
    await redis.stop();
  }
});
