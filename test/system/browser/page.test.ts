import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as library from '../../../src/index.js';
import { startChromium } from './chromium.js';
import { serve } from './server.js';

const STEPS = 20;
const PATIENCE = 120_000;
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** A page that breaks the policy in itself and in a worker: what a silent test would not notice. */
const BREACHES = {
  '/breach.html':
    '<!doctype html><script>document.title = "ran"</script><script type="module" src="breach.js"></script>',
  '/breach.js': 'new Worker("breach-worker.js").onmessage = ({ data }) => { document.body.id = data; };',
  '/breach-worker.js': 'try { eval("1"); } catch (error) { postMessage(error.name); }',
};

// Not in a hook: uvu passes over the error of a `before`.
const chromium = await startChromium();
const server = await serve(ROOT, BREACHES);

const laws = suite('the page in chromium');

laws.after(async () => {
  await chromium.close();
  await server.close();
});

/** The weight file of the same run, made here. */
async function weightsHere(): Promise<Uint8Array> {
  const open = library.resolveConfig([library.presetNamed('fixed-quick'), { training: { steps: STEPS } }]);
  const corpus = library.sonnets();
  const config = library.withCorpus(open, corpus);
  const trainer = await library.createTrainer(config, corpus);
  while (trainer.step < STEPS) await trainer.advance();
  trainer.close();
  const identity = library.corpusIdentity(config.task.corpus, corpus);
  return library.weightsFile(trainer.weights(), config, identity, trainer.step);
}

async function downloaded(path: string): Promise<Uint8Array> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return readFileSync(path);
    } catch {
      await wait(50);
    }
  }
  throw new Error(`no download came to ${path}`);
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

laws('the policy is in force, and a breach of it is noticed', async () => {
  const { page, complaints } = await chromium.open(`${server.origin}/breach.html`);
  await page.waitForSelector('#EvalError', { timeout: PATIENCE });
  for (let tries = 0; tries < 100 && server.violations.length < 2; tries++) await wait(50);
  assert.is.not(await page.title(), 'ran');
  assert.match(complaints.join('\n'), /inline/);
  assert.match(server.violations.join('\n'), /inline/);
  assert.match(server.violations.join('\n'), /breach-worker\.js/);
  await page.close();
});

laws('a page trains the quick preset to the bytes that Node gives, with any number of workers', async () => {
  const expected = await weightsHere();
  for (const threads of [0, 2]) {
    const before = server.violations.length;
    const url = `${server.origin}/examples/page/index.html?steps=${STEPS}&threads=${threads}`;
    const { page, complaints } = await chromium.open(url);
    const text = (id: string) => page.$eval(`#${id}`, (element) => element.textContent ?? '');
    await page.click('button');
    await page.waitForFunction(() => /^(Done|Stopped)/.test(document.getElementById('state')!.textContent!), {
      timeout: PATIENCE,
    });
    assert.is(await text('state'), 'Done.');
    assert.is(await text('threads'), String(threads));
    assert.is(await text('step'), String(STEPS - 1));
    assert.ok(Number(await text('loss')) > 0);
    assert.ok(Number(await text('bag')) > Number(await text('accuracy')));
    assert.is(await text('bayes'), '1.000');

    await page.click('#weights a');
    const path = join(chromium.downloads, 'model.safetensors');
    const file = await downloaded(path);
    rmSync(path);
    assert.is(await page.$eval('#weights a', (link) => (link as HTMLElement).title), `sha256 ${hash(file)}`);
    assert.is(hash(file), hash(expected));
    assert.equal(complaints, []);
    assert.equal(server.violations.slice(before), []);
    await page.close();
  }
});

laws.run();
