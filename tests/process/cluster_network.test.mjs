// Nodes lose sight of each other: a cluster that falls in halves, links that break, one pair that cannot talk.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cluster } from './support/cluster.mjs';
import { Collector } from './support/collector.mjs';
import { eventually, pause, promised } from './support/deadline.mjs';
import { EventStream } from './support/event_stream.mjs';
import { checkLedgers, oneOnEach, sameRosters, statesAt } from './support/rosters.mjs';

const DEATH_MS = 5_000;
const HEAL_MS = 5_000;
const RELAY_MS = 6_000;

describe('A cut between two nodes and three', () => {
  const halves = [['n1', 'n2'], ['n3', 'n4', 'n5']];
  const across = (body) => {
    for (const left of halves[0]) for (const right of halves[1]) body(left, right);
  };
  const cuts = {
    'that resets and refuses connections': {
      part: (network) => across((a, b) => network.refuse(a, b)),
      heal: (network) => across((a, b) => network.allow(a, b)),
    },
    'that swallows everything': {
      part: (network) => across((a, b) => { network.hold(a, b); network.hold(b, a); }),
      heal: (network) => across((a, b) => { network.release(a, b); network.release(b, a); }),
    },
  };
  for (const [kind, { part, heal }] of Object.entries(cuts)) {
    test(`${kind} heals with no ghost and no lost member`, async (t) => {
      await Cluster.with(5, { proxied: true }, async (cluster) => {
        const channel = 'presence-halves';
        const watchers = await oneOnEach(cluster.nodes, channel);
        const present = new Set(cluster.nodes.map(({ name }) => `at-${name}`));
        const clients = await Collector.openMany(20, (i) => cluster.nodes[i % 5].port);
        for (const [i, client] of clients.entries()) {
          await client.join(channel, `user-${i}`);
          present.add(`user-${i}`);
        }
        await sameRosters(cluster, watchers, channel, present);
        part(cluster.network);
        const left = cluster.nodes.slice(0, 2);
        const right = cluster.nodes.slice(2);
        const sideOf = (i) => (i % 5 < 2 ? 0 : 1);
        for (const [side, nodes] of [left, right].entries()) {
          const mine = [...present].filter((id) =>
            (id.startsWith('at-') ? halves[side].includes(id.slice(3)) : sideOf(Number(id.slice(5))) === side));
          const here = watchers.filter(({ id }) => halves[side].includes(id.slice(3)));
          for (const watcher of here) await watcher.knows(mine, 'its own half alone', promised(2 * DEATH_MS));
          await cluster.everywhere(statesAt, (states) => Object.values(states).filter((state) => state === 'alive').length === nodes.length,
            'each half to be alone', { nodes });
        }
        // Each half goes on: somebody comes and somebody goes on either side, one user is now on both.
        const late = [];
        for (const [i, node] of [left[0], right[1], left[1], right[0]].entries()) {
          const id = i < 2 ? `late-${i}` : 'on-both-sides';
          late.push(await Collector.open(node.port));
          await late[i].join(channel, id);
          present.add(id);
        }
        for (const i of [0, 4]) {
          clients[i].destroy();
          present.delete(`user-${i}`);
        }
        await pause(500);
        const begin = Date.now();
        heal(cluster.network);
        await sameRosters(cluster, watchers, channel, present, promised(HEAL_MS));
        const took = Date.now() - begin;
        t.diagnostic(`rosters equal ${took} ms after the network was whole`);
        assert.ok(took <= promised(HEAL_MS), `${took} ms`);
        await cluster.agree(cluster.nodes, promised(HEAL_MS));
        const stream = new EventStream('healed', cluster.nodes);
        const listeners = await Collector.openMany(5, (i) => cluster.nodes[i].port);
        await Promise.all(listeners.map((client) => client.subscribe('healed')));
        await stream.publishAll(500);
        for (const client of listeners) await stream.received(client, 'a listener after the heal');
        await pause(500); // what is wrong may still come
        await sameRosters(cluster, watchers, channel, present);
        checkLedgers(watchers);
        for (const client of [...clients, ...late, ...listeners, ...watchers]) client.destroy();
      });
    });
  }
});

describe('Links that break', () => {
  test('all of them every 200 ms, lose no event and deliver none twice', async (t) => {
    await Cluster.with(3, { proxied: true }, async (cluster) => {
      const watchers = await oneOnEach(cluster.nodes, 'presence-torn');
      const listeners = await Collector.openMany(6, (i) => cluster.nodes[i % 3].port);
      await Promise.all(listeners.map((client) => client.subscribe('torn')));
      const stream = new EventStream('torn', cluster.nodes);
      const marks = watchers.map(({ changes }) => changes.length);
      stream.start(2);
      for (let i = 0; i < 30; ++i) {
        await pause(200);
        cluster.network.cutAll();
      }
      await stream.stop();
      t.diagnostic(`${stream.total} events over links cut 30 times`);
      for (const client of listeners) await stream.received(client, 'a subscriber');
      await stream.publishAll(3);
      for (const client of listeners) await stream.received(client, 'a subscriber');
      let resumes = 0;
      for (const node of cluster.nodes) {
        const counters = await node.counters();
        resumes += counters.resumes;
        assert.deepEqual([counters.gaps, counters.events_dropped], [0, 0]);
      }
      assert.ok(resumes > 0, 'no session was ever resumed');
      await cluster.agree();
      for (const [i, watcher] of watchers.entries()) assert.equal(watcher.changes.length, marks[i], 'somebody was thought dead');
      for (const client of [...listeners, ...watchers]) client.destroy();
    });
  });

  const pairs = {
    'broken': {
      part: (network) => network.refuse('n1', 'n2'),
      heal: (network) => network.allow('n1', 'n2'),
    },
    'silent in one direction': {
      part: (network) => network.hold('n1', 'n2'),
      heal: (network) => network.release('n1', 'n2'),
    },
  };
  for (const [kind, { part, heal }] of Object.entries(pairs)) {
    test(`one pair of three ${kind} talks through the third, and directly again when it can`, async (t) => {
      await Cluster.with(3, { proxied: true }, async (cluster) => {
        const watchers = await oneOnEach(cluster.nodes, 'presence-pair');
        const listeners = await Collector.openMany(3, (i) => cluster.nodes[i].port);
        await Promise.all(listeners.map((client) => client.subscribe('pair')));
        const stream = new EventStream('pair', cluster.nodes);
        const marks = watchers.map(({ changes }) => changes.length);
        await stream.publishAll(30);
        part(cluster.network);
        const begin = Date.now();
        const [n1, n2] = cluster.nodes;
        const relays = async () => [(await n1.members()).get('n2').relay, (await n2.members()).get('n1').relay];
        const nobodyDead = async () => {
          for (const node of cluster.nodes) {
            for (const [name, state] of Object.entries(await statesAt(node))) {
              assert.ok(state === 'alive' || state === 'suspect', `${node.name} takes ${name} for ${state}`);
            }
          }
        };
        stream.start(20);
        const heard = () => [[1, 'n1'], [0, 'n2']].map(([at, from]) =>
          listeners[at].published('pair').filter(({ event }) => event === from).length);
        const before = heard();
        await eventually(async () => {
          await nobodyDead();
          return (await relays()).every((relay) => relay === 'n3') && heard().every((count, i) => count > before[i]);
        }, 'events to go through n3', promised(RELAY_MS));
        t.diagnostic(`through n3 ${Date.now() - begin} ms after the pair was parted`);
        while (Date.now() < begin + 10_000) {
          await nobodyDead();
          await pause(100);
        }
        const published = [stream.published.get('n1'), stream.published.get('n2')];
        await eventually(() => heard().every((count, i) => count >= published[i]), 'all events to go through n3', promised(1_000));
        assert.deepEqual(await relays(), ['n3', 'n3']);
        assert.ok((await cluster.nodes[2].counters()).relayed_bytes > 0);
        heal(cluster.network);
        await eventually(async () => (await relays()).every((relay) => relay === null), 'a direct link', promised(HEAL_MS));
        await pause(500);
        await stream.stop();
        for (const [i, client] of listeners.entries()) await stream.received(client, `the subscriber at n${i + 1}`);
        await cluster.agree();
        for (const node of cluster.nodes) {
          const { gaps, events_dropped, deaths } = await node.counters();
          assert.deepEqual([gaps, events_dropped, deaths], [0, 0, 0]);
        }
        for (const [i, watcher] of watchers.entries()) assert.equal(watcher.changes.length, marks[i], 'somebody was thought dead');
        for (const client of [...listeners, ...watchers]) client.destroy();
      });
    });
  }
});
