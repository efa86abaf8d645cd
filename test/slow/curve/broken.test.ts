/** A broken engine is noticed by the judge of depth. Some minutes: part of `npm run test:slow curve`. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { depth } from '../../../src/experiments/depth.js';
import { failures, shiftedTarget, small, withoutSecondAttention } from '../../unit/experiments/damage.js';

const laws = suite('depth and a broken engine');
const LETTERS = 'abcdefghijklmnopqrst';

const experiment = small(depth, {
  task: { seqLength: 48, triggers: { count: 6 } },
  model: { dim: 48 },
  training: { steps: 1500, batchSize: 64, evalEvery: 100, testSequences: 256 },
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
