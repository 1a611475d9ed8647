// The way from TCP to an open WebSocket: the upgrade's own rules, admission, and deadlines.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { readResponse, requestText } from './support/http.mjs';
import { RawSocket } from './support/raw_socket.mjs';
import { acceptFor, closePayload, frame, OPCODE, RawWebSocket, textFrame, upgradeText } from './support/raw_websocket.mjs';
import { APP, appToml, Server } from './support/server.mjs';

const PATH = '/app/app-key?protocol=7&client=js&version=8.6.0&flash=false';
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const PING = { event: 'pusher:ping', data: {} };
const PONG = '{"event":"pusher:pong","data":"{}"}';

/** The status of the answer to these bytes; a 101 proves itself by its greeting. */
async function answerTo(port, bytes) {
  const socket = await RawSocket.open(port);
  try {
    socket.write(bytes);
    const response = await readResponse(socket);
    if (response.status === 101) await new RawWebSocket(socket).greeting();
    return response;
  } finally {
    socket.destroy();
  }
}

const statusOf = async (port, bytes) => (await answerTo(port, bytes)).status;

describe('The upgrade', () => {
  let server;
  before(async () => {
    server = await Server.start();
  });
  after(() => server.stop());
  afterEach(() => server.checkUp());

  test('the answer is the one of RFC 6455, without extension and subprotocol', async () => {
    const response = await answerTo(server.port, upgradeText(PATH, {
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
      'Sec-WebSocket-Protocol': 'chat, superchat',
      Origin: 'https://example.test',
    }));
    assert.equal(response.status, 101);
    assert.equal(response.headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    assert.equal(response.headers.upgrade.toLowerCase(), 'websocket');
    assert.equal(response.headers.connection.toLowerCase(), 'upgrade');
    assert.equal(response.headers['sec-websocket-extensions'], undefined);
    assert.equal(response.headers['sec-websocket-protocol'], undefined);
    assert.equal(response.headers['content-length'], undefined);
  });

  for (const offer of ['permessage-deflate; server_max_window_bits=8', 'permessage-deflate; foo=bar', 'x-webkit-deflate-frame', ',;,=']) {
    test(`the extension offer "${offer}" is not accepted`, async () => {
      const response = await answerTo(server.port, upgradeText(PATH, { 'Sec-WebSocket-Extensions': offer }));
      assert.equal(response.status, 101);
      assert.equal(response.headers['sec-websocket-extensions'], undefined);
    });
  }

  test('every key of 16 bytes gets its own answer', async () => {
    for (const key of [KEY, Buffer.alloc(16).toString('base64'), Buffer.alloc(16, 255).toString('base64')])
      assert.equal((await answerTo(server.port, upgradeText(PATH, { 'Sec-WebSocket-Key': key }))).headers['sec-websocket-accept'], acceptFor(key));
  });

  test('names and tokens are read whatever their case', async () => {
    const text = `GET ${PATH} HTTP/1.1\r\nhOST: x\r\nUPGRADE: WebSocket\r\nconnection: keep-alive, upgrade\r\n`
      + `SEC-websocket-KEY: ${KEY}\r\nsec-websocket-version:13\r\n\r\n`;
    assert.equal(await statusOf(server.port, text), 101);
  });

  test('the Connection header may come in two lines', async () => {
    assert.equal(await statusOf(server.port, upgradeText(PATH, { Connection: ['keep-alive', 'Upgrade'] })), 101);
    assert.equal(await statusOf(server.port, upgradeText(PATH, { Connection: ['Upgrade', 'keep-alive'] })), 101);
  });

  test('a handshake that comes byte by byte is answered', async () => {
    const socket = await RawSocket.open(server.port);
    await socket.trickle(upgradeText(PATH));
    assert.equal((await readResponse(socket)).status, 101);
    await new RawWebSocket(socket).greeting();
    socket.destroy();
  });

  test('frames right behind the handshake in the same packet are handled', async () => {
    const socket = await RawSocket.open(server.port);
    socket.write(Buffer.concat([
      Buffer.from(upgradeText(PATH)),
      textFrame({ event: 'pusher:subscribe', data: { channel: 'early' } }),
      textFrame(PING),
      frame(OPCODE.ping, 'early'),
    ]));
    assert.equal((await readResponse(socket)).status, 101);
    const client = new RawWebSocket(socket);
    await client.greeting();
    const answers = [await client.frame(), await client.frame(), await client.frame()].map((answer) => answer.text).sort();
    assert.deepEqual(answers, ['early', PONG, '{"event":"pusher_internal:subscription_succeeded","channel":"early","data":"{}"}'].sort());
    client.destroy();
  });

  test('half a frame behind the handshake is completed later', async () => {
    const socket = await RawSocket.open(server.port);
    const ping = textFrame(PING);
    socket.write(Buffer.concat([Buffer.from(upgradeText(PATH)), ping.subarray(0, 5)]));
    await readResponse(socket);
    const client = new RawWebSocket(socket);
    await client.greeting();
    client.write(ping.subarray(5));
    assert.equal(await client.text(), PONG);
    client.destroy();
  });

  test('a Close right behind the handshake is answered after the greeting', async () => {
    const socket = await RawSocket.open(server.port);
    socket.write(Buffer.concat([Buffer.from(upgradeText(PATH)), frame(OPCODE.close, closePayload(1000))]));
    await readResponse(socket);
    const client = new RawWebSocket(socket);
    await client.greeting();
    assert.equal(await client.closeCode(), 1000);
  });

  test('an upgrade behind an ordinary request on the same connection works', async () => {
    const socket = await RawSocket.open(server.port);
    socket.write(requestText('GET', '/up') + upgradeText(PATH));
    assert.equal((await readResponse(socket)).status, 200);
    assert.equal((await readResponse(socket)).status, 101);
    await new RawWebSocket(socket).greeting();
    socket.destroy();
  });

  const wrongKeys = {
    'no key': null,
    'an empty key': '',
    'a key of 15 bytes': Buffer.alloc(15).toString('base64'),
    'a key of 17 bytes': Buffer.alloc(17).toString('base64'),
    'a key without padding': KEY.slice(0, -2),
    'a key that is no base64': '!!!!!!!!!!!!!!!!!!!!!!==',
    'a key twice': [KEY, KEY],
    'two keys': [KEY, Buffer.alloc(16).toString('base64')],
  };
  for (const [name, key] of Object.entries(wrongKeys)) {
    test(`${name} is answered 400`, async () => {
      assert.equal(await statusOf(server.port, upgradeText(PATH, { 'Sec-WebSocket-Key': key })), 400);
    });
  }

  for (const version of ['12', '8', '0', '14', '013', '13.0', 'thirteen', null]) {
    test(`the WebSocket version ${version} is answered 426 with the one that works`, async () => {
      const response = await answerTo(server.port, upgradeText(PATH, { 'Sec-WebSocket-Version': version }));
      assert.equal(response.status, 426);
      assert.equal(response.headers['sec-websocket-version'], '13');
      assert.equal(response.headers.upgrade, 'websocket');
      assert.match(response.headers.connection, /upgrade/i);
    });
  }

  test('two WebSocket versions are refused', async () => {
    for (const pair of [['13', '8'], ['8', '13'], ['13', '13']])
      assert.equal(await statusOf(server.port, upgradeText(PATH, { 'Sec-WebSocket-Version': pair })), 400);
    assert.equal(await statusOf(server.port, upgradeText(PATH, { 'Sec-WebSocket-Version': '13, 8' })), 426);
  });

  test('a request without Upgrade is told that this path wants one', async () => {
    const response = await answerTo(server.port, upgradeText(PATH, { Upgrade: null }));
    assert.equal(response.status, 426);
    assert.equal(response.headers.upgrade, 'websocket');
    assert.equal(await statusOf(server.port, upgradeText(PATH, { Upgrade: 'h2c' })), 426);
  });

  test('Upgrade without Connection: Upgrade is refused', async () => {
    assert.equal(await statusOf(server.port, upgradeText(PATH, { Connection: null })), 400);
    assert.equal(await statusOf(server.port, upgradeText(PATH, { Connection: 'keep-alive' })), 400);
  });

  test('an upgrade by POST or with a body is refused', async () => {
    assert.equal(await statusOf(server.port, upgradeText(PATH).replace('GET', 'POST')), 400);
    assert.equal(await statusOf(server.port, `${upgradeText(PATH, { 'Content-Length': '4' })}body`), 400);
  });

  test('an upgrade over HTTP/1.0 is no upgrade', async () => {
    assert.equal(await statusOf(server.port, upgradeText(PATH).replace('HTTP/1.1', 'HTTP/1.0')), 426);
  });

  test('no Host, two Hosts and a bad Host are refused', async () => {
    assert.equal(await statusOf(server.port, upgradeText(PATH, { Host: null })), 400);
    assert.equal(await statusOf(server.port, upgradeText(PATH, { Host: ['a.test', 'b.test'] })), 400);
    assert.equal(await statusOf(server.port, upgradeText(PATH, { Host: ['a.test', 'a.test'] })), 400);
    assert.equal(await statusOf(server.port, upgradeText(PATH, { Host: 'a b' })), 400);
  });

  test('an upgrade anywhere else is a plain 404', async () => {
    for (const path of ['/', '/application/app-key', '/apps/app-key', '/app-key'])
      assert.equal(await statusOf(server.port, upgradeText(path)), 404);
  });
});

describe('Admission', () => {
  const other = { id: 'off', key: 'off-key', secret: 'off-secret' };
  const picky = { id: 'picky', key: 'picky-key', secret: 'picky-secret' };
  const small = { id: 'small', key: 'small-key', secret: 'small-secret' };
  let server;
  before(async () => {
    server = await Server.start({
      toml: `${appToml()}${appToml(other, 'enabled = false')}`
        + appToml(picky, 'allowed_origins = ["https://good.test", "*.fine.test"]')
        + appToml(small, 'max_connections = 2'),
    });
  });
  after(() => server.stop());
  afterEach(() => server.checkUp());

  /** Checks that the upgrade succeeds and the refusal comes twice, as protocol.md 1.1 wants: as a frame and as a code. */
  async function assertRefused(path, code, headers = {}) {
    const client = await server.websocket({ path, headers, greet: false });
    const error = await client.event();
    assert.equal(error.event, 'pusher:error');
    assert.equal(error.data.code, code);
    assert.equal(typeof error.data.message, 'string');
    assert.equal(await client.closeCode(), code);
  }

  async function assertAdmitted(path, headers = {}) {
    const client = await server.websocket({ path, headers });
    assert.match(client.socketId, /^\d+\.\d+$/);
    client.destroy();
  }

  test('a wrong key upgrades, then 4001', async () => {
    await assertRefused('/app/nobody?protocol=7', 4001);
    await assertRefused('/app/app-key/?protocol=7', 4001);
    await assertRefused('/app/app-id?protocol=7', 4001);
    await assertRefused('/app/%00?protocol=7', 4001);
    await assertRefused(`/app/${'k'.repeat(4000)}`, 4001);
  });

  test('a refused client that goes on talking is not listened to', async () => {
    const socket = await RawSocket.open(server.port);
    socket.write(Buffer.concat([Buffer.from(upgradeText('/app/nobody')), ...Array.from({ length: 50 }, () => textFrame(PING))]));
    await readResponse(socket);
    const client = new RawWebSocket(socket);
    const { code, texts } = await client.closed();
    assert.equal(code, 4001);
    assert.equal(texts.length, 1);
    client.send(OPCODE.close, closePayload(4001));
    assert.equal((await socket.untilEnd()).length, 0);
  });

  test('no key at all is 4005', async () => {
    await assertRefused('/app?protocol=7', 4005);
    await assertRefused('/app/?protocol=7', 4005);
    await assertRefused('/app', 4005);
  });

  test('a disabled app is 4003', () => assertRefused('/app/off-key?protocol=7', 4003));

  test('a protocol that is no number is 4006', async () => {
    for (const version of ['', 'seven', '7x', '7.0', '0x7', '%37x', '+7']) await assertRefused(`/app/app-key?protocol=${version}`, 4006);
  });

  test('a protocol outside the supported range is 4007', async () => {
    for (const version of ['4', '8', '0', '-7', '1', '77', '99999999999999999999']) await assertRefused(`/app/app-key?protocol=${version}`, 4007);
  });

  test('the supported protocols, and none at all, are admitted', async () => {
    for (const query of ['?protocol=5', '?protocol=6', '?protocol=7', '', '?', '?client=js', '?protocol=%37', '?a=b&protocol=7&&=&x'])
      await assertAdmitted(`/app/app-key${query}`);
  });

  test('an origin that is not allowed is 4009', async () => {
    for (const origin of ['https://evil.test', 'http://good.test', 'https://good.test.evil.test', 'https://evilgood.test', 'https://fine.test.', 'null', 'https://good.test:444'])
      await assertRefused('/app/picky-key?protocol=7', 4009, { Origin: origin });
  });

  test('an allowed origin, and a client without one, is admitted', async () => {
    for (const origin of ['https://good.test', 'https://GOOD.test', 'https://a.fine.test', 'http://b.a.fine.test'])
      await assertAdmitted('/app/picky-key?protocol=7', { Origin: origin });
    await assertAdmitted('/app/picky-key?protocol=7');
  });

  test('past max_connections it is 4004 until one leaves', async () => {
    const path = '/app/small-key?protocol=7';
    const first = await server.websocket({ path });
    const second = await server.websocket({ path });
    await assertRefused(path, 4004);
    first.send(OPCODE.close, closePayload(1000));
    await first.closed();
    await first.socket.untilEnd();
    await assertAdmitted(path);
    second.destroy();
  });

  test('the other apps are served beside', () => assertAdmitted(`/app/${APP.key}?protocol=7`));
});

describe('limits.connections', () => {
  test('past it a client is sent away with 4100', async () => {
    const server = await Server.start({ toml: `[node]\nshards = 1\n[limits]\nconnections = 1\n${appToml()}` });
    const first = await server.websocket();
    const second = await server.websocket({ greet: false });
    assert.equal((await second.event()).data.code, 4100);
    assert.equal(await second.closeCode(), 4100);
    first.destroy();
    await server.stop();
  });
});

describe('limits.handshake_timeout', () => {
  let server;
  before(async () => {
    server = await Server.start({ toml: `[limits]\nhandshake_timeout = "1s"\nkeep_alive_timeout = "1s"\n${appToml()}` });
  });
  after(() => server.stop());
  afterEach(() => server.checkUp());

  /** Checks that the connection is ended, with 408 as its last words. */
  async function assertTimedOut(socket) {
    const response = await readResponse(socket);
    assert.equal(response.status, 408);
    assert.equal(response.headers.connection, 'close');
    await socket.untilEnd();
  }

  test('a client that says nothing is ended', async () => {
    const socket = await RawSocket.open(server.port);
    await assertTimedOut(socket);
  });

  test('a header that never ends is ended, however busy it is', async () => {
    const socket = await RawSocket.open(server.port);
    socket.write('GET /up HTTP/1.1\r\nHost: x\r\n');
    const busy = setInterval(() => socket.write('X-Slow: 1\r\n'), 50);
    try {
      await assertTimedOut(socket);
    } finally {
      clearInterval(busy);
    }
  });

  test('a body that never ends is ended', async () => {
    const socket = await RawSocket.open(server.port);
    socket.write('POST /apps/app-id/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{');
    const busy = setInterval(() => socket.write(' '), 50);
    try {
      await assertTimedOut(socket);
    } finally {
      clearInterval(busy);
    }
  });

  test('a chunked body that never ends is ended', async () => {
    const socket = await RawSocket.open(server.port);
    socket.write('POST /apps/app-id/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab');
    await assertTimedOut(socket);
  });

  test('the second request of a connection has a deadline too', async () => {
    const socket = await RawSocket.open(server.port);
    socket.write(`${requestText('GET', '/up')}GET /up HTT`);
    assert.equal((await readResponse(socket)).status, 200);
    await assertTimedOut(socket);
  });

  test('a connection that stays idle behind its answer is closed without a word', async () => {
    const socket = await RawSocket.open(server.port);
    socket.write(requestText('GET', '/up'));
    assert.equal((await readResponse(socket)).status, 200);
    assert.equal((await socket.untilEnd()).length, 0);
  });

  test('an open WebSocket outlives it', async () => {
    const client = await server.websocket();
    const silent = await RawSocket.open(server.port);
    await assertTimedOut(silent);
    client.say(PING);
    assert.equal(await client.text(), PONG);
    client.destroy();
  });
});
