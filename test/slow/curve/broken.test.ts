/** A broken engine is noticed by four judges. Some minutes: part of `npm run test:slow curve`. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { birth } from '../../../src/experiments/birth.js';
import { contextLater } from '../../../src/experiments/context-later.js';
import { heldBack } from '../../../src/experiments/held-back.js';
import { triggers } from '../../../src/experiments/triggers.js';
import {
  exchangedKeys,
  failures,
  shiftedTarget,
  small,
  withoutSecondAttention,
} from '../../unit/experiments/damage.js';

const laws = suite('judges and a broken engine');
const LETTERS = 'abcdefghijklmnopqrst';

const training = { batchSize: 64, testSequences: 4 } as const;
const longer = { task: { seqLength: 64 }, model: { dim: 64 }, training } as const;
const EXPERIMENTS = [
  small(birth, { task: { seqLength: 32, triggers: { count: 3 } }, model: { dim: 64 }, training }),
  small(triggers, longer),
  small(heldBack, longer),
  small(contextLater, longer),
];

/** On a corpus of letters not every claim holds with a sound engine either. */
function fails(claims: readonly string[], anyway: readonly string[]): boolean {
  return claims.some((claim) => !anyway.includes(claim));
}

for (const experiment of EXPERIMENTS) {
  const { id } = experiment;
  let sound: readonly string[] = [];

  laws(`${id} with the sound engine`, async () => {
    sound = await failures(experiment, LETTERS, {});
    assert.ok(sound.length < experiment.claims.length / 3, sound.join('\n'));
  });

  for (const [name, damage] of Object.entries({ withoutSecondAttention, shiftedTarget, exchangedKeys })) {
    laws(`${id}: ${name} fails a claim that held`, async () => {
      assert.ok(fails(await failures(experiment, LETTERS, damage), sound));
    });
  }

  laws(`${id}: a tenth of the rate fails a claim that held`, async () => {
    const slow = {
      ...experiment,
      runs: (scale: Parameters<typeof experiment.runs>[0]) =>
        experiment.runs(scale).map((run) => {
          const { optimizer } = run.config.training!;
          const learningRate = (optimizer?.learningRate ?? 0.2) / 10;
          const training = { ...run.config.training, optimizer: { kind: 'sgd', learningRate } } as const;
          return { ...run, config: { ...run.config, training } };
        }),
    };
    assert.ok(fails(await failures(slow, LETTERS, {}), sound));
  });
}

laws.run();
