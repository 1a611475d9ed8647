// The network between nodes: every node is dialled through it, so that it can cut, hold and delay what passes between any
// two of them. Who dials is found out by whose process owns the connecting port; the nodes notice nothing.
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import net from 'node:net';

/** The inode of the loopback connection from `port` to `to`, as its dialler's file descriptors name it. */
function inodeOf(port, to) {
  const hex = (number) => number.toString(16).toUpperCase().padStart(4, '0');
  const [local, remote] = [`:${hex(port)}`, `:${hex(to)}`];
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields[1]?.endsWith(local) && fields[2].endsWith(remote)) return fields[9];
  }
  return null;
}

function holds(pid, inode) {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`;
      } catch {
        return false; // closed meanwhile
      }
    });
  } catch {
    return false; // the process has ended meanwhile
  }
}

/** One direction of one connection: bytes that `from` sends to `to`. */
class Flow {
  #waiting = []; // { at, chunk }, chunk null at the end
  #timer = null;

  constructor(network, connection, from, to, source, sink) {
    Object.assign(this, { network, connection, from, to, source, sink });
    source.on('data', (chunk) => this.#take(chunk));
    source.on('end', () => this.#take(null));
    sink.on('drain', () => this.apply());
  }

  get #rule() {
    return this.network.rule(this.from, this.to);
  }

  #take(chunk) {
    this.#waiting.push({ at: Date.now() + this.#rule.delay, chunk });
    this.apply();
  }

  /** Passes on what may pass now. While held nothing is read either, so that the sender's kernel fills up. */
  apply() {
    clearTimeout(this.#timer);
    const rule = this.#rule;
    while (!rule.held && this.#waiting.length && this.#waiting[0].at <= Date.now()) {
      const { chunk } = this.#waiting.shift();
      if (chunk === null) {
        this.sink.end();
        continue;
      }
      rule.bytes += chunk.length;
      this.network.onBytes?.(this.from, this.to, chunk, this.connection);
      this.sink.write(chunk);
    }
    if (rule.held || this.sink.writableNeedDrain) this.source.pause();
    else this.source.resume();
    if (!rule.held && this.#waiting.length) {
      this.#timer = setTimeout(() => this.apply(), this.#waiting[0].at - Date.now());
    }
  }

  stop() {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }
}

export class LinkProxy {
  #doors = new Map(); // node name -> listener
  #connections = new Set();
  #rules = new Map(); // "from>to" -> { held, delay, bytes }
  #refused = new Set(); // "a|b", sorted
  #pids = () => [];
  /** Called with (from, to, chunk, connection) for all that passes; `connection.from` is who dialled. */
  onBytes = null;

  /** `pids()` returns [name, process id] of the nodes that run. */
  constructor(pids) {
    this.#pids = pids;
  }

  /** Puts a door in front of `name`: what connects to 127.0.0.1:`port` is passed on to `target`. */
  async open(name, port, target) {
    const door = net.createServer({ allowHalfOpen: true }, (socket) => this.#accept(name, port, target, socket));
    door.listen(port, '127.0.0.1');
    await once(door, 'listening');
    this.#doors.set(name, door);
  }

  #accept(to, port, target, dialler) {
    dialler.on('error', () => {}); // "close" follows
    const inode = inodeOf(dialler.remotePort, port);
    const from = (inode && this.#pids().find(([, pid]) => holds(pid, inode))?.[0]) ?? null;
    if (from === null || this.#refused.has(this.#pair(from, to))) return dialler.resetAndDestroy();
    const acceptor = net.connect({ host: '127.0.0.1', port: target, allowHalfOpen: true, noDelay: true });
    acceptor.on('error', () => {});
    dialler.setNoDelay(true);
    const connection = { from, to, sockets: [dialler, acceptor] };
    connection.flows = [new Flow(this, connection, from, to, dialler, acceptor), new Flow(this, connection, to, from, acceptor, dialler)];
    this.#connections.add(connection);
    for (const [socket, other] of [[dialler, acceptor], [acceptor, dialler]]) {
      socket.on('close', (failed) => {
        this.#connections.delete(connection);
        for (const flow of connection.flows) flow.stop();
        // A process that is killed resets its connections, and its peer is to see that.
        if (failed) other.resetAndDestroy();
        else other.destroySoon();
      });
    }
  }

  #pair(a, b) {
    return [a, b].sort().join('|');
  }

  rule(from, to) {
    const name = `${from}>${to}`;
    if (!this.#rules.has(name)) this.#rules.set(name, { held: false, delay: 0, bytes: 0 });
    return this.#rules.get(name);
  }

  #between(a, b) {
    return [...this.#connections].filter((one) => this.#pair(one.from, one.to) === this.#pair(a, b));
  }

  #apply() {
    for (const { flows } of this.#connections) for (const flow of flows) flow.apply();
  }

  /** Bytes that `from` has sent to `to` until now. */
  bytes(from, to) {
    return this.rule(from, to).bytes;
  }

  /** Resets the connections between two nodes; they may dial again at once. */
  cut(a, b) {
    for (const { sockets } of this.#between(a, b)) for (const socket of sockets) socket.resetAndDestroy();
  }
  cutAll() {
    for (const { sockets } of this.#connections) for (const socket of sockets) socket.resetAndDestroy();
  }

  /** Resets the connections between two nodes and every new one, until `allow`. */
  refuse(a, b) {
    this.#refused.add(this.#pair(a, b));
    this.cut(a, b);
  }
  allow(a, b) {
    this.#refused.delete(this.#pair(a, b));
  }

  /** Passes nothing on any more in this direction, new connections included, as a network that drops packets does. */
  hold(from, to) {
    this.rule(from, to).held = true;
    this.#apply();
  }
  /** What was held arrives now, as after retransmission. */
  release(from, to) {
    this.rule(from, to).held = false;
    this.#apply();
  }

  /** Each byte of this direction takes so long, from now on. */
  delay(from, to, ms) {
    this.rule(from, to).delay = ms;
  }

  /** Puts bytes of nobody's into what `from` sends to `to`; between two chunks as they came. */
  inject(from, to, bytes) {
    for (const { flows } of this.#between(from, to)) {
      flows.find((flow) => flow.from === from).sink.write(bytes);
    }
  }

  async close() {
    for (const door of this.#doors.values()) door.close();
    this.cutAll();
  }
}
