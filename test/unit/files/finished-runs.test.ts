/** A finished run stands for the same settings on the same counts, and for no others. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBuild } from '../../../bindings/build.js';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { atLeast, claim, type TrainedExperiment } from '../../../src/experiments/experiment.js';
import { runExperiment } from '../../../src/experiments/runner.js';
import { overSteps, panelOf } from '../../../src/experiments/shared-panels.js';
import { finishedRuns } from '../../../src/files/finished-runs.js';
import type { ConfigLayer } from '../../../src/train/config.js';
import { configFor } from '../../../src/train/resolve.js';
import { type Workplace, workplace } from '../cli/command.js';

const laws = suite<{ place: Workplace }>('finished runs');
const corpus = sonnets();
const layer: ConfigLayer = {
  task: { seqLength: 16 },
  model: { dim: 8 },
  training: { steps: 3, batchSize: 4, evalEvery: 2, testSequences: 4 },
};

laws.before((context) => {
  context.place = workplace();
  const settings = ['task.seqLength=16', 'model.dim=8', 'training.batchSize=4', 'training.testSequences=4'];
  const { status, stderr } = context.place.ihead(
    'train',
    ...['--preset=fixed', '--steps=3', '--eval-every=2', '--seed=7', '--out=runs/one', '--quiet'],
    ...settings.map((setting) => `--set=${setting}`),
  );
  assert.is(status, 0, stderr);
});
laws.after(({ place }) => place.remove());

laws('it is found by what decides its weights and its curve', ({ place }) => {
  const look = finishedRuns(join(place.folder, 'runs'));
  const found = look(configFor(corpus, layer, { seed: 7, threads: 3 }), corpus)!;
  assert.equal(
    found.curve.map(({ iter }) => iter),
    [0, 2],
  );
  assert.is(found.on.sha256, loadBuild().sha256);
  assert.is(look(configFor(corpus, layer, { seed: 8 }), corpus), undefined);
  assert.is(look(configFor(corpus, layer, { seed: 7, training: { evalEvery: 1 } }), corpus), undefined);
  assert.is(look(configFor(corpus, layer, { seed: 7, training: { steps: 4 } }), corpus), undefined);
  const other = { ...corpus, unigrams: corpus.unigrams.map((count) => count + 1) };
  assert.is(look(configFor(other, layer, { seed: 7 }), other), undefined);
});

laws('an experiment takes it over, looks into its weights, and says what it ran on', async ({ place }) => {
  const look = finishedRuns(join(place.folder, 'runs'));
  const experiment: TrainedExperiment = {
    id: 'one',
    title: 'One run',
    source: 'none',
    seeds: { quick: 1, paper: 1 },
    runs: () => [{ name: 'run', config: layer, looks: { probes: (trainer) => [{ step: trainer.step }] } }],
    claims: [claim('a number', (curves) => atLeast(curves.run!.length, 1))],
    findings: [],
    figure: () => overSteps([panelOf('Loss', 'nats', 'loss', ['run'])]),
  };
  const options = { scale: 'quick', corpus, seed: 7, threads: 0 } as const;
  const taken = await runExperiment(experiment, { ...options, finished: (config) => look(config, corpus) });
  const trained = await runExperiment(experiment, options);
  assert.equal(
    taken.ranOn.map(({ sha256 }) => sha256),
    [loadBuild().sha256],
  );
  assert.equal(trained.ranOn, []);
  assert.equal(taken.curves[0]!['run: probes'], [{ step: 3 }]);
  assert.equal(
    taken.curves[0]!.run!.map(({ loss }) => loss),
    trained.curves[0]!.run!.map(({ loss }) => loss),
  );
});

laws.run();
