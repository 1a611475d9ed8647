// Publishes per second over HTTP to one node: the C++ API, Pusher's SDK for Node, and Pusher's SDK for Python, one after the other
// in the same run, one at a time and in batches of ten.
//
//   GRAPEVINE_BIN=build/release/grapevine node bench/publish_api.mjs [SECONDS]
//
// Needs `npm ci` in tests/clients, and for the last a Python that has the package `pusher` (PYTHON names it).
import { execFileSync, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const seconds = process.argv[2] ?? '5';
const binary = process.env.GRAPEVINE_BIN ?? join(here, '../build/release/grapevine');
const bench = process.env.GRAPEVINE_BENCH_PUBLISH ?? join(dirname(binary), 'bench/publish_api');
const app = ['1', 'app-key', 'app-secret'];

const node = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--app', app.join(':'), '--log-level', 'info'],
  { cwd: mkdtempSync(join(tmpdir(), 'grapevine-bench-')), env: { PATH: process.env.PATH }, stdio: ['ignore', 'ignore', 'pipe'] });
const port = await new Promise((resolve, reject) => {
  node.once('close', () => reject(new Error('the node did not start')));
  createInterface({ input: node.stderr }).on('line', (line) => {
    const found = /Serving clients .*address=127\.0\.0\.1:(\d+)/.exec(line);
    if (found) resolve(found[1]);
  });
});

async function withNodeSdk(how) {
  const Pusher = createRequire(join(here, '../tests/clients/package.json'))('pusher');
  const { Agent } = await import('node:http');
  const [appId, key, secret] = app;
  const sdk = new Pusher({ appId, key, secret, host: '127.0.0.1', port, useTLS: false, agent: new Agent({ keepAlive: true }) });
  const data = { order_id: 123, status: 'shipped' };
  const batch = Array.from({ length: 10 }, () => ({ channel: 'orders', name: 'OrderShipped', data }));
  const publish = async () => {
    if (how === 'batch') await sdk.triggerBatch(batch);
    else await sdk.trigger('orders', 'OrderShipped', data);
    return how === 'batch' ? batch.length : 1;
  };
  await publish();
  const begin = performance.now();
  let events = 0;
  while (performance.now() - begin < Number(seconds) * 1000) events += await publish();
  return Math.floor(events / ((performance.now() - begin) / 1000));
}

const run = (program, args) => execFileSync(program, args, { encoding: 'utf8' }).trim();

try {
  for (const how of ['single', 'batch']) {
    console.log(`${how}: C++ ${run(bench, [`http://127.0.0.1:${port}`, ...app, how, seconds])}/s`);
    console.log(`${how}: Node SDK ${await withNodeSdk(how)}/s`);
    try {
      console.log(`${how}: Python SDK ${run(process.env.PYTHON ?? 'python3', [join(here, 'publish_api.py'), port, ...app, how, seconds])}/s`);
    } catch {
      console.log(`${how}: no Python with the package pusher; PYTHON names one`);
    }
  }
} finally {
  node.removeAllListeners('close');
  node.kill('SIGTERM');
}
