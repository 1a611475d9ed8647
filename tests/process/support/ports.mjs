// Ports that are known before anything listens on them. They lie below those that the system gives to clients, and each
// process has a range of its own, so that suites that run at once do not meet.
import net from 'node:net';

const RANGE = 96;
const FIRST = 12_000 + (process.pid % 200) * RANGE;
let next = 0;

function isFree(port) {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

export async function freePort() {
  for (let tries = 0; tries < RANGE; ++tries) {
    const port = FIRST + (next++ % RANGE);
    if (await isFree(port)) return port;
  }
  throw new Error('no port of this process is free');
}
