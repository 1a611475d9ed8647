// Nodes find each other, whoever starts first, and nobody else gets in.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cluster } from './support/cluster.mjs';
import { Collector } from './support/collector.mjs';
import { eventually, promised } from './support/deadline.mjs';
import { exchange } from './support/http.mjs';
import { Publisher } from './support/publisher.mjs';
import { RawSocket } from './support/raw_socket.mjs';
import { run, Server } from './support/server.mjs';

const READY_MS = 2_000;
const SEED_RETRY_MS = 10_000;

/** Fails unless an event published at each node reaches a subscriber at each. */
async function checkOneServer(nodes, channel) {
  const clients = await Promise.all(nodes.map(({ port }) => Collector.open(port)));
  await Promise.all(clients.map((client) => client.subscribe(channel)));
  for (const { name, port } of nodes) {
    const publisher = new Publisher(port);
    await publisher.publish(channel, 'from', name);
    publisher.close();
  }
  for (const client of clients) {
    await client.until(() => client.published(channel).length === nodes.length, 'an event of each node');
    assert.deepEqual(client.published(channel).map(({ data }) => data).sort(), nodes.map(({ name }) => name).sort());
    client.destroy();
  }
}

describe('Five nodes with one seed', () => {
  test('become one server, live on without the seed, and take it back', async (t) => {
    await Cluster.with(5, { agree: false, seedsOf: (_, all) => [all[0].address] }, async (cluster) => {
      const took = await cluster.agree(cluster.nodes, promised(READY_MS));
      t.diagnostic(`all ready and linked ${took} ms after the last one served`);
      await checkOneServer(cluster.nodes, 'five');
      const [seed, ...others] = cluster.nodes;
      await seed.kill();
      await cluster.agree(others);
      await checkOneServer(others, 'four');
      // Its only seed is itself: the others have to dial it.
      await seed.start();
      await cluster.agree(cluster.nodes);
      await checkOneServer(cluster.nodes, 'five-again');
      // The seed is gone for good, a newcomer knows another node.
      await seed.stop();
      const newcomer = await cluster.add('n6', { seedsOf: (_, all) => [all[0].address, all[1].address] });
      await newcomer.start();
      await cluster.agree([...others, newcomer], promised(READY_MS) + 5_000);
    });
  });
});

describe('Two clusters that started apart', () => {
  test('unite as soon as one reaches a seed in the other', async (t) => {
    await Cluster.with(4, {
      agree: false,
      proxied: true,
      seedsOf: (node, [a, b, c, d]) => (node === a || node === b ? [a.address, b.address] : [c.address, d.address, a.address]),
      prepare: ({ network }) => {
        for (const left of ['n1', 'n2']) for (const right of ['n3', 'n4']) network.refuse(left, right);
      },
    }, async (cluster) => {
      const [a, b, c, d] = cluster.nodes;
      await cluster.agree([a, b]);
      await cluster.agree([c, d]);
      await checkOneServer([c, d], 'apart');
      for (const left of ['n1', 'n2']) for (const right of ['n3', 'n4']) cluster.network.allow(left, right);
      const took = await cluster.agree(cluster.nodes, promised(SEED_RETRY_MS + READY_MS));
      t.diagnostic(`united after ${took} ms`);
      await checkOneServer(cluster.nodes, 'united');
    });
  });
});

describe('/ready', () => {
  test('is 503 while a node waits for its seeds, and 200 when it has waited long enough', async () => {
    await Cluster.with(1, { agree: false, seedsOf: () => ['127.0.0.1:1'] }, async (cluster) => {
      const [node] = cluster.nodes;
      assert.equal(await node.ready(), 503);
      assert.equal((await exchange(node.port, 'GET', '/up')).status, 200);
      await eventually(async () => await node.ready() === 200, 'a lone node to be ready', promised(8_000));
    });
  });

  test('is 503 at a node that has lost every peer it knew, until one is back', async () => {
    await Cluster.with(3, {}, async (cluster) => {
      const [left, second, third] = cluster.nodes;
      await second.kill();
      await cluster.agree([left, third]);
      await third.kill();
      await eventually(async () => await left.ready() === 503, 'the isolated node not to be ready');
      await second.start();
      await cluster.agree([left, second]);
    });
  });
});

describe('The command line', () => {
  test('joins by flags, on a port that the system chooses, with a secret from a file', async () => {
    const files = { 'cluster-secret': 'a secret of more than 16 bytes\n' };
    const flags = (name, seeds) => ['--name', name, '--cluster-listen', '127.0.0.1:0', '--cluster-secret-file', 'cluster-secret', ...seeds];
    const first = await Server.start({ files, flags: flags('one', []) });
    let second = null;
    try {
      const port = await eventually(() => first.clusterPort, 'the port of the cluster in the log');
      second = await Server.start({ files, flags: flags('two', ['--seeds', `127.0.0.1:${port}`]) });
      for (const { adminPort } of [first, second]) {
        const admin = ['--admin', `http://127.0.0.1:${adminPort}`];
        const answer = await eventually(async () => {
          const { out } = await run(['members', ...admin, '--json']);
          const { members } = JSON.parse(out);
          return members.length === 2 && members.every(({ self, linked, state }) => state === 'alive' && (self || linked)) && members;
        }, 'two linked members');
        assert.deepEqual(answer.map(({ name }) => name).sort(), ['one', 'two']);
        assert.equal(answer.filter(({ self }) => self).length, 1);
        const { status, out } = await run(['members', ...admin]);
        assert.equal(status, 0);
        for (const name of ['one', 'two']) assert.match(out, new RegExp(`\\b${name}\\b.*\\balive\\b`));
      }
      assert.ok(!first.log.includes('a secret of more'));
    } finally {
      await second?.stop();
      await first.stop();
    }
  });
});

describe('Admission', () => {
  const SECRET = 'secret = "the secret of this cluster"';

  test('of a second process under a name that is taken is refused, and both sides say so', async () => {
    await Cluster.with(2, {}, async (cluster) => {
      const [n1, n2] = cluster.nodes;
      const before = (await n1.members()).get('n2');
      const twin = await cluster.add('n2');
      let refusal = '';
      await twin.start().catch((error) => { refusal = error.message; }); // it may also end at once
      const told = /n2.*(another|taken|in use|conflict|already)|(another|taken|in use|conflict|already).*n2/i;
      await eventually(() => told.test(twin.server?.log ?? refusal), 'the twin to say that its name is taken');
      await eventually(() => told.test(n1.server.log) || told.test(n2.server.log), 'a node to say that a name came twice');
      const now = (await n1.members()).get('n2');
      assert.deepEqual([now.state, now.linked, now.epoch, now.address], ['alive', true, before.epoch, before.address]);
      if (twin.server) await twin.kill();
      await cluster.agree([n1, n2]);
      await checkOneServer([n1, n2], 'undisturbed');
    });
  });

  test('with a wrong secret is refused, and the intruder learns no name', async () => {
    await Cluster.with(2, { cluster: SECRET }, async (cluster) => {
      const [n1, n2] = cluster.nodes;
      const intruder = await cluster.add('intruder', {
        cluster: 'secret = "another secret, as long"',
        seedsOf: (_, all) => [all[0].address, all[1].address],
      });
      await intruder.start();
      await eventually(async () => (await n1.counters()).refused > 0, 'the intruder to be refused');
      await eventually(() => /secret|refused|admission/i.test(intruder.server.log), 'the intruder to say why it is alone');
      assert.deepEqual([...(await intruder.members()).keys()], ['intruder']);
      assert.ok(!/\bn[12]\b/.test(intruder.server.log), 'names reached the intruder');
      for (const node of [n1, n2]) {
        const names = [...(await node.members()).keys()].sort();
        assert.deepEqual(names, ['n1', 'n2']);
        assert.ok(!node.server.log.includes('the secret of this cluster'));
      }
      await intruder.kill();
      await checkOneServer([n1, n2], 'undisturbed');
    });
  });

  test('tells a scanner nothing but a nonce', async () => {
    await Cluster.with(1, { cluster: SECRET, agree: false, seedsOf: () => [] }, async (cluster) => {
      const [node] = cluster.nodes;
      const body = Buffer.concat([Buffer.from('GVNE'), Buffer.of(1, 1), Buffer.alloc(32, 7)]);
      const head = Buffer.of(body.length + 1, 0, 0, 0, 1);
      const socket = await RawSocket.open(node.clusterPort);
      socket.write(Buffer.concat([head, body]));
      const answer = await socket.untilEnd();
      assert.ok(answer.length < 128, `${answer.length} bytes for a scanner`);
      assert.ok(!answer.includes('n1'), 'the name is in the answer');
      socket.destroy();
    });
  });
});
