// A TCP relay with one address: a load balancer in front of nodes, and a network that can be cut.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class Relay {
  /** Port that new connections are passed on to; those there are stay where they are. */
  target;
  port;
  #listener;
  #sockets = new Set();

  static async start(target) {
    const relay = new Relay();
    relay.target = target;
    relay.#listener = createServer((client) => relay.#pass(client));
    relay.#listener.listen(0, '127.0.0.1');
    await once(relay.#listener, 'listening');
    relay.port = relay.#listener.address().port;
    return relay;
  }

  #pass(client) {
    const node = connect(this.target, '127.0.0.1');
    for (const [socket, other] of [[client, node], [node, client]]) {
      this.#sockets.add(socket);
      socket.pipe(other);
      // An error is the end of both sides, and "close" follows it.
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }

  /** Ends all connections at once, without a closing handshake. */
  cut() {
    for (const socket of this.#sockets)
      socket.destroy();
  }

  async close() {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    this.cut();
    await closed;
  }
}
