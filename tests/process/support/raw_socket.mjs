// A TCP or TLS connection that sends any bytes and reads at the test's own pace.
import net from 'node:net';
import tls from 'node:tls';
import { within } from './deadline.mjs';

export class RawSocket {
  #chunks = [];
  #wake = () => {};
  #handler = null;
  ended = false; // the peer has closed or reset
  error = null;

  /** Connects to 127.0.0.1; with `tlsOptions` over TLS. `localAddress` is another address of loopback to come from. */
  static open(port, tlsOptions = null, localAddress = undefined) {
    const socket = tlsOptions
      ? tls.connect({ host: '127.0.0.1', port, ...tlsOptions })
      : net.connect({ host: '127.0.0.1', port, localAddress });
    const ready = new Promise((resolve, reject) => {
      socket.once(tlsOptions ? 'secureConnect' : 'connect', resolve);
      socket.once('error', reject);
    });
    const raw = new RawSocket(socket);
    return within(ready, 'a connection').then(() => raw);
  }

  constructor(socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      if (this.#handler) return this.#handler(chunk);
      this.#chunks.push(chunk);
      this.#wake();
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.ended = true;
        this.#wake();
      });
    }
  }

  write(bytes) {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** Writes and waits until the kernel has taken all of it, or the connection is gone. */
  async flush(bytes) {
    if (this.socket.destroyed) return;
    const gone = new Promise((resolve) => this.socket.once('close', resolve));
    const taken = new Promise((resolve) => this.socket.write(bytes, resolve));
    await within(Promise.race([taken, gone]), 'bytes to be taken');
  }

  /** Writes one byte per packet, as far as the kernel lets us: each is handed over before the next. */
  async trickle(bytes) {
    for (const byte of Buffer.from(bytes)) {
      await this.flush(Buffer.of(byte));
      await new Promise(setImmediate);
    }
  }

  /** What came and was not consumed yet. */
  get received() {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  /**
   * Waits until `parse(bytes, ended)` returns `{ used, value }`, takes that many bytes and returns the value. Rejects
   * when the peer ends before.
   */
  async consume(parse, what) {
    const deadline = async () => {
      for (;;) {
        const result = parse(this.received, this.ended);
        if (result) {
          const rest = this.received.subarray(result.used);
          this.#chunks = rest.length ? [rest] : [];
          return result.value;
        }
        if (this.ended) {
          const why = this.error ? ` (${this.error.code})` : '';
          throw new Error(`the server closed the connection${why} before ${what}; left: ${this.received.toString('latin1')}`);
        }
        await new Promise((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    return within(deadline(), what);
  }

  /** Waits for the end of the connection and returns all bytes before it. */
  async untilEnd() {
    return this.consume((bytes, ended) => (ended ? { used: bytes.length, value: bytes } : undefined), 'the end of the connection');
  }

  /** From now on `handler(bytes)` is given whatever comes, at once; nothing can be consumed any more. */
  handOver(handler) {
    const left = this.received;
    this.#chunks = [];
    this.#handler = handler;
    if (left.length) handler(left);
  }

  destroy() {
    this.socket.destroy();
  }
}
