// HTTP as an attacker or a broken proxy writes it: every doubtful request is refused and its connection closed, so that
// nobody downstream can see another request in the same bytes.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { exchange, provoke, readResponse, requestText } from './support/http.mjs';
import { RawSocket } from './support/raw_socket.mjs';
import { signedTarget } from './support/sign.mjs';
import { APP, appToml, Server } from './support/server.mjs';

const EVENT = JSON.stringify({ name: 'e', channel: 'c', data: 'd' });
const HOST = 'Host: 127.0.0.1\r\n';
const HIDDEN = `GET /up HTTP/1.1\r\n${HOST}\r\n`;

let server;
before(async () => {
  server = await Server.start({ toml: `[limits]\nrequest_header = "4KiB"\nrequest_body = "64KiB"\n${appToml()}` });
});
after(() => server.stop());
afterEach(() => server.checkUp());

const eventTarget = (body = EVENT) => signedTarget(APP, 'POST', '/apps/app-id/events', { body });

/** A POST to the events path with these framing headers and this text behind the header. */
const post = (headers, rest, target = eventTarget()) => `POST ${target} HTTP/1.1\r\n${HOST}${headers}\r\n${rest}`;

/** Checks that the bytes get one answer with one of the statuses, and that the connection ends behind it. */
async function assertRefused(bytes, ...statuses) {
  const response = await provoke(server.port, bytes);
  assert.ok(statuses.includes(response.status), `${response.status} for ${JSON.stringify(bytes.toString().slice(0, 200))}`);
  assert.equal(response.headers.connection, 'close');
  assert.ok(response.closed);
  assert.equal(JSON.parse(response.body).code, response.status);
}

async function assertPublished(bytes) {
  const response = await provoke(server.port, bytes);
  assert.deepEqual([response.status, response.body], [200, '{}']);
}

/** A chunked body of the text in pieces of `size` bytes. */
function chunked(text, size = text.length, extension = '', trailers = '') {
  let out = '';
  for (let at = 0; at < text.length; at += size) {
    const piece = text.slice(at, at + size);
    out += `${piece.length.toString(16)}${extension}\r\n${piece}\r\n`;
  }
  return `${out}0${extension}\r\n${trailers}\r\n`;
}

describe('The framing of bodies', () => {
  test('a Content-Length and a chunked body are both read', async () => {
    await assertPublished(post(`Content-Length: ${EVENT.length}\r\n`, EVENT));
    await assertPublished(post('Transfer-Encoding: chunked\r\n', chunked(EVENT)));
    await assertPublished(post('Transfer-Encoding: Chunked\r\n', chunked(EVENT, 1)));
  });

  for (const coding of ['gzip', 'identity', 'gzip, chunked', 'chunked, gzip', 'chunked, chunked', 'xchunked', 'chunked;q=1', '"chunked"', '\x0bchunked', 'chunked,', ''])
    test(`Transfer-Encoding ${JSON.stringify(coding)} is refused`, () =>
      assertRefused(post(`Transfer-Encoding: ${coding}\r\n`, chunked(EVENT) + HIDDEN), 400, 501));

  test('two Transfer-Encoding headers are refused', async () => {
    await assertRefused(post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', chunked(EVENT)), 400, 501);
    await assertRefused(post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', chunked(EVENT)), 400, 501);
  });

  test('Transfer-Encoding beside Content-Length is refused, in either order', async () => {
    await assertRefused(post(`Transfer-Encoding: chunked\r\nContent-Length: ${EVENT.length}\r\n`, chunked(EVENT) + HIDDEN), 400);
    await assertRefused(post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', chunked(EVENT) + HIDDEN), 400);
  });

  test('Transfer-Encoding over HTTP/1.0 is refused', () =>
    assertRefused(post('Transfer-Encoding: chunked\r\n', chunked(EVENT)).replace('HTTP/1.1', 'HTTP/1.0'), 400, 501));

  for (const [name, headers] of Object.entries({
    'two different lengths': 'Content-Length: 5\r\nContent-Length: 6\r\n',
    'two equal lengths': `Content-Length: ${EVENT.length}\r\nContent-Length: ${EVENT.length}\r\n`,
    'a list of lengths': 'Content-Length: 5, 5\r\n',
    'a plus sign': `Content-Length: +${EVENT.length}\r\n`,
    'a minus sign': 'Content-Length: -1\r\n',
    'a space inside': 'Content-Length: 1 0\r\n',
    'a hexadecimal length': 'Content-Length: 0x20\r\n',
    'letters behind': 'Content-Length: 10a\r\n',
    'an empty length': 'Content-Length: \r\n',
    'a length past 64 bits': 'Content-Length: 99999999999999999999999\r\n',
  }))
    test(`a Content-Length with ${name} is refused`, () => assertRefused(post(headers, EVENT + HIDDEN), 400, 413));

  for (const [name, body] of Object.entries({
    'no digits': '\r\nab\r\n0\r\n\r\n',
    'a size that is not hexadecimal': 'g\r\nab\r\n0\r\n\r\n',
    'a negative size': '-1\r\nab\r\n0\r\n\r\n',
    'a size with 0x': '0x2\r\nab\r\n0\r\n\r\n',
    'a size past 64 bits': '10000000000000002\r\nab\r\n0\r\n\r\n',
    'a space in front of the size': ' 2\r\nab\r\n0\r\n\r\n',
    'more data than its size': '2\r\nabc\r\n0\r\n\r\n',
    'a bare line feed behind the size': '2\nab\r\n0\r\n\r\n',
    'a bare line feed behind the data': '2\r\nab\n0\r\n\r\n',
  }))
    test(`a chunk with ${name} is refused`, () => assertRefused(post('Transfer-Encoding: chunked\r\n', body + HIDDEN), 400, 413));

  test('short chunk extensions are ignored', () => assertPublished(post('Transfer-Encoding: chunked\r\n', chunked(EVENT, 10, ';name=value'))));

  test('endless chunk extensions are refused', async () => {
    await assertRefused(post('Transfer-Encoding: chunked\r\n', `2;${'x'.repeat(100_000)}\r\nab\r\n0\r\n\r\n`), 400, 413);
    await assertRefused(post('Transfer-Encoding: chunked\r\n', `2;${'x'.repeat(200_000)}`), 400, 413);
  });

  test('short trailers are ignored and pose as no header', async () => {
    await assertPublished(post('Transfer-Encoding: chunked\r\n', chunked(EVENT, 20, '', 'X-Sum: 1\r\nHost: a b\r\nExpect: nothing\r\n')));
  });

  test('trailers that speak of framing are refused', async () => {
    for (const trailer of ['Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n'])
      await assertRefused(post('Transfer-Encoding: chunked\r\n', chunked(EVENT, 20, '', trailer) + HIDDEN), 400);
  });

  test('trailers of 100 kB are refused', async () => {
    await assertRefused(post('Transfer-Encoding: chunked\r\n', chunked(EVENT, 20, '', `X: ${'y'.repeat(100_000)}\r\n`)), 400, 413, 431);
    const many = Array.from({ length: 5000 }, (_, i) => `X-${i}: ${'y'.repeat(15)}\r\n`).join('');
    await assertRefused(post('Transfer-Encoding: chunked\r\n', chunked(EVENT, 20, '', many)), 400, 413, 431);
    await assertRefused(post('Transfer-Encoding: chunked\r\n', `${chunked(EVENT).slice(0, -2)}X: ${'y'.repeat(100_000)}`), 400, 413, 431);
  });
});

describe('The header', () => {
  for (const [name, text] of Object.entries({
    'a folded line': `GET /up HTTP/1.1\r\n${HOST}X-A: 1\r\n folded\r\n\r\n`,
    'a folded first line': `GET /up HTTP/1.1\r\n ${HOST}\r\n`,
    'a space in front of a colon': `GET /up HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n`,
    'a space in front of the length\'s colon': post('Content-Length : 5\r\n', EVENT),
    'a line without a colon': `GET /up HTTP/1.1\r\n${HOST}nonsense\r\n\r\n`,
    'an empty name': `GET /up HTTP/1.1\r\n${HOST}: x\r\n\r\n`,
    'bare line feeds': 'GET /up HTTP/1.1\nHost: 127.0.0.1\n\n',
    'one bare line feed': `GET /up HTTP/1.1\r\n${HOST}X: 1\nY: 2\r\n\r\n`,
    'a bare carriage return': `GET /up HTTP/1.1\r\n${HOST}X: 1\rY: 2\r\n\r\n`,
    'a NUL in a value': `GET /up HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`,
    'a NUL in a name': `GET /up HTTP/1.1\r\n${HOST}X\0: a\r\n\r\n`,
    'a NUL in the target': `GET /up\0 HTTP/1.1\r\n${HOST}\r\n`,
    'no version': `GET /up\r\n${HOST}\r\n`,
    'a fragment in the target': `GET /up#x HTTP/1.1\r\n${HOST}\r\n`,
    'a relative target': `GET up HTTP/1.1\r\n${HOST}\r\n`,
    'an asterisk for a GET': `GET * HTTP/1.1\r\n${HOST}\r\n`,
    'an authority for a target': `CONNECT example.test:443 HTTP/1.1\r\n${HOST}\r\n`,
    'no Host': 'GET /up HTTP/1.1\r\n\r\n',
    'two Hosts': `GET /up HTTP/1.1\r\n${HOST}Host: other\r\n\r\n`,
    'an impossible Host': 'GET /up HTTP/1.1\r\nHost: a/b\r\n\r\n',
  }))
    test(`with ${name} is refused`, () => assertRefused(text, 400));

  test('with a space in the target is refused', () => assertRefused(`GET /up x HTTP/1.1\r\n${HOST}\r\n`, 400, 505));

  for (const version of ['HTTP/0.9', 'HTTP/2.0', 'HTTP/1.2', 'HTTP/3.0', 'http/1.1', 'HTTP/11', 'ICY/1.1'])
    test(`with the version ${version} is refused`, () => assertRefused(`GET /up ${version}\r\n${HOST}\r\n`, 400, 505));

  test('past the limit is 431, in one line, in many, and without an end', async () => {
    await assertRefused(`GET /up HTTP/1.1\r\n${HOST}X: ${'y'.repeat(5000)}\r\n\r\n`, 431);
    await assertRefused(`GET /up HTTP/1.1\r\n${HOST}${'X: y\r\n'.repeat(1000)}\r\n`, 431);
    await assertRefused(`GET /up HTTP/1.1\r\n${HOST}X: ${'y'.repeat(200_000)}`, 431);
    await assertRefused(`GET /${'u'.repeat(5000)} HTTP/1.1\r\n${HOST}\r\n`, 431);
    await assertRefused('G'.repeat(5000), 400, 431);
  });

  test('just under the limit is read', async () => {
    const response = await provoke(server.port, `GET /up HTTP/1.1\r\n${HOST}X: ${'y'.repeat(4000)}\r\nConnection: close\r\n\r\n`);
    assert.equal(response.status, 200);
  });

  test('that comes byte by byte is read', async () => {
    const socket = await RawSocket.open(server.port);
    await socket.trickle(post(`Content-Length: ${EVENT.length}\r\n`, EVENT));
    assert.equal((await readResponse(socket)).status, 200);
    await socket.trickle(post('Transfer-Encoding: chunked\r\n', chunked(EVENT, 7)));
    assert.equal((await readResponse(socket)).status, 200);
    socket.destroy();
  });

  test('may follow empty lines', async () => {
    const response = await provoke(server.port, `\r\n\r\nGET /up HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    assert.equal(response.status, 200);
  });

  test('with an expectation nobody knows is 417', () => assertRefused(post('Expect: 200-ok\r\nContent-Length: 5\r\n', EVENT), 417));
});

describe('The size of bodies', () => {
  test('an announced body past the limit is 413 before it is sent', () => assertRefused(post('Content-Length: 65537\r\n', ''), 413));

  test('and before it is asked for', () => assertRefused(post('Content-Length: 65537\r\nExpect: 100-continue\r\n', ''), 413));

  test('a chunked body past the limit is 413', async () => {
    await assertRefused(post('Transfer-Encoding: chunked\r\n', chunked('x'.repeat(70_000), 1000)), 413);
    await assertRefused(post('Transfer-Encoding: chunked\r\n', 'fffffff\r\n'), 413);
  });

  test('a client in the middle of sending too much still reads the answer', async () => {
    const socket = await RawSocket.open(server.port);
    socket.write(post('Content-Length: 1000000\r\n', ''));
    const piece = Buffer.alloc(50_000, 0x78);
    for (let i = 0; i < 20; ++i) socket.write(piece);
    assert.equal((await readResponse(socket)).status, 413);
    socket.destroy();
  });

  test('a body of exactly the limit is read', async () => {
    const body = EVENT + ' '.repeat(65536 - EVENT.length);
    await assertPublished(post('Content-Length: 65536\r\n', body, eventTarget(body)));
    await assertPublished(post('Transfer-Encoding: chunked\r\n', chunked(body, 5000), eventTarget(body)));
  });
});

describe('Connections', () => {
  test('Expect: 100-continue is answered before the body comes', async () => {
    for (const [framing, body] of [[`Content-Length: ${EVENT.length}\r\n`, EVENT], ['Transfer-Encoding: chunked\r\n', chunked(EVENT)]]) {
      const socket = await RawSocket.open(server.port);
      socket.write(post(`Expect: 100-continue\r\n${framing}`, ''));
      const interim = await readResponse(socket);
      assert.equal(interim.status, 100);
      socket.write(body);
      assert.equal((await readResponse(socket)).status, 200);
      socket.destroy();
    }
  });

  test('pipelined requests are answered in order', async () => {
    const socket = await RawSocket.open(server.port);
    const parts = [];
    for (let i = 0; i < 100; ++i) {
      parts.push(requestText('GET', '/up'), requestText('GET', `/missing/${i}`), post(`Content-Length: ${EVENT.length}\r\n`, EVENT));
    }
    socket.write(parts.join(''));
    for (let i = 0; i < 100; ++i) {
      assert.equal((await readResponse(socket)).status, 200);
      assert.equal((await readResponse(socket)).status, 404);
      assert.equal((await readResponse(socket)).body, '{}');
    }
    socket.destroy();
  });

  test('what is pipelined behind a request that closes is not answered', async () => {
    const socket = await RawSocket.open(server.port);
    socket.write(requestText('GET', '/up', { headers: { Connection: 'close' } }) + HIDDEN);
    const response = await readResponse(socket);
    assert.deepEqual([response.status, response.headers.connection], [200, 'close']);
    assert.equal((await socket.untilEnd()).length, 0);
  });

  test('HTTP/1.1 is kept alive and HTTP/1.0 is not, unless it asks', async () => {
    const kept = await RawSocket.open(server.port);
    for (let i = 0; i < 3; ++i) {
      kept.write(HIDDEN);
      const response = await readResponse(kept);
      assert.equal(response.status, 200);
      assert.equal(response.headers.connection, undefined);
    }
    kept.destroy();

    const old = await RawSocket.open(server.port);
    old.write('GET /up HTTP/1.0\r\n\r\n');
    const response = await readResponse(old);
    assert.deepEqual([response.status, response.headers.connection], [200, 'close']);
    await old.untilEnd();

    const polite = await RawSocket.open(server.port);
    for (let i = 0; i < 2; ++i) {
      polite.write('GET /up HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
      const answer = await readResponse(polite);
      assert.deepEqual([answer.status, answer.headers.connection], [200, 'keep-alive']);
    }
    polite.destroy();
  });

  test('a client that has sent its last byte still gets its answer', async () => {
    const socket = await RawSocket.open(server.port);
    socket.socket.end(requestText('GET', '/up', { headers: { Connection: 'close' } }));
    assert.equal((await readResponse(socket)).status, 200);
  });

  test('HEAD is answered like GET, without the body', async () => {
    const socket = await RawSocket.open(server.port);
    const get = await exchange(server.port, 'GET', '/up');
    for (let i = 0; i < 2; ++i) {
      socket.write(requestText('HEAD', '/up'));
      const head = await readResponse(socket, { head: true });
      assert.deepEqual([head.status, head.headers['content-length']], [200, get.headers['content-length']]);
    }
    socket.write(requestText('HEAD', '/nothing'));
    assert.equal((await readResponse(socket, { head: true })).status, 404);
    socket.write(HIDDEN);
    assert.equal((await readResponse(socket)).body, get.body);
    socket.destroy();
  });

  test('the target may be absolute', async () => {
    for (const target of ['http://127.0.0.1/up', 'HTTP://other.test:80/up', 'https://other.test/up?x=http://y'])
      assert.equal((await exchange(server.port, 'GET', target)).status, 200);
    assert.equal((await exchange(server.port, 'GET', 'http://other.test')).status, 404);
    assert.equal((await exchange(server.port, 'GET', 'http:///up')).status, 400);
  });

  test('a preflight is answered with what it asks for', async () => {
    for (const target of ['/apps/app-id/events', '/app/app-key', '*']) {
      const response = await exchange(server.port, 'OPTIONS', target, {
        headers: {
          Origin: 'https://page.test',
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'content-type, x-custom',
        },
      });
      assert.equal(response.status, 204);
      assert.equal(response.headers['access-control-allow-origin'], 'https://page.test');
      assert.match(response.headers['access-control-allow-methods'], /\bPOST\b/);
      assert.equal(response.headers['access-control-allow-headers'], 'content-type, x-custom');
      assert.match(response.headers.vary, /Origin/);
      assert.equal(response.headers['content-length'], undefined);
    }
  });

  test('answers, refusals too, may be read from any page', async () => {
    for (const target of ['/up', '/nothing', '/apps/app-id/channels'])
      assert.equal((await exchange(server.port, 'GET', target, { headers: { Origin: 'https://page.test' } })).headers['access-control-allow-origin'], '*');
  });
});

describe('What is not HTTP at all', () => {
  for (const [name, bytes] of Object.entries({
    'a TLS ClientHello': Buffer.from('16030100c8010000c40303', 'hex'),
    'an SSH banner': Buffer.from('\0SSH-2.0-OpenSSH_9.0\r\n', 'latin1'),
    'high bytes': Buffer.alloc(300, 0xff),
    zeros: Buffer.alloc(300),
    'a WebSocket frame': Buffer.from('818501020304', 'hex'),
    'a space': Buffer.from(' GET / HTTP/1.1\r\n\r\n'),
    'a Redis command': Buffer.from('*1\r\n$4\r\nPING\r\n'),
  }))
    test(`${name} is refused at once`, () => assertRefused(bytes, 400));

  test('HTTP/2 by prior knowledge is refused', () => assertRefused('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 505));

  test('random bytes end the connection and nothing else', async () => {
    for (let seed = 1; seed <= 40; ++seed) {
      let state = seed;
      const bytes = Buffer.from(Array.from({ length: 3000 }, () => {
        state = (state * 1103515245 + 12345) & 0x7fffffff;
        return (state >> 16) & 0xff;
      }));
      const socket = await RawSocket.open(server.port);
      socket.socket.end(seed % 2 ? bytes : Buffer.concat([Buffer.from('POST /x HTTP/1.1\r\n'), bytes]));
      await socket.untilEnd();
    }
  });

  test('requests that are cut off anywhere leave nothing behind', async () => {
    const text = post('Transfer-Encoding: chunked\r\n', chunked(EVENT, 9));
    for (let cut = 1; cut < text.length; cut += 3) {
      const socket = await RawSocket.open(server.port);
      socket.socket.end(text.slice(0, cut));
      await socket.untilEnd();
    }
  });
});
