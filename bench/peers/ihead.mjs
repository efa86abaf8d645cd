/** ihead itself: strict build, sequences sampled in the step. */
import { loadCorpus } from '../../dist/src/files/corpus.js';
import { withCorpus } from '../../dist/src/train/config.js';
import { presets } from '../../dist/src/train/presets.js';
import { resolveConfig } from '../../dist/src/train/resolve.js';
import { createTrainer } from '../../dist/src/train/trainer.js';
import { readProblem, report } from './problem.mjs';

const sizes = readProblem({ threads: { type: 'string', default: '2' } });
const { dim, batch, length, loss, threads } = sizes;
const open = resolveConfig([
  presets.fixed,
  {
    task: { seqLength: length },
    model: { dim },
    training: { batchSize: batch, lossOn: loss, steps: 1e9, evalEvery: 1e9, testSequences: 0 },
  },
]);
const corpus = loadCorpus(open.task.corpus);
const config = withCorpus(open, corpus);
const trainer = await createTrainer(config, corpus, { threads: Number(threads) });
await report('ihead', { node: process.versions.node }, sizes, async () => (await trainer.advance()).loss);
trainer.close();
