// RFC 6455 frame by frame: what a client may send in odd shapes works, and everything else ends with the right code.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { closePayload, frame, OPCODE, textFrame } from './support/raw_websocket.mjs';
import { appToml, Server } from './support/server.mjs';

const { continuation, text, binary, close, ping, pong } = OPCODE;
const PING = '{"event":"pusher:ping","data":{}}';
const PONG = '{"event":"pusher:pong","data":"{}"}';

let server;
before(async () => {
  server = await Server.start({ toml: `[limits]\nmessage = "16KiB"\n${appToml()}` });
});
after(() => server.stop());
afterEach(() => server.checkUp());

/** The code that a fresh connection is closed with after these bytes. */
async function closeCodeAfter(...pieces) {
  const client = await server.websocket();
  try {
    for (const piece of pieces) client.write(piece);
    return await client.closeCode();
  } finally {
    client.destroy();
  }
}

/** Checks that the pieces are taken as the one message PING. */
async function assertAnswered(...pieces) {
  const client = await server.websocket();
  try {
    for (const piece of pieces) client.write(piece);
    assert.equal(await client.text(), PONG);
  } finally {
    client.destroy();
  }
}

describe('Messages in fragments', () => {
  test('a message in two fragments is one message', () =>
    assertAnswered(frame(text, PING.slice(0, 7), { fin: false }), frame(continuation, PING.slice(7))));

  test('a message in one fragment per byte is one message', () =>
    assertAnswered(
      frame(text, '', { fin: false }),
      ...[...PING].map((byte) => frame(continuation, byte, { fin: false })),
      frame(continuation, '')));

  test('a message that comes byte by byte is one message', async () => {
    const client = await server.websocket();
    await client.socket.trickle(textFrame(PING));
    assert.equal(await client.text(), PONG);
    client.destroy();
  });

  test('fragments that come byte by byte, with a ping between, are one message', async () => {
    const client = await server.websocket();
    await client.socket.trickle(Buffer.concat([
      frame(text, PING.slice(0, 3), { fin: false }),
      frame(ping, 'between'),
      frame(continuation, PING.slice(3)),
    ]));
    const first = await client.frame();
    assert.deepEqual([first.opcode, first.text], [pong, 'between']);
    assert.equal(await client.text(), PONG);
    client.destroy();
  });

  test('a ping between fragments is answered before the message is complete', async () => {
    const client = await server.websocket();
    client.send(text, PING.slice(0, 9), { fin: false });
    client.send(ping, 'now');
    const answer = await client.frame();
    assert.deepEqual([answer.opcode, answer.text], [pong, 'now']);
    client.send(pong, 'nobody asked');
    client.send(continuation, PING.slice(9));
    assert.equal(await client.text(), PONG);
    client.destroy();
  });

  test('a Close between fragments is answered and the message forgotten', async () => {
    assert.equal(await closeCodeAfter(frame(text, PING.slice(0, 9), { fin: false }), frame(close, closePayload(1000))), 1000);
  });

  test('two messages in one packet are two messages', async () => {
    const client = await server.websocket();
    client.write(Buffer.concat([textFrame(PING), textFrame(PING)]));
    assert.equal(await client.text(), PONG);
    assert.equal(await client.text(), PONG);
    client.destroy();
  });

  test('a continuation without a start closes 1002', async () => {
    assert.equal(await closeCodeAfter(frame(continuation, PING)), 1002);
    assert.equal(await closeCodeAfter(frame(continuation, PING, { fin: false })), 1002);
  });

  test('a continuation behind a finished message closes 1002', async () => {
    assert.equal(await closeCodeAfter(
      frame(text, PING.slice(0, 2), { fin: false }), frame(continuation, PING.slice(2)), frame(continuation, 'x')), 1002);
  });

  test('a new message inside a fragmented one closes 1002', async () => {
    assert.equal(await closeCodeAfter(frame(text, '{', { fin: false }), textFrame(PING)), 1002);
    assert.equal(await closeCodeAfter(frame(text, '{', { fin: false }), frame(binary, 'x')), 1002);
  });
});

describe('UTF-8', () => {
  const wrong = {
    'a lone continuation byte': [0x80],
    'an overlong slash': [0xc0, 0xaf],
    'an overlong slash of three bytes': [0xe0, 0x80, 0xaf],
    'a surrogate': [0xed, 0xa0, 0x80],
    'a code point past the last': [0xf4, 0x90, 0x80, 0x80],
    'a byte that never occurs': [0xff],
    'a character without its end': [0xe2, 0x82],
  };
  for (const [name, bytes] of Object.entries(wrong)) {
    test(`${name} closes 1007`, async () => {
      assert.equal(await closeCodeAfter(frame(text, Buffer.from(bytes))), 1007);
      assert.equal(await closeCodeAfter(frame(text, Buffer.concat([Buffer.from('{"event":"'), Buffer.from(bytes), Buffer.from('"}')]))), 1007);
    });
    test(`${name} in fragments closes 1007`, async () => {
      const pieces = bytes.map((byte, i) => frame(i === 0 ? text : continuation, Buffer.of(byte), { fin: false }));
      assert.equal(await closeCodeAfter(...pieces, frame(continuation, '')), 1007);
    });
    test(`${name} in a Close's reason closes 1007`, async () => {
      assert.equal(await closeCodeAfter(frame(close, closePayload(1000, Buffer.from(bytes)))), 1007);
    });
  }

  test('what is wrong already is refused before the message is complete', async () => {
    assert.equal(await closeCodeAfter(frame(text, Buffer.of(0xff), { fin: false })), 1007);
    assert.equal(await closeCodeAfter(frame(text, Buffer.of(0xff), { announced: 1000 })), 1007);
  });

  test('a character divided between fragments is whole', async () => {
    const message = Buffer.from('{"event":"pusher:subscribe","data":{"channel":"née"}}');
    const middle = message.indexOf(0xc3) + 1;
    const client = await server.websocket();
    client.send(text, message.subarray(0, middle), { fin: false });
    client.send(continuation, message.subarray(middle));
    const answer = await client.event();
    assert.equal(answer.event, 'pusher:subscription_error');
    assert.equal(answer.channel, 'née');
    client.destroy();
  });

  test('every valid length of character passes', async () => {
    const client = await server.websocket();
    client.say({ event: 'pusher:subscribe', data: { channel: 'aé€😀\u{10ffff}' } });
    assert.equal((await client.event()).channel, 'aé€😀\u{10ffff}');
    client.destroy();
  });
});

describe('Headers that break the rules', () => {
  for (let rsv = 1; rsv < 8; ++rsv) {
    test(`reserved bits ${rsv} close 1002`, async () => {
      assert.equal(await closeCodeAfter(frame(text, PING, { rsv })), 1002);
      assert.equal(await closeCodeAfter(frame(ping, '', { rsv })), 1002);
    });
  }

  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    test(`reserved opcode ${opcode} closes 1002`, async () => {
      assert.equal(await closeCodeAfter(frame(opcode, PING)), 1002);
    });
  }

  test('a frame that is not masked closes 1002', async () => {
    for (const opcode of [text, binary, ping, pong]) assert.equal(await closeCodeAfter(frame(opcode, PING, { masked: false })), 1002);
    assert.equal(await closeCodeAfter(frame(close, closePayload(1000), { masked: false })), 1002);
  });

  test('a control frame of more than 125 bytes closes 1002', async () => {
    for (const opcode of [ping, pong, close]) {
      assert.equal(await closeCodeAfter(frame(opcode, Buffer.alloc(126, 0x61))), 1002);
      assert.equal(await closeCodeAfter(frame(opcode, '', { announced: 70000, lengthForm: 64 })), 1002);
    }
  });

  test('a control frame in fragments closes 1002', async () => {
    for (const opcode of [ping, pong, close]) assert.equal(await closeCodeAfter(frame(opcode, '', { fin: false })), 1002);
  });

  test('a length that is longer than it need be closes 1002', async () => {
    assert.equal(await closeCodeAfter(frame(text, PING, { lengthForm: 16 })), 1002);
    assert.equal(await closeCodeAfter(frame(text, PING, { lengthForm: 64 })), 1002);
    assert.equal(await closeCodeAfter(frame(text, Buffer.alloc(300, 0x20), { lengthForm: 64 })), 1002);
    assert.equal(await closeCodeAfter(frame(ping, 'x', { lengthForm: 16 })), 1002);
  });

  test('a length with its top bit set closes 1002', async () => {
    assert.equal(await closeCodeAfter(frame(text, '', { announced: 1n << 63n, lengthForm: 64 })), 1002);
    assert.equal(await closeCodeAfter(frame(text, '', { announced: (1n << 64n) - 1n, lengthForm: 64 })), 1002);
  });

  test('random bytes end the connection and nothing else', async () => {
    for (let seed = 1; seed <= 40; ++seed) {
      let state = seed;
      const bytes = Buffer.from(Array.from({ length: 600 }, () => {
        state = (state * 1103515245 + 12345) & 0x7fffffff;
        return (state >> 16) & 0xff;
      }));
      const client = await server.websocket();
      client.write(bytes);
      client.socket.socket.end();
      await client.socket.untilEnd();
    }
  });
});

describe('Sizes', () => {
  const limit = 16 * 1024;

  test('a message of exactly the limit is read', async () => {
    await assertAnswered(frame(text, PING + ' '.repeat(limit - PING.length)));
  });

  test('a message one byte past the limit closes 1009', async () => {
    assert.equal(await closeCodeAfter(frame(text, ' '.repeat(limit + 1))), 1009);
  });

  test('fragments that are past the limit together close 1009', async () => {
    const half = ' '.repeat(limit / 2);
    assert.equal(await closeCodeAfter(
      frame(text, half, { fin: false }), frame(continuation, half, { fin: false }), frame(continuation, ' ')), 1009);
  });

  test('fragments of exactly the limit together are read', async () => {
    const half = ' '.repeat(limit / 2);
    await assertAnswered(frame(text, half, { fin: false }), frame(continuation, half.slice(PING.length) + PING));
  });

  test('a huge length that is only announced closes 1009 and costs no memory', async () => {
    const before = server.rss();
    for (const announced of [1n << 20n, 1n << 31n, 1n << 32n, (1n << 63n) - 1n])
      assert.equal(await closeCodeAfter(frame(text, '', { announced, lengthForm: 64 })), 1009);
    assert.equal(await closeCodeAfter(frame(text, 'x', { fin: false }), frame(continuation, '', { announced: (1n << 63n) - 1n, lengthForm: 64 })), 1009);
    assert.ok(server.rss() - before < 32 << 20, 'an announced length was allocated');
  });

  test('a length at the limit that is only announced, by 200 clients, costs little memory', async () => {
    const clients = await Promise.all(Array.from({ length: 200 }, () => server.websocket()));
    const before = server.rss();
    for (const client of clients) client.send(text, ' ', { announced: limit, lengthForm: 16 });
    await server.checkUp();
    assert.ok(server.rss() - before < 32 << 20);
    for (const client of clients) client.destroy();
  });
});

describe('The closing handshake', () => {
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) {
    test(`the code ${code} is echoed`, async () => {
      assert.equal(await closeCodeAfter(frame(close, closePayload(code, 'good bye'))), code);
    });
  }

  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535]) {
    test(`the code ${code} closes 1002`, async () => {
      assert.equal(await closeCodeAfter(frame(close, closePayload(code))), 1002);
    });
  }

  test('a Close of one byte closes 1002', async () => {
    assert.equal(await closeCodeAfter(frame(close, Buffer.of(3))), 1002);
  });

  test('an empty Close is answered with an empty Close', async () => {
    assert.equal(await closeCodeAfter(frame(close)), null);
  });

  test('a reason of the greatest length is accepted', async () => {
    assert.equal(await closeCodeAfter(frame(close, closePayload(4321, 'r'.repeat(123)))), 4321);
  });

  test('what comes behind a Close is ignored', async () => {
    const client = await server.websocket();
    client.write(Buffer.concat([frame(close, closePayload(1000)), textFrame(PING), frame(ping, 'x'), frame(text, Buffer.of(0xff))]));
    const first = await client.frame();
    assert.equal(first.opcode, close);
    assert.equal((await client.socket.untilEnd()).length, 0);
  });

  test('the server ends the connection when the handshake is complete, without waiting for the client', async () => {
    const client = await server.websocket();
    client.send(close, closePayload(1000));
    assert.equal((await client.closed()).code, 1000);
    await client.socket.untilEnd();
  });

  test('a client that is gone without a Close leaves nothing behind', async () => {
    const client = await server.websocket();
    client.send(text, PING, { announced: 1000 });
    client.destroy();
  });
});

describe('Pings and binary frames', () => {
  test('a ping is answered with its payload, of every length', async () => {
    const client = await server.websocket();
    for (let length = 0; length <= 125; ++length) {
      const payload = Buffer.alloc(length, length);
      client.send(ping, payload);
      const answer = await client.frame();
      assert.equal(answer.opcode, pong);
      assert.deepEqual(answer.payload, payload);
    }
    client.destroy();
  });

  test('a ping that comes byte by byte is answered', async () => {
    const client = await server.websocket();
    await client.socket.trickle(frame(ping, Buffer.from([0, 255, 128, 7])));
    assert.deepEqual((await client.frame()).payload, Buffer.from([0, 255, 128, 7]));
    client.destroy();
  });

  test('a thousand pings in one packet are answered in order', async () => {
    const client = await server.websocket();
    client.write(Buffer.concat(Array.from({ length: 1000 }, (_, i) => frame(ping, String(i)))));
    for (let i = 0; i < 1000; ++i) assert.equal((await client.frame()).text, String(i));
    client.destroy();
  });

  test('pongs that nobody asked for are ignored', async () => {
    const client = await server.websocket();
    for (let i = 0; i < 100; ++i) client.send(pong, String(i));
    assert.deepEqual(await client.settle(), []);
    client.destroy();
  });

  test('a binary message closes 1003', async () => {
    assert.equal(await closeCodeAfter(frame(binary, PING)), 1003);
    assert.equal(await closeCodeAfter(frame(binary, Buffer.of(0xff, 0xfe))), 1003);
    assert.equal(await closeCodeAfter(frame(binary, '', { fin: false }), frame(continuation, '')), 1003);
  });

  test('an empty text message is an error that closes nothing', async () => {
    const client = await server.websocket();
    client.send(text, '');
    const answer = await client.event();
    assert.equal(answer.event, 'pusher:error');
    assert.equal(answer.data.code, null);
    assert.deepEqual(await client.settle(), []);
    client.destroy();
  });
});
