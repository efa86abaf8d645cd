/** A broken engine is noticed by the judge of birth; by that of depth in test/slow/curve, which takes longer. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { birth } from '../../../src/experiments/birth.js';
import { failures, shiftedTarget, small, withoutSecondAttention } from './damage.js';

const laws = suite('birth and a broken engine');
const LETTERS = 'abcdefghijkl';

const experiment = small(birth, {
  task: { seqLength: 32, triggers: { count: 3 } },
  model: { dim: 64 },
  training: { steps: 400, batchSize: 64, testSequences: 4 },
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
