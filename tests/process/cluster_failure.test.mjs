// Nodes die, sleep and come back; what is promised then, in seconds.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cluster } from './support/cluster.mjs';
import { Collector } from './support/collector.mjs';
import { pause, promised } from './support/deadline.mjs';
import { EventStream } from './support/event_stream.mjs';
import { checkLedgers, oneOnEach, sameRosters, usersOf } from './support/rosters.mjs';
import { appToml } from './support/server.mjs';

const DEATH_MS = 5_000;
const HEAL_MS = 5_000;

describe('kill -9', () => {
  for (const count of [3, 5]) {
    test(`of one node of ${count} with 500 presence members is told once for each, and in time`, async (t) => {
      await Cluster.with(count, { toml: `[limits]\npresence_members = 200\n${appToml()}` }, async (cluster) => {
        const [victim, ...survivors] = cluster.nodes;
        const rooms = Array.from({ length: 5 }, (_, i) => `presence-room-${i}`);
        const watchers = [];
        for (const room of rooms) watchers.push(...await oneOnEach(survivors, room));
        const members = await Collector.openMany(500, () => victim.port);
        await Promise.all(members.map((client, i) => client.join(rooms[i % 5], `member-${i}`)));
        const home = (room) => survivors.map(({ name }) => `at-${name}`).concat(
          members.map((_, i) => i).filter((i) => rooms[i % 5] === room).map((i) => `member-${i}`));
        for (const watcher of watchers) await watcher.knows(home(watcher.channel), 'all members');
        const marks = watchers.map(({ changes }) => changes.length);

        // The survivors publish to each other all the while.
        const listeners = await Collector.openMany(survivors.length, (i) => survivors[i].port);
        await Promise.all(listeners.map((client) => client.subscribe('unimpressed')));
        const stream = new EventStream('unimpressed', survivors);
        stream.start(10);
        await pause(200);

        const begin = Date.now();
        await victim.kill();
        for (const watcher of watchers) {
          await watcher.knows(survivors.map(({ name }) => `at-${name}`), 'the members of the dead node to leave', promised(DEATH_MS));
        }
        const took = Math.max(...watchers.map(({ changes }) => changes.at(-1).at)) - begin;
        t.diagnostic(`${count} nodes: the last member_removed came ${took} ms after the kill`);
        assert.ok(took <= promised(DEATH_MS), `${took} ms`);
        for (const [i, watcher] of watchers.entries()) {
          const removed = watcher.ids('removed', marks[i]);
          assert.equal(removed.length, 100);
          assert.equal(new Set(removed).size, 100);
          assert.deepEqual(watcher.ids('added', marks[i]), []);
        }
        for (const room of rooms) {
          const wanted = survivors.map(({ name }) => `at-${name}`).sort().join();
          await cluster.everywhere((node) => usersOf(node, room), (users) => users.join() === wanted, `/users of ${room}`, { nodes: survivors });
        }
        await stream.stop();
        for (const [i, client] of listeners.entries()) await stream.received(client, `the listener at ${survivors[i].name}`);
        const gaps = listeners.map((client) => Math.max(...client.published('unimpressed').map(({ at }, i, all) => (i ? at - all[i - 1].at : 0))));
        t.diagnostic(`longest silence between survivors: ${Math.max(...gaps)} ms`);
        assert.ok(Math.max(...gaps) < promised(1_000), `survivors did not hear from each other for ${gaps} ms`);
        checkLedgers(watchers);
        for (const client of [...members, ...watchers, ...listeners]) client.destroy();
      });
    });
  }
});

describe('SIGSTOP for 8 s, then SIGCONT', () => {
  test('leaves no ghost, loses no member, and tells nothing twice', async (t) => {
    await Cluster.with(3, {}, async (cluster) => {
      const [first, second, sleeper] = cluster.nodes;
      const channel = 'presence-sleep';
      const watchers = await oneOnEach(cluster.nodes, channel);
      const crowd = await Collector.openMany(30, (i) => cluster.nodes[i % 3].port);
      for (const [i, client] of crowd.entries()) await client.join(channel, `user-${i}`);
      const awake = new Set([...crowd.map((_, i) => `user-${i}`), 'at-n1', 'at-n2', 'at-n3']);
      await sameRosters(cluster, watchers, channel, awake);
      const epoch = (await first.members()).get('n3').epoch;
      const marks = watchers.map(({ changes }) => changes.length);
      sleeper.pause();
      await pause(8_000);
      // Its users have left meanwhile for all others, and somebody came and somebody went.
      const asleep = new Set([...awake].filter((id) => id !== 'at-n3' && !(id.startsWith('user-') && Number(id.slice(5)) % 3 === 2)));
      for (const watcher of watchers.slice(0, 2)) await watcher.knows(asleep, 'the sleeper to be dead', promised(1_000));
      const late = await Collector.open(second.port);
      await late.join(channel, 'late');
      crowd[0].destroy();
      awake.add('late').delete('user-0');
      const begin = Date.now();
      sleeper.resume();
      await sameRosters(cluster, watchers, channel, awake, promised(HEAL_MS));
      await cluster.agree(cluster.nodes, promised(HEAL_MS));
      t.diagnostic(`all agreed ${Date.now() - begin} ms after SIGCONT`);
      assert.ok(Date.now() - begin <= promised(HEAL_MS), 'the heal took longer than promised');
      assert.equal((await first.members()).get('n3').epoch, epoch, 'a pause is not a new run');
      // The one that slept declared nobody dead: its own clients saw the two changes and nothing else.
      assert.deepEqual(watchers[2].ids('removed', marks[2]), ['user-0']);
      assert.deepEqual(watchers[2].ids('added', marks[2]), ['late']);
      const stream = new EventStream('awake', cluster.nodes);
      const listeners = await Collector.openMany(3, (i) => cluster.nodes[i].port);
      await Promise.all(listeners.map((client) => client.subscribe('awake')));
      await stream.publishAll(300);
      for (const client of listeners) await stream.received(client, 'a listener after the pause');
      await sameRosters(cluster, watchers, channel, awake);
      checkLedgers(watchers);
      for (const client of [...crowd, ...watchers, ...listeners, late]) client.destroy();
    });
  });
});

describe('A node killed and started again 20 times under its name', () => {
  test('is a new run each time, while the others miss nothing', async (t) => {
    await Cluster.with(3, {}, async (cluster) => {
      const [first, second, phoenix] = cluster.nodes;
      const survivors = [first, second];
      const watchers = await oneOnEach(survivors, 'presence-ashes');
      const listeners = await Collector.openMany(4, (i) => survivors[i % 2].port);
      await Promise.all(listeners.map((client) => client.subscribe('load')));
      const stream = new EventStream('load', survivors);
      stream.start(5);
      let bird = await Collector.open(phoenix.port);
      await bird.join('presence-ashes', 'bird');
      const present = ['at-n1', 'at-n2', 'bird'];
      for (const watcher of watchers) await watcher.knows(present, 'the bird');
      const marks = watchers.map(({ changes }) => changes.length);
      let { epoch } = (await first.members()).get('n3');
      let excused = 0;
      for (let i = 0; i < 20; ++i) {
        const killed = Date.now();
        await phoenix.kill();
        await phoenix.start();
        bird = await Collector.open(phoenix.port);
        await bird.join('presence-ashes', 'bird');
        if (Date.now() - killed > 1_500) ++excused; // the machine was too slow for the grace of a returning user
        await cluster.agree();
        const now = (await first.members()).get('n3');
        assert.ok(now.epoch !== epoch, 'the same epoch as before');
        assert.equal(now.address, phoenix.address);
        ({ epoch } = now);
      }
      await stream.stop();
      t.diagnostic(`${stream.total} events during 20 restarts; ${excused} of them slow`);
      for (const client of listeners) await stream.received(client, 'a subscriber of a survivor');
      await stream.publishAll(2);
      for (const client of listeners) await stream.received(client, 'a subscriber of a survivor');
      await sameRosters(cluster, watchers, 'presence-ashes', present);
      for (const [i, watcher] of watchers.entries()) {
        const flaps = watcher.ids('removed', marks[i]).length;
        assert.ok(flaps <= excused, `the bird left ${flaps} times for ${watcher.id}`);
      }
      checkLedgers(watchers);
      for (const client of [...listeners, ...watchers, bird]) client.destroy();
    });
  });
});
