/**
 * The learning curve of the paper's simplified model at the paper's size, against what PyTorch gives: some minutes, so
 * it has a script of its own, `npm run test:slow curve`. On the corpus that IHEAD_CORPUS names (a text or a counts
 * file), else on the sonnets. PyTorch on tiny Shakespeare: accuracy .928 at step 140 and .963 at 190; W_O² and W_K² of
 * layer 2 are whole by then.
 */
import { availableParallelism } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MetricsRecord } from '../../../src/analysis/record.js';
import { half } from '../../../src/experiments/curve-queries.js';
import { loadCorpus } from '../../../src/files/corpus.js';
import { withCorpus } from '../../../src/train/config.js';
import { presetNamed } from '../../../src/train/presets.js';
import { resolveConfig } from '../../../src/train/resolve.js';
import { createTrainer } from '../../../src/train/trainer.js';

const laws = suite('learning curve');
const name = process.env.IHEAD_CORPUS ?? 'sonnets';
const corpus = loadCorpus(name);
const open = resolveConfig([presetNamed('fixed'), { task: { corpus: name }, training: { steps: 201, evalEvery: 10 } }]);
const config = withCorpus(open, corpus);

laws('the induction head is there by step 200, layer 2 first', async () => {
  const trainer = await createTrainer(config, corpus, { threads: availableParallelism() });
  const curve: MetricsRecord[] = [];
  while (trainer.step < config.training.steps) {
    const { step, record } = await trainer.advance();
    if (record === null) continue;
    curve.push(record);
    const { acc_end, wo1_acc, wk1_acc, wk0_64_acc } = record;
    console.log([step, acc_end, wo1_acc, wk1_acc, wk0_64_acc].map((value) => value?.toFixed(3)).join('  '));
  }
  trainer.close();
  const last = curve.at(-1)!;
  assert.ok(last.acc_end! >= 0.9, `accuracy ${last.acc_end}`);
  assert.equal([last.wo1_acc, last.wk1_acc], [1, 1]);
  for (const memory of ['wo1_acc', 'wk1_acc']) assert.ok(half(curve, memory) <= half(curve, 'wk0_64_acc'), memory);
});

laws.run();
