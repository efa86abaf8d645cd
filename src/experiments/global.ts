import { curveOf, final, stepTo, stepToProgress } from './curve-queries.js';
import { atMost, claim, finding, type TrainedExperiment } from './experiment.js';
import { overSteps, panelOf } from './shared-panels.js';
import { onRandomTriggers, withGlobal } from './shared-settings.js';

const RUNS = ['frequent triggers', 'rare triggers', 'random triggers'] as const;
const DONE = 0.9;
/** In-context accuracy at which triggers count as learned. */
const LEARNED = 0.8;

export const global: TrainedExperiment = {
  id: 'global',
  title: 'The bigram law is learned first, the context later',
  source: 'Figure 4, left',
  seeds: { quick: 3, paper: 3 },
  runs(scale) {
    const layer = withGlobal(scale, 400);
    const rare = { ...layer, task: { ...layer.task, triggers: { ...layer.task?.triggers, offset: 5 } } };
    const configs = [layer, rare, onRandomTriggers(layer)];
    return RUNS.map((name, n) => ({ name, config: configs[n]! }));
  },
  claims: [
    ...RUNS.map((name) =>
      claim(`${name}: steps to nine tenths of the bigram loss, at most a third of the context's`, (curves) => {
        const curve = curveOf(curves, name);
        return atMost(stepToProgress(curve, 'loss_bigram', DONE), stepToProgress(curve, 'loss_head', DONE) / 3);
      }),
    ),
    claim(`steps to in-context accuracy ${LEARNED}: frequent triggers, fewer than rare ones`, (curves) => {
      const rare = curveOf(curves, 'rare triggers');
      const steps = stepTo(rare, 'acc_end', LEARNED);
      // Rare ones that are not learned by the end take more steps than there were.
      const least = Number.isNaN(steps) ? final(rare, 'iter') + 1 : steps;
      return atMost(stepTo(curveOf(curves, 'frequent triggers'), 'acc_end', LEARNED), least - 1);
    }),
  ],
  findings: RUNS.flatMap((name) => [
    finding(`${name}: steps to in-context accuracy ${LEARNED}`, (curves) =>
      stepTo(curveOf(curves, name), 'acc_end', LEARNED),
    ),
    finding(`${name}: in-context accuracy in the end`, (curves) => final(curveOf(curves, name), 'acc_end')),
  ]),
  figure: () =>
    overSteps([
      panelOf('Bigram loss', 'nats, where no trigger stands', 'loss_bigram', RUNS),
      panelOf('In-context loss', 'nats, second occurrence on', 'loss_head', RUNS),
      panelOf('Accuracy', 'in-context accuracy', 'acc_end', RUNS),
    ]),
};
