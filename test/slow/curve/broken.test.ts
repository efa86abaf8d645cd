/** A broken engine is noticed by the judge of held-back. Some minutes: part of `npm run test:slow curve`. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { heldBack } from '../../../src/experiments/held-back.js';
import { failures, shiftedTarget, small, withoutSecondAttention } from '../../unit/experiments/damage.js';

const laws = suite('held-back and a broken engine');
const LETTERS = 'abcdefghijklmnopqrst';

const experiment = small(heldBack, {
  task: { seqLength: 64 },
  model: { dim: 64 },
  training: { batchSize: 64, evalEvery: 10, testSequences: 4 },
});

laws('all claims hold with the sound engine', async () => {
  assert.equal(await failures(experiment, LETTERS, {}), []);
});

laws('not without the second layer’s attention', async () => {
  assert.ok((await failures(experiment, LETTERS, withoutSecondAttention)).length > 0);
});

laws('not where the target is the token after the next', async () => {
  assert.ok((await failures(experiment, LETTERS, shiftedTarget)).length > 0);
});

laws.run();
