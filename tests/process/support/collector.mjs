// A client that only listens, cheap enough to have hundreds of: it keeps the events it is sent, in order.
import { channelAuth } from './sign.mjs';
import { DEADLINE_MS, within } from './deadline.mjs';
import { closePayload, frame, OPCODE, parseServerFrame, RawWebSocket } from './raw_websocket.mjs';
import { APP } from './server.mjs';

export const SUCCEEDED = 'pusher_internal:subscription_succeeded';
export const ADDED = 'pusher_internal:member_added';
export const REMOVED = 'pusher_internal:member_removed';

export class Collector {
  /** { event, channel, data, user_id, at } in the order they came; `at` is the time. */
  events = [];
  /** The code of the server's Close, 'lost' when there was none; null while connected. */
  closeCode = null;
  #waiters = new Set();
  #rest = Buffer.alloc(0);
  #listeners = [];
  #published = new Map(); // channel -> events

  static async open(port, options) {
    const client = new Collector();
    client.websocket = await RawWebSocket.open(port, options);
    client.socketId = client.websocket.socketId;
    client.ended = new Promise((resolve) => {
      client.websocket.socket.socket.once('close', () => {
        client.closeCode ??= 'lost';
        client.#wake();
        resolve(client.closeCode);
      });
    });
    client.websocket.socket.handOver((bytes) => client.#take(bytes));
    return client;
  }

  /** Opens `count` clients, some at a time; `portOf(i)` is where. */
  static async openMany(count, portOf, options) {
    const clients = [];
    for (let i = 0; i < count; i += 25) {
      const some = Array.from({ length: Math.min(25, count - i) }, (_, k) => Collector.open(portOf(i + k), options));
      clients.push(...await Promise.all(some));
    }
    return clients;
  }

  #take(bytes) {
    let rest = this.#rest.length ? Buffer.concat([this.#rest, bytes]) : bytes;
    for (;;) {
      const parsed = parseServerFrame(rest);
      if (!parsed) break;
      rest = rest.subarray(parsed.used);
      this.#frame(parsed.value);
    }
    this.#rest = rest;
    this.#wake();
  }

  #frame({ opcode, payload, text }) {
    if (opcode === OPCODE.ping) this.websocket.send(OPCODE.pong, payload);
    if (opcode === OPCODE.close) {
      this.closeCode = payload.length ? payload.readUInt16BE() : 'no code';
      this.websocket.send(OPCODE.close, payload.length ? closePayload(this.closeCode) : '');
    }
    if (opcode !== OPCODE.text) return;
    const event = { ...JSON.parse(text), at: Date.now() };
    this.events.push(event);
    if (event.channel !== undefined && !event.event.startsWith('pusher')) this.published(event.channel).push(event);
    for (const listener of this.#listeners) listener(event);
  }

  #wake() {
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** Calls `listener(event)` for each event from now on. */
  onEvent(listener) {
    this.#listeners.push(listener);
  }

  /** Resolves with the result of `probe()`, which is asked again whenever something has come, once that is true. */
  until(probe, what, ms = DEADLINE_MS) {
    let waiter;
    const fulfilled = new Promise((resolve, reject) => {
      waiter = () => {
        try {
          const value = probe();
          if (value) resolve(value);
          else if (this.closeCode !== null) reject(new Error(`closed with ${this.closeCode} before ${what}`));
        } catch (error) {
          reject(error);
        }
      };
      this.#waiters.add(waiter);
      waiter();
    });
    return within(fulfilled, what, ms).finally(() => this.#waiters.delete(waiter));
  }

  /** The events of a channel that were published by somebody. */
  published(channel) {
    if (!this.#published.has(channel)) this.#published.set(channel, []);
    return this.#published.get(channel);
  }
  /** The events named `name` of a channel. */
  named(channel, name) {
    return this.events.filter((event) => event.channel === channel && event.event === name);
  }

  say(value) {
    this.websocket.say(value);
  }

  /** Asks to be subscribed; private channels are signed, presence channels with the member's `user`. */
  saySubscribe(channel, user) {
    const data = { channel };
    if (user) data.channel_data = JSON.stringify(user);
    if (/^(private|presence)-/.test(channel)) data.auth = channelAuth(APP, this.socketId, channel, data.channel_data);
    this.say({ event: 'pusher:subscribe', data });
  }

  /** Subscribes and resolves with the data of the acknowledgement. */
  async subscribe(channel, user) {
    const from = this.events.length;
    this.saySubscribe(channel, user);
    const answer = await this.until(
      () => this.events.slice(from).find((event) => event.channel === channel && (event.event === SUCCEEDED || event.event === 'pusher:subscription_error')),
      `the answer to a subscription to ${channel}`);
    if (answer.event !== SUCCEEDED) throw new Error(`subscription to ${channel}: ${JSON.stringify(answer)}`);
    return JSON.parse(answer.data);
  }

  /** Joins a presence channel and resolves with the users of the acknowledgement: a map from id to info. */
  async join(channel, id, info = {}) {
    const { presence } = await this.subscribe(channel, { user_id: id, user_info: info });
    return new Map(Object.entries(presence.hash));
  }

  leave(channel) {
    this.say({ event: 'pusher:unsubscribe', data: { channel } });
  }

  /** Ends the connection with a reset, as a lost one does. */
  destroy() {
    this.websocket.destroy();
  }
}
