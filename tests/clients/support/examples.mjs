// The C++ examples as processes: what they print, and with which settings they run.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { devApp } from './clients.mjs';
import { Inbox, within } from './wait.mjs';

function findProgram(name) {
  const folder = name.replace('_', '-');
  const places = [
    process.env.GRAPEVINE_EXAMPLES && join(process.env.GRAPEVINE_EXAMPLES, folder, name),
    fileURLToPath(new URL(`../../../build/release/examples/${folder}/${name}`, import.meta.url)),
    fileURLToPath(new URL(`../../../build/dev/examples/${folder}/${name}`, import.meta.url)),
  ];
  const found = places.find((place) => place && existsSync(place));
  assert.ok(found, `the example ${name} was not built: set GRAPEVINE_EXAMPLES`);
  return found;
}

/** An example that runs until it is told to end; `lines` is what it prints. */
export class Example {
  lines = new Inbox();
  errors = '';
  #child;
  #ended;
  #directory;

  /** Starts `name` in a directory of its own; only `env` of the environment configures it. */
  static async start(name, { args = [], env = {} } = {}) {
    const example = new Example();
    example.#directory = await mkdtemp(join(tmpdir(), 'grapevine-example-'));
    const { PATH, ASAN_OPTIONS, UBSAN_OPTIONS } = process.env;
    example.#child = spawn(findProgram(name), args, {
      cwd: example.#directory,
      env: { PATH, ...(ASAN_OPTIONS && { ASAN_OPTIONS, UBSAN_OPTIONS }), ...env },
    });
    example.#ended = once(example.#child, 'close').then(([code, signal]) => ({ code, signal }));
    createInterface({ input: example.#child.stdout }).on('line', example.lines.put);
    example.#child.stderr.on('data', (bytes) => (example.errors += bytes));
    return example;
  }

  /** Gives it a line and resolves with the next one that it prints. */
  async tell(line) {
    const before = this.lines.items.length;
    this.#child.stdin.write(`${line}\n`);
    return (await this.lines.count(before + 1, `the answer to "${line}"`))[before];
  }

  /** Ends its input and resolves with { code, signal }. */
  async ended() {
    this.#child.stdin.end();
    const outcome = await within(this.#ended, 'the end of the example');
    await rm(this.#directory, { recursive: true, force: true });
    return outcome;
  }

  async kill() {
    this.#child.kill('SIGKILL');
    return this.ended();
  }
}

/** Variables with which an example finds the cluster of `servers` as the app of --dev. */
export function clusterEnvironment(...servers) {
  return {
    GRAPEVINE_BROADCAST_URL: servers.map(({ port }) => `http://127.0.0.1:${port}`).join(','),
    PUSHER_APP_ID: devApp.appId,
    PUSHER_APP_KEY: devApp.key,
    PUSHER_APP_SECRET: devApp.secret,
    PUSHER_HOST: '127.0.0.1',
    PUSHER_PORT: String(servers[0].port),
    PUSHER_SCHEME: 'http',
  };
}

/** Runs examples of cpp_publisher and returns what each printed behind its name; fails unless all went well. */
export async function publish(names, env) {
  const example = await Example.start('cpp_publisher', { args: names, env });
  const { code } = await example.ended();
  assert.deepEqual(
    { code, lines: example.lines.items, errors: example.errors },
    { code: 0, lines: names.map((name) => `${name}: ok`), errors: '' });
}
