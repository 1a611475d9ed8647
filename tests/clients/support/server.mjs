// The server under test: a real process on loopback, on ports it chooses itself.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { Cluster } from './cluster.mjs';
import { Inbox, patienceMs, within } from './wait.mjs';

const sanitizerReport = /ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|runtime error:/;
const logLinesKept = 200;

function findBinary() {
  const built = ['../../../build/grapevine', '../../../build/release/grapevine'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)));
  const binary = process.env.GRAPEVINE_BIN ?? built.find((path) => existsSync(path));
  assert.ok(binary, `no server binary: set GRAPEVINE_BIN or build one of ${built.join(', ')}`);
  return binary;
}

/** Nothing but the arguments configures the server: settings of the caller's environment would change the tests. */
function cleanEnvironment() {
  const ours = /^(GRAPEVINE|BROADCAST|PUSHER|ABLY|REDIS)_/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

export class Server {
  /** Port for clients and the HTTP API. */
  port = 0;
  adminPort = 0;
  #child;
  #directory;
  #exited;
  #log = [];
  #reports = [];
  #killed = false;

  /**
   * Starts a server and resolves when it serves. `config` is the text of its grapevine.toml; without one it runs with
   * --dev. `port` 0 lets it choose. With GRAPEVINE_TEST_NODES it is a cluster of so many nodes behind one port.
   */
  static async start({ config, port = 0 } = {}) {
    const nodes = Number(process.env.GRAPEVINE_TEST_NODES ?? 1);
    if (nodes > 1 && port === 0)
      return Cluster.start(nodes, (flags) => Server.#startOne({ config, port, flags }));
    return Server.#startOne({ config, port, flags: [] });
  }

  static async #startOne({ config, port, flags }) {
    const server = new Server();
    server.#directory = await mkdtemp(join(tmpdir(), 'grapevine-clients-'));
    const args = ['serve', '--listen', `127.0.0.1:${port}`, '--admin-listen', '127.0.0.1:0', ...flags];
    if (config === undefined) {
      args.push('--dev');
    } else {
      const file = join(server.#directory, 'grapevine.toml');
      await writeFile(file, config);
      args.push('--config', file);
    }
    await server.#spawn(args);
    return server;
  }

  async #spawn(args) {
    this.#child = spawn(findBinary(), args, {
      // Its own directory: neither a .env nor a grapevine.toml lies about there.
      cwd: this.#directory,
      env: cleanEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exit = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      // "close" and not "exit": the last lines of the log, such as a sanitizer's report, are read by then.
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.#exited = exit;
    const lines = new Inbox();
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      this.#keep(line);
      if (!this.port || !this.adminPort)
        lines.put(line);
    });
    const died = exit.then(({ code, signal }) => {
      throw new Error(`the server ended early, code ${code}, signal ${signal}\n${this.log()}`);
    });
    died.catch(() => {});
    try {
      const announced = async (pattern) => {
        const line = await Promise.race([lines.first((text) => pattern.test(text), `the log line ${pattern}`), died]);
        return Number(pattern.exec(line)[1]);
      };
      this.port = await announced(/Serving clients .*address=127\.0\.0\.1:(\d+)/);
      this.adminPort = await announced(/Serving the admin interface .*address=127\.0\.0\.1:(\d+)/);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  #keep(line) {
    if (sanitizerReport.test(line))
      this.#reports.push(line);
    this.#log.push(line);
    // Whole reports are worth more than a bounded log.
    if (this.#log.length > logLinesKept && this.#reports.length === 0)
      this.#log.shift();
  }

  /** The end of what it logged. */
  log() {
    return this.#log.join('\n');
  }

  /** Sends SIGTERM only, for tests that watch what clients see of it; `stop` waits for the end. */
  terminate() {
    this.#child.kill('SIGTERM');
  }

  /** Ends it in an orderly way and fails unless it ended with status 0 and no sanitizer complained. */
  async stop() {
    if (this.#killed)
      return;
    this.terminate();
    let outcome;
    try {
      outcome = await within(this.#exited, 'the end of the server after SIGTERM', patienceMs);
    } catch (error) {
      await this.kill();
      error.message += `\n${this.log()}`;
      throw error;
    }
    await this.#forget();
    assert.deepEqual(this.#reports, [], `a sanitizer reported:\n${this.log()}`);
    assert.deepEqual(outcome, { code: 0, signal: null }, `the server failed:\n${this.log()}`);
  }

  /** Ends it at once, as a crash or a power cut would. */
  async kill() {
    this.#killed = true;
    this.#child.kill('SIGKILL');
    await within(this.#exited, 'the end of the server after SIGKILL');
    await this.#forget();
    assert.deepEqual(this.#reports, [], `a sanitizer reported:\n${this.log()}`);
  }

  async #forget() {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
