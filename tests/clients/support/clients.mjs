// The public clients, set up as an application would set them up for a server of its own.

import { createRequire } from 'node:module';

import Echo from 'laravel-echo';

import { inboxOf } from './wait.mjs';

// Both packages are CommonJS; Node's build of pusher-js decrypts encrypted channels without further ado.
const require = createRequire(import.meta.url);
export const Pusher = require('pusher-js');
export const ServerSdk = require('pusher');

/** The app of --dev. */
export const devApp = { appId: 'app-id', key: 'app-key', secret: 'app-secret' };

/** Master key of encrypted channels, known to the application and to nobody else. */
export const masterKeyBase64 = Buffer.alloc(32, 'grapevine').toString('base64');

/** The server SDK against `server`; `overrides` are options of the SDK. */
export function sdkFor(server, overrides = {}) {
  return new ServerSdk({
    ...devApp,
    host: '127.0.0.1',
    port: String(server.port),
    useTLS: false,
    encryptionMasterKeyBase64: masterKeyBase64,
    ...overrides,
  });
}

function socketOptions(port) {
  return {
    cluster: '',
    wsHost: '127.0.0.1',
    wsPort: port,
    wssPort: port,
    forceTLS: false,
    enabledTransports: ['ws', 'wss'],
    disableStats: true,
  };
}

/** Everything of one test that holds connections, to be closed when the test ends. */
export class Clients {
  #open = [];

  /** A pusher-js client of `port`; `overrides` are its options, with `key` besides. */
  pusher(port, { key = devApp.key, ...overrides } = {}) {
    const client = new Pusher(key, { ...socketOptions(port), ...overrides });
    this.#open.push(client);
    return client;
  }

  /** A laravel-echo client of `port`; `overrides` are its options. */
  echo(port, overrides = {}) {
    const echo = new Echo({
      broadcaster: 'pusher',
      key: devApp.key,
      Pusher,
      ...socketOptions(port),
      // Echo writes the bearer token into this object, and its default object is shared by all instances.
      auth: { headers: {} },
      ...overrides,
    });
    this.#open.push(echo);
    return echo;
  }

  close() {
    for (const client of this.#open.splice(0))
      client.disconnect();
  }
}

/** Resolves with the socket id once a pusher-js client is connected. */
export async function connected(client) {
  if (client.connection.state !== 'connected')
    await inboxOf(client.connection, 'connected').count(1, 'connecting');
  return client.connection.socket_id;
}

/** Resolves when a pusher-js channel or the channel of an Echo channel is subscribed. */
export async function subscribed(channel) {
  const target = channel.subscription ?? channel;
  if (!target.subscribed)
    await inboxOf(target, 'pusher:subscription_succeeded').count(1, `subscribing to ${target.name}`);
  return channel;
}

/**
 * Resolves when everything that `client` sent before has been read by the server, which takes the messages of one
 * connection in order.
 */
export async function handled(client) {
  const messages = messagesOf(client);
  client.send_event('pusher:ping', {});
  await messages.first(({ event }) => event === 'pusher:pong', 'the answer to a ping');
  client.connection.unbind('message', messages.put);
}

/** Every message the server sends to a pusher-js client from now on, those of channels it has left included. */
export function messagesOf(client) {
  return inboxOf(client.connection, 'message');
}
