/** Ours: one to ten triggers in a sequence. */
import { curveOf, final } from './curve-queries.js';
import { atLeast, claim, finding, type TrainedExperiment } from './experiment.js';
import { simplified } from './settings.js';
import { accuracyPanel, overSteps } from './shared-panels.js';

const LEARNED = 0.85;
const COUNTS = [1, 3, 5, 10] as const;
const RUNS = COUNTS.map((count) => `K = ${count}`);

export const triggers: TrainedExperiment = {
  id: 'triggers',
  title: 'From one trigger to ten',
  source: 'ours',
  seeds: { quick: 1, paper: 1 },
  runs(scale) {
    const layer = simplified(scale, 300);
    return COUNTS.map((count, n) => ({
      name: RUNS[n]!,
      config: { ...layer, task: { ...layer.task, triggers: { ...layer.task?.triggers, count } } },
    }));
  },
  claims: RUNS.map((name) =>
    claim(`${name}: accuracy, above words counted`, (curves) => {
      const curve = curveOf(curves, name);
      return atLeast(final(curve, 'acc_end'), Math.max(LEARNED, final(curve, 'baseline_bag')));
    }),
  ),
  findings: RUNS.map((name) =>
    finding(`${name}: in-context accuracy in the end`, (curves) => final(curveOf(curves, name), 'acc_end')),
  ),
  figure: (curves) => overSteps(RUNS.map((name) => accuracyPanel({ [name]: curveOf(curves, name) }, name))),
};
