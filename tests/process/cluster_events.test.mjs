// Publish anywhere, subscribe anywhere: once, in order, and only where somebody listens.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster } from './support/cluster.mjs';
import { Collector } from './support/collector.mjs';
import { pause } from './support/deadline.mjs';
import { EventStream } from './support/event_stream.mjs';
import { Publisher } from './support/publisher.mjs';
import { APP, appToml } from './support/server.mjs';

const toml = `[limits]\nclient_events_per_second = 1000\n${appToml(APP, 'client_events = true')}`;

async function withClients(ports, body) {
  const clients = await Promise.all(ports.map((port) => Collector.open(port)));
  try {
    await body(...clients);
  } finally {
    for (const client of clients) client.destroy();
  }
}

for (const count of [3, 5]) {
  test(`10,000 events published round robin into ${count} nodes reach every subscriber on every node once and in order`, async () => {
    await Cluster.with(count, {}, async (cluster) => {
      const clients = await Collector.openMany(2 * count, (i) => cluster.nodes[i % count].port);
      await Promise.all(clients.map((client) => client.subscribe('stream')));
      const stream = new EventStream('stream', cluster.nodes);
      await stream.publishAll(10_000);
      const check = () => Promise.all(clients.map((client, i) => stream.received(client, `client ${i} of n${(i % count) + 1}`)));
      await check();
      await stream.publishAll(count); // an event that came twice would be seen before these
      await check();
      for (const node of cluster.nodes) {
        const { events_dropped: dropped, gaps, interest_repairs: repairs } = await node.counters();
        assert.deepEqual({ dropped, gaps, repairs }, { dropped: 0, gaps: 0, repairs: 0 });
      }
      for (const client of clients) client.destroy();
    });
  });
}

describe('Three nodes', () => {
  let cluster;
  let publishers;
  const port = (i) => cluster.nodes[i].port;
  before(async () => {
    cluster = await Cluster.start(3, { toml, proxied: true });
    publishers = cluster.nodes.map((node) => new Publisher(node.port));
  });
  after(async () => {
    for (const publisher of publishers ?? []) publisher.close();
    await cluster?.close();
  });

  test('leave out the socket that is excluded, whichever node it is on', () =>
    withClients([port(0), port(0), port(1), port(2)], async (...clients) => {
      await Promise.all(clients.map((client) => client.subscribe('exclusion')));
      for (const [i, excluded] of clients.entries()) {
        await publishers[(i + 1) % 3].publish('exclusion', 'to-others', i, { socket_id: excluded.socketId });
      }
      // The last of each publisher's events is for everybody and comes behind the others.
      for (const [i, publisher] of publishers.entries()) await publisher.publish('exclusion', 'end', i);
      for (const [i, client] of clients.entries()) {
        await client.until(() => client.named('exclusion', 'end').length === 3, 'the ends');
        const got = client.named('exclusion', 'to-others').map(({ data }) => Number(data)).sort();
        assert.deepEqual(got, [0, 1, 2, 3].filter((number) => number !== i));
      }
    }));

  test('carry client events to everybody but the sender, with the user that the server knows', () =>
    withClients([port(0), port(1), port(2)], async (sender, second, third) => {
      for (const [i, client] of [sender, second, third].entries()) {
        await client.join('presence-talk', `user-${i}`);
        await client.subscribe('private-talk');
      }
      for (let i = 0; i < 50; ++i) {
        sender.say({ event: 'client-typed', channel: 'presence-talk', data: { i }, user_id: 'mallory' });
        sender.say({ event: 'client-typed', channel: 'private-talk', data: { i } });
      }
      for (const client of [second, third]) {
        for (const [channel, user] of [['presence-talk', 'user-0'], ['private-talk', undefined]]) {
          await client.until(() => client.published(channel).length >= 50, 'the client events');
          const got = client.published(channel);
          const number = ({ data }) => (typeof data === 'string' ? JSON.parse(data) : data).i;
          assert.deepEqual(got.map(number), Array.from({ length: 50 }, (_, i) => i));
          assert.ok(got.every((event) => event.user_id === user), JSON.stringify(got[0]));
        }
      }
      // What the second says comes back to the first, and nothing of its own.
      second.say({ event: 'client-answered', channel: 'private-talk', data: {} });
      await sender.until(() => sender.published('private-talk').length > 0, 'the answer');
      assert.deepEqual(sender.published('private-talk').map(({ event }) => event), ['client-answered']);
      assert.deepEqual(sender.published('presence-talk'), []);
    }));

  test('deliver the events of a batch to their channels in order', () =>
    withClients([port(1), port(2)], async (...clients) => {
      await Promise.all(clients.flatMap((client) => ['batch-a', 'batch-b'].map((channel) => client.subscribe(channel))));
      for (let i = 0; i < 100; ++i) {
        await publishers[0].batch(Array.from({ length: 10 }, (_, k) =>
          ({ channel: k % 2 ? 'batch-b' : 'batch-a', name: 'item', data: String(i * 10 + k) })));
      }
      for (const client of clients) {
        for (const [channel, rest] of [['batch-a', 0], ['batch-b', 1]]) {
          await client.until(() => client.published(channel).length >= 500, 'the batches');
          assert.deepEqual(client.published(channel).map(({ data }) => Number(data)), Array.from({ length: 500 }, (_, i) => 2 * i + rest));
        }
      }
    }));

  test('deliver one large event to a hundred channels, whole, once in each', () =>
    withClients([port(1), port(2)], async (...clients) => {
      const channels = Array.from({ length: 100 }, (_, i) => `wide-${i}`);
      const data = 'ünteilbar '.repeat(900); // 9,900 bytes
      for (const client of clients) await Promise.all(channels.map((channel) => client.subscribe(channel)));
      await publishers[0].post('/events', { name: 'wide', channels, data });
      await publishers[0].post('/events', { name: 'end', channels, data: '' });
      for (const client of clients) {
        for (const channel of channels) {
          await client.until(() => client.published(channel).length >= 2, `the events of ${channel}`);
          assert.deepEqual(client.published(channel).map(({ event }) => event), ['wide', 'end']);
          assert.equal(client.published(channel)[0].data, data);
        }
      }
    }));

  test('deliver what is published elsewhere right after the acknowledgement, 1,000 times of 1,000', () =>
    withClients([port(0), port(1), port(2)], async (...clients) => {
      const missed = [];
      for (let i = 0; i < 1000; ++i) {
        const client = clients[i % 3];
        const channel = `fresh-${i}`;
        await client.subscribe(channel);
        await publishers[(i + 1 + (Math.floor(i / 3) % 2)) % 3].publish(channel, 'first', i);
        await client.until(() => client.published(channel).length > 0, channel, 2_000).catch(() => missed.push(i));
        client.leave(channel);
      }
      assert.deepEqual(missed, []);
    }));

  test('deliver again to a channel that was left and is taken up again elsewhere', () =>
    withClients([port(0), port(1)], async (first, second) => {
      for (let i = 0; i < 100; ++i) {
        const client = i % 2 ? first : second;
        await client.subscribe('to-and-fro');
        await publishers[2].publish('to-and-fro', 'turn', i);
        await client.until(() => client.published('to-and-fro').at(-1)?.data === String(i), `turn ${i}`);
        client.leave('to-and-fro');
      }
    }));

  test('send no byte of an event to a node without subscribers', () =>
    withClients([port(1)], async (client) => {
      const marker = 'for-the-second-node-only';
      let seen = 0;
      await client.subscribe('lonely');
      await pause(300); // what the tests before have left is unsubscribed by then or makes no difference here
      const before = await Promise.all(cluster.nodes.map((node) => node.counters()));
      const bytesBefore = cluster.network.bytes('n1', 'n3') + cluster.network.bytes('n2', 'n3');
      const toSecond = cluster.network.bytes('n1', 'n2');
      cluster.network.onBytes = (_, to, chunk) => {
        if (to === 'n3' && chunk.includes(marker)) ++seen;
      };
      for (let i = 0; i < 1000; ++i) await publishers[0].publish('lonely', 'event', `${marker} ${i} ${'x'.repeat(1000)}`);
      await client.until(() => client.published('lonely').length === 1000, 'the events');
      cluster.network.onBytes = null;
      const after = await Promise.all(cluster.nodes.map((node) => node.counters()));
      assert.equal(after[1].events_received - before[1].events_received, 1000);
      assert.equal(after[2].events_received - before[2].events_received, 0);
      assert.equal(after[0].events_forwarded - before[0].events_forwarded, 1000);
      assert.equal(seen, 0);
      assert.ok(cluster.network.bytes('n1', 'n2') - toSecond > 1_000_000, 'the events did not pass through the proxy');
      const idle = cluster.network.bytes('n1', 'n3') + cluster.network.bytes('n2', 'n3') - bytesBefore;
      assert.ok(idle < 100_000, `${idle} bytes to a node without subscribers`);
    }));
});
