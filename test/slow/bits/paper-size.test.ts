/**
 * The weight file after 20 steps at the paper's size is the same with any number of workers, and in Chromium. Some
 * minutes, so it has a script of its own, `npm run test:slow bits`; the quick preset is compared like this in `npm
 * test` and `npm run test:system browser`.
 */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as library from '../../../src/index.js';
import { startChromium } from '../../system/browser/chromium.js';
import { serve } from '../../system/browser/server.js';

const STEPS = 20;
const WORKERS = [0, 1, 2, 3, 5];
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const PAGE = { '/empty.html': '<!doctype html><title>empty</title>' };

type Library = typeof library;

/** The sha256 of the file. Sent into the page as text, too: it may use nothing but its arguments. */
async function fileOf(
  { corpusIdentity, createTrainer, presetNamed, resolveConfig, sha256, sonnets, weightsFile, withCorpus }: Library,
  steps: number,
  threads: number,
): Promise<{ threads: number; sha256: string }> {
  const open = resolveConfig([presetNamed('fixed'), { training: { steps, evalEvery: steps } }]);
  const corpus = sonnets();
  const config = withCorpus(open, corpus);
  const trainer = await createTrainer(config, corpus, { threads });
  while (trainer.step < steps) await trainer.advance();
  const identity = corpusIdentity(config.task.corpus, corpus);
  const hash = sha256(weightsFile(trainer.weights(), config, identity, trainer.step));
  const started = trainer.threads;
  trainer.close();
  return { threads: started, sha256: hash };
}

const laws = suite('one weight file at the paper’s size');
const found = new Map<string, string>();

for (const threads of WORKERS) {
  laws(`${threads} workers`, async () => {
    const result = await fileOf(library, STEPS, threads);
    assert.is(result.threads, threads);
    found.set(`${threads} workers`, result.sha256);
    console.log(`${threads} workers: ${result.sha256}`);
  });
}

laws('Chromium', async () => {
  const [chromium, server] = await Promise.all([startChromium(), serve(ROOT, PAGE)]);
  try {
    const { page } = await chromium.open(`${server.origin}/empty.html`);
    page.setDefaultTimeout(600_000);
    const script = `import('/dist/ihead.js').then((library) => (${fileOf})(library, ${STEPS}, 2))`;
    const result = (await page.evaluate(script)) as Awaited<ReturnType<typeof fileOf>>;
    assert.is(result.threads, 2);
    found.set('Chromium', result.sha256);
    console.log(`Chromium: ${result.sha256}`);
  } finally {
    await chromium.close();
    await server.close();
  }
});

laws('all the same', () => {
  assert.is(found.size, WORKERS.length + 1);
  assert.equal(new Set(found.values()).size, 1);
});

laws.run();
