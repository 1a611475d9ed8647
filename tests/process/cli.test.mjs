// The commands as a person or a script meets them: exit statuses, one clear sentence, secrets kept.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Authority } from './support/certificates.mjs';
import { eventually } from './support/deadline.mjs';
import { APP, appToml, run, Server, temporaryDirectory } from './support/server.mjs';

const CREDENTIALS = `${APP.id}:${APP.key}:${APP.secret}`;

describe('serve', () => {
  test('without an app refuses to start and says how to add one', async () => {
    const { status, err, out } = await run(['serve']);
    assert.equal(status, 2);
    assert.match(err, /^grapevine: .*no app is configured.*--dev\n$/);
    assert.equal(out, '');
  });

  test('names a port that is in use', async () => {
    const server = await Server.start();
    const { status, err } = await run(['serve', '--dev', '--listen', `127.0.0.1:${server.port}`, '--admin-listen', '127.0.0.1:0']);
    assert.equal(status, 1);
    assert.equal(err.trim().split('\n').at(-1), `grapevine: cannot listen on 127.0.0.1:${server.port}: Address already in use`);
    await server.stop();
  });

  test('refuses an unknown flag', async () => {
    const { status, err } = await run(['serve', '--no-such-flag']);
    assert.equal(status, 2);
    assert.match(err, /no-such-flag/);
  });

  test('takes the environment over .env over the file', async () => {
    const server = await Server.start({
      toml: `${appToml()}\n[node]\nname = "from-file"\n`,
      files: { '.env': 'GRAPEVINE_NODE_NAME=from-dotenv\n' },
    });
    assert.equal((await server.status()).name, 'from-dotenv');
    await server.stop();
    const other = await Server.start({
      files: { '.env': 'GRAPEVINE_NODE_NAME=from-dotenv\n' },
      env: { GRAPEVINE_NODE_NAME: 'from-environment' },
    });
    assert.equal((await other.status()).name, 'from-environment');
    await other.stop();
  });

  test('logs one JSON object per line when asked', async () => {
    const server = await Server.start({ flags: ['--log-format', 'json'] });
    const lines = server.log.trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.some(({ level, message }) => level === 'info' && message.startsWith('Serving clients')));
    assert.ok(!server.log.includes(APP.secret));
    await server.stop();
  });

  test('tells its clients to reconnect when it is stopped, and ends with 0', async () => {
    const server = await Server.start();
    const clients = [];
    for (let i = 0; i < 5; ++i) clients.push(await server.websocket());
    const closed = Promise.all(clients.map((client) => client.closed()));
    server.signal('SIGTERM');
    for (const { code } of await closed) assert.equal(code, 4200);
    for (const client of clients) client.destroy();
    await server.stopped();
  });

  test('tells them one after the other', async () => {
    const server = await Server.start({ flags: ['--shards', '1'] });
    const clients = [];
    for (let i = 0; i < 20; ++i) clients.push(await server.websocket());
    const times = clients.map((client) => client.closed().then(() => Date.now()));
    server.signal('SIGTERM');
    const sorted = (await Promise.all(times)).sort((a, b) => a - b);
    assert.ok(sorted.at(-1) - sorted[0] > 500, `all within ${sorted.at(-1) - sorted[0]} ms`);
    for (const client of clients) client.destroy();
    await server.stopped();
  });

  test('survives SIGHUP', async () => {
    const server = await Server.start();
    server.signal('SIGHUP');
    await eventually(() => server.log.includes('Read the certificates again'), 'the signal to be handled');
    await server.checkUp();
    await server.stop();
  });
});

describe('check-config', () => {
  test('finds a certificate that is not there', async () => {
    const toml = `${appToml()}[node.tls]\ncertificate = "none.pem"\nkey = "none.key"\n`;
    const { status, err } = await run(['check-config'], { files: { 'grapevine.toml': toml } });
    assert.equal(status, 2);
    assert.match(err, /grapevine.toml:\d+: node.tls.certificate: cannot read none.pem: No such file/);
    assert.match(err, /grapevine.toml:\d+: node.tls.key: cannot read none.key/);
  });

  test('lists every problem with its line', async () => {
    const toml = '[node]\nlistn = "x"\nshards = "two"\n[[app]]\nid = "a"\nkey = "k"\nsecret = "hush"\n';
    const { status, err } = await run(['check-config'], { files: { 'grapevine.toml': toml } });
    assert.equal(status, 2);
    assert.match(err, /grapevine\.toml:2: .*listn.*did you mean.*listen/);
    assert.match(err, /grapevine\.toml:3: .*shards/);
    assert.ok(!err.includes('hush'));
  });

  test('is content with a good file and shows no secret', async () => {
    const { status, out } = await run(['check-config'], { files: { 'grapevine.toml': appToml() } });
    assert.equal(status, 0);
    assert.match(out, /valid/);
    assert.ok(!out.includes(APP.secret));
  });
});

describe('publish, listen and the admin commands', () => {
  let server;
  before(async () => { server = await Server.start(); });
  after(() => server.stop());
  const client = () => `http://127.0.0.1:${server.port}`;
  const admin = () => ['--admin', `http://127.0.0.1:${server.adminPort}`];

  test('a subscriber prints what is published', async () => {
    const listening = run(['listen', '--url', `ws://127.0.0.1:${server.port}`, '--key', APP.key, '--secret', APP.secret,
      '--count', '2', 'orders', 'presence-room']);
    await eventually(async () => JSON.parse((await run(['channels', ...admin(), '--json'])).out).channels.length === 2,
      'both subscriptions');
    for (const channel of ['orders', 'presence-room']) {
      const { status } = await run(['publish', '--url', client(), '--app', CREDENTIALS, channel, 'shipped', '{"id":7}']);
      assert.equal(status, 0);
    }
    const { status, out } = await listening;
    assert.equal(status, 0);
    assert.deepEqual(out.trim().split('\n').map((line) => JSON.parse(line)).map(({ event, channel, data }) => [event, channel, data]),
      [['shipped', 'orders', '{"id":7}'], ['shipped', 'presence-room', '{"id":7}']]);
  });

  test('a wrong secret is refused with the answer of the server', async () => {
    const { status, err } = await run(['publish', '--url', client(), '--app', `${APP.id}:${APP.key}:wrong-secret`, 'orders', 'e', '{}']);
    assert.equal(status, 1);
    assert.match(err, /401/);
    assert.ok(!err.includes('wrong-secret'));
  });

  test('nobody listening there is one sentence and status 1', async () => {
    const { status, err } = await run(['publish', '--url', 'http://127.0.0.1:1', '--app', CREDENTIALS, 'orders', 'e', '{}']);
    assert.equal(status, 1);
    assert.equal(err.trim().split('\n').length, 1);
  });

  test('status and members describe the node', async () => {
    const status = await run(['status', ...admin(), '--json']);
    assert.equal(status.status, 0);
    assert.equal(JSON.parse(status.out).ready, true);
    const members = await run(['members', ...admin(), '--json']);
    assert.equal(JSON.parse(members.out).members.length, 1);
  });

  test('the version is told', async () => {
    const { status, out } = await run(['--version']);
    assert.equal(status, 0);
    assert.match(out, /^grapevine \d+\.\d+\.\d+\n$/);
  });
});

describe('publish and listen over TLS', () => {
  let server, directory, authority;
  before(async () => {
    directory = temporaryDirectory();
    authority = new Authority(directory.path);
    const { certificate, key } = authority.issue('localhost');
    server = await Server.start({ toml: `${appToml()}[node.tls]\ncertificate = "${certificate}"\nkey = "${key}"\n` });
  });
  after(async () => {
    await server.stop();
    directory.remove();
  });
  const publish = (host, env) => run(['publish', '--url', `https://${host}:${server.port}`, '--app', CREDENTIALS, 'orders', 'shipped', '{"id":7}'], { env });
  const trusting = () => ({ SSL_CERT_FILE: authority.certificate });

  test('work with a certificate of an authority that the system trusts', async () => {
    const listening = run(['listen', '--url', `wss://localhost:${server.port}`, '--key', APP.key, '--count', '1', 'orders'], { env: trusting() });
    await eventually(async () => {
      const { out } = await run(['channels', '--admin', `http://127.0.0.1:${server.adminPort}`, '--json']);
      return JSON.parse(out).channels.length === 1;
    }, 'the subscription');
    assert.equal((await publish('localhost', trusting())).status, 0);
    const { status, out } = await listening;
    assert.equal(status, 0);
    assert.equal(JSON.parse(out).data, '{"id":7}');
  });

  test('refuse a certificate that nobody vouches for, and one for another name', async () => {
    for (const [host, env] of [['localhost', {}], ['127.0.0.1', trusting()]]) {
      const { status, err } = await publish(host, env);
      assert.equal(status, 1);
      assert.match(err, /^grapevine: cannot secure the connection to .*certificate verify failed/);
      assert.equal(err.trim().split('\n').length, 1);
    }
  });
});
