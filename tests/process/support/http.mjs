// HTTP/1.1 by hand: requests as the test writes them, answers parsed strictly.
import { RawSocket } from './raw_socket.mjs';

function parseHead(text) {
  const [start, ...lines] = text.split('\r\n');
  const match = /^HTTP\/1\.1 (\d{3}) ([^\r\n]*)$/.exec(start);
  if (!match) throw new Error(`no status line: ${start}`);
  const headers = {};
  for (const line of lines) {
    const field = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ([^\r\n]*)$/.exec(line);
    if (!field) throw new Error(`no header line: ${line}`);
    const name = field[1].toLowerCase();
    if (name in headers) throw new Error(`header ${name} came twice`);
    headers[name] = field[2];
  }
  return { status: Number(match[1]), reason: match[2], headers };
}

/** The next answer on the connection; with `head` one without a body, whatever its Content-Length. */
export function readResponse(socket, { head = false } = {}) {
  return socket.consume((bytes) => {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const response = parseHead(bytes.toString('latin1', 0, end));
    const bodyless = head || response.status < 200 || response.status === 204;
    if (!bodyless && !/^\d+$/.test(response.headers['content-length'] ?? '')) throw new Error('no Content-Length');
    const size = bodyless ? 0 : Number(response.headers['content-length']);
    if (bytes.length < end + 4 + size) return undefined;
    response.body = bytes.toString('utf8', end + 4, end + 4 + size);
    return { used: end + 4 + size, value: response };
  }, 'an HTTP answer');
}

/** The text of a well-formed request. */
export function requestText(method, target, { headers = {}, body = null } = {}) {
  const fields = { Host: '127.0.0.1', ...headers };
  if (body !== null) fields['Content-Length'] ??= Buffer.byteLength(body);
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}

/** One request on a connection of its own. */
export async function exchange(port, method, target, options = {}) {
  const socket = await RawSocket.open(port, options.tls);
  try {
    socket.write(requestText(method, target, options));
    return await readResponse(socket, { head: method === 'HEAD' });
  } finally {
    socket.destroy();
  }
}

/** Sends raw bytes on a connection of their own and returns its one answer and whether the server closed after it. */
export async function provoke(port, bytes) {
  const socket = await RawSocket.open(port);
  try {
    socket.write(bytes);
    const response = await readResponse(socket);
    if (response.headers.connection?.includes('close')) {
      const rest = await socket.untilEnd();
      if (rest.length) throw new Error(`bytes behind the last answer: ${rest.toString('latin1')}`);
      response.closed = true;
    }
    return response;
  } finally {
    socket.destroy();
  }
}
