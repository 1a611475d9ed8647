// The FastAPI example in front of Echo: over HTTP with Pusher's SDK, and through Redis. Its packages go into a virtual environment
// below GRAPEVINE_VENV, made once; where that cannot be made (no Python, no network) the suite is left out and says so.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { RedisServer } from '../process/support/redis.mjs';
import { Clients, connected, devApp, subscribed } from './support/clients.mjs';
import { Server } from './support/server.mjs';
import { eventually, Inbox } from './support/wait.mjs';

const example = fileURLToPath(new URL('../../examples/fastapi/', import.meta.url));

/** The interpreter that has the example's packages; null where there is none. */
function findPython() {
  const venv = process.env.GRAPEVINE_VENV ?? join(tmpdir(), 'grapevine-fastapi-venv');
  const python = join(venv, 'bin', 'python');
  const quiet = { stdio: 'ignore', timeout: 180_000 };
  try {
    if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', venv], quiet);
    execFileSync(python, ['-m', 'pip', 'install', '-q', '-r', join(example, 'requirements.txt')], quiet);
    return python;
  } catch {
    return null;
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The application as a process. */
class Application {
  static async start(python, env) {
    const application = new Application();
    application.port = await freePort();
    application.url = `http://127.0.0.1:${application.port}`;
    const args = ['-m', 'uvicorn', 'main:app', '--host', '127.0.0.1', '--port', String(application.port), '--log-level', 'warning'];
    const child = spawn(python, args, { cwd: example, env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1', ...env }, stdio: 'ignore' });
    application.child = child;
    application.ended = new Promise((resolve) => child.once('close', resolve));
    await eventually(() => fetch(`${application.url}/openapi.json`).then(({ ok }) => ok, () => false), (ok) => ok, 'the application to answer');
    return application;
  }

  async post(path, { body, socketId } = {}) {
    const headers = socketId ? { 'X-Socket-ID': socketId } : {};
    const response = await fetch(this.url + path, { method: 'POST', headers, body: body && new URLSearchParams(body) });
    assert.equal(response.status, 200, await response.text());
  }

  async stop() {
    this.child.kill('SIGTERM');
    await this.ended;
  }
}

const python = findPython();

for (const driver of ['pusher', 'redis']) {
  describe(`the FastAPI example with the driver ${driver}`, { skip: !python && 'its Python packages cannot be installed here' }, () => {
    const clients = new Clients();
    let redis;
    let server;
    let application;

    before(async () => {
      redis = await RedisServer.start();
      const config = `[[app]]
id = "1"
key = "${devApp.key}"
secret = "${devApp.secret}"
[redis]
url = "${redis.url}"
[[bridge]]
driver = "redis"
direction = "in"
`;
      server = await Server.start({ config });
      application = await Application.start(python, {
        BROADCAST_DRIVER: driver,
        PUSHER_APP_ID: '1',
        PUSHER_APP_KEY: devApp.key,
        PUSHER_APP_SECRET: devApp.secret,
        PUSHER_PORT: String(server.port),
        REDIS_PORT: String(redis.port),
      });
      // The bridge subscribes a moment after the node serves.
      await eventually(async () => redis.command('PUBSUB', 'NUMPAT'), (count) => count > 0, 'the bridge');
    });
    afterEach(() => clients.close());
    after(async () => {
      await application?.stop();
      await server?.stop();
      await redis?.stop();
    });

    const echoOf = (bearerToken) =>
      clients.echo(server.port, { authEndpoint: `${application.url}/broadcasting/auth`, bearerToken });

    it('ships an order, and not to the page that did it', async () => {
      const [ada, bob] = [new Inbox(), new Inbox()];
      const first = echoOf('token-of-ada');
      await subscribed(first.private('order.7').listen('.OrderShipped', ada.put));
      await subscribed(echoOf('token-of-bob').private('order.7').listen('.OrderShipped', bob.put));
      await application.post('/orders/7/ship', { socketId: await connected(first.connector.pusher) });
      await application.post('/orders/7/ship');
      const shipped = { order_id: 7, status: 'shipped' };
      assert.deepEqual(await bob.count(2, 'both events'), [shipped, shipped]);
      assert.deepEqual(await ada.count(1, 'the second event'), [shipped]);
      assert.equal(ada.items.length, 1);
    });

    it('lets members of a chat in, and tells them what is said', async () => {
      const heard = new Inbox();
      const here = new Inbox();
      const room = echoOf('token-of-ada').join('chat.lobby').here(here.put);
      await subscribed(room.listen('.MessageSent', heard.put));
      assert.deepEqual((await here.count(1, 'the members'))[0], [{ name: 'Ada' }]);
      await application.post('/chat/lobby', { body: { message: 'Hello' } });
      assert.deepEqual(await heard.count(1, 'the message'), [{ message: 'Hello' }]);
    });

    it('refuses whom it does not know', async () => {
      const errors = new Inbox();
      echoOf('stolen').private('order.7').error(errors.put);
      assert.equal((await errors.count(1, 'the refusal'))[0].status, 401);
    });
  });
}
