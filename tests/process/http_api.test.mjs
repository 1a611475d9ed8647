// The HTTP API as server SDKs call it, signed by the documentation's rules: protocol.md 9 of the Pusher protocol.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { exchange, readResponse, requestText } from './support/http.mjs';
import { RawSocket } from './support/raw_socket.mjs';
import { channelAuth, hmac, md5, signedTarget, unixNow } from './support/sign.mjs';
import { APP, appToml, Server } from './support/server.mjs';

const OFF = { id: 'off', key: 'off-key', secret: 'off-secret' };
const OTHER = { id: 'other', key: 'other-key', secret: 'other-secret' };
const EVENT = { name: 'e', channel: 'c', data: 'd' };

let server;
before(async () => {
  server = await Server.start({ toml: appToml() + appToml(OFF, 'enabled = false') + appToml(OTHER) });
});
after(() => server.stop());
afterEach(() => server.checkUp());

/** Checks the status and that the body is the error that SDKs show. */
function assertError(response, status) {
  assert.equal(response.status, status, response.body);
  assert.equal(response.headers['content-type'], 'application/json');
  const body = JSON.parse(response.body);
  assert.deepEqual(Object.keys(body), ['error', 'code']);
  assert.equal(body.code, status);
  assert.equal(typeof body.error, 'string');
}

function assertBody(response, body) {
  assert.deepEqual([response.status, response.body], [200, body]);
  assert.equal(response.headers['content-type'], 'application/json');
}

async function joinPresence(channel, userId, info) {
  const client = await server.websocket();
  const channelData = JSON.stringify({ user_id: userId, user_info: info });
  await client.subscribe(channel, { auth: channelAuth(APP, client.socketId, channel, channelData), channel_data: channelData });
  return client;
}

describe('Authentication', () => {
  const get = (options) => server.api('GET', '/channels', options);
  const post = (options) => server.api('POST', '/events', { body: EVENT, ...options });

  test('a request signed by the rules is served', async () => {
    assertBody(await get(), '{"channels":{}}');
    assertBody(await post(), '{}');
  });

  test('the vector of the documentation signs as this suite does', () => {
    const app = { key: 'gv-demo-key', secret: 'gv-demo-secret' };
    const target = signedTarget(app, 'GET', '/apps/1001/channels', { auth: { auth_timestamp: '1700000000' } });
    assert.match(target, /auth_signature=cc0f914f838e0eeaa67b50b7e260fb90bfec34892dda021f4ddeb2627a926225$/);
  });

  test('without any of the four parameters it is 401', async () => {
    for (const name of ['auth_key', 'auth_timestamp', 'auth_version']) assertError(await get({ auth: { [name]: undefined } }), 401);
    assertError(await exchange(server.port, 'GET', '/apps/app-id/channels'), 401);
    const target = signedTarget(APP, 'GET', '/apps/app-id/channels');
    assertError(await exchange(server.port, 'GET', target.replace(/&auth_signature=.*/, '')), 401);
    assertError(await exchange(server.port, 'GET', target.replace(/auth_signature=.*/, 'auth_signature=')), 401);
  });

  test('a timestamp more than 600 seconds away is 401, on either side', async () => {
    for (const distance of [-605, 605, -86400]) assertError(await get({ auth: { auth_timestamp: String(unixNow() + distance) } }), 401);
    for (const distance of [-590, 590]) assert.equal((await get({ auth: { auth_timestamp: String(unixNow() + distance) } })).status, 200);
  });

  test('a timestamp that is no number is 401', async () => {
    for (const stamp of ['now', '', '1e9', ` ${unixNow()}`, `${unixNow()}.0`, '9'.repeat(30), '-1'])
      assertError(await get({ auth: { auth_timestamp: stamp } }), 401);
  });

  test('another version than 1.0 is 401', async () => {
    for (const version of ['1.1', '2.0', '1', '']) assertError(await get({ auth: { auth_version: version } }), 401);
  });

  test('a key that is not this app\'s is 401, also when it is another app\'s', async () => {
    assertError(await get({ auth: { auth_key: 'nobody' } }), 401);
    assertError(await get({ app: { ...OTHER, id: APP.id } }), 401);
    assertError(await get({ app: { ...APP, id: OTHER.id } }), 401);
  });

  test('a signature with another secret, of another path, method or query is 401', async () => {
    assertError(await get({ app: { ...APP, secret: 'guess' } }), 401);
    assertError(await get({ signedPath: '/apps/app-id/channel' }), 401);
    assertError(await exchange(server.port, 'GET', `${signedTarget(APP, 'GET', '/apps/app-id/channels')}&filter_by_prefix=x`), 401);
    assertError(await exchange(server.port, 'GET', signedTarget(APP, 'POST', '/apps/app-id/channels')), 401);
    const target = signedTarget(APP, 'GET', '/apps/app-id/channels');
    const last = target.at(-1) === '0' ? '1' : '0';
    assertError(await exchange(server.port, 'GET', target.slice(0, -1) + last), 401);
    assertError(await exchange(server.port, 'GET', target.slice(0, -1)), 401);
    assertError(await exchange(server.port, 'GET', target.replace(/auth_signature=(.*)/, (_, hex) => `auth_signature=${hex.toUpperCase()}`)), 401);
  });

  test('a body without its md5, or with another\'s, is 401', async () => {
    assertError(await post({ auth: { body_md5: undefined } }), 401);
    assertError(await post({ auth: { body_md5: md5('other') } }), 401);
    assertError(await post({ auth: { body_md5: '' } }), 401);
    const body = JSON.stringify(EVENT);
    const target = signedTarget(APP, 'POST', '/apps/app-id/events', { body });
    assertError(await exchange(server.port, 'POST', target, { body: body.replace('"d"', '"x"') }), 401);
  });

  test('a GET with the md5 of no body is served, as the Python SDK sends it', async () => {
    assertBody(await get({ auth: { body_md5: 'd41d8cd98f00b204e9800998ecf8427e' } }), '{"channels":{}}');
    assertError(await get({ auth: { body_md5: md5('x') } }), 401);
  });

  test('parameters are signed decoded, however they are spelt', async () => {
    const params = { filter_by_prefix: 'presence-', info: 'user_count,subscription_count' };
    for (const wire of [
      'filter_by_prefix=presence-&info=user_count%2Csubscription_count', // PHP
      'info=user_count,subscription_count&filter_by_prefix=presence-', // node
      'filter_by_prefix=presence%2d&info=user_count%2csubscription_count',
    ]) assertBody(await get({ params, wire }), '{"channels":{}}');
  });

  test('arrays in the query are signed as their values with commas between', async () => {
    const params = { filter_by_prefix: 'presence-', info: 'user_count,subscription_count' };
    for (const array of ['info[]=user_count&info[]=subscription_count', 'info[0]=user_count&info[1]=subscription_count', 'info%5B%5D=user_count&info%5B%5D=subscription_count'])
      assertBody(await get({ params, wire: `filter_by_prefix=presence-&${array}` }), '{"channels":{}}');
  });

  test('the names of parameters are signed in lower case', async () => {
    assertBody(await get({ params: { filter_by_prefix: 'x' }, wire: 'Filter_By_Prefix=x' }), '{"channels":{}}');
  });

  test('the path is signed as it is on the request line', async () => {
    assertBody(await server.api('GET', '/channels/a%2Cb'), '{"occupied":false}');
    assertBody(await server.api('GET', '/channels/a,b'), '{"occupied":false}');
    assertError(await server.api('GET', '/channels/a%2Cb', { signedPath: '/apps/app-id/channels/a,b' }), 401);
  });

  test('an unknown app is 404 and a disabled one 403, but only to who knows its secret', async () => {
    assertError(await get({ app: { ...APP, id: 'nobody' } }), 404);
    assertError(await get({ app: OFF }), 403);
    assertError(await get({ app: { ...OFF, secret: 'guess' } }), 401);
  });

  test('no answer shows a secret or what a signature should have been', async () => {
    const target = signedTarget(APP, 'GET', '/apps/app-id/channels', { auth: { auth_version: '1.0' } });
    const right = /auth_signature=(.*)/.exec(target)[1];
    const response = await exchange(server.port, 'GET', target.replace(right, 'f'.repeat(64)));
    assertError(response, 401);
    assert.ok(!response.body.includes(right) && !response.body.includes(APP.secret));
  });
});

describe('POST /events', () => {
  const publish = (fields) => server.api('POST', '/events', { body: { name: 'e', data: 'd', ...fields } });

  test('reaches the subscribers of every channel it names, once', async () => {
    const client = await server.websocket();
    await client.subscribe('one');
    await client.subscribe('two');
    assertBody(await publish({ channels: ['one', 'two', 'three', 'one'], data: '{"id":7}' }), '{}');
    const events = [await client.text(), await client.text()].sort();
    assert.deepEqual(events, [
      '{"event":"e","channel":"one","data":"{\\"id\\":7}"}',
      '{"event":"e","channel":"two","data":"{\\"id\\":7}"}',
    ]);
    assert.deepEqual(await client.settle(), []);
    client.destroy();
  });

  test('leaves out the connection that socket_id names', async () => {
    const [sender, reader] = [await server.websocket(), await server.websocket()];
    for (const client of [sender, reader]) await client.subscribe('excluding');
    assertBody(await publish({ channel: 'excluding', name: 'first', socket_id: sender.socketId }), '{}');
    assertBody(await publish({ channel: 'excluding', name: 'second' }), '{}');
    assert.equal((await reader.event()).event, 'first');
    assert.equal((await reader.event()).event, 'second');
    assert.equal((await sender.event()).event, 'second');
    for (const client of [sender, reader]) client.destroy();
  });

  test('ignores a socket_id that nobody has', async () => {
    assertBody(await publish({ channel: 'c', socket_id: '1.1' }), '{}');
  });

  test('encodes data that is no string', async () => {
    const client = await server.websocket();
    await client.subscribe('lenient');
    for (const [data, sent] of [[{ id: 7 }, '{"id":7}'], [[1, 2], '[1,2]'], [5, '5'], [null, 'null'], [true, 'true'], ['', ''], ['plain', 'plain']]) {
      assertBody(await publish({ channel: 'lenient', data }), '{}');
      assert.equal((await client.event()).data, sent);
    }
    client.destroy();
  });

  test('hands strings over as they are, whatever characters they have', async () => {
    const client = await server.websocket();
    await client.subscribe('odd');
    for (const data of ['\u0000\u001f"\\/', 'é€😀', '</script>', '\u2028']) {
      assertBody(await publish({ channel: 'odd', name: `App\\Events\\${data}`, data }), '{}');
      const event = await client.event();
      assert.deepEqual([event.event, event.data], [`App\\Events\\${data}`, data]);
    }
    client.destroy();
  });

  test('answers info with what applies to each channel', async () => {
    const member = await joinPresence('presence-info', '1');
    const client = await server.websocket();
    await client.subscribe('public-info');
    const response = await publish({ channels: ['public-info', 'presence-info', 'empty-info'], info: 'user_count,subscription_count' });
    assert.equal(response.status, 200);
    assert.deepEqual(JSON.parse(response.body), {
      channels: { 'public-info': { subscription_count: 1 }, 'presence-info': { user_count: 1 }, 'empty-info': { subscription_count: 0 } },
    });
    for (const one of [client, member]) one.destroy();
  });

  test('is accepted for the channel of a user', async () => {
    assertBody(await publish({ channel: '#server-to-user-1' }), '{}');
  });

  for (const [name, fields] of Object.entries({
    'no channel': {},
    'channel and channels': { channel: 'a', channels: ['b'] },
    'no channels at all': { channels: [] },
    '101 channels': { channels: Array.from({ length: 101 }, (_, i) => `c${i}`) },
    'channels that are no array': { channels: 'c' },
    'a channel that is no string': { channels: [1] },
    'an empty channel': { channel: '' },
    'a bad character in the channel': { channel: 'a b' },
    'a slash in the channel': { channel: 'a/b' },
    'a reserved channel': { channel: '#private' },
    'a channel of 201 characters': { channel: 'c'.repeat(201) },
    'no name': { channel: 'c', name: undefined },
    'an empty name': { channel: 'c', name: '' },
    'a name that is no string': { channel: 'c', name: 5 },
    'a name of 201 characters': { channel: 'c', name: 'n'.repeat(201) },
    'a name that is the protocol\'s': { channel: 'c', name: 'pusher:ping' },
    'a name that is the protocol\'s own': { channel: 'c', name: 'pusher_internal:member_added' },
    'no data': { channel: 'c', data: undefined },
    'a socket_id without a dot': { channel: 'c', socket_id: '12' },
    'a socket_id with letters': { channel: 'c', socket_id: '1.a' },
    'a socket_id with more behind it': { channel: 'c', socket_id: '1.1\n' },
    'a socket_id that is no string': { channel: 'c', socket_id: 1.1 },
    'an info nobody knows': { channel: 'c', info: 'weather' },
    'an info that is no string': { channel: 'c', info: ['user_count'] },
  })) test(`with ${name} is 400`, async () => assertError(await publish(fields), 400));

  test('takes 100 channels and names of 200 characters', async () => {
    assertBody(await publish({ channels: Array.from({ length: 100 }, (_, i) => `c${i}`), name: 'é'.repeat(200) }), '{}');
    assertBody(await publish({ channel: 'c'.repeat(200) }), '{}');
  });

  test('takes data of 10 KiB and answers 413 to one byte more', async () => {
    assertBody(await publish({ channel: 'c', data: 'd'.repeat(10240) }), '{}');
    assertError(await publish({ channel: 'c', data: 'd'.repeat(10241) }), 413);
    assertError(await publish({ channel: 'c', data: { d: 'd'.repeat(10240) } }), 413);
  });

  for (const [name, body] of Object.entries({
    'no JSON': 'hello',
    'half an object': '{"name":"e"',
    'something behind the object': `${JSON.stringify(EVENT)} {}`,
    'an array': '[]',
    'a string': '"x"',
    'null': 'null',
    'a comment': `/* */${JSON.stringify(EVENT)}`,
    'a lone surrogate': '{"name":"\\ud800","channel":"c","data":"d"}',
    'a depth bomb': `{"name":"e","channel":"c","data":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
    'a depth bomb of objects': `{"name":"e","channel":"c","data":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
    'a depth bomb that never ends': '['.repeat(500_000),
    'a number past all bounds': '{"name":"e","channel":"c","data":1e999999}',
  })) test(`with ${name} for a body is 400`, async () => assertError(await server.api('POST', '/events', { body }), 400));

  test('with bytes that are no UTF-8 is 400', async () => {
    const body = Buffer.from('{"name":"e","channel":"c","data":"\xff"}', 'latin1');
    const target = signedTarget(APP, 'POST', '/apps/app-id/events', { body });
    const socket = await RawSocket.open(server.port);
    socket.write(requestText('POST', target, { headers: { 'Content-Length': body.length } }));
    socket.write(body);
    assertError(await readResponse(socket), 400);
    socket.destroy();
  });

  test('with no body is 400', async () => assertError(await server.api('POST', '/events'), 400));
});

describe('POST /batch_events', () => {
  const publish = (batch) => server.api('POST', '/batch_events', { body: { batch } });

  test('publishes in order', async () => {
    const client = await server.websocket();
    await client.subscribe('batched');
    assertBody(await publish(Array.from({ length: 10 }, (_, i) => ({ name: `e${i}`, channel: 'batched', data: String(i) }))), '{}');
    for (let i = 0; i < 10; ++i) assert.equal(await client.text(), `{"event":"e${i}","channel":"batched","data":"${i}"}`);
    client.destroy();
  });

  test('answers info in the order of the events, {} where none was asked', async () => {
    const client = await server.websocket();
    await client.subscribe('counted');
    assertBody(await publish([
      { name: 'e', channel: 'nobody', data: '' },
      { name: 'e', channel: 'counted', data: '', info: 'subscription_count' },
      { name: 'e', channel: 'counted', data: '', info: 'user_count' },
    ]), '{"batch":[{},{"subscription_count":1},{}]}');
    client.destroy();
  });

  test('publishes nothing when one event is wrong', async () => {
    const client = await server.websocket();
    await client.subscribe('all-or-nothing');
    const fine = { name: 'e', channel: 'all-or-nothing', data: '' };
    assertError(await publish([fine, { ...fine, channel: 'a b' }]), 400);
    assertError(await publish([fine, { ...fine, data: 'd'.repeat(10241) }]), 413);
    assertError(await publish([fine, 'e']), 400);
    await server.publish('all-or-nothing', 'last', '');
    assert.equal((await client.event()).event, 'last');
    client.destroy();
  });

  test('takes 1 to 10 events', async () => {
    assertError(await publish([]), 400);
    assertError(await publish(Array.from({ length: 11 }, () => EVENT)), 400);
    assertError(await publish({}), 400);
    assertError(await server.api('POST', '/batch_events', { body: {} }), 400);
    assertError(await server.api('POST', '/batch_events', { body: [] }), 400);
  });
});

describe('Queries', () => {
  test('lists occupied channels as an object, empty or not', async () => {
    assertBody(await server.api('GET', '/channels', { params: { filter_by_prefix: 'nothing-' } }), '{"channels":{}}');
    const client = await server.websocket();
    await client.subscribe('list-a');
    assertBody(await server.api('GET', '/channels', { params: { filter_by_prefix: 'list-' } }), '{"channels":{"list-a":{}}}');
    assertBody(await server.api('GET', '/channels', { params: { filter_by_prefix: 'list-', info: 'subscription_count' } }),
      '{"channels":{"list-a":{"subscription_count":1}}}');
    assertBody(await server.api('GET', '/channels', { app: OTHER, params: { filter_by_prefix: 'list-' } }), '{"channels":{}}');
    client.destroy();
  });

  test('counts users, not connections', async () => {
    const members = [await joinPresence('presence-q', '1'), await joinPresence('presence-q', '1'), await joinPresence('presence-q', '0')];
    assertBody(await server.api('GET', '/channels', { params: { filter_by_prefix: 'presence-q', info: 'user_count' } }),
      '{"channels":{"presence-q":{"user_count":2}}}');
    assertBody(await server.api('GET', '/channels/presence-q', { params: { info: 'user_count' } }), '{"occupied":true,"user_count":2}');
    const users = await server.api('GET', '/channels/presence-q/users');
    assert.equal(users.status, 200);
    assert.deepEqual(JSON.parse(users.body).users.sort((a, b) => (a.id < b.id ? -1 : 1)), [{ id: '0' }, { id: '1' }]);
    for (const member of members) member.destroy();
  });

  test('tells an empty channel by occupied false and an empty list of users', async () => {
    assertBody(await server.api('GET', '/channels/nobody'), '{"occupied":false}');
    assertBody(await server.api('GET', '/channels/nobody', { params: { info: 'subscription_count' } }), '{"occupied":false,"subscription_count":0}');
    assertBody(await server.api('GET', '/channels/presence-nobody/users'), '{"users":[]}');
  });

  test('shows the cached event of a cache channel, or null', async () => {
    assertBody(await server.api('GET', '/channels/cache-none', { params: { info: 'cache' } }), '{"occupied":false,"cache":null}');
    await server.publish('cache-some', 'e', 'kept "so"');
    const response = await server.api('GET', '/channels/cache-some', { params: { info: 'cache' } });
    const { cache } = JSON.parse(response.body);
    assert.equal(cache.data, 'kept "so"');
    assert.ok(cache.ttl > 1700 && cache.ttl <= 1800);
  });

  test('counts the connections of the app', async () => {
    const count = async (app) => {
      const response = await server.api('GET', '/connections', { app });
      assert.match(response.body, /^\{"connections":\d+\}$/);
      return JSON.parse(response.body).connections;
    };
    const client = await server.websocket({ path: `/app/${OTHER.key}` });
    assert.equal(await count(OTHER), 1);
    client.destroy();
  });

  for (const [name, path, params] of [
    ['user_count of all channels', '/channels', { info: 'user_count' }],
    ['user_count of channels without presence', '/channels', { info: 'user_count', filter_by_prefix: 'private-' }],
    ['an info nobody knows', '/channels', { info: 'weather' }],
    ['the cache of many channels', '/channels', { info: 'cache', filter_by_prefix: 'cache-' }],
    ['user_count of a public channel', '/channels/public', { info: 'user_count' }],
    ['subscription_count of a presence channel', '/channels/presence-x', { info: 'subscription_count' }],
    ['the cache of a channel without', '/channels/public', { info: 'cache' }],
    ['a channel with a bad name', '/channels/a%20b', {}],
    ['a channel of a user', '/channels/%23server-to-user-1', {}],
    ['the users of a public channel', '/channels/public/users', {}],
  ]) test(`asking for ${name} is 400`, async () => assertError(await server.api('GET', path, { params }), 400));
});

describe('Paths and methods', () => {
  test('/up and /ready answer without a signature', async () => {
    for (const path of ['/up', '/ready', '/up?x=1']) assert.equal((await exchange(server.port, 'GET', path)).status, 200);
  });

  test('an unknown path is 404', async () => {
    for (const path of ['', '/', '/nothing', '/events/', '/channels/a/b', '/channels/a/users/b', '/users/1'])
      assertError(await server.api('GET', path), 404);
    for (const path of ['/', '/apps', '/apps/', '//up', '/UP', '/up/', '/%75p']) assertError(await exchange(server.port, 'GET', path), 404);
  });

  test('a wrong method is 405 and names the right one', async () => {
    for (const [method, path, allow] of [
      ['GET', '/events', 'POST'],
      ['PUT', '/events', 'POST'],
      ['GET', '/batch_events', 'POST'],
      ['POST', '/channels', 'GET'],
      ['DELETE', '/channels/c', 'GET'],
      ['POST', '/channels/presence-c/users', 'GET'],
      ['POST', '/connections', 'GET'],
      ['GET', '/users/1/terminate_connections', 'POST'],
    ]) {
      const response = await server.api(method, path);
      assertError(response, 405);
      assert.equal(response.headers.allow, allow);
    }
    for (const path of ['/up', '/ready']) {
      const response = await exchange(server.port, 'POST', path);
      assertError(response, 405);
      assert.equal(response.headers.allow, 'GET, HEAD');
    }
  });

  test('the admin listener serves no clients and the clients\' no admin', async () => {
    assert.equal((await exchange(server.adminPort, 'GET', '/status')).status, 200);
    assert.equal((await exchange(server.adminPort, 'POST', '/status')).status, 405);
    assert.equal((await exchange(server.adminPort, 'GET', '/apps/app-id/channels')).status, 404);
    for (const path of ['/status', '/members', '/channels']) assert.equal((await exchange(server.port, 'GET', path)).status, 404);
  });

  test('the admin listener shows no secret', async () => {
    for (const path of ['/status', '/members', '/channels']) {
      const { body } = await exchange(server.adminPort, 'GET', path);
      for (const { secret } of [APP, OFF, OTHER]) assert.ok(!body.includes(secret));
    }
  });
});

describe('path_prefix', () => {
  let prefixed;
  before(async () => {
    prefixed = await Server.start({ toml: `[node]\npath_prefix = "/ws"\n${appToml()}` });
  });
  after(() => prefixed.stop());

  test('stands in front of every path and is not signed', async () => {
    const target = signedTarget(APP, 'GET', '/apps/app-id/channels');
    assertBody(await exchange(prefixed.port, 'GET', `/ws${target}`), '{"channels":{}}');
    assertError(await exchange(prefixed.port, 'GET', target), 404);
    assertError(await exchange(prefixed.port, 'GET', signedTarget(APP, 'GET', '/ws/apps/app-id/channels')), 401);
    assert.equal((await exchange(prefixed.port, 'GET', '/ws/up')).status, 200);
    for (const path of ['/up', '/ws', '/wsup', '/wsx/up', '/WS/up', '/ws/ws/up']) assertError(await exchange(prefixed.port, 'GET', path), 404);
  });

  test('stands in front of the WebSocket path too', async () => {
    const client = await prefixed.websocket({ path: '/ws/app/app-key?protocol=7' });
    client.destroy();
    await assert.rejects(prefixed.websocket(), /404/);
  });
});

test('a signature of hostile length costs one answer', async () => {
  const target = `/apps/app-id/channels?auth_key=app-key&auth_timestamp=${unixNow()}&auth_version=1.0&auth_signature=${'f'.repeat(12_000)}`;
  assertError(await exchange(server.port, 'GET', target), 401);
  assertError(await exchange(server.port, 'GET', `/apps/app-id/channels?${'a&'.repeat(6000)}auth_signature=${hmac('x', 'y')}`), 401);
});
