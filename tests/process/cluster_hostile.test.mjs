// What comes to the cluster's port and is no node: it costs its own connection and nothing else.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Cluster } from './support/cluster.mjs';
import { Collector } from './support/collector.mjs';
import { eventually, promised, SANITIZED } from './support/deadline.mjs';
import { EventStream } from './support/event_stream.mjs';
import { Publisher } from './support/publisher.mjs';
import { RawSocket } from './support/raw_socket.mjs';
import { appToml } from './support/server.mjs';

const MIB = 1 << 20;
const GROWTH = (SANITIZED ? 40 : 10) * MIB; // a sanitizer keeps what was freed
const HANDSHAKE_MS = 3_000;

const head = (length, type) => {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32LE(length >>> 0);
  bytes[4] = type;
  return bytes;
};
const framed = (type, body) => Buffer.concat([head(body.length + 1, type), body]);
const hello = (nonce = Buffer.alloc(32, 7)) => framed(1, Buffer.concat([Buffer.from('GVNE'), Buffer.of(1, 1), nonce]));

/** Bytes that look random and are the same in every run. */
function noise(seed, length) {
  const blocks = [];
  for (let i = 0; i * 32 < length; ++i) blocks.push(createHash('sha256').update(`${seed}/${i}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

describe('The cluster port', () => {
  let cluster;
  let victim;
  let peer;
  let recorded = []; // what the peer said first when it dialled
  let rss;
  let epochs;
  let resumes;

  const epochsAt = async (node) => [...(await node.members()).values()].map(({ name, epoch, state, linked, self }) => [name, epoch, state, self || linked]).sort();
  const resumesOf = async () => (await victim.counters()).resumes + (await peer.counters()).resumes;
  // Each attack from an address of its own: an address that misbehaves may be refused for a while.
  let lastAddress = 1;
  const connect = (address = `127.0.0.${lastAddress}`) => RawSocket.open(victim.clusterPort, null, address);

  before(async () => {
    let dialled = null;
    cluster = await Cluster.start(2, {
      proxied: true,
      cluster: 'secret = "the secret of this cluster"',
      seedsOf: (node, all) => (node === all[0] ? [] : [all[0].address]), // so the peer dials the victim
      prepare: ({ network }) => {
        network.onBytes = (from, to, chunk, connection) => {
          if (from !== 'n2' || connection.from !== 'n2') return;
          dialled ??= connection;
          if (connection === dialled && recorded.length < 4) recorded.push(Buffer.from(chunk));
        };
      },
    });
    cluster.network.onBytes = null;
    [victim, peer] = cluster.nodes;
    epochs = await epochsAt(victim);
    resumes = await resumesOf();
  });
  after(() => cluster?.close());

  beforeEach(() => {
    ++lastAddress;
    rss = victim.server.rss();
  });
  afterEach(async () => {
    const grown = victim.server.rss() - rss;
    assert.ok(grown <= GROWTH, `resident memory grew by ${(grown / MIB).toFixed(1)} MiB`);
    assert.deepEqual(await epochsAt(victim), epochs, 'the healthy link was disturbed');
    assert.equal(await resumesOf(), resumes, 'the healthy link was broken');
    const stream = new EventStream(`undisturbed-${lastAddress}`, [peer, victim]);
    const clients = [await Collector.open(victim.port), await Collector.open(peer.port)];
    await Promise.all(clients.map((client) => client.subscribe(stream.channel)));
    await stream.publishAll(20);
    for (const client of clients) await stream.received(client, 'a subscriber beside the attack');
    for (const client of clients) client.destroy();
  });

  const closes = async (socket) => {
    const answer = await socket.untilEnd();
    assert.ok(!/n[12]/.test(answer.toString('latin1').replace(/GVNE[^]{2}[^]{32}/g, '')), 'a name in the answer');
    socket.destroy();
  };

  test('ends connections that talk garbage', async () => {
    for (let i = 0; i < 200; ++i) {
      const socket = await connect(`127.0.1.${i + 1}`);
      socket.write(noise(i, 1 + (i * 37) % 3000));
      if (i % 4 === 3) socket.destroy(); // in the middle of it
      else await closes(socket);
    }
  });

  test('ends connections that speak HTTP or TLS', async () => {
    for (const bytes of ['GET / HTTP/1.1\r\nHost: n\r\n\r\n', Buffer.from('16030100c8010000c40303', 'hex')]) {
      const socket = await connect();
      socket.write(bytes);
      await closes(socket);
    }
  });

  test('allocates nothing for a length', async () => {
    for (const [k, length] of [0xffffffff, 0x7fffffff, 1 << 20, 4097, 0].entries()) {
      const sockets = [];
      for (let i = 1; i <= 20; ++i) {
        const socket = await connect(`127.0.2.${20 * k + i}`);
        socket.write(head(length, 1));
        sockets.push(socket);
      }
      for (const socket of sockets) await closes(socket);
    }
  });

  test('ends a connection that is silent, or stops in the middle of the handshake', async () => {
    const sockets = [];
    for (const bytes of ['', 'G', head(39, 1), hello().subarray(0, 20), hello()]) {
      const socket = await connect();
      if (bytes.length) socket.write(bytes);
      sockets.push(socket);
    }
    const begin = Date.now();
    for (const socket of sockets) await closes(socket);
    assert.ok(Date.now() - begin <= promised(HANDSHAKE_MS + 1_000), 'a half-open connection was kept');
  });

  test('lives with a handshake that drips byte by byte', async () => {
    const socket = await connect();
    const begin = Date.now();
    const bytes = hello();
    for (let i = 0; !socket.ended && i < bytes.length; ++i) {
      socket.write(bytes.subarray(i, i + 1));
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await closes(socket);
    assert.ok(Date.now() - begin <= promised(HANDSHAKE_MS + 5_000), 'each byte bought more time');
  });

  test('refuses frames of members from a stranger', async () => {
    const sockets = [];
    for (const type of [2, 3, 4, 8, 12, 13, 16, 32, 33, 36, 64, 255]) {
      for (const first of [Buffer.alloc(0), hello()]) {
        const socket = await connect(`127.0.3.${type === 255 ? 250 : type}`);
        socket.write(Buffer.concat([first, framed(type, noise(type, 60))]));
        sockets.push(socket);
      }
    }
    for (const socket of sockets) await closes(socket);
  });

  test('refuses what a node said before, said again', async () => {
    assert.ok(recorded.length > 0, 'nothing was recorded');
    const refused = (await victim.counters()).refused;
    const socket = await connect();
    for (const chunk of recorded) socket.write(chunk);
    await closes(socket);
    const mixed = await connect();
    mixed.write(recorded[0]);
    await mixed.consume((bytes) => (bytes.length > 0 ? { used: 0, value: true } : undefined), 'the hello of the node');
    for (const chunk of recorded.slice(1)) mixed.write(chunk);
    await closes(mixed);
    assert.ok((await victim.counters()).refused > refused, 'a replayed handshake was not counted as refused');
  });

  test('lives with 500 silent connections, and lets a node in when they are gone', async () => {
    const sockets = [];
    for (let i = 0; i < 500; ++i) sockets.push(await connect(`127.0.4.${(i % 250) + 1}`));
    await victim.server.checkUp();
    const stream = new EventStream('beside-the-crowd', [peer]);
    const client = await Collector.open(victim.port);
    await client.subscribe('beside-the-crowd');
    await stream.publishAll(200);
    await stream.received(client, 'a subscriber beside the crowd');
    client.destroy();
    for (const socket of sockets) socket.destroy();
    assert.equal(await resumesOf(), resumes, 'the healthy link was broken');
    const newcomer = await cluster.add('n3', { seedsOf: (_, all) => [all[0].address] });
    await newcomer.start();
    await cluster.agree(cluster.nodes, promised(10_000));
    await newcomer.stop();
    epochs = [...await epochsAt(victim)];
    resumes = await resumesOf(); // where the newcomer and the peer dialled each other at once, one of the two is counted
    assert.equal(epochs.find(([name]) => name === 'n3')?.[2] ?? 'left', 'left');
  });
});

describe('A member that goes mad', () => {
  test('loses its link, says its hello again and misses nothing; a third does not notice', async () => {
    await Cluster.with(3, { proxied: true }, async (cluster) => {
      const clients = await Collector.openMany(3, (i) => cluster.nodes[i].port);
      await Promise.all(clients.map((client) => client.subscribe('mad')));
      const stream = new EventStream('mad', cluster.nodes);
      await stream.publishAll(300);
      const resumesOf = async (...nodes) => {
        let sum = 0;
        for (const node of nodes) sum += (await node.counters()).resumes;
        return sum;
      };
      const [first, second, third] = cluster.nodes;
      const before = await resumesOf(third);
      for (const bytes of [Buffer.alloc(64, 0xff), head(5_000_000, 33)]) {
        const resumed = await resumesOf(first, second);
        cluster.network.inject('n1', 'n2', bytes);
        await eventually(async () => await resumesOf(first, second) > resumed, 'the link to be broken off and resumed');
        await cluster.agree();
        await stream.publishAll(300);
        for (const client of clients) await stream.received(client, 'a subscriber');
      }
      assert.equal(await resumesOf(third), before);
      for (const client of clients) client.destroy();
    });
  });
});

describe('A member that has stopped', () => {
  test('costs a bounded amount of memory, and the others get everything in order', async (t) => {
    const EVENTS = 9_600; // 96 MB, far more than may wait for one peer
    // What waited comes all at once when the node wakes up; here its clients may take their time.
    await Cluster.with(3, { toml: `${appToml()}[limits]\noutbox = "64MiB"\n` }, async (cluster) => {
      const [publishing, awake, stopped] = cluster.nodes;
      const [reader, sleeper] = await Collector.openMany(2, (i) => [awake, stopped][i].port);
      for (const client of [reader, sleeper]) await client.subscribe('flood');
      const publisher = new Publisher(publishing.port);
      const data = 'x'.repeat(10_000);
      const flood = async (from, to) => {
        for (let i = from; i < to; i += 10) {
          await publisher.batch(Array.from({ length: 10 }, (_, k) => ({ name: String(i + k), channel: 'flood', data })));
        }
      };
      await flood(0, 500); // buffers are as large as they get
      await reader.until(() => reader.published('flood').length === 500, 'the first events');
      const before = publishing.server.rss();
      let most = 0;
      const watch = setInterval(() => { most = Math.max(most, publishing.server.rss() - before); }, 20);
      stopped.pause();
      await flood(500, EVENTS).finally(() => clearInterval(watch));
      const numbers = (client) => client.published('flood').map(({ event }) => Number(event));
      await reader.until(() => reader.published('flood').length === EVENTS, 'all events at the node that is awake');
      assert.deepEqual(numbers(reader), Array.from({ length: EVENTS }, (_, i) => i));
      t.diagnostic(`resident memory grew by at most ${(most / MIB).toFixed(1)} MiB`);
      assert.ok(most <= 16 * MIB + GROWTH, `resident memory grew by ${(most / MIB).toFixed(1)} MiB`);
      stopped.resume();
      await cluster.agree(cluster.nodes, promised(10_000));
      await flood(EVENTS, EVENTS + 10);
      await sleeper.until(() => numbers(sleeper).at(-1) === EVENTS + 9, 'the last event at the node that had stopped');
      const got = numbers(sleeper);
      assert.ok(got.every((number, i) => i === 0 || number > got[i - 1]), 'events came twice or out of order after the stop');
      publisher.close();
      for (const client of [reader, sleeper]) client.destroy();
    });
  });
});
