/** <ihead-lab> as authors embed it: from another origin, under policies, with files that are not there, set early. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TYPES } from '../../../src/cli/lab.js';
import * as library from '../../../src/index.js';
import { startChromium } from './chromium.js';
import { lab, saved, weightsHere } from './lab-page.js';

const DIST = fileURLToPath(new URL('../../../', import.meta.url));

/** Files by path, each with headers of its own; a function may answer otherwise the second time. */
type Site = Readonly<Record<string, () => { body: string | Uint8Array; policy?: string } | null>>;

async function host(site: Site): Promise<{ readonly origin: string; close(): void }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file = path.startsWith('/dist/') && !Object.hasOwn(site, path);
    const found = file ? { body: readFileSync(join(DIST, path.slice('/dist/'.length))) } : (site[path]?.() ?? null);
    const headers: Record<string, string> = {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'access-control-allow-origin': '*',
      'cache-control': 'no-store',
    };
    if (found !== null && 'policy' in found && found.policy !== undefined) {
      headers['content-security-policy'] = found.policy;
    }
    response.writeHead(found === null ? 404 : 200, headers).end(found?.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function pageWith(script: string, tag: string, before = ''): string {
  return `<!doctype html><html lang="en"><title>lab</title><link rel="icon" href="data:,">${tag}
<script>${before}</script><script type="module" src="${script}"></script></html>`;
}

const HERE = '/dist/lab.js';
const TAG = '<ihead-lab preset="fixed-quick" panels="controls curves"></ihead-lab>';
const LINK = { preset: 'fixed-quick', layer: { seed: 7 }, step: 2, panels: null, manualFreezes: [] };
const BLOCKED = '/blocked/lab-worker.js';

/** Whether the worker's file of the site that has none at first is there by now. */
let restored = false;
const read = (name: string) => readFileSync(join(DIST, name));

const corpus = library.sonnets();
const layer = { training: { steps: 3, batchSize: 8, evalEvery: 3, testSequences: 0 } };
const open = library.resolveConfig([library.presetNamed('fixed-quick'), layer]);
const config = library.withCorpus(open, corpus);
const trainer = await library.createTrainer(config, corpus, { threads: 0 });
while (trainer.step < 3) await trainer.advance();
const file = library.weightsFile(trainer.weights(), config, library.corpusIdentity(config.task.corpus, corpus), 3);
trainer.close();

const far = await host({});
const near = await host({
  '/far.html': () => ({ body: pageWith(`${far.origin}${HERE}`, TAG) }),
  '/strict.html': () => ({
    body: pageWith(`${far.origin}${HERE}`, TAG),
    policy: `default-src 'none'; script-src ${far.origin} 'wasm-unsafe-eval' 'unsafe-inline'; style-src 'unsafe-inline'; worker-src 'none'; img-src data:`,
  }),
  '/missing.html': () => ({ body: pageWith('/blocked/lab.js', TAG) }),
  '/blocked/lab.js': () => ({ body: read('lab.js') }),
  [BLOCKED]: () => (restored ? { body: read('lab-worker.js') } : null),
  '/early.html': () => ({
    body: pageWith(
      HERE,
      '<ihead-lab id="link"></ihead-lab><ihead-lab id="set"></ihead-lab>',
      `link.linkState = ${JSON.stringify(LINK)}; set.config = { seed: 9 }; set.panels = 'curves';`,
    ),
  }),
  '/src.html': () => ({ body: pageWith(HERE, '<ihead-lab src="model.safetensors" panels="controls"></ihead-lab>') }),
  '/model.safetensors': () => ({ body: file }),
});
const chromium = await startChromium();
const laws = suite('the lab in pages of others');

laws.after(async () => {
  await chromium.close();
  far.close();
  near.close();
});

const ask = <T>(page: Page, expression: string) => page.evaluate(expression) as Promise<T>;

async function opened(path: string, selector?: string): Promise<Page> {
  const { page } = await chromium.open(`${near.origin}${path}`);
  await page.waitForFunction(`${lab(selector)}?.hasUpdated`);
  return page;
}

laws('from another origin it trains in a worker, to the same bytes; where none is allowed, in the page', async () => {
  const wanted = await weightsHere({}, 1);
  for (const [path, workers] of [
    ['/far.html', true],
    ['/strict.html', false],
  ] as const) {
    const page = await opened(path);
    await ask(page, `${lab()}.step()`);
    await page.waitForFunction(`${lab()}.state.step === 1`, { timeout: 20_000 });
    assert.is(page.workers().length > 0, workers, path);
    assert.is(await ask(page, saved()), wanted, path);
    await page.close();
  }
});

laws('a worker whose file is not there is named and forgotten, and the next start works', async () => {
  const page = await opened('/missing.html');
  const refused = await ask<string>(
    page,
    `${lab()}.load(new Uint8Array(9)).then(() => 'done', (error) => error.message)`,
  );
  assert.match(refused, /blocked\/lab-worker\.js: the worker's file could not be loaded/);
  await ask(page, `${lab()}.start()`);
  await page.waitForFunction(`${lab()}.state.status === 'failed'`);
  assert.match(await ask<string>(page, `${lab()}.state.error`), /blocked\/lab-worker\.js/);
  restored = true;
  await ask(page, `${lab()}.step()`);
  await page.waitForFunction(`${lab()}.state.step === 1`);
  await page.close();
});

laws('what is set before the element is defined counts', async () => {
  const page = await opened('/early.html', '#link');
  assert.is(await ask(page, `${lab('#link')}.settings().seed`), 7);
  assert.is(await ask(page, `${lab('#link')}.linkState.step`), 2);
  assert.is(await ask(page, `${lab('#set')}.settings().seed`), 9);
  assert.is(await ask(page, `${lab('#set')}.panels`), 'curves');
  await page.close();
});

laws('src shows a weight file without training it', async () => {
  const page = await opened('/src.html');
  await page.waitForFunction(`${lab()}.state.ready !== null`);
  assert.equal(await ask(page, `[${lab()}.state.step, ${lab()}.settings().training.batchSize]`), [3, 8]);
  assert.not.equal(await ask(page, `${lab()}.state.status`), 'running');
  await ask(page, `${lab()}.src = 'nothing.safetensors'`);
  await page.waitForFunction(`${lab()}.renderRoot.querySelector('.error') !== null`);
  const error = await ask<string>(page, `${lab()}.renderRoot.querySelector('.error').textContent`);
  assert.match(error, /nothing\.safetensors: expected a weight file, got the status 404/);
  await page.close();
});

laws('without a DOM, importing it defines nothing and throws nothing', async () => {
  const module = (await import(new URL('../../../lab.js', import.meta.url).href)) as Record<string, unknown>;
  assert.equal(Object.keys(module), ['LabElement']);
});

laws.run();
