/** What is read from a trained model agrees with its probes and metrics. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sonnets } from '../../../src/corpus/sonnets.js';
import {
  attentionMap,
  attentionScope,
  placeMasses,
  sampleIn,
  scoresIn,
  scoreTable,
} from '../../../src/experiments/looks.js';
import { relativeSpread } from '../../../src/experiments/statistics.js';
import { presets } from '../../../src/train/presets.js';
import { configFor } from '../../../src/train/resolve.js';
import { createTrainer, type Trainer } from '../../../src/train/trainer.js';

const laws = suite<{ trainer: Trainer }>('looks into a trained model');
const corpus = sonnets();
const SEQUENCES = 24;

laws.before(async (context) => {
  const config = configFor(corpus, presets.quick, { training: { steps: 40, evalEvery: 100, testSequences: 4 } });
  context.trainer = await createTrainer(config, corpus);
  while (context.trainer.step < 40) await context.trainer.advance();
});
laws.after(({ trainer }) => trainer.close());

/** Share of rows whose largest entry is on the diagonal. */
function recall(scores: readonly (readonly number[])[]): number {
  return scores.filter((row, i) => row.every((score, j) => j === i || score < row[i]!)).length / scores.length;
}

laws('score tables recall what the probes say', ({ trainer }) => {
  const { wo1_acc, wk1_acc, wk0_acc } = trainer.probes();
  const measured = (['wo1', 'wk1', 'wk0'] as const).map((id) => recall(scoresIn(scoreTable(id)(trainer))));
  assert.equal(measured, [wo1_acc, wk1_acc, wk0_acc]);
  assert.ok(wo1_acc! > 0.1);
  const few = scoreTable('wk0', 9)(trainer);
  assert.equal(
    [few.length, Object.keys(few[0]!)],
    [9, ['input', 'frequency', ...Array.from({ length: 9 }, (_, j) => `c${j}`)]],
  );
});

laws('attention behind triggers is the induction mass of the metrics, over the same sequences', async ({ trainer }) => {
  const [scope] = attentionScope(SEQUENCES)(trainer);
  const { induction_mass_l1_h0: mass } = await trainer.evaluate(SEQUENCES, { split: 'train' });
  assert.ok(Math.abs(scope!.triggers! - mass!) < 1e-6, `${scope!.triggers} ${mass}`);
  assert.ok(scope!.others! > 0 && scope!.others! < 1);
});

laws('a map holds rows that sum to 1, and comes back as a sample', ({ trainer }) => {
  const table = attentionMap(trainer);
  const sample = sampleIn(table, corpus);
  assert.equal([sample.attention.length, sample.attention[0]!.length, sample.symbols.length], [2, 1, 40]);
  for (const [[weights]] of sample.attention.map((heads) => [heads] as const)) {
    for (let t = 0; t < 40; t++) {
      const row = Array.from({ length: 40 }, (_, s) => weights![t * 40 + s]!);
      assert.ok(Math.abs(row.reduce((sum, x) => sum + x, 0) - 1) < 1e-5);
      assert.ok(row.slice(t + 1).every((x) => x === 0));
    }
  }
  const [masses] = placeMasses(1)(trainer);
  for (const [layer, [weights]] of sample.attention.entries()) {
    const mean = (at: (t: number) => number) =>
      Array.from({ length: 39 }, (_, n) => weights![40 * (n + 1) + at(n + 1)]! / 39).reduce((sum, x) => sum + x, 0);
    assert.ok(Math.abs(masses![`first_l${layer}_h0`]! - mean(() => 0)) < 1e-6);
    assert.ok(Math.abs(masses![`before_l${layer}_h0`]! - mean((t) => t - 1)) < 1e-6);
  }
});

laws('relative spread is the deviation over the mean', () => {
  assert.is(relativeSpread([2, 2, 2]), 0);
  assert.ok(Math.abs(relativeSpread([1, 3]) - 0.5) < 1e-12);
  assert.ok(Math.abs(relativeSpread([-1, -3]) - 0.5) < 1e-12);
});

laws.run();
