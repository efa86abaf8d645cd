/** ihead itself: sequences sampled in the step; `--kernel fused`, `--wide-vectors` as on its command line. */
import { readFileSync } from 'node:fs';
import { useWideVectors } from '../../dist/src/cli/wide-vectors.js';
import { configFor, createTrainer, loadBuild, presets, sonnets } from '../../dist/src/index.js';
import { readProblem, report } from './problem.mjs';

const sizes = readProblem({
  threads: { type: 'string', default: '2' },
  kernel: { type: 'string', default: 'simd' },
  preset: { type: 'string', default: 'fixed' },
  'wide-vectors': { type: 'boolean', default: false },
});
const { dim, batch, length, loss, threads, kernel, preset } = sizes;
const build =
  kernel === 'fused'
    ? loadBuild('fused', readFileSync(new URL('../../dist/fused.wasm', import.meta.url)))
    : loadBuild();
if (sizes['wide-vectors']) {
  const warn = (message) => {
    throw new Error(message);
  };
  useWideVectors(build, warn);
}
const corpus = sonnets();
const config = configFor(corpus, presets[preset], {
  kernel,
  task: { seqLength: length },
  model: { dim },
  training: { batchSize: batch, lossOn: loss, steps: 1e9, evalEvery: 1e9, testSequences: 0 },
});
const trainer = await createTrainer(config, corpus, { build, threads: Number(threads) });
await report('ihead', { node: process.versions.node }, sizes, async () => (await trainer.advance()).loss);
trainer.close();
