// A node is told to stop while everybody uses it: clients go elsewhere, and nobody else notices.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cluster } from './support/cluster.mjs';
import { Collector } from './support/collector.mjs';
import { eventually, pause, promised } from './support/deadline.mjs';
import { EventStream } from './support/event_stream.mjs';
import { checkLedgers, oneOnEach, sameRosters } from './support/rosters.mjs';
import { appToml } from './support/server.mjs';

const DRAIN_MS = 3_000;
const GRACE_MS = 3_000;
const toml = `[limits]\ndrain_timeout = "${DRAIN_MS}ms"\n${appToml()}`;

/** A user that, when told to go, comes back at another node as pusher-js does after 4200. */
class Wanderer {
  closes = []; // { code, at }

  static async start(id, channel, node, others) {
    const user = new Wanderer();
    Object.assign(user, { id, channel, others });
    user.client = await Collector.open(node.port);
    await user.client.join(channel, id);
    user.moved = user.client.ended.then(() => user.#move());
    user.moved.catch(() => {}); // whoever waits for it is told
    return user;
  }

  async #move() {
    this.closes.push({ code: this.client.closeCode, at: Date.now() });
    await pause(100 + Math.random() * 400);
    this.client = await Collector.open(this.others[0].port);
    await this.client.join(this.channel, this.id);
  }

  destroy() {
    this.client.destroy();
  }
}

async function leaveUnderLoad(t, cluster, leaver, channel) {
  const others = cluster.running.filter((node) => node !== leaver);
  const watchers = await oneOnEach(others, channel);
  const listeners = await Collector.openMany(4, (i) => others[i % 2].port);
  await Promise.all(listeners.map((client) => client.subscribe(`${channel.slice(9)}-load`)));
  const wanderers = [];
  for (let i = 0; i < 40; ++i) wanderers.push(await Wanderer.start(`wanderer-${i}`, channel, leaver, i % 2 ? others : [...others].reverse()));
  // Five users have enough.
  const leaving = await Collector.openMany(5, () => leaver.port);
  for (const [i, client] of leaving.entries()) await client.join(channel, `leaving-${i}`);
  const staying = [...others.map(({ name }) => `at-${name}`), ...wanderers.map(({ id }) => id)];
  await sameRosters(cluster, watchers, channel, [...staying, ...leaving.map((_, i) => `leaving-${i}`)]);
  const stream = new EventStream(`${channel.slice(9)}-load`, others);
  stream.start(5);
  const marks = watchers.map(({ changes }) => changes.length);
  const before = await others[0].counters();

  const begin = Date.now();
  leaver.server.signal('SIGTERM');
  await eventually(async () => await leaver.ready().catch(() => 'gone') === 503, '/ready to be 503 while draining', DRAIN_MS);
  await Promise.all(wanderers.map(({ moved }) => moved));
  await leaver.stopped();
  t.diagnostic(`the last client was back after ${Math.max(...wanderers.map(({ closes }) => closes[0].at)) - begin} ms`);

  for (const { closes } of wanderers) assert.deepEqual(closes.map(({ code }) => code), [4200]);
  for (const client of leaving) assert.equal(await client.ended, 4200);
  const times = wanderers.map(({ closes }) => closes[0].at);
  assert.ok(Math.max(...times) - Math.min(...times) > 0.4 * DRAIN_MS, 'the clients were not sent away in a spread');

  const state = async (node) => (await node.members()).get(leaver.name)?.state ?? 'left';
  await cluster.everywhere(state, (now) => now === 'left', 'the node to have left', { nodes: others, ms: promised(1_000) });
  for (const node of others) assert.equal(await node.ready(), 200);
  assert.equal((await others[0].counters()).suspicions, before.suspicions, 'somebody was suspected');

  // Who stayed away has left three seconds after leaving; of those who came back nobody heard anything.
  await sameRosters(cluster, watchers, channel, staying, promised(GRACE_MS + 2_000));
  for (const [i, watcher] of watchers.entries()) {
    assert.deepEqual(watcher.ids('added', marks[i]), []);
    assert.deepEqual(watcher.ids('removed', marks[i]).sort(), leaving.map((_, k) => `leaving-${k}`));
  }
  await stream.stop();
  for (const client of listeners) await stream.received(client, 'a subscriber elsewhere');
  checkLedgers(watchers);
  for (const client of [...wanderers, ...watchers, ...listeners]) client.destroy();
}

describe('SIGTERM under load', () => {
  test('moves clients and their presence to other nodes; the node leaves, ends with 0 and comes back', async (t) => {
    await Cluster.with(3, { toml }, async (cluster) => {
      const leaver = cluster.nodes[2];
      const { epoch } = (await cluster.nodes[0].members()).get(leaver.name);
      await leaveUnderLoad(t, cluster, leaver, 'presence-leave');
      await leaver.start();
      await cluster.agree();
      assert.notEqual((await cluster.nodes[0].members()).get(leaver.name).epoch, epoch);
      const stream = new EventStream('returned', cluster.nodes);
      const clients = await Collector.openMany(3, (i) => cluster.nodes[i].port);
      await Promise.all(clients.map((client) => client.subscribe('returned')));
      await stream.publishAll(300);
      for (const client of clients) await stream.received(client, 'a subscriber after the return');
      for (const client of clients) client.destroy();
    });
  });

  test('works for one node after the other, which is a rolling restart', async (t) => {
    await Cluster.with(3, { toml }, async (cluster) => {
      for (const node of cluster.nodes) {
        await leaveUnderLoad(t, cluster, node, `presence-rolling-${node.name}`);
        await node.start();
        await cluster.agree();
      }
    });
  });
});

test('The last node of a cluster stays ready when the others have left in good order', async () => {
  await Cluster.with(3, { toml: `[limits]\ndrain_timeout = "0s"\n${appToml()}` }, async (cluster) => {
    const [last, ...others] = cluster.nodes;
    for (const node of others) await node.stop();
    await cluster.agree([last]);
    await pause(1_000); // longer than any probe takes
    assert.equal(await last.ready(), 200);
  });
});
