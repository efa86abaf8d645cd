/** Ours: recall of positions, by the width of the model. */
import { curveOf, final } from './curve-queries.js';
import { atLeast, atMost, claim, finding, type TrainedExperiment } from './experiment.js';
import { simplified } from './settings.js';
import { accuracyPanel, overSteps, panelOf } from './shared-panels.js';

const WIDTHS = [32, 64, 128, 256] as const;
const RUNS = WIDTHS.map((dim) => `d = ${dim}`);
/** Rising: no step down by more than this. */
const TOLERANCE = 0.02;

export const width: TrainedExperiment = {
  id: 'width',
  title: 'Positions need width',
  source: 'ours',
  seeds: { quick: 3, paper: 3 },
  runs(scale) {
    const layer = simplified(scale, 300);
    return WIDTHS.map((dim, n) => ({ name: RUNS[n]!, config: { ...layer, model: { ...layer.model, dim } } }));
  },
  claims: [
    ...RUNS.slice(1).map((name, n) =>
      claim(`recall of W_K¹ in the end: ${name}, no less than ${RUNS[n]}`, (curves) =>
        atLeast(final(curveOf(curves, name), 'wk0_acc'), final(curveOf(curves, RUNS[n]!), 'wk0_acc') - TOLERANCE),
      ),
    ),
    claim('recall of W_K¹ in the end at d = 64: limited', (curves) =>
      atMost(final(curveOf(curves, 'd = 64'), 'wk0_acc'), final(curveOf(curves, 'd = 128'), 'wk0_acc') - 0.1),
    ),
  ],
  findings: RUNS.flatMap((name) =>
    ['wk0_acc', 'acc_end'].map((key) =>
      finding(`${name}: ${key} in the end`, (curves) => final(curveOf(curves, name), key)),
    ),
  ),
  figure: (curves) => overSteps([accuracyPanel(curves), panelOf('Recall of W_K¹', 'share recalled', 'wk0_acc', RUNS)]),
};
