// Nodes that prove who they are with certificates, and nobody else gets in.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Authority } from './support/certificates.mjs';
import { Cluster } from './support/cluster.mjs';
import { Collector } from './support/collector.mjs';
import { eventually } from './support/deadline.mjs';
import { Publisher } from './support/publisher.mjs';
import { temporaryDirectory } from './support/server.mjs';

let files;
let authority;
before(() => {
  files = temporaryDirectory();
  authority = new Authority(files.path);
});
after(() => files.remove());

/** The lines of [cluster.tls] for a certificate of the authority. */
function tls({ certificate, key }, ca = authority.certificate) {
  return `[cluster.tls]\ncertificate = "${certificate}"\nkey = "${key}"\nca = "${ca}"\n`;
}

describe('Nodes with certificates of one authority', () => {
  test('are one server without a secret, and refuse who has none', async () => {
    await Cluster.with(1, { agree: false, prepare: ({ nodes: [first] }) => { first.settings.cluster = tls(authority.issue('n1')); } },
      async (cluster) => {
        const [first] = cluster.nodes;
        const second = await cluster.add('n2', { cluster: tls(authority.issue('n2')) });
        await second.start();
        await cluster.agree();

        const client = await Collector.open(first.port);
        await client.subscribe('news');
        const publisher = new Publisher(second.port);
        await publisher.publish('news', 'hello', 'over TLS');
        publisher.close();
        await client.until(() => client.published('news').length === 1, 'the event');
        assert.equal(client.published('news')[0].data, 'over TLS');
        client.destroy();

        // A certificate for another name than the node's, one of another authority, and none at all.
        const impostor = await cluster.add('n3', { cluster: tls(authority.issue('n2')) });
        const stranger = new Authority(files.path, 'other');
        const foreign = await cluster.add('n4', { cluster: tls(stranger.issue('n4'), stranger.certificate) });
        const plain = await cluster.add('n5', { cluster: 'secret = "a secret of sixteen bytes or more"' });
        for (const node of [impostor, foreign, plain]) await node.start();
        await eventually(async () => /certificate is for another name/.test(first.server.log + second.server.log), 'the impostor to be refused');
        await eventually(async () => await foreign.ready() === 200 && await plain.ready() === 200, 'the others to give up waiting');
        for (const node of [first, second]) assert.deepEqual([...(await node.members()).keys()], ['n1', 'n2']);
        for (const node of [foreign, plain]) assert.deepEqual([...(await node.members()).keys()], [node.name]);
      });
  });
});
