// Ports that are known before anything listens on them. They lie below those that the system gives to clients, and each
// process has a range of its own, so that suites that run at once do not meet.
import net from 'node:net';

const RANGE = 48;
let next = 12_000 + (process.pid % 400) * RANGE;
const end = next + RANGE;

function isFree(port) {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

export async function freePort() {
  for (; next < end; ++next) if (await isFree(next)) return next++;
  throw new Error('this process has used up its range of ports');
}
