// The real program as a child process: started on free ports, stopped by its id, its status and its log checked.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, within } from './deadline.mjs';
import { exchange } from './http.mjs';
import { RawWebSocket } from './raw_websocket.mjs';
import { signedTarget } from './sign.mjs';

export const BINARY = process.env.GRAPEVINE_BIN ?? fileURLToPath(new URL('../../../build/release/grapevine', import.meta.url));
export const APP = { id: 'app-id', key: 'app-key', secret: 'app-secret' };

/** An [[app]] table of the configuration. */
export function appToml(app = APP, extra = '') {
  return `[[app]]\nid = "${app.id}"\nkey = "${app.key}"\nsecret = "${app.secret}"\n${extra}\n`;
}

const ADDRESSES = {
  port: /Serving clients .*address=127\.0\.0\.1:(\d+)/,
  adminPort: /Serving the admin interface address=127\.0\.0\.1:(\d+)/,
  clusterPort: /Serving the cluster .*address=127\.0\.0\.1:(\d+)/, // may come later than the others
};

// What would change what the server does but is not the test's.
function cleanEnvironment(extra) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(GRAPEVINE_|PUSHER_|ABLY_|REDIS_|BROADCAST_)/.test(name));
  // AddressSanitizer keeps what was freed for a while; little of it, where tests look at memory.
  const sanitizer = [process.env.ASAN_OPTIONS, 'quarantine_size_mb=4'].filter(Boolean).join(':');
  return { ...Object.fromEntries(kept), ASAN_OPTIONS: sanitizer, ...extra };
}

export function temporaryDirectory(files = {}) {
  const path = mkdtempSync(join(tmpdir(), 'grapevine-test-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs a command to its end; for those that are not `serve`. Returns `{ status, out, err }`. */
export async function run(args, { files = {}, env = {}, input = '', signalWhen } = {}) {
  const directory = temporaryDirectory(files);
  const child = spawn(BINARY, args, { cwd: directory.path, env: cleanEnvironment(env) });
  const result = { out: '', err: '' };
  child.stdout.on('data', (chunk) => { result.out += chunk; });
  child.stderr.on('data', (chunk) => { result.err += chunk; });
  child.stdin.on('error', () => {}); // the command need not read what it is given
  child.stdin.end(input);
  const ended = new Promise((resolve) => child.once('close', (status) => resolve(status)));
  try {
    if (signalWhen) {
      await eventually(() => signalWhen(result), 'the moment to send the signal');
      child.kill('SIGTERM');
    }
    result.status = await within(ended, `grapevine ${args[0]} to end`);
    return result;
  } finally {
    child.kill('SIGKILL');
    directory.remove();
  }
}

export class Server {
  log = '';

  /**
   * Starts `grapevine serve` with `toml` (an app of APP when none is given), on ports that the system chooses unless they are
   * given. `descriptors` lowers the limit on open files. Resolves when it serves.
   */
  static async start({ toml = appToml(), flags = [], env = {}, files = {}, descriptors, port = 0, adminPort = 0 } = {}) {
    const server = new Server();
    server.directory = temporaryDirectory({ 'grapevine.toml': toml, ...files });
    const args = ['serve', '--listen', `127.0.0.1:${port}`, '--admin-listen', `127.0.0.1:${adminPort}`, ...flags];
    const options = { cwd: server.directory.path, env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] };
    server.child = descriptors
      ? spawn('/bin/sh', ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, BINARY, ...args], options)
      : spawn(BINARY, args, options);
    server.out = '';
    server.child.stdout.on('data', (chunk) => { server.out += chunk; });
    server.ended = new Promise((resolve) => {
      server.child.once('close', (status, signal) => resolve({ status, signal }));
    });
    const serving = new Promise((resolve, reject) => {
      server.child.stderr.on('data', (chunk) => {
        server.log += chunk;
        for (const [name, pattern] of Object.entries(ADDRESSES)) {
          const match = pattern.exec(server.log);
          if (match) server[name] = Number(match[1]);
        }
        if (server.port && server.adminPort) resolve();
      });
      server.ended.then(({ status }) => reject(new Error(`serve ended with ${status}: ${server.log}`)));
    });
    await within(serving, 'the server to start').catch((error) => {
      server.kill();
      throw error;
    });
    return server;
  }

  signal(name) {
    this.child.kill(name);
  }
  kill() {
    this.child.kill('SIGKILL');
    this.directory.remove();
  }

  /** Waits for the end and checks it: status 0, and no sanitizer had anything to say. */
  async stopped() {
    try {
      const { status, signal } = await within(this.ended, 'the server to stop');
      if (/AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:/.test(this.log)) throw new Error(this.log);
      if (status !== 0) throw new Error(`the server ended with ${status ?? signal}: ${this.log}`);
    } finally {
      this.kill();
    }
  }

  async stop() {
    this.signal('SIGTERM');
    await this.stopped();
  }

  /** Fails unless the server still serves. */
  async checkUp() {
    const response = await exchange(this.port, 'GET', '/up');
    if (response.status !== 200) throw new Error(`/up answered ${response.status}`);
  }

  /** Resident memory in bytes. */
  rss() {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))[1];
    return Number(kib) * 1024;
  }

  async status() {
    return JSON.parse((await exchange(this.adminPort, 'GET', '/status')).body);
  }

  websocket(options) {
    return RawWebSocket.open(this.port, options);
  }

  /** A signed call of the HTTP API; `path` is what follows /apps/{id}. The options are those of `signedTarget`. */
  async api(method, path, { app = APP, headers = {}, tls, ...options } = {}) {
    const body = options.body === undefined || typeof options.body === 'string' ? options.body ?? null : JSON.stringify(options.body);
    const target = signedTarget(app, method, `/apps/${app.id}${path}`, { ...options, body });
    return exchange(this.port, method, target, { headers, body, tls });
  }

  /** Publishes and expects success. */
  async publish(channel, name, data, extra = {}, options = {}) {
    const response = await this.api('POST', '/events', { body: { name, channel, data, ...extra }, ...options });
    if (response.status !== 200) throw new Error(`publish answered ${response.status}: ${response.body}`);
    return response;
  }
}
