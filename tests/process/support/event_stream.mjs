// Numbered events from several publishers, and the check that a subscriber got each of them once and in order.
import { Publisher } from './publisher.mjs';

export class EventStream {
  /** How many events of each node were accepted: name -> count. */
  published = new Map();
  #stop = false;

  constructor(channel, nodes) {
    this.channel = channel;
    this.nodes = nodes;
    for (const { name } of nodes) this.published.set(name, 0);
  }

  async #publish(publisher, node) {
    const number = this.published.get(node.name);
    await publisher.publish(this.channel, node.name, number);
    this.published.set(node.name, number + 1);
  }

  /** Publishes `total` events, each into the next node; the nodes are busy at the same time. */
  async publishAll(total) {
    await Promise.all(this.nodes.map(async (node, i) => {
      const publisher = new Publisher(node.port);
      for (let n = i; n < total; n += this.nodes.length) await this.#publish(publisher, node);
      publisher.close();
    }));
  }

  /** Publishes into every node with `interval` ms between two events of a node, until `stop`. */
  start(interval) {
    this.running = Promise.all(this.nodes.map(async (node) => {
      const publisher = new Publisher(node.port);
      while (!this.#stop) {
        await this.#publish(publisher, node);
        await new Promise((resolve) => setTimeout(resolve, interval));
      }
      publisher.close();
    }));
    this.running.catch(() => {}); // `stop` tells
  }
  async stop() {
    this.#stop = true;
    await this.running;
    return this.total;
  }

  get total() {
    return [...this.published.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Waits until `client` has as many events as were published, and fails unless each came once and in its node's order. */
  async received(client, who, ms) {
    const of = () => client.published(this.channel);
    let late = null;
    await client.until(() => of().length >= this.total, `${this.total} events at ${who}`, ms).catch((error) => { late = error; });
    const next = new Map([...this.published.keys()].map((name) => [name, 0]));
    for (const { event, data } of of()) {
      const wanted = next.get(event);
      if (Number(data) !== wanted) throw new Error(`${who} got event ${data} of ${event} instead of ${wanted}`);
      next.set(event, wanted + 1);
    }
    for (const [name, count] of this.published) {
      if (next.get(name) !== count) throw new Error(`${who} got ${next.get(name)} of ${count} events of ${name}${late ? `: ${late.message}` : ''}`);
    }
  }
}
