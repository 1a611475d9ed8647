// Connections that end: nodes that stop, restart or die, and networks that break, as laravel-echo lives through them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { AuthEndpoint } from './support/auth_endpoint.mjs';
import { Clients, connected, sdkFor, subscribed } from './support/clients.mjs';
import { Relay } from './support/relay.mjs';
import { Server } from './support/server.mjs';
import { Inbox, inboxOf } from './support/wait.mjs';

// A client whose connect is refused by the system waits out the rest of a slot of 15 s, then of 30 s.
const reconnectMs = 60_000;

const users = { ada: { id: '42', info: { name: 'Ada' } }, bob: { id: '7', info: { name: 'Bob' } } };

/** Everything a test starts, ended in reverse order. */
class Stage {
  clients = new Clients();
  #ends = [];

  async add(starting, end) {
    const started = await starting;
    this.#ends.unshift(() => end(started));
    return started;
  }

  server = (options) => this.add(Server.start(options), (server) => server.stop());

  /** A server on a port that the system gives to nobody else while the server is away. */
  async restartableServer() {
    for (let attempt = 1;; ++attempt) {
      const port = 10_000 + Math.floor(Math.random() * 20_000);
      try {
        return await this.server({ port });
      } catch (error) {
        if (attempt === 5)
          throw error;
      }
    }
  }

  relay = (target) => this.add(Relay.start(target), (relay) => relay.close());

  endpoint = (server) => this.add(AuthEndpoint.start(sdkFor(server), users), (endpoint) => endpoint.close());

  /** An Echo client in orders, private-orders and presence-room, with what it hears and what becomes of it. */
  async viewer(port, endpoint, token) {
    const echo = this.clients.echo(port, { authEndpoint: endpoint.url, bearerToken: token });
    const { connection } = echo.connector.pusher;
    const [heard, told] = [new Inbox(), new Inbox()];
    const channels = [
      echo.channel('orders').listen('.event', (data) => heard.put(['orders', data])),
      echo.private('orders').listen('.event', (data) => heard.put(['private-orders', data])),
      echo.join('room')
        .here((members) => told.put({ here: members.map(({ name }) => name).sort() }))
        .joining(({ name }) => told.put({ joining: name }))
        .leaving(({ name }) => told.put({ leaving: name }))
        .listen('.event', (data) => heard.put(['presence-room', data])),
    ];
    await Promise.all(channels.map(subscribed));
    return {
      echo,
      heard,
      told,
      socketId: connection.socket_id,
      states: inboxOf(connection, 'state_change'),
      errors: inboxOf(connection, 'error'),
    };
  }

  async end() {
    this.clients.close();
    for (const end of this.#ends)
      await end();
  }
}

const stateNames = ({ states }) => states.items.map(({ current }) => current);
const codes = ({ errors }) => errors.items.map((error) => (error.error ?? error).data?.code);

/** Resolves when `viewer` is connected anew and has its three channels again. */
async function backAgain(viewer) {
  await viewer.states.first(({ current }) => current === 'connected', 'connecting anew', reconnectMs);
  assert.notEqual(viewer.echo.socketId(), viewer.socketId);
  const { channels } = viewer.echo.connector.pusher.channels;
  await Promise.all(Object.values(channels).map(subscribed));
}

/** Checks that `viewer` hears each of its channels once. */
async function hearsAll(viewer, server, data) {
  const names = ['orders', 'private-orders', 'presence-room'];
  const before = viewer.heard.items.length;
  for (const name of names)
    await sdkFor(server).trigger(name, 'event', data);
  await viewer.heard.count(before + names.length, 'the events');
  assert.deepEqual(viewer.heard.items.slice(before).sort(), names.map((name) => [name, data]).sort());
}

/** A test with a stage of its own that is always cleared. */
function staged(name, play) {
  it(name, async () => {
    const stage = new Stage();
    try {
      await play(stage);
    } finally {
      await stage.end();
    }
  });
}

describe('a connection that ends', { concurrency: true }, () => {
  staged('moves at once to another node when its node is asked to stop', async (stage) => {
    const [leaving, staying] = [await stage.server(), await stage.server()];
    const balancer = await stage.relay(leaving.port);
    const endpoint = await stage.endpoint(leaving);
    const viewer = await stage.viewer(balancer.port, endpoint, 'ada');
    await hearsAll(viewer, leaving, { n: 1 });

    balancer.target = staying.port;
    await leaving.stop();
    await backAgain(viewer);
    assert.deepEqual(stateNames(viewer), ['connecting', 'connected']);
    assert.ok(codes(viewer).includes(4200), `codes ${codes(viewer)}`);
    assert.deepEqual(viewer.told.items, [{ here: ['Ada'] }, { here: ['Ada'] }]);
    await hearsAll(viewer, staying, { n: 2 });
    assert.equal(viewer.heard.items.length, 6);
  });

  staged('comes back with all channels when its node is stopped and started on the same port', async (stage) => {
    const first = await stage.restartableServer();
    const endpoint = await stage.endpoint(first);
    const viewer = await stage.viewer(first.port, endpoint, 'ada');
    await hearsAll(viewer, first, { n: 1 });

    await first.stop();
    assert.ok(codes(viewer).includes(4200), `codes ${codes(viewer)}`);
    const second = await stage.server({ port: first.port });
    await backAgain(viewer);
    await hearsAll(viewer, second, { n: 2 });
    assert.equal(endpoint.signed.length, 4, 'both channels were signed for each connection');
    assert.deepEqual(viewer.told.items, [{ here: ['Ada'] }, { here: ['Ada'] }]);
  });

  staged('comes back with all channels when its node dies and is started on the same port', async (stage) => {
    const first = await stage.restartableServer();
    const endpoint = await stage.endpoint(first);
    const viewer = await stage.viewer(first.port, endpoint, 'ada');
    await hearsAll(viewer, first, { n: 1 });

    await first.kill();
    const second = await stage.server({ port: first.port });
    await backAgain(viewer);
    assert.ok(!codes(viewer).includes(4200), 'a dead node says nothing');
    await hearsAll(viewer, second, { n: 2 });
    assert.deepEqual(viewer.told.items, [{ here: ['Ada'] }, { here: ['Ada'] }]);
  });

  staged('is missed by others when the network breaks, and welcomed when it is back', async (stage) => {
    const server = await stage.server();
    const network = await stage.relay(server.port);
    const endpoint = await stage.endpoint(server);
    const bob = await stage.viewer(server.port, endpoint, 'bob');
    const ada = await stage.viewer(network.port, endpoint, 'ada');
    await bob.told.count(2, 'Ada joining');

    network.cut();
    await bob.told.count(3, 'Ada leaving');
    await backAgain(ada);
    await bob.told.count(4, 'Ada joining anew');
    assert.deepEqual(bob.told.items, [{ here: ['Bob'] }, { joining: 'Ada' }, { leaving: 'Ada' }, { joining: 'Ada' }]);
    assert.deepEqual(ada.told.items, [{ here: ['Ada', 'Bob'] }, { here: ['Ada', 'Bob'] }]);
    await hearsAll(ada, server, { n: 1 });
    assert.deepEqual(stateNames(bob), []);
  });

  staged('is told 4200 by a node that is going away, as often as it asks', async (stage) => {
    const server = await stage.server();
    const established = Array.from({ length: 20 }, () => stage.clients.pusher(server.port));
    const errors = established.map(({ connection }) => inboxOf(connection, 'error'));
    const states = established.map(({ connection }) => inboxOf(connection, 'state_change'));
    await Promise.all(established.map(connected));
    server.terminate();
    for (const inbox of errors)
      await inbox.first((error) => (error.error ?? error).data?.code === 4200, 'the farewell');
    for (const inbox of states)
      await inbox.first(({ previous, current }) => previous === 'connected' && current === 'connecting', 'leaving');
    for (const client of established)
      assert.notEqual(client.connection.state, 'disconnected', 'no client gives up');
    await server.stop();
  });
});
