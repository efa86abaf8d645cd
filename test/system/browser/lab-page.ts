/** What the tests of the lab share: a bare page with labs, the truth from Node, and what a page can be asked. */
import { createHash } from 'node:crypto';
import * as library from '../../../src/index.js';

/** A page that holds the element and nothing else; `tags`: its labs. */
export function labPage(tags: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>labs</title><link rel="icon" href="data:,"><script type="module" src="/dist/lab.js"></script>
<main><h1>Labs</h1>${tags}</main></html>`;
}

/** The sha256 of the weight file that the same run gives in Node. */
export async function weightsHere(
  layer: library.ConfigLayer = {},
  steps?: number,
  preset = 'fixed-quick',
): Promise<string> {
  const watching = { training: { evalEvery: 1_000_000, testSequences: 0 } };
  const open = library.resolveConfig([library.presetNamed(preset), layer, watching]);
  const corpus = library.sonnets();
  const config = library.withCorpus(open, corpus);
  const trainer = await library.createTrainer(config, corpus, { threads: 2 });
  const end = steps ?? config.training.steps;
  while (trainer.step < end) await trainer.advance();
  trainer.close();
  const identity = library.corpusIdentity(config.task.corpus, corpus);
  return hash(library.weightsFile(trainer.weights(), config, identity, end));
}

export function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Expressions for a page, about its first lab or the one that a selector finds. */
export const lab = (selector = 'ihead-lab') => `document.querySelector(${JSON.stringify(selector)})`;

/** The sha256 of what the lab saves. */
export const saved = (selector?: string) =>
  `${lab(selector)}.save().then((bytes) => crypto.subtle.digest('SHA-256', bytes)).then((digest) =>
    Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(''))`;

/** Seconds from the start until a record shows this in-context accuracy, then until the run is over. */
export const timed = (accuracy: number, selector?: string) => `new Promise((resolve, reject) => {
  const lab = ${lab(selector)};
  const began = performance.now();
  let reached = null;
  lab.addEventListener('record', ({ detail }) => {
    if (detail.acc_end >= ${accuracy}) reached ??= (performance.now() - began) / 1000;
  });
  lab.addEventListener('done', () => resolve({ reached, whole: (performance.now() - began) / 1000 }));
  lab.addEventListener('fail', ({ detail }) => reject(new Error(detail.message)));
  lab.start();
})`;
