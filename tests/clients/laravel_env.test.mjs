// examples/laravel.env as it stands is a node's .env too, in both of its variants.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';

const text = readFileSync(new URL('../../examples/laravel.env', import.meta.url), 'utf8');

function check(dotenv) {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-env-'));
  try {
    writeFileSync(join(directory, '.env'), dotenv);
    const options = { cwd: directory, env: { PATH: process.env.PATH }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
    return execFileSync(process.env.GRAPEVINE_BIN, ['check-config'], options);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

it('is a configuration without problems', () => {
  assert.doesNotThrow(() => check(text));
});

it('is one as well with the lines for Redis in force', () => {
  const uncommented = text.replaceAll(/^#([A-Z_]+=)/gm, '$1');
  assert.notEqual(uncommented, text);
  assert.doesNotThrow(() => check(uncommented));
});

it('fails where it is wrong, so that the tests above can', () => {
  assert.throws(() => check(text.replace('BROADCAST_DRIVER=pusher', 'BROADCAST_DRIVER=pigeon')));
});
