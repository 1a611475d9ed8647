// A WebSocket client that can break every rule of RFC 6455, and holds the server to all of them.
import { createHash, randomBytes } from 'node:crypto';
import { readResponse } from './http.mjs';
import { RawSocket } from './raw_socket.mjs';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export const acceptFor = (key) => createHash('sha1').update(key + GUID).digest('base64');

function lengthBytes(length, form) {
  if (form === 7) return Buffer.of(length);
  const bytes = Buffer.alloc(form === 16 ? 3 : 9);
  bytes[0] = form === 16 ? 126 : 127;
  if (form === 16) bytes.writeUInt16BE(Number(length), 1);
  else bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

/**
 * One frame. `announced` and `lengthForm` (7, 16 or 64 bits) may lie about the payload's length; `rsv` is 0 to 7.
 */
export function frame(opcode, payload = '', { fin = true, rsv = 0, masked = true, announced, lengthForm } = {}) {
  const data = Buffer.from(payload);
  const length = announced ?? data.length;
  const form = lengthForm ?? (length < 126 ? 7 : length < 65536 ? 16 : 64);
  const head = Buffer.concat([Buffer.of((fin ? 0x80 : 0) | (rsv << 4) | opcode), lengthBytes(length, form)]);
  if (!masked) return Buffer.concat([head, data]);
  head[1] |= 0x80;
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, data.map((byte, i) => byte ^ mask[i % 4])]);
}

export const textFrame = (value) => frame(OPCODE.text, typeof value === 'string' ? value : JSON.stringify(value));

export function closePayload(code, reason = '') {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return Buffer.concat([bytes, Buffer.from(reason)]);
}

/** The first frame of `bytes`, when all of it is there. Throws for what no server may send. */
export function parseServerFrame(bytes) {
  if (bytes.length < 2) return undefined;
  const opcode = bytes[0] & 15;
  let length = bytes[1] & 127;
  let start = 2;
  if (bytes[0] & 0x70) throw new Error('the server set a reserved bit');
  if (!(bytes[0] & 0x80)) throw new Error('the server fragmented a message');
  if (!Object.values(OPCODE).includes(opcode)) throw new Error(`the server sent opcode ${opcode}`);
  if (bytes[1] & 0x80) throw new Error('the server masked a frame');
  if (opcode >= 8 && length > 125) throw new Error('the server sent a control frame that is too long');
  if (length >= 126) {
    start = length === 126 ? 4 : 10;
    if (bytes.length < start) return undefined;
    const minimum = length === 126 ? 126 : 65536;
    length = length === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (length < minimum) throw new Error('the server sent a length that is not minimal');
  }
  if (bytes.length < start + length) return undefined;
  const payload = bytes.subarray(start, start + length);
  return { used: start + length, value: { opcode, payload, text: payload.toString('utf8') } };
}

/** The text of an upgrade; `headers` replaces single fields or, with null, leaves them out. */
export function upgradeText(path, headers = {}) {
  const fields = {
    Host: '127.0.0.1',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).filter((one) => one !== null).map((one) => `${name}: ${one}\r\n`));
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

export class RawWebSocket {
  constructor(socket) {
    this.socket = socket;
  }

  /** Connects and upgrades; the greeting is read too and its data kept, unless `greet` is false. */
  static async open(port, { path = '/app/app-key?protocol=7', headers = {}, tls, greet = true } = {}) {
    const socket = await RawSocket.open(port, tls);
    const key = randomBytes(16).toString('base64');
    socket.write(upgradeText(path, { 'Sec-WebSocket-Key': key, ...headers }));
    const response = await readResponse(socket);
    if (response.status !== 101) throw new Error(`upgrade answered ${response.status}: ${response.body}`);
    if (response.headers['sec-websocket-accept'] !== acceptFor(key)) throw new Error('wrong Sec-WebSocket-Accept');
    const client = new RawWebSocket(socket);
    client.response = response;
    if (greet) await client.greeting();
    return client;
  }

  async greeting() {
    const hello = await this.event();
    if (hello.event !== 'pusher:connection_established') throw new Error(`no greeting but ${JSON.stringify(hello)}`);
    this.socketId = JSON.parse(hello.data).socket_id;
    return hello;
  }

  write(bytes) {
    this.socket.write(bytes);
  }
  send(opcode, payload, options) {
    this.write(frame(opcode, payload, options));
  }
  /** A text frame with a string, or with the JSON of anything else. */
  say(value) {
    this.write(textFrame(value));
  }

  /** The next frame, whatever it is. */
  frame() {
    return this.socket.consume(parseServerFrame, 'a frame');
  }

  /** The next text frame; answers pings on the way. Throws on a Close. */
  async text() {
    for (;;) {
      const next = await this.frame();
      if (next.opcode === OPCODE.text) return next.text;
      if (next.opcode === OPCODE.close) throw new Error(`closed with ${next.payload.length ? next.payload.readUInt16BE() : 'no code'}`);
      if (next.opcode === OPCODE.ping) this.send(OPCODE.pong, next.payload);
    }
  }

  async event() {
    return JSON.parse(await this.text());
  }

  /** Skips frames to the server's Close and returns its code (null for none), then the rest of the connection. */
  async closed() {
    const texts = [];
    for (;;) {
      const next = await this.frame();
      if (next.opcode === OPCODE.text) texts.push(next.text);
      if (next.opcode !== OPCODE.close) continue;
      const code = next.payload.length ? next.payload.readUInt16BE() : null;
      return { code, reason: next.payload.toString('utf8', 2), texts };
    }
  }

  /**
   * Waits for the Close, answers it, and checks that the server sends nothing behind it and ends the connection. Returns
   * the code.
   */
  async closeCode() {
    const { code } = await this.closed();
    this.send(OPCODE.close, code === null ? '' : closePayload(code));
    const rest = await this.socket.untilEnd();
    if (rest.length) throw new Error(`${rest.length} bytes behind the server's Close`);
    return code;
  }

  /** Proves that the server has handled all that was sent before, and returns the events that came until then. */
  async settle() {
    const marker = randomBytes(8).toString('hex');
    this.send(OPCODE.ping, marker);
    const events = [];
    for (;;) {
      const next = await this.frame();
      if (next.opcode === OPCODE.pong && next.text === marker) return events;
      if (next.opcode === OPCODE.text) events.push(JSON.parse(next.text));
      if (next.opcode === OPCODE.close) throw new Error(`closed with ${next.payload.length ? next.payload.readUInt16BE() : 'no code'}`);
    }
  }

  async subscribe(channel, fields = {}) {
    this.say({ event: 'pusher:subscribe', data: { channel, ...fields } });
    for (;;) {
      const event = await this.event();
      if (event.channel === channel && event.event === 'pusher_internal:subscription_succeeded') return event;
      if (event.event.endsWith('error')) throw new Error(`subscription to ${channel}: ${JSON.stringify(event)}`);
    }
  }

  destroy() {
    this.socket.destroy();
  }
}
