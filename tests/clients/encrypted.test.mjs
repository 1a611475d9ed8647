// Encrypted channels: the server SDK encrypts, pusher-js decrypts, the server passes on what it cannot read.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import { AuthEndpoint } from './support/auth_endpoint.mjs';
import { Clients, messagesOf, sdkFor, subscribed } from './support/clients.mjs';
import { Server } from './support/server.mjs';
import { Inbox, inboxOf } from './support/wait.mjs';

const users = { ada: { id: '42' } };

describe('encrypted channels', () => {
  const clients = new Clients();
  let server;
  let sdk;
  let endpoint;

  before(async () => {
    server = await Server.start();
    sdk = sdkFor(server);
    endpoint = await AuthEndpoint.start(sdk, users);
  });
  afterEach(() => clients.close());
  after(async () => {
    await endpoint?.close();
    await server?.stop();
  });

  const clientOf = ({ url }) => clients.pusher(server.port, {
    channelAuthorization: { endpoint: url, transport: 'ajax', headers: { Authorization: 'Bearer ada' } },
  });

  it('delivers what was encrypted, byte for byte, up to the limit of an event', async () => {
    const client = clientOf(endpoint);
    const channel = await subscribed(client.subscribe('private-encrypted-vault'));
    const heard = inboxOf(channel, 'filed');
    // Base64 and the nonce make 10 KiB of this.
    const contents = [{ n: 1, text: 'grün' }, 'just text', [1, null, { a: '"\\/' }], 'x'.repeat(7_500)];
    for (const content of contents)
      await sdk.trigger('private-encrypted-vault', 'filed', content);
    await heard.count(contents.length, 'the events');
    assert.deepEqual(heard.items, contents);
  });

  it('takes encrypted and plain events in one batch', async () => {
    const client = clientOf(endpoint);
    const heard = new Inbox();
    for (const name of ['private-encrypted-vault', 'news']) {
      const channel = await subscribed(client.subscribe(name));
      channel.bind('filed', (data) => heard.put([name, data]));
    }
    await sdk.triggerBatch([
      { channel: 'private-encrypted-vault', name: 'filed', data: { n: 1 } },
      { channel: 'news', name: 'filed', data: { n: 2 } },
    ]);
    await heard.count(2, 'both events');
    assert.deepEqual(heard.items.sort(), [['news', { n: 2 }], ['private-encrypted-vault', { n: 1 }]]);
  });

  it('is unreadable with another master key', async () => {
    const stranger = await AuthEndpoint.start(
      sdkFor(server, { encryptionMasterKeyBase64: Buffer.alloc(32, 'another').toString('base64') }), users);
    try {
      const client = clientOf(stranger);
      const channel = await subscribed(client.subscribe('private-encrypted-vault'));
      const heard = inboxOf(channel, 'filed');
      const messages = messagesOf(client);
      await sdk.trigger('private-encrypted-vault', 'filed', { code: 1234 });
      const { data } = await messages.first(({ event }) => event === 'filed', 'the ciphertext');
      assert.equal(Buffer.from(data.nonce, 'base64').length, 24);

      // The stranger's own events are readable, and by then the other has been tried and dropped.
      await sdkFor(server, { encryptionMasterKeyBase64: Buffer.alloc(32, 'another').toString('base64') })
        .trigger('private-encrypted-vault', 'filed', 'own');
      await heard.count(1, 'the event with the same key');
      assert.deepEqual(heard.items, ['own']);
    } finally {
      await stranger.close();
    }
  });

  it('remembers the last event of an encrypted cache channel as it was encrypted', async () => {
    const name = 'private-encrypted-cache-state';
    const early = clientOf(endpoint).subscribe(name);
    const misses = inboxOf(early, 'pusher:cache_miss');
    await subscribed(early);
    await misses.count(1, 'the cache miss');
    await sdk.trigger(name, 'state', { n: 1 });
    await sdk.trigger(name, 'state', { n: 2 });

    const late = clientOf(endpoint).subscribe(name);
    const [heard, lateMisses] = [inboxOf(late, 'state'), inboxOf(late, 'pusher:cache_miss')];
    await heard.count(1, 'the remembered event');
    assert.deepEqual(heard.items, [{ n: 2 }]);
    assert.deepEqual(lateMisses.items, []);
    const { cache } = await (await sdk.get({ path: `/channels/${name}`, params: { info: 'cache' } })).json();
    assert.deepEqual(Object.keys(JSON.parse(cache.data)).sort(), ['ciphertext', 'nonce']);
  });
});
