// A C++ program that is itself a node: its channel callbacks answer Echo, and what happens to its models reaches clients here
// and at other nodes.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';

import { Clients, subscribed } from './support/clients.mjs';
import { Example } from './support/examples.mjs';
import { Inbox } from './support/wait.mjs';

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts an embedded node and resolves when it serves. */
async function startNode(args = []) {
  const node = await Example.start('embedded_node', { args });
  try {
    const line = await node.lines.first((text) => text.startsWith('listening '), 'the address');
    node.port = Number(line.split(':').pop());
  } catch (error) {
    error.message += `\n${node.errors}`;
    throw error;
  }
  return node;
}

describe('a node inside of a program', () => {
  const clients = new Clients();
  let node;

  before(async () => {
    node = await startNode();
  });
  afterEach(() => clients.close());
  after(async () => {
    if (node)
      assert.deepEqual(await node.ended(), { code: 0, signal: null });
  });

  const echoOf = (bearerToken, port = node.port) =>
    clients.echo(port, { authEndpoint: `http://127.0.0.1:${port}/api/v1/broadcasting/auth`, bearerToken });

  it('tells what happens to a model', async () => {
    const heard = new Inbox();
    const channel = await subscribed(echoOf().channel('users'));
    for (const what of ['Created', 'Updated', 'Deleted'])
      channel.listen(`.User${what}`, (data) => heard.put([what, data]));
    assert.equal(await node.tell('created 5 eve@example.com'), 'ok');
    assert.equal(await node.tell('updated 5 eve@example.org'), 'ok');
    assert.equal(await node.tell('deleted 5 -'), 'ok');
    assert.deepEqual(await heard.count(3, 'what happened'), [
      ['Created', { id: 5, email: 'eve@example.com' }],
      ['Updated', { id: 5, email: 'eve@example.org' }],
      ['Deleted', { id: 5, email: '-' }],
    ]);
  });

  it('lets in whom its callbacks let in', async () => {
    await subscribed(echoOf('token-of-ada').private('user.1'));
    await subscribed(echoOf('token-of-bob').private('user.2'));
    await subscribed(echoOf('token-of-ada').private('order.7'));
  });

  for (const [who, token, channel, status] of [
    ['another user', 'token-of-bob', 'user.1', 403],
    ['an order that is no number', 'token-of-ada', 'order.seven', 403],
    ['a channel that no pattern names', 'token-of-ada', 'secrets', 403],
    ['an unknown token', 'stolen', 'user.1', 401],
    ['no token', undefined, 'user.1', 401],
  ]) {
    it(`refuses ${who}`, async () => {
      const errors = new Inbox();
      echoOf(token).private(channel).error(errors.put);
      const [error] = await errors.count(1, 'the refusal');
      assert.deepEqual({ type: error.type, status: error.status }, { type: 'AuthError', status });
    });
  }

  it('shows who is present, with what the callback says of them', async () => {
    const here = new Inbox();
    const joining = new Inbox();
    const room = echoOf('token-of-ada').join('chat.lobby').here(here.put).joining(joining.put);
    await here.count(1, 'the members');
    assert.deepEqual(here.items[0], [{ name: 'Ada' }]);
    await subscribed(echoOf('token-of-bob').join('chat.lobby'));
    assert.deepEqual(await joining.count(1, 'the second member'), [{ name: 'Bob' }]);

    const heard = new Inbox();
    room.listen('.MessageSent', heard.put);
    assert.equal(await node.tell('message lobby Hello to all'), 'ok');
    assert.deepEqual(await heard.count(1, 'the message'), [{ message: 'Hello to all' }]);
  });

  it('refuses a room that its channel class refuses', async () => {
    const errors = new Inbox();
    echoOf('token-of-ada').join('chat.attic').error(errors.put);
    assert.equal((await errors.count(1, 'the refusal'))[0].status, 403);
  });

  it('answers the auth endpoint for JSON as well, and nothing but POST', async () => {
    const url = `http://127.0.0.1:${node.port}/api/v1/broadcasting/auth`;
    const headers = { Authorization: 'Bearer token-of-ada', 'Content-Type': 'application/json' };
    const ask = async (body) => (await fetch(url, { method: 'POST', headers, body })).status;
    assert.equal(await ask(JSON.stringify({ socket_id: '1.2', channel_name: 'private-user.1' })), 200);
    for (const body of ['', '{', '[]', '{"socket_id":1,"channel_name":"private-user.1"}', '{"socket_id":"1.2"}'])
      assert.equal(await ask(body), 400, body);
    assert.equal((await fetch(url)).status, 405);
  });

  it('is one cluster with another node', async () => {
    const cluster = await freePort();
    const first = await startNode(['--cluster', `127.0.0.1:${cluster}`]);
    const second = await startNode(['--cluster', '127.0.0.1:0', '--seeds', `127.0.0.1:${cluster}`]);
    try {
      const heard = new Inbox();
      await subscribed(echoOf('token-of-ada', second.port).channel('users').listen('.UserCreated', heard.put));
      // Until the nodes know each other, an event reaches the clients of one.
      const deadline = Date.now() + 20_000;
      while (heard.items.length === 0 && Date.now() < deadline) {
        assert.equal(await first.tell('created 1 ada@example.com'), 'ok');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.deepEqual(heard.items[0], { id: 1, email: 'ada@example.com' });
    } finally {
      clients.close();
      assert.deepEqual(await first.ended(), { code: 0, signal: null });
      assert.deepEqual(await second.ended(), { code: 0, signal: null });
    }
  });
});
