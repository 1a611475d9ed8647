// Who is there: the same answer on every node, and every coming and going told once.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster } from './support/cluster.mjs';
import { Collector } from './support/collector.mjs';
import { eventually, promised } from './support/deadline.mjs';
import { PresenceWatcher } from './support/presence_watcher.mjs';
import { Publisher } from './support/publisher.mjs';
import { usersOf } from './support/rosters.mjs';

let cluster;
before(async () => { cluster = await Cluster.start(3); });
after(() => cluster?.close());

const port = (i) => cluster.nodes[i % 3].port;

/** A watcher on each node in `channel`: w0, w1, w2, who know each other. */
async function watchers(channel) {
  const all = [];
  for (let i = 0; i < 3; ++i) all.push(await PresenceWatcher.join(port(i), channel, `w${i}`));
  for (const watcher of all) await watcher.knows(['w0', 'w1', 'w2'], 'the other watchers');
  return all;
}

async function withWatchers(channel, body) {
  const all = await watchers(channel);
  try {
    await body(all);
    for (const watcher of all) assert.deepEqual(watcher.violations, []);
  } finally {
    for (const watcher of all) watcher.destroy();
  }
}

/** Changes since `marks` of all but the watchers themselves. */
const marksOf = (all) => all.map(({ changes }) => changes.length);
const changesSince = (all, marks) =>
  all.map(({ changes }, i) => changes.slice(marks[i]).map(({ kind, id }) => `${kind} ${id}`));

/**
 * Waits until every watcher has seen somebody come and go at each node after all that happened before: whoever is not
 * told to have left by then was not thought to leave.
 */
async function sentinels(channel, all, name) {
  for (let i = 0; i < 3; ++i) {
    const sentinel = await Collector.open(port(i));
    await sentinel.join(channel, `${name}-${i}`);
    for (const watcher of all) await watcher.client.until(() => watcher.ids('added').includes(`${name}-${i}`), 'the sentinel to come');
    sentinel.destroy();
  }
  for (let i = 0; i < 3; ++i) {
    for (const watcher of all) await watcher.client.until(() => watcher.ids('removed').includes(`${name}-${i}`), 'the sentinel to go');
  }
}

const withoutSentinels = (changes) => changes.map((list) => list.filter((change) => !change.includes('sentinel')));

describe('A user', () => {
  test('comes once and goes once, on whatever nodes the tabs are', () => withWatchers('presence-once', async (all) => {
    const marks = marksOf(all);
    const tabs = [];
    for (let i = 0; i < 4; ++i) {
      tabs.push(await Collector.open(port(i)));
      const shown = await tabs[i].join('presence-once', 'ann', { name: 'Ann' });
      assert.deepEqual([...shown.keys()].sort(), ['ann', 'w0', 'w1', 'w2']);
      assert.deepEqual(shown.get('ann'), { name: 'Ann' });
    }
    for (const watcher of all) await watcher.knows(['ann', 'w0', 'w1', 'w2'], 'Ann to come');
    for (const tab of tabs.slice(0, 3)) tab.destroy();
    await sentinels('presence-once', all, 'sentinel-a');
    for (const changes of withoutSentinels(changesSince(all, marks))) assert.deepEqual(changes, ['added ann']);
    tabs[3].destroy();
    for (const watcher of all) await watcher.knows(['w0', 'w1', 'w2'], 'Ann to go');
    await sentinels('presence-once', all, 'sentinel-b');
    for (const changes of withoutSentinels(changesSince(all, marks))) assert.deepEqual(changes, ['added ann', 'removed ann']);
  }));

  test('who moves from node to node does not flap', () => withWatchers('presence-moving', async (all) => {
    const marks = marksOf(all);
    let socket = await Collector.open(port(0));
    await socket.join('presence-moving', 'bob');
    for (let i = 1; i <= 6; ++i) {
      // Opened before the old one ends, and after: a second tab, a page that is loaded again.
      const next = await Collector.open(port(i));
      if (i % 2) socket.destroy();
      await next.join('presence-moving', 'bob');
      if (!(i % 2)) socket.destroy();
      socket = next;
    }
    await sentinels('presence-moving', all, 'sentinel');
    for (const changes of withoutSentinels(changesSince(all, marks))) assert.deepEqual(changes, ['added bob']);
    socket.destroy();
  }));

  test('has the user_info of the first join, the same on every node, then that of the next', async () => {
    const channel = 'presence-info';
    const sockets = await Collector.openMany(3, port);
    await sockets[1].join(channel, 'eve', { name: 'first' });
    await sockets[0].join(channel, 'eve', { name: 'second' });
    const shown = async () => {
      const infos = [];
      for (let i = 0; i < 3; ++i) {
        const guest = await Collector.open(port(i));
        infos.push((await guest.join(channel, `guest-${i}`)).get('eve').name);
        guest.destroy();
      }
      return infos.join();
    };
    await sockets[2].join(channel, 'watcher');
    assert.equal(await shown(), 'first,first,first');
    sockets[1].destroy();
    await eventually(async () => await shown() === 'second,second,second', 'the second info everywhere');
    for (const socket of sockets) socket.destroy();
  });

  test('is in a snapshot as soon as the subscription is acknowledged elsewhere', async () => {
    for (let i = 0; i < 100; ++i) {
      const [first, second] = await Collector.openMany(2, (k) => port(i + k));
      await first.join(`presence-at-once-${i}`, 'first');
      const shown = await second.join(`presence-at-once-${i}`, 'second');
      assert.deepEqual([...shown.keys()].sort(), ['first', 'second']);
      first.destroy();
      second.destroy();
    }
  });
});

describe('Many users', () => {
  test('who come and go on all nodes at once are told each of them once', () => withWatchers('presence-crowd', async (all) => {
    const marks = marksOf(all);
    const crowd = await Collector.openMany(60, port);
    await Promise.all(crowd.map((client, i) => client.join('presence-crowd', `user-${i}`)));
    const names = crowd.map((_, i) => `user-${i}`);
    for (const watcher of all) await watcher.knows([...names, 'w0', 'w1', 'w2'], 'everybody');
    for (const client of crowd.slice(0, 30)) client.destroy();
    for (const client of crowd.slice(30)) client.leave('presence-crowd');
    for (const watcher of all) await watcher.knows(['w0', 'w1', 'w2'], 'everybody to go');
    for (const changes of changesSince(all, marks)) assert.equal(changes.length, 120);
    for (const client of crowd) client.destroy();
  }));

  test('are limited to 100 in the cluster, and who is in comes in again', async () => {
    const channel = 'presence-full';
    const crowd = await Collector.openMany(100, port);
    for (const [i, client] of crowd.entries()) await client.join(channel, `user-${i}`);
    await cluster.everywhere((node) => usersOf(node, channel), (users) => users.length === 100, '100 users everywhere');
    for (let i = 0; i < 3; ++i) {
      const client = await Collector.open(port(i));
      await assert.rejects(client.join(channel, 'one-too-many'), /subscription_error/);
      await client.join(channel, 'user-7');
      client.destroy();
    }
    crowd[0].destroy();
    await eventually(async () => {
      const client = await Collector.open(port(1));
      const entered = await client.join(channel, 'the-next').then(() => true, () => false);
      client.destroy();
      return entered;
    }, 'a place to be free');
    for (const client of crowd) client.destroy();
  });
});

describe('The HTTP API', () => {
  test('gives the same answer on every node', async () => {
    const members = await Collector.openMany(7, port);
    for (const [i, client] of members.entries()) await client.join('presence-asked', `user-${i % 5}`);
    const readers = await Collector.openMany(4, port);
    for (const client of readers) await client.subscribe('asked-public');
    const [lone] = await Collector.openMany(1, () => port(2));
    await lone.join('presence-lone', 'hermit');
    const same = (path, params, wanted) =>
      cluster.everywhere((node) => node.json(path, params), (answer) => {
        try {
          assert.deepEqual(answer, wanted);
          return true;
        } catch {
          return false;
        }
      }, `${path} ${JSON.stringify(params)}`);
    await same('/channels/presence-asked', { info: 'user_count' }, { occupied: true, user_count: 5 });
    await same('/channels/presence-lone', { info: 'user_count' }, { occupied: true, user_count: 1 });
    await same('/channels/asked-public', { info: 'subscription_count' }, { occupied: true, subscription_count: 4 });
    await same('/channels/asked-nobody', { info: 'subscription_count' }, { occupied: false, subscription_count: 0 });
    await same('/channels', { filter_by_prefix: 'presence-asked', info: 'user_count' }, { channels: { 'presence-asked': { user_count: 5 } } });
    await same('/channels', { filter_by_prefix: 'presence-lone' }, { channels: { 'presence-lone': {} } });
    await same('/channels', { filter_by_prefix: 'asked-', info: 'subscription_count' }, { channels: { 'asked-public': { subscription_count: 4 } } });
    await cluster.everywhere((node) => usersOf(node, 'presence-asked'),
      (users) => users.join() === 'user-0,user-1,user-2,user-3,user-4', 'the users');
    await cluster.everywhere((node) => usersOf(node, 'presence-lone'), (users) => users.join() === 'hermit', 'the hermit');
    for (const node of cluster.nodes) {
      const publisher = new Publisher(node.port);
      const answer = await publisher.publish('asked-public', 'e', '', { info: 'subscription_count' });
      assert.deepEqual(answer, { channels: { 'asked-public': { subscription_count: 4 } } });
      publisher.close();
    }
    for (const client of [...members, ...readers, lone]) client.destroy();
    await same('/channels', { filter_by_prefix: 'presence-asked' }, { channels: {} });
    await same('/channels/presence-asked', { info: 'user_count' }, { occupied: false, user_count: 0 });
  });
});

describe('A cache channel', () => {
  const CHANNELS = Array.from({ length: 12 }, (_, i) => `cache-${i}`);

  /** What a new subscriber gets first: the cached event's data, or null for a miss. */
  async function cached(portNumber, channel) {
    const client = await Collector.open(portNumber);
    await client.subscribe(channel);
    const first = await client.until(
      () => client.named(channel, 'pusher:cache_miss')[0] ?? client.published(channel)[0], `the cached event of ${channel}`);
    client.destroy();
    return first.event === 'pusher:cache_miss' ? null : first.data;
  }

  test('gives its last event on every node, though nobody was there when it was published', async () => {
    const publisher = new Publisher(port(0));
    for (const channel of CHANNELS) {
      for (let i = 0; i < 3; ++i) assert.equal(await cached(port(i), `${channel}-empty`), null);
      await publisher.publish(channel, 'price', 'old');
      await publisher.publish(channel, 'price', 'new');
    }
    for (const channel of CHANNELS) for (let i = 0; i < 3; ++i) assert.equal(await cached(port(i), channel), 'new', `${channel} at n${i + 1}`);
    publisher.close();
  });

  test('gives the newest event, whichever node it was published at', async () => {
    const publishers = cluster.nodes.map((node) => new Publisher(node.port));
    for (const [i, publisher] of [...publishers, ...publishers].entries()) {
      await publisher.publish('cache-turns', 'turn', i);
      for (const k of [0, 1, 2]) await eventually(async () => await cached(port(k), 'cache-turns') === String(i), `turn ${i} at n${k + 1}`);
    }
    for (const publisher of publishers) publisher.close();
  });

  test('keeps its last event when the node it was published at is killed', async () => {
    const [first, ...others] = cluster.nodes;
    const publisher = new Publisher(first.port);
    const witnesses = await Collector.openMany(2, (i) => others[i].port);
    for (const witness of witnesses) await witness.subscribe('witness');
    for (const channel of CHANNELS) await publisher.publish(`${channel}-orphan`, 'price', 'kept');
    // What was accepted before these has left the node when they arrive; twelve, for each of the node's threads.
    for (let i = 0; i < 12; ++i) await publisher.publish('witness', 'seen', i);
    for (const witness of witnesses) await witness.until(() => witness.published('witness').length === 12, 'the witness');
    for (const channel of CHANNELS) {
      for (const node of others) await eventually(async () => (await node.json(`/channels/${channel}-orphan`, { info: 'cache' })).cache?.data === 'kept', channel);
    }
    publisher.close();
    await first.kill();
    for (const channel of CHANNELS) for (const node of others) assert.equal(await cached(node.port, `${channel}-orphan`), 'kept', `${channel} at ${node.name}`);
    for (const witness of witnesses) witness.destroy();
    await first.start();
    await cluster.agree(cluster.nodes, promised(10_000));
    for (const channel of CHANNELS) assert.equal(await cached(first.port, `${channel}-orphan`), 'kept', `${channel} at ${first.name} started again`);
  });
});
