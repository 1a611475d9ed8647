// The Pusher protocol frame by frame: what the server says, byte for byte where clients depend on it, and what it does
// with frames that no SDK would send.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { readResponse, requestText } from './support/http.mjs';
import { RawSocket } from './support/raw_socket.mjs';
import { closePayload, OPCODE } from './support/raw_websocket.mjs';
import { channelAuth, signedTarget } from './support/sign.mjs';
import { APP, appToml, Server } from './support/server.mjs';

const QUIET = { id: 'quiet', key: 'quiet-key', secret: 'quiet-secret' };
const SUCCEEDED = 'pusher_internal:subscription_succeeded';

let server;
before(async () => {
  server = await Server.start({
    toml: `[limits]\npresence_members = 3\nsubscriptions_per_connection = 20\n${appToml(APP, 'client_events = true')}${appToml(QUIET)}`,
  });
});
after(() => server.stop());
afterEach(() => server.checkUp());

/** Runs `body` with so many fresh connections, and ends them. */
async function withClients(count, body, options) {
  const clients = [];
  for (let i = 0; i < count; ++i) clients.push(await server.websocket(options));
  try {
    await body(...clients);
  } finally {
    for (const client of clients) client.destroy();
  }
}

const auth = (client, channel, data) => channelAuth(APP, client.socketId, channel, data);

function sayJoin(client, channel, channelData) {
  const text = typeof channelData === 'string' ? channelData : JSON.stringify(channelData);
  client.say({ event: 'pusher:subscribe', data: { channel, auth: auth(client, channel, text), channel_data: text } });
}

/** Joins a presence channel and returns the roster that the acknowledgement shows. */
async function join(client, channel, channelData) {
  sayJoin(client, channel, channelData);
  const event = await client.event();
  assert.deepEqual([event.event, event.channel], [SUCCEEDED, channel]);
  return JSON.parse(event.data).presence;
}

const subscribePrivate = (client, channel) => client.subscribe(channel, { auth: auth(client, channel) });

/** Checks that the subscription is refused in both dialects and returns what pusher-js hands to its handlers. */
async function assertRefused(client, channel, status, type) {
  const refusal = await client.event();
  assert.equal(refusal.event, 'pusher:subscription_error');
  assert.equal(refusal.channel, channel);
  assert.equal(refusal.data.status, status);
  assert.equal(refusal.data.type, type);
  assert.equal(typeof refusal.data.error, 'string');
  const error = await client.event();
  assert.deepEqual([error.event, error.data.code], ['pusher:error', null]);
  return refusal;
}

async function assertError(client, code) {
  const error = await client.event();
  assert.equal(error.event, 'pusher:error');
  assert.equal(error.data.code, code);
  assert.equal(typeof error.data.message, 'string');
}

describe('The greeting', () => {
  test('is the first frame, its data a string', () => withClients(1, async (client) => {
    const text = await client.text();
    const match = /^\{"event":"pusher:connection_established","data":"\{\\"socket_id\\":\\"(\d+\.\d+)\\",\\"activity_timeout\\":120\}"\}$/.exec(text);
    assert.ok(match, text);
    for (const half of match[1].split('.')) assert.ok(Number(half) < 1e18);
  }, { greet: false }));

  test('gives every connection an id of its own', () => withClients(50, async (...clients) => {
    assert.equal(new Set(clients.map((client) => client.socketId)).size, 50);
  }));
});

describe('pusher:ping', () => {
  test('is answered with pusher:pong, with whatever data', () => withClients(1, async (client) => {
    for (const data of [{}, '{}', undefined, null, 5, [], 'x']) {
      client.say({ event: 'pusher:ping', data });
      assert.equal(await client.text(), '{"event":"pusher:pong","data":"{}"}');
    }
    client.say({ event: 'pusher:pong', data: {} });
    assert.deepEqual(await client.settle(), []);
  }));
});

describe('Public channels', () => {
  test('are acknowledged byte for byte, with auth "" or without', () => withClients(1, async (client) => {
    const answer = '{"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}';
    for (const data of [{ channel: 'news' }, { channel: 'news', auth: '' }, { auth: '', channel: 'news', channel_data: null }, { channel: 'news', auth: null }]) {
      client.say({ event: 'pusher:subscribe', data });
      assert.equal(await client.text(), answer);
      client.say({ event: 'pusher:unsubscribe', data: { channel: 'news' } });
    }
    assert.deepEqual(await client.settle(), []);
  }));

  test('may be subscribed to with data sent as a string', () => withClients(1, async (client) => {
    client.say({ event: 'pusher:subscribe', data: JSON.stringify({ channel: 'stringly', auth: '' }) });
    assert.equal((await client.event()).event, SUCCEEDED);
    await server.publish('stringly', 'e', 'd');
    assert.equal(await client.text(), '{"event":"e","channel":"stringly","data":"d"}');
    client.say({ event: 'pusher:unsubscribe', data: JSON.stringify({ channel: 'stringly' }) });
    await client.settle();
    await server.publish('stringly', 'e', 'd');
    assert.deepEqual(await client.settle(), []);
  }));

  test('acknowledge a second subscription and count it once', () => withClients(1, async (client) => {
    await client.subscribe('twice');
    await client.subscribe('twice');
    const info = await server.api('GET', '/channels/twice', { params: { info: 'subscription_count' } });
    assert.equal(info.body, '{"occupied":true,"subscription_count":1}');
    await server.publish('twice', 'e', 'd');
    assert.equal((await client.event()).event, 'e');
    assert.deepEqual(await client.settle(), []);
    client.say({ event: 'pusher:unsubscribe', data: { channel: 'twice' } });
    await client.settle();
    await server.publish('twice', 'e', 'd');
    assert.deepEqual(await client.settle(), []);
  }));

  test('are left without an answer, known or unknown', () => withClients(1, async (client) => {
    await client.subscribe('left');
    for (const channel of ['left', 'left', 'never-joined', '']) client.say({ event: 'pusher:unsubscribe', data: { channel } });
    assert.deepEqual(await client.settle(), []);
    await server.publish('left', 'e', 'd');
    assert.deepEqual(await client.settle(), []);
  }));

  test('whose names only look like another kind are public', () => withClients(1, async (client) => {
    for (const channel of ['privateer', 'presence', 'private', 'cacheable', 'Private-x', 'x-private-']) await client.subscribe(channel);
  }));

  test('of 200 characters of every kind that is allowed work', () => withClients(1, async (client) => {
    const characters = 'abcXYZ0189_-=@,.;';
    await client.subscribe(characters.repeat(12).slice(0, 200));
  }));

  test('with other names are refused and the connection stays', () => withClients(1, async (client) => {
    for (const channel of ['', 'a b', 'a/b', 'a\nb', '#x', 'a#', 'ä', '"', 'a\u0000', 'a*', 'a:b']) {
      client.say({ event: 'pusher:subscribe', data: { channel, auth: '' } });
      await assertRefused(client, channel, 400, 'InvalidChannel');
    }
    const long = 'c'.repeat(5000);
    client.say({ event: 'pusher:subscribe', data: { channel: long, auth: '' } });
    const refusal = await client.event();
    assert.equal(refusal.data.type, 'LimitReached');
    assert.ok(refusal.channel.length <= 200 && long.startsWith(refusal.channel));
    await assertError(client, null);
    await client.subscribe('fine');
  }));

  test('past subscriptions_per_connection are refused until one is left', () => withClients(1, async (client) => {
    for (let i = 0; i < 20; ++i) await client.subscribe(`many-${i}`);
    client.say({ event: 'pusher:subscribe', data: { channel: 'one-more', auth: '' } });
    await assertRefused(client, 'one-more', 4301, 'LimitReached');
    client.say({ event: 'pusher:unsubscribe', data: { channel: 'many-7' } });
    await client.subscribe('one-more');
  }));
});

describe('Private channels', () => {
  test('are acknowledged with a right signature', () => withClients(1, async (client) => {
    const channel = 'private-orders.7';
    client.say({ event: 'pusher:subscribe', data: { channel, auth: auth(client, channel) } });
    assert.equal(await client.text(), `{"event":"${SUCCEEDED}","channel":"private-orders.7","data":"{}"}`);
    for (const other of ['private-encrypted-vault', 'private-encrypted-cache-v']) await subscribePrivate(client, other);
  }));

  test('take channel_data into the signature when it is there', () => withClients(1, async (client) => {
    const data = '{"custom": "data"}';
    await client.subscribe('private-custom', { auth: auth(client, 'private-custom', data), channel_data: data });
    client.say({ event: 'pusher:subscribe', data: { channel: 'private-custom2', auth: auth(client, 'private-custom2'), channel_data: data } });
    await assertRefused(client, 'private-custom2', 401, 'AuthError');
  }));

  test('are refused with a wrong signature and the connection stays', () => withClients(2, async (client, other) => {
    const channel = 'private-x';
    const right = auth(client, channel);
    for (const wrong of [
      '', ':', right.slice(0, -1), `${right}0`, right.toUpperCase(), right.split(':')[1], `other-key:${right.split(':')[1]}`,
      auth(client, 'private-y'), auth(other, channel), channelAuth({ ...APP, secret: 'guess' }, client.socketId, channel),
      `${right}:`, ` ${right}`, 'app-key:', `app-key:${'0'.repeat(100_000)}`,
    ]) {
      client.say({ event: 'pusher:subscribe', data: { channel, auth: wrong } });
      await assertRefused(client, channel, 401, 'AuthError');
    }
    client.say({ event: 'pusher:subscribe', data: { channel } });
    await assertRefused(client, channel, 401, 'AuthError');
    await subscribePrivate(client, channel);
  }));

  test('of another app are another channel', () => withClients(1, async (client) => {
    await client.subscribe('shared-name');
    await server.publish('shared-name', 'e', 'theirs', {}, { app: QUIET });
    await server.publish('shared-name', 'e', 'ours');
    assert.equal((await client.event()).data, 'ours');
  }));

  test('of a user are refused to who is not signed in', () => withClients(1, async (client) => {
    client.say({ event: 'pusher:subscribe', data: { channel: '#server-to-user-1', auth: '' } });
    await assertRefused(client, '#server-to-user-1', 401, 'AuthError');
    await server.publish('#server-to-user-1', 'e', 'd');
    assert.deepEqual(await client.settle(), []);
  }));
});

describe('Presence channels', () => {
  test('are acknowledged with their roster, byte for byte', () => withClients(2, async (ada, bob) => {
    const channel = 'presence-room.1';
    sayJoin(ada, channel, '{"user_id":"42","user_info":{"name":"Ada"}}');
    assert.equal(await ada.text(), `{"event":"${SUCCEEDED}","channel":"presence-room.1",`
      + '"data":"{\\"presence\\":{\\"count\\":1,\\"ids\\":[\\"42\\"],\\"hash\\":{\\"42\\":{\\"name\\":\\"Ada\\"}}}}"}');
    sayJoin(bob, channel, '{"user_id":"7","user_info":{"name":"Bob"}}');
    assert.equal(await bob.text(), `{"event":"${SUCCEEDED}","channel":"presence-room.1",`
      + '"data":"{\\"presence\\":{\\"count\\":2,\\"ids\\":[\\"42\\",\\"7\\"],\\"hash\\":{\\"42\\":{\\"name\\":\\"Ada\\"},\\"7\\":{\\"name\\":\\"Bob\\"}}}}"}');
    assert.equal(await ada.text(), '{"event":"pusher_internal:member_added","channel":"presence-room.1",'
      + '"data":"{\\"user_id\\":\\"7\\",\\"user_info\\":{\\"name\\":\\"Bob\\"}}"}');
    bob.say({ event: 'pusher:unsubscribe', data: { channel } });
    assert.equal(await ada.text(), '{"event":"pusher_internal:member_removed","channel":"presence-room.1","data":"{\\"user_id\\":\\"7\\"}"}');
    assert.deepEqual(await bob.settle(), []);
  }));

  test('have numbers for ids as strings, and a hash that is an object even for 0, 1 and 2', () => withClients(3, async (...clients) => {
    for (const [id, client] of clients.entries()) {
      const roster = await join(client, 'presence-numbers', { user_id: id });
      assert.equal(roster.count, id + 1);
      assert.deepEqual(roster.ids, ['0', '1', '2'].slice(0, id + 1));
      assert.ok(!Array.isArray(roster.hash));
      assert.deepEqual(roster.hash, Object.fromEntries(roster.ids.map((one) => [one, {}])));
    }
    const added = await clients[0].event();
    assert.deepEqual([added.event, JSON.parse(added.data)], ['pusher_internal:member_added', { user_id: '1', user_info: {} }]);
  }));

  test('know a number and the same string as one user', () => withClients(2, async (first, second) => {
    await join(first, 'presence-same', { user_id: 10 });
    assert.deepEqual(await join(second, 'presence-same', { user_id: '10' }), { count: 1, ids: ['10'], hash: { 10: {} } });
    assert.deepEqual(await first.settle(), []);
  }));

  test('verify channel_data as it was sent, not as it would be written again', () => withClients(1, async (client) => {
    const raw = ' {"user_info":{"url":"https:\\/\\/example.test","z":1,"a":1.50},  "user_id":"\\u0034\\u0032"} ';
    const roster = await join(client, 'presence-raw', raw);
    assert.deepEqual(roster, { count: 1, ids: ['42'], hash: { 42: { url: 'https://example.test', z: 1, a: 1.5 } } });
    const other = raw.replace('\\/\\/', '//');
    client.say({ event: 'pusher:subscribe', data: { channel: 'presence-raw2', auth: auth(client, 'presence-raw2', raw), channel_data: other } });
    await assertRefused(client, 'presence-raw2', 401, 'AuthError');
  }));

  test('announce the first and the last connection of a user only', () => withClients(3, async (watcher, tab1, tab2) => {
    const channel = 'presence-tabs';
    await join(watcher, channel, { user_id: 'w' });
    await join(tab1, channel, { user_id: 'u', user_info: { tab: 1 } });
    assert.equal(JSON.parse((await watcher.event()).data).user_info.tab, 1);
    const roster = await join(tab2, channel, { user_id: 'u', user_info: { tab: 2 } });
    assert.deepEqual(roster.hash, { w: {}, u: { tab: 1 } });
    assert.deepEqual(await watcher.settle(), []);
    tab1.send(OPCODE.close, closePayload(1000));
    await tab1.closed();
    assert.deepEqual(await watcher.settle(), []);
    tab2.destroy();
    assert.equal(await watcher.text(), `{"event":"pusher_internal:member_removed","channel":"${channel}","data":"{\\"user_id\\":\\"u\\"}"}`);
  }));

  test('acknowledge a second subscription with the roster and add nobody', () => withClients(2, async (watcher, client) => {
    await join(watcher, 'presence-again', { user_id: 'w' });
    await join(client, 'presence-again', { user_id: 'u' });
    await watcher.event();
    assert.equal((await join(client, 'presence-again', { user_id: 'u' })).count, 2);
    assert.equal((await join(client, 'presence-again', { user_id: 'x' })).count, 2);
    assert.deepEqual(await watcher.settle(), []);
    client.destroy();
    assert.equal(JSON.parse((await watcher.event()).data).user_id, 'u');
    assert.deepEqual(await watcher.settle(), []);
  }));

  test('hold presence_members users, and further connections of theirs', () => withClients(5, async (a, b, c, again, refused) => {
    const channel = 'presence-full';
    await join(a, channel, { user_id: 1 });
    await join(b, channel, { user_id: 2 });
    await join(c, channel, { user_id: 3 });
    sayJoin(refused, channel, { user_id: 4 });
    await assertRefused(refused, channel, 4100, 'LimitReached');
    assert.equal((await join(again, channel, { user_id: 3 })).count, 3);
    a.say({ event: 'pusher:unsubscribe', data: { channel } });
    assert.equal((await b.event()).event, 'pusher_internal:member_added');
    assert.equal((await b.event()).event, 'pusher_internal:member_removed');
    assert.deepEqual((await join(refused, channel, { user_id: 4 })).ids, ['2', '3', '4']);
  }));

  for (const [name, data, status, type] of [
    ['no user_id', '{}', 401, 'AuthError'],
    ['an empty user_id', '{"user_id":""}', 401, 'AuthError'],
    ['a user_id that is an object', '{"user_id":{}}', 401, 'AuthError'],
    ['a user_id that is null', '{"user_id":null}', 401, 'AuthError'],
    ['no JSON', 'user', 401, 'AuthError'],
    ['an array', '["user_id"]', 401, 'AuthError'],
    ['a depth bomb', `{"user_id":"1","user_info":${'['.repeat(500)}${']'.repeat(500)}}`, 401, 'AuthError'],
    ['a user_id of 129 characters', JSON.stringify({ user_id: 'u'.repeat(129) }), 4301, 'LimitReached'],
    ['a user_info of more than 1 KiB', JSON.stringify({ user_id: '1', user_info: 'x'.repeat(1024) }), 4301, 'LimitReached'],
  ]) test(`refuse channel_data with ${name}`, () => withClients(1, async (client) => {
    sayJoin(client, 'presence-wrong', data);
    await assertRefused(client, 'presence-wrong', status, type);
  }));

  test('refuse a subscription without channel_data', () => withClients(1, async (client) => {
    client.say({ event: 'pusher:subscribe', data: { channel: 'presence-none', auth: auth(client, 'presence-none') } });
    await assertRefused(client, 'presence-none', 401, 'AuthError');
  }));

  test('take ids and info with every kind of character', () => withClients(2, async (first, second) => {
    const id = '__proto__"\\é😀\u0001';
    const info = { '</script>': 'é"\\\u2028', n: [1, { deep: null }] };
    await join(first, 'presence-odd', { user_id: id, user_info: info });
    const roster = await join(second, 'presence-odd', { user_id: 'x' });
    assert.deepEqual(roster.ids, [id, 'x']);
    assert.deepEqual(roster.hash[id], info);
  }));
});

describe('Cache channels', () => {
  test('tell of a miss behind the acknowledgement, and of the last event afterwards', () => withClients(2, async (early, late) => {
    await early.subscribe('cache-prices');
    assert.equal(await early.text(), '{"event":"pusher:cache_miss","channel":"cache-prices","data":"{}"}');
    await server.publish('cache-prices', 'first', '1');
    await server.publish('cache-prices', 'second', '2');
    await late.subscribe('cache-prices');
    assert.equal(await late.text(), '{"event":"second","channel":"cache-prices","data":"2"}');
    assert.deepEqual(await late.settle(), []);
    assert.deepEqual((await early.settle()).map((event) => event.event), ['first', 'second']);
  }));

  test('keep their event when the last subscriber has left', () => withClients(1, async (client) => {
    await client.subscribe('cache-kept');
    await client.event();
    await server.publish('cache-kept', 'e', 'd');
    await client.event();
    client.say({ event: 'pusher:unsubscribe', data: { channel: 'cache-kept' } });
    await client.subscribe('cache-kept');
    assert.equal((await client.event()).event, 'e');
  }));

  test('do not keep client events', () => withClients(2, async (sender, late) => {
    const channel = 'private-cache-c';
    await subscribePrivate(sender, channel);
    await sender.event();
    sender.say({ event: 'client-x', channel, data: {} });
    await sender.settle();
    await subscribePrivate(late, channel);
    assert.equal((await late.event()).event, 'pusher:cache_miss');
  }));
});

describe('Client events', () => {
  test('reach every other subscriber with data as it was written, and not the sender', () => withClients(2, async (sender, reader) => {
    const channel = 'private-chat.1';
    for (const client of [sender, reader]) await subscribePrivate(client, channel);
    for (const data of ['{"z":1, "a":1.50}', '"{\\"a\\":1}"', '[1,2]', '12345678901234567890', 'null', 'true']) {
      sender.say(`{"event":"client-typing","channel":"${channel}","data":${data}}`);
      assert.equal(await reader.text(), `{"event":"client-typing","channel":"${channel}","data":${data}}`);
    }
    assert.deepEqual(await sender.settle(), []);
  }));

  test('carry the server\'s user_id on presence channels, and nothing else the sender adds', () => withClients(2, async (sender, reader) => {
    const channel = 'presence-chat';
    await join(reader, channel, { user_id: 'r' });
    await join(sender, channel, { user_id: 42 });
    await reader.event();
    sender.say({ event: 'client-typing', user_id: 'forged', channel, extra: 1, data: { on: true } });
    assert.equal(await reader.text(), `{"event":"client-typing","channel":"${channel}","data":{"on":true},"user_id":"42"}`);
  }));

  test('carry no user_id on private channels', () => withClients(2, async (sender, reader) => {
    for (const client of [sender, reader]) await subscribePrivate(client, 'private-anonymous');
    sender.say({ event: 'client-x', channel: 'private-anonymous', data: {}, user_id: 'forged' });
    assert.equal(await reader.text(), '{"event":"client-x","channel":"private-anonymous","data":{}}');
  }));

  test('are refused on channels that are not private or presence', () => withClients(1, async (client) => {
    for (const channel of ['public', 'cache-x']) {
      await client.subscribe(channel);
      if (channel === 'cache-x') await client.event();
      client.say({ event: 'client-x', channel, data: {} });
      await assertError(client, 4301);
    }
    await subscribePrivate(client, 'private-encrypted-x');
    client.say({ event: 'client-x', channel: 'private-encrypted-x', data: {} });
    await assertError(client, 4301);
  }));

  test('are refused to who is not subscribed', () => withClients(1, async (client) => {
    client.say({ event: 'client-x', channel: 'private-elsewhere', data: {} });
    await assertError(client, 4009);
  }));

  test('are refused when the app does not allow them', () => withClients(2, async (sender, reader) => {
    const channel = 'private-quiet';
    for (const client of [sender, reader]) await client.subscribe(channel, { auth: channelAuth(QUIET, client.socketId, channel) });
    sender.say({ event: 'client-x', channel, data: {} });
    await assertError(sender, 4301);
    assert.deepEqual(await reader.settle(), []);
  }, { path: `/app/${QUIET.key}` }));

  test('are refused when name or data is too long', () => withClients(2, async (sender, reader) => {
    for (const client of [sender, reader]) await subscribePrivate(client, 'private-long');
    sender.say({ event: `client-${'x'.repeat(194)}`, channel: 'private-long', data: {} });
    await assertError(sender, 4301);
    sender.say({ event: 'client-x', channel: 'private-long', data: 'x'.repeat(10239) });
    await assertError(sender, 4301);
    sender.say({ event: 'client-x', channel: 'private-long', data: 'x'.repeat(10238) });
    assert.equal((await reader.event()).data.length, 10238);
  }));

  test('past ten in a second are dropped with 4301 and the connection stays', () => withClients(2, async (sender, reader) => {
    for (const client of [sender, reader]) await subscribePrivate(client, 'private-fast');
    for (let i = 0; i < 60; ++i) sender.say({ event: 'client-x', channel: 'private-fast', data: i });
    const complaints = await sender.settle();
    assert.ok(complaints.length > 0 && complaints.length <= 50);
    for (const complaint of complaints) assert.equal(complaint.data.code, 4301);
    for (let i = 0; i < 60 - complaints.length; ++i) assert.equal((await reader.event()).event, 'client-x');
    assert.deepEqual(await reader.settle(), []);
  }));

  test('whose names do not begin with client- are dropped', () => withClients(2, async (sender, reader) => {
    for (const client of [sender, reader]) await subscribePrivate(client, 'private-names');
    for (const event of ['typing', 'Client-x', 'client_x', 'client', 'pusher:error', 'pusher_internal:member_added', 'pusher:connection_established', SUCCEEDED])
      sender.say({ event, channel: 'private-names', data: {} });
    for (const event of await sender.settle()) assert.equal(event.event, 'pusher:error');
    assert.deepEqual(await reader.settle(), []);
  }));
});

describe('Malformed messages', () => {
  const malformed = [
    'hello', '{', '[]', '"x"', '5', 'null', '{}', '{"event":5}', '{"event":null}', '{"event":["pusher:ping"]}',
    '{"event":"pusher:subscribe"}', '{"event":"pusher:subscribe","data":5}', '{"event":"pusher:subscribe","data":{}}',
    '{"event":"pusher:subscribe","data":{"channel":5}}', '{"event":"pusher:subscribe","data":{"channel":["x"]}}',
    '{"event":"pusher:subscribe","data":{"channel":"x","auth":5}}', '{"event":"pusher:subscribe","data":{"channel":"x","channel_data":{}}}',
    '{"event":"pusher:subscribe","data":"not json"}', '{"event":"pusher:unsubscribe"}', '{"event":"pusher:unsubscribe","data":{"channel":null}}',
    '{"event":"client-x"}', '{"event":"client-x","channel":5}', '{"event":"pusher:signin","data":{}}',
    '{"event":"pusher:ping"} x', '{"event":"pusher:ping",}', "{'event':'pusher:ping'}", '{"event":"\\ud800"}',
    `${'['.repeat(100_000)}`, `{"event":"pusher:ping","data":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`, '\u0000',
  ];
  test('are answered with an error without a code, and close nothing', async () => {
    for (const text of malformed) {
      await withClients(1, async (client) => {
        client.say(text);
        await assertError(client, null);
        assert.deepEqual(await client.settle(), []);
      });
    }
  });

  test('close 1003 at the eleventh', () => withClients(1, async (client) => {
    for (let i = 0; i < 11; ++i) client.say('nonsense');
    for (let i = 0; i < 10; ++i) await assertError(client, null);
    await assertError(client, 1003);
    assert.equal(await client.closeCode(), 1003);
  }));

  test('events that nobody knows are ignored', () => withClients(1, async (client) => {
    for (let i = 0; i < 100; ++i) client.say({ event: `pusher:unknown-${i}`, data: {} });
    client.say({ event: '', data: {} });
    assert.deepEqual(await client.settle(), []);
  }));

  test('a key that comes twice is one of the two', () => withClients(1, async (client) => {
    client.say('{"event":"pusher:ping","event":"pusher:ping"}');
    assert.equal((await client.event()).event, 'pusher:pong');
    assert.deepEqual(await client.settle(), []);
  }));
});

describe('Order', () => {
  /** Publishes numbers on one connection, each when the one before was answered, until told to stop. */
  async function publishNumbers(channel, until) {
    const socket = await RawSocket.open(server.port);
    let next = 0;
    for (; !until.stop; ++next) {
      const body = JSON.stringify({ name: 'number', channel, data: String(next) });
      socket.write(requestText('POST', signedTarget(APP, 'POST', '/apps/app-id/events', { body }), { body }));
      assert.equal((await readResponse(socket)).status, 200);
    }
    socket.destroy();
    return next;
  }

  for (const channel of ['busy', 'cache-busy', 'presence-busy']) {
    test(`on ${channel} the acknowledgement comes first, then every event in its order`, async () => {
      const until = { stop: false };
      const publisher = publishNumbers(channel, until);
      try {
        for (let round = 0; round < 10; ++round) {
          await withClients(3, async (...clients) => {
            await Promise.all(clients.map(async (client, i) => {
              if (channel.startsWith('presence')) sayJoin(client, channel, { user_id: i });
              else client.say({ event: 'pusher:subscribe', data: { channel, auth: '' } });
              assert.equal((await client.event()).event, SUCCEEDED);
              let last = null;
              for (let seen = 0; seen < 20;) {
                const event = await client.event();
                if (event.event !== 'number') continue;
                const number = Number(event.data);
                if (last !== null) assert.equal(number, last + 1);
                last = number;
                ++seen;
              }
            }));
          });
        }
      } finally {
        until.stop = true;
        await publisher;
      }
    });
  }
});

describe('Liveness', () => {
  let strict;
  before(async () => {
    strict = await Server.start({ toml: `[limits]\nactivity_timeout = "1s"\npong_timeout = "1s"\n${appToml()}` });
  });
  after(() => strict.stop());

  test('announces its timeout', async () => {
    const client = await strict.websocket({ greet: false });
    assert.equal(JSON.parse((await client.greeting()).data).activity_timeout, 1);
    client.destroy();
  });

  test('a silent client is pinged in both ways, then closed 4201', async () => {
    const client = await strict.websocket();
    const pings = [await client.frame(), await client.frame()];
    assert.deepEqual(pings.map((ping) => ping.opcode).sort(), [OPCODE.text, OPCODE.ping]);
    assert.equal(pings.find((ping) => ping.opcode === OPCODE.text).text, '{"event":"pusher:ping","data":"{}"}');
    assert.equal(await client.closeCode(), 4201);
  });

  for (const [name, answer] of [
    ['pongs', (client) => client.send(OPCODE.pong, '')],
    ['pusher:pongs', (client) => client.say({ event: 'pusher:pong', data: {} })],
    ['pings of its own', (client) => client.send(OPCODE.ping, 'x')],
    ['anything else', (client) => client.say({ event: 'pusher:unsubscribe', data: { channel: 'none' } })],
  ]) {
    test(`a client that answers with ${name} stays`, async () => {
      const client = await strict.websocket();
      for (let rounds = 0; rounds < 3;) {
        const next = await client.frame();
        assert.notEqual(next.opcode, OPCODE.close);
        if (next.opcode !== OPCODE.ping) continue;
        ++rounds;
        answer(client);
      }
      client.destroy();
    });
  }

  test('a client that is gone without a word leaves its presence channel', async () => {
    const channel = 'presence-ghosts';
    const watcher = await strict.websocket();
    const alive = setInterval(() => watcher.send(OPCODE.pong, ''), 200);
    try {
      await join(watcher, channel, { user_id: 'w' });
      const ghost = await strict.websocket();
      await join(ghost, channel, { user_id: 'ghost' });
      ghost.socket.socket.pause();
      for (;;) {
        const event = await watcher.event();
        if (event.event !== 'pusher_internal:member_removed') continue;
        assert.equal(event.data, '{"user_id":"ghost"}');
        break;
      }
      ghost.destroy();
    } finally {
      clearInterval(alive);
      watcher.destroy();
    }
  });
});
