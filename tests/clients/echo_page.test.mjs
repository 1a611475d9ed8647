// The page of examples/echo-page in a real browser.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { sdkFor } from './support/clients.mjs';
import { Server } from './support/server.mjs';
import { patienceMs } from './support/wait.mjs';

const page = fileURLToPath(new URL('../../examples/echo-page/', import.meta.url));
const packages = fileURLToPath(new URL('.', import.meta.url)); // whose node_modules hold what the page loads

const executablePath = '/usr/bin/chromium';
// As root in a container; and no word to anybody but the page's own server.
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

/** Serves the page with the packages that it would have after `npm install`. */
async function servePage() {
  const types = { html: 'text/html', js: 'text/javascript' };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://127.0.0.1');
    const path = pathname === '/' ? 'index.html' : pathname.slice(1);
    try {
      const body = await readFile((path.startsWith('node_modules/') ? packages : page) + path);
      response.writeHead(200, { 'content-type': types[path.split('.').at(-1)] ?? 'text/plain' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('the page with Echo', { skip: existsSync(executablePath) ? false : 'there is no Chromium' }, () => {
  let server;
  let files;
  let browser;

  before(async () => {
    server = await Server.start();
    files = await servePage();
    browser = await chromium.launch({ executablePath, args, timeout: patienceMs });
  });
  after(async () => {
    await browser?.close();
    files?.close();
    await server?.stop();
  });

  it('connects, and shows what is published', async () => {
    const tab = await browser.newPage();
    tab.setDefaultTimeout(patienceMs);
    const failures = [];
    tab.on('pageerror', (error) => failures.push(error.message));
    await tab.goto(`http://127.0.0.1:${files.address().port}/?host=127.0.0.1&port=${server.port}&channel=news`);
    await tab.locator('#state.connected').waitFor();

    // The subscription is under way; the first events may come before it.
    const sdk = sdkFor(server);
    const shown = tab.locator('#events tr', { hasText: 'Posted' });
    for (const until = Date.now() + patienceMs; (await shown.count()) === 0 && Date.now() < until;) {
      await sdk.trigger('news', 'Posted', { title: 'Hello <b>you</b>' });
      await tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    }
    assert.ok((await shown.count()) > 0, 'no event is shown');
    const cells = await shown.first().locator('td').allTextContents();
    assert.deepEqual(cells.slice(1), ['.Posted', '{"title":"Hello <b>you</b>"}']);
    assert.deepEqual(failures, []);
  });

  it('says so when nobody is there', async () => {
    const tab = await browser.newPage();
    tab.setDefaultTimeout(patienceMs);
    await tab.goto(`http://127.0.0.1:${files.address().port}/?host=127.0.0.1&port=1`);
    await tab.locator('#state.unavailable, #state:text("connecting")').first().waitFor();
    assert.equal(await tab.locator('#state.connected').count(), 0);
  });
});
