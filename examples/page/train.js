/**
 * A worker that trains the preset `fixed-quick` to the bytes of a weight file. It may start workers of its own.
 */
import {
  corpusIdentity,
  createTrainer,
  presetNamed,
  resolveConfig,
  sha256,
  sonnets,
  weightsFile,
  withCorpus,
} from '../../dist/ihead.js';

async function train({ steps, threads, seed }) {
  const open = resolveConfig([presetNamed('fixed-quick'), { seed, training: { steps } }]);
  const corpus = sonnets();
  const config = withCorpus(open, corpus);
  const trainer = await createTrainer(config, corpus, { threads, warn: (message) => console.warn(message) });
  postMessage({ type: 'started', threads: trainer.threads, steps });
  while (trainer.step < steps) {
    const { step, loss, record } = await trainer.advance();
    postMessage({ type: 'step', step, loss });
    if (record !== null) postMessage({ type: 'record', record });
  }
  const identity = corpusIdentity(config.task.corpus, corpus);
  const file = weightsFile(trainer.weights(), config, identity, trainer.step);
  trainer.close();
  postMessage({ type: 'done', file, sha256: sha256(file) }, [file.buffer]);
}

addEventListener('message', ({ data }) => {
  train(data).catch((error) => postMessage({ type: 'failed', message: error.message }));
});
