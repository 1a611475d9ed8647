// A real redis-server on a port of its own, without persistence, and a connection that speaks to it.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { eventually, within } from './deadline.mjs';
import { freePort } from './ports.mjs';

/** Encodes a command as RESP. */
function encode(args) {
  const parts = args.map((arg) => {
    const bytes = Buffer.from(String(arg));
    return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
  });
  return Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...parts]);
}

/** Reads one RESP value at `at`: `{ value, next }`, or null when it is not complete. Errors are Error objects. */
function decode(bytes, at) {
  const end = bytes.indexOf('\r\n', at);
  if (end < 0) return null;
  const head = bytes.toString('utf8', at + 1, end);
  switch (String.fromCharCode(bytes[at])) {
    case '+': return { value: head, next: end + 2 };
    case '-': return { value: new Error(head), next: end + 2 };
    case ':': return { value: Number(head), next: end + 2 };
    case '$': {
      const size = Number(head);
      if (size < 0) return { value: null, next: end + 2 };
      if (bytes.length < end + 2 + size + 2) return null;
      return { value: bytes.toString('utf8', end + 2, end + 2 + size), next: end + 2 + size + 2 };
    }
    default: {
      const value = [];
      let next = end + 2;
      for (let i = 0; i < Number(head); ++i) {
        const item = decode(bytes, next);
        if (!item) return null;
        value.push(item.value);
        next = item.next;
      }
      return { value, next };
    }
  }
}

/** One connection: answers in order, and what is pushed to a subscriber. */
export class RedisConnection {
  messages = []; // of subscriptions: [channel, payload]
  #rest = Buffer.alloc(0);
  #waiting = [];

  /** With `ca`, the text of an authority's certificate, over TLS; whose name the server's is for is the tests' matter. */
  static async open(port, ca) {
    const connection = new RedisConnection();
    connection.socket = ca ? tls.connect({ port, host: '127.0.0.1', ca, checkServerIdentity: () => undefined }) : net.connect(port, '127.0.0.1');
    await new Promise((resolve, reject) => connection.socket.once(ca ? 'secureConnect' : 'connect', resolve).once('error', reject));
    connection.socket.on('error', () => {});
    connection.socket.on('data', (bytes) => connection.#take(bytes));
    connection.socket.on('close', () => {
      for (const { reject } of connection.#waiting.splice(0)) reject(new Error('Redis closed the connection'));
    });
    return connection;
  }

  #take(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (let reply; (reply = decode(this.#rest, 0)); this.#rest = this.#rest.subarray(reply.next)) {
      const { value } = reply;
      if (Array.isArray(value) && value[0] === 'pmessage') this.messages.push([value[2], value[3]]);
      else if (value instanceof Error) this.#waiting.shift()?.reject(value);
      else this.#waiting.shift()?.resolve(value);
    }
  }

  command(...args) {
    return within(new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.socket.write(encode(args));
    }), `Redis to answer ${args[0]}`);
  }

  close() {
    this.socket.destroy();
  }
}

export class RedisServer {
  /** `tls` is `{ certificate, key, ca }`, three files: then it speaks nothing else. */
  static async start(options = [], tls = null) {
    const server = new RedisServer();
    server.port = await freePort();
    server.options = options;
    server.tls = tls;
    await server.run();
    return server;
  }

  get url() {
    return `${this.tls ? 'rediss' : 'redis'}://127.0.0.1:${this.port}/0`;
  }

  #ports() {
    if (!this.tls) return ['--port', this.port];
    const { certificate, key, ca } = this.tls;
    return ['--port', 0, '--tls-port', this.port, '--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', ca,
      '--tls-auth-clients', 'no'];
  }

  async run() {
    const args = [...this.#ports(), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp', ...this.options];
    this.child = spawn('redis-server', args.map(String), { stdio: 'ignore' });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    await eventually(async () => {
      const connection = await this.connect().catch(() => null);
      if (!connection) return false;
      const answered = await connection.command('PING').then(() => true, (error) => /NOAUTH/.test(error.message));
      connection.close();
      return answered;
    }, 'redis-server to answer');
  }

  connect() {
    return RedisConnection.open(this.port, this.tls && readFileSync(this.tls.ca));
  }

  /** Runs one command on a connection of its own. */
  async command(...args) {
    const connection = await this.connect();
    try {
      return await connection.command(...args);
    } finally {
      connection.close();
    }
  }

  publish(channel, payload) {
    return this.command('PUBLISH', channel, typeof payload === 'string' ? payload : JSON.stringify(payload));
  }

  /** A connection that keeps what is published to any channel. */
  async listen() {
    const connection = await this.connect();
    await connection.command('PSUBSCRIBE', '*');
    return connection;
  }

  /** SIGKILL; `run` starts it again, empty, at the same port. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }
  pause() {
    this.child.kill('SIGSTOP');
  }
  resume() {
    this.child.kill('SIGCONT');
  }
  async stop() {
    this.resume();
    await this.kill();
  }
}

/** Waits until the bridges of `server` (a Server) are in `state`. */
export function bridgesAre(server, state, what = `the bridges to be ${state}`) {
  return eventually(async () => {
    const { bridges } = await server.status();
    return bridges?.every((bridge) => bridge.state === state) && bridges;
  }, what, 30_000);
}
