/** training.stopWhen: ends a run where it says, decides its bits, and leaves those of other runs alone. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { ConfigError } from '../../../src/errors.js';
import { readState, savedState } from '../../../src/files/format/checkpoint.js';
import { type StopRule, TRAINING_DEFAULTS } from '../../../src/train/config.js';
import { readWeightsConfig, weightsConfig } from '../../../src/train/identity.js';
import { configFor } from '../../../src/train/resolve.js';
import { createTrainer, type Trainer } from '../../../src/train/trainer.js';

const laws = suite('rules that end a run');
const corpus = sonnets();

function brief(stopWhen?: StopRule, evalEvery = 2) {
  const rule = stopWhen === undefined ? {} : { stopWhen };
  const training = { steps: 12, batchSize: 8, testSequences: 4, evalEvery, ...rule };
  return configFor(corpus, { threads: 0, task: { seqLength: 16 }, model: { dim: 16 }, training });
}

async function finish(trainer: Trainer): Promise<number> {
  while (!trainer.finished) await trainer.advance();
  return trainer.step;
}

laws('a run ends after as many evaluations in a row as it has patience for', async () => {
  for (const [threshold, metric, patience, expected] of [
    [0, 'acc_tot', 1, 1],
    [0, 'acc_tot', 3, 5],
    [2, 'acc_tot', 1, 12],
    [100, 'loss', 2, 3],
    [0, 'loss', 1, 12],
    [-5, 'ff1_loss', 1, 12],
  ] as const) {
    const trainer = await createTrainer(brief({ metric, threshold, patience }), corpus);
    assert.is(await finish(trainer), expected, `${metric} ${threshold} ${patience}`);
  }
});

laws('a state in the middle of the patience goes on to the same end', async () => {
  const config = brief({ metric: 'acc_tot', threshold: 0, patience: 4 });
  const first = await createTrainer(config, corpus);
  for (let n = 0; n < 4; n++) await first.advance();
  const bytes = savedState(first);
  const second = await createTrainer(config, corpus, { state: readState(bytes, config, corpus) });
  assert.is(await finish(second), 7);
  assert.is(await finish(first), 7);
  assert.equal(second.weights(), first.weights());
});

laws(
  'without a rule the settings that are saved are what they were; with one it and what it reads are among them',
  () => {
    assert.not.ok(Object.hasOwn(TRAINING_DEFAULTS, 'stopWhen'));
    assert.not.match(weightsConfig(brief(), 'sonnets'), /stopWhen|evalEvery/);
    const rule = { metric: 'acc_end', threshold: 0.9, patience: 2 };
    const line = weightsConfig(brief(rule), 'sonnets');
    assert.is.not(line, weightsConfig(brief(rule, 3), 'sonnets'));
    assert.equal({ ...readWeightsConfig(line).layer.training!.stopWhen }, rule);
  },
);

laws('a metric that the run does not have, and a rule that is none, are refused by name', async () => {
  const trainer = await createTrainer(brief({ metric: 'acc_ned', threshold: 1, patience: 1 }), corpus);
  const refused = (error: unknown) => error instanceof ConfigError && error.key.startsWith('training.stopWhen');
  await trainer.advance().then(
    () => assert.unreachable(),
    (error: unknown) => assert.ok(refused(error)),
  );
  for (const bad of [
    { metric: 'loss' },
    { metric: 'loss', threshold: 'low' },
    { metric: 'loss', threshold: 1, patience: 0 },
  ]) {
    assert.throws(() => configFor(corpus, { training: { stopWhen: bad as StopRule } }), refused, JSON.stringify(bad));
  }
});

laws.run();
