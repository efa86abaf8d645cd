/** Matrices frozen and released while a run goes on, and runs that start in the middle. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { ConfigError } from '../../../src/errors.js';
import type { ConfigLayer } from '../../../src/train/config.js';
import { withCorpus } from '../../../src/train/config.js';
import { resolveConfig } from '../../../src/train/resolve.js';
import { createTrainer, type Trainer, type TrainerOptions } from '../../../src/train/trainer.js';

const laws = suite('freezing by hand');
const SMALL: ConfigLayer = {
  task: { seqLength: 24 },
  model: { dim: 16 },
  training: { steps: 8, batchSize: 8, testSequences: 4, lossOn: 'all', optimizer: { kind: 'adamw' } },
};
const KEY = 'layers.1.attention.wk.weight';
const FROZEN: ConfigLayer = { training: { freeze: ['*embeddings*', 'pe', 'output*', '*.wv.*', '*.wo.*', KEY] } };

function trainerOf(layer: ConfigLayer, options: TrainerOptions = {}): Promise<Trainer> {
  const corpus = sonnets();
  return createTrainer(withCorpus(resolveConfig([SMALL, layer]), corpus), corpus, options);
}

function bits(trainer: Trainer): Record<string, Uint32Array> {
  return Object.fromEntries(
    [...trainer.weights()].map(([name, values]) => [name, new Uint32Array(values.slice().buffer)]),
  );
}

async function advance(trainer: Trainer, steps: number): Promise<void> {
  for (let n = 0; n < steps; n++) await trainer.advance();
}

laws('a matrix that may be released, and is not, changes no bit of a run', async () => {
  const [plain, releasable] = await Promise.all([trainerOf(FROZEN), trainerOf(FROZEN, { releasable: [KEY] })]);
  for (const trainer of [plain, releasable]) await advance(trainer, 4);
  assert.equal(bits(releasable), bits(plain));
});

laws('released by hand before a step is released by the configuration at that step', async () => {
  const byHand = await trainerOf(FROZEN, { releasable: [KEY] });
  const bySetting = await trainerOf({ training: { ...FROZEN.training, freezeUntil: [{ parameter: KEY, step: 3 }] } });
  await advance(byHand, 3);
  byHand.release(KEY);
  await advance(byHand, 3);
  await advance(bySetting, 6);
  assert.equal(bits(byHand), bits(bySetting));
});

laws('frozen by hand stands still while the others move, and moves again afterwards', async () => {
  const trainer = await trainerOf({});
  const other = 'layers.0.attention.wk.weight';
  await advance(trainer, 2);
  const before = bits(trainer);
  trainer.freeze(KEY);
  await advance(trainer, 2);
  const after = bits(trainer);
  assert.equal(after[KEY], before[KEY]);
  assert.not.equal(after[other], before[other]);
  trainer.release(KEY);
  await advance(trainer, 1);
  assert.not.equal(bits(trainer)[KEY], before[KEY]);
});

laws('what has no gradient cannot be released, and the error names it', async () => {
  const trainer = await trainerOf(FROZEN);
  for (const name of [KEY, 'pe', 'nothing']) {
    assert.throws(
      () => trainer.release(name),
      (error: unknown) => error instanceof ConfigError && error.value === name,
    );
  }
});

laws('plain descent that starts at a step with its weights goes on as if it had never stopped', async () => {
  const layer: ConfigLayer = { training: { optimizer: { kind: 'sgd', momentum: 0 } } };
  const whole = await trainerOf(layer);
  await advance(whole, 3);
  const weights = whole.weights();
  const second = await trainerOf(layer, { weights, step: 3 });
  assert.is(second.step, 3);
  for (const trainer of [whole, second]) await advance(trainer, 3);
  assert.equal(bits(second), bits(whole));
});

laws.run();
