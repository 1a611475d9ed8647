// Clients that take too much: whoever does loses the connection, and neither memory nor the others feel it.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { eventually } from './support/deadline.mjs';
import { readResponse, requestText } from './support/http.mjs';
import { RawSocket } from './support/raw_socket.mjs';
import { closePayload, frame, OPCODE, textFrame } from './support/raw_websocket.mjs';
import { channelAuth } from './support/sign.mjs';
import { APP, appToml, Server } from './support/server.mjs';

const MIB = 1 << 20;
const PAYLOAD = 'x'.repeat(10_000);

/** Publishes ten events of 10 kB each; their names are consecutive numbers from `first`. */
async function publishTen(server, channel, first) {
  const batch = Array.from({ length: 10 }, (_, i) => ({ name: String(first + i), channel, data: PAYLOAD }));
  const response = await server.api('POST', '/batch_events', { body: { batch } });
  assert.equal(response.status, 200);
}

/**
 * Publishes until the server has given up on one slow client, far past what the kernel buffers for it; returns how many
 * events there were.
 */
async function publishUntilSlowClosed(server, channel, closed) {
  let count = 0;
  while ((await server.status()).slow_closed < closed) {
    assert.ok(count < 10_000, 'a client that does not read is never closed');
    for (let i = 0; i < 5; ++i, count += 10) await publishTen(server, channel, count);
  }
  return count;
}

describe('A client that does not read', () => {
  let server;
  before(async () => {
    server = await Server.start({ toml: `[limits]\noutbox = "64KiB"\nclose_timeout = "2s"\n${appToml()}` });
  });
  after(() => server.stop());
  afterEach(() => server.checkUp());

  test('loses its connection while all others get every event in order', async () => {
    const readers = [];
    for (let i = 0; i < 3; ++i) readers.push(await server.websocket());
    const slow = await server.websocket();
    for (const client of [...readers, slow]) await client.subscribe('stream');
    slow.socket.socket.pause();
    const before = server.rss();
    let total = null;
    const reading = Promise.all(readers.map(async (client) => {
      for (let expected = 0; total === null || expected < total; ++expected) {
        const event = await client.event();
        assert.equal(event.event, String(expected));
        if (event.event === 'last') break;
      }
    }).map((promise) => promise.catch((error) => error)));
    total = await publishUntilSlowClosed(server, 'stream', 1);
    assert.ok(server.rss() - before < 32 * MIB, 'what the slow client did not read is kept');
    await server.publish('stream', String(total), 'the last');
    total += 1;
    for (const failure of await reading) assert.equal(failure, undefined);
    for (const client of [...readers, slow]) client.destroy();
  });

  test('finds the reason when it reads again', async () => {
    const slow = await server.websocket();
    await slow.subscribe('late');
    slow.socket.socket.pause();
    const { slow_closed: already } = await server.status();
    await publishUntilSlowClosed(server, 'late', already + 1);
    slow.socket.socket.resume();
    const { code } = await slow.closed();
    assert.equal(code, 4100);
    slow.destroy();
  });

  test('is reset when it never reads again', async () => {
    const slow = await server.websocket();
    await slow.subscribe('never');
    slow.socket.socket.pause();
    const { slow_closed: already } = await server.status();
    await publishUntilSlowClosed(server, 'never', already + 1);
    await eventually(async () => {
      const status = await server.status();
      return status.connections <= 1 && status.slow_connections === 0; // the one that asks
    }, 'the connection to be given up');
    slow.destroy();
  });

  test('costs little when it pings without end', async () => {
    const slow = await server.websocket();
    slow.socket.socket.pause();
    const before = server.rss();
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => frame(OPCODE.ping, 'p'.repeat(125))));
    for (let i = 0; i < 100; ++i) slow.write(pings);
    await server.checkUp();
    assert.ok(server.rss() - before < 32 * MIB);
    slow.destroy();
  });

  test('costs little when it asks by HTTP without end', async () => {
    const socket = await RawSocket.open(server.port);
    socket.socket.pause();
    const before = server.rss();
    const requests = requestText('GET', '/up').repeat(1000);
    for (let i = 0; i < 200; ++i) socket.write(requests);
    await server.checkUp();
    assert.ok(server.rss() - before < 32 * MIB);
    socket.destroy();
  });
});

describe('A flood of subscriptions', () => {
  const COUNT = 10_000;
  let server;
  before(async () => {
    server = await Server.start({ toml: `[limits]\nsubscriptions_per_connection = ${COUNT}\n${appToml(APP, 'client_events = true')}` });
  });
  after(() => server.stop());
  afterEach(() => server.checkUp());

  const subscribe = (channel, fields = {}) => textFrame({ event: 'pusher:subscribe', data: { channel, auth: '', ...fields } });
  const unsubscribe = (channel) => textFrame({ event: 'pusher:unsubscribe', data: { channel } });

  test('of ten thousand channels in one go is answered to the last, in bounded memory', async () => {
    const client = await server.websocket();
    const before = server.rss();
    client.write(Buffer.concat(Array.from({ length: COUNT }, (_, i) => subscribe(`flood-${i}`))));
    const answered = new Set();
    while (answered.size < COUNT) {
      const event = await client.event();
      assert.equal(event.event, 'pusher_internal:subscription_succeeded');
      answered.add(event.channel);
    }
    client.write(subscribe('flood-more'));
    assert.equal((await client.event()).data.type, 'LimitReached');
    assert.ok(server.rss() - before < 128 * MIB);
    client.send(OPCODE.close, closePayload(1000));
    await client.closed();
    await eventually(async () => (await server.api('GET', '/channels')).body === '{"channels":{}}', 'the channels to be vacated');
  });

  test('of one channel, on and off, ends as the last word says', async () => {
    const client = await server.websocket();
    client.write(Buffer.concat(Array.from({ length: COUNT }, (_, i) => (i % 2 ? unsubscribe('blink') : subscribe('blink')))));
    await client.settle();
    await server.publish('blink', 'e', 'd');
    await client.subscribe('blink');
    await server.publish('blink', 'last', 'd');
    assert.equal((await client.event()).event, 'last');
    const info = await server.api('GET', '/channels/blink', { params: { info: 'subscription_count' } });
    assert.equal(info.body, '{"occupied":true,"subscription_count":1}');
    client.destroy();
    await eventually(async () => (await server.api('GET', '/channels/blink')).body === '{"occupied":false}', 'the channel to be vacated');
  });

  test('of one presence channel, on and off, leaves nobody behind', async () => {
    const channel = 'presence-blink';
    const client = await server.websocket();
    const channelData = '{"user_id":"1"}';
    const fields = { auth: channelAuth(APP, client.socketId, channel, channelData), channel_data: channelData };
    client.write(Buffer.concat(Array.from({ length: 2000 }, (_, i) => (i % 2 ? unsubscribe(channel) : subscribe(channel, fields)))));
    await client.settle();
    await eventually(async () => (await server.api('GET', `/channels/${channel}/users`)).body === '{"users":[]}', 'the roster to be empty');
    client.write(subscribe(channel, fields));
    await eventually(async () => (await server.api('GET', `/channels/${channel}/users`)).body === '{"users":[{"id":"1"}]}', 'the roster to have one');
    client.destroy();
    await eventually(async () => (await server.api('GET', `/channels/${channel}`)).body === '{"occupied":false}', 'the channel to be vacated');
  });

  test('by a client that vanishes in the middle leaves nothing behind', async () => {
    for (let round = 0; round < 10; ++round) {
      const client = await server.websocket();
      client.write(Buffer.concat(Array.from({ length: 1000 }, (_, i) => subscribe(`gone-${i}`))));
      await client.event();
      client.destroy();
    }
    await eventually(async () => (await server.api('GET', '/channels')).body === '{"channels":{}}', 'the channels to be vacated');
    await eventually(async () => (await server.status()).websockets === 0, 'the connections to be gone');
  });
});

describe('Connections that come and go', () => {
  test('two thousand of them leave neither connection nor memory', async () => {
    const server = await Server.start();
    const wave = async () => {
      const clients = await Promise.all(Array.from({ length: 100 }, () => server.websocket()));
      await Promise.all(clients.map((client) => client.subscribe('waves')));
      for (const [i, client] of clients.entries()) {
        if (i % 3 === 0) client.send(OPCODE.close, closePayload(1000));
        else if (i % 3 === 1) client.destroy();
        else client.socket.socket.resetAndDestroy();
      }
      for (const client of clients) client.socket.socket.destroySoon();
      await eventually(async () => (await server.status()).websockets === 0, 'the wave to be gone');
    };
    for (let i = 0; i < 5; ++i) await wave();
    const before = server.rss();
    for (let i = 0; i < 15; ++i) await wave();
    assert.ok(server.rss() - before < 16 * MIB, 'connections leave memory behind');
    assert.equal((await server.api('GET', '/connections')).body, '{"connections":0}');
    assert.equal((await server.api('GET', '/channels')).body, '{"channels":{}}');
    await server.stop();
  });

  test('without descriptors left the server serves whom it has, and all again afterwards', async () => {
    const server = await Server.start({ descriptors: 64, flags: ['--shards', '2'] });
    const client = await server.websocket();
    await client.subscribe('scarce');
    const publisher = await RawSocket.open(server.port);
    publisher.write(requestText('GET', '/up'));
    assert.equal((await readResponse(publisher)).status, 200);
    const sockets = [];
    for (let i = 0; i < 120; ++i) sockets.push(await RawSocket.open(server.port));
    await eventually(() => /cannot accept connections/.test(server.log), 'the shortage to be reported');
    client.say({ event: 'pusher:ping', data: {} });
    assert.equal((await client.event()).event, 'pusher:pong');
    publisher.write(requestText('GET', '/up'));
    assert.equal((await readResponse(publisher)).status, 200);
    for (const socket of sockets) socket.destroy();
    await server.checkUp();
    await server.publish('scarce', 'e', 'd');
    assert.equal((await client.event()).event, 'e');
    assert.ok((await server.status()).accept_errors > 0);
    const late = await server.websocket();
    for (const one of [late, client, publisher]) one.destroy();
    await server.stop();
  });
});
