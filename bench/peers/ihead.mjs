/** ihead itself: strict build, sequences sampled in the step. */
import { configFor, createTrainer, presets, sonnets } from '../../dist/src/index.js';
import { readProblem, report } from './problem.mjs';

const sizes = readProblem({ threads: { type: 'string', default: '2' } });
const { dim, batch, length, loss, threads } = sizes;
const corpus = sonnets();
const config = configFor(corpus, presets.fixed, {
  task: { seqLength: length },
  model: { dim },
  training: { batchSize: batch, lossOn: loss, steps: 1e9, evalEvery: 1e9, testSequences: 0 },
});
const trainer = await createTrainer(config, corpus, { threads: Number(threads) });
await report('ihead', { node: process.versions.node }, sizes, async () => (await trainer.advance()).loss);
trainer.close();
