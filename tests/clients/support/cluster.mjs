// Several servers that are one: a cluster behind one port, to which connections go in turn. What a test asks of one
// server it asks of the cluster; no two connections of a test can rely on being at the same node.

import { connect, createServer } from 'node:net';

import { within } from './wait.mjs';

const host = '127.0.0.1';

function listening(server, port = 0) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server.address().port));
  });
}

/** A port that nobody has right now. */
async function freePort() {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function ready(port) {
  const response = await fetch(`http://${host}:${port}/ready`).catch(() => null);
  return response?.status === 200;
}

export class Cluster {
  port = 0;
  adminPort = 0;
  #nodes;
  #door;
  #sockets = new Set();

  /** `startNode(flags)` starts one server. */
  static async start(count, startNode) {
    const cluster = new Cluster();
    const ports = await Promise.all(Array.from({ length: count }, freePort));
    const addresses = ports.map((port) => `${host}:${port}`);
    cluster.#nodes = await Promise.all(addresses.map((address, i) =>
      startNode(['--name', `n${i + 1}`, '--cluster-listen', address, '--seeds', addresses.join(',')])));
    cluster.adminPort = cluster.#nodes[0].adminPort;
    await within(cluster.#joined(), 'the nodes to join', 10_000);
    await cluster.#open();
    return cluster;
  }

  async #joined() {
    for (const { port } of this.#nodes)
      while (!await ready(port)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async #open() {
    let turn = 0;
    this.#door = createServer((inside) => {
      const outside = connect(this.#nodes[turn++ % this.#nodes.length].port, host);
      for (const [from, to] of [[inside, outside], [outside, inside]]) {
        this.#sockets.add(from);
        from.setNoDelay(true);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.end();
        });
        from.pipe(to);
      }
    });
    this.port = await listening(this.#door);
  }

  log() {
    return this.#nodes.map((node) => node.log()).join('\n--\n');
  }

  terminate() {
    for (const node of this.#nodes) node.terminate();
  }

  async #close(end) {
    this.#door?.close();
    await Promise.all(this.#nodes.map(end));
    for (const socket of this.#sockets) socket.destroy();
  }
  stop() {
    return this.#close((node) => node.stop());
  }
  kill() {
    return this.#close((node) => node.kill());
  }
}
