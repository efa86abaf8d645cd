import type { ConfigLayer } from '../train/config.js';
import { presets } from '../train/presets.js';
import { curveOf, final } from './curves.js';
import { atLeast, atMost, claim, finding, type Scale, type TrainedExperiment } from './experiment.js';
import { accuracyPanel, overSteps } from './figure.js';

const ONE = ['full, 1 layer', 'attention only, 1 layer'] as const;
const TWO = ['full, 2 layers', 'attention only, 2 layers'] as const;

function sized(preset: ConfigLayer, layers: number, scale: Scale): ConfigLayer {
  const model = { ...preset.model, layers };
  if (scale === 'paper') return { ...preset, model, training: { ...preset.training, steps: 1000 } };
  return {
    ...preset,
    task: { ...preset.task, seqLength: 64 },
    model: { ...model, dim: 64 },
    training: { ...preset.training, steps: 600, evalEvery: 50, testSequences: 128 },
  };
}

export const depth: TrainedExperiment = {
  id: 'depth',
  title: 'One layer cannot, two layers can',
  source: 'Figure 2',
  seeds: { quick: 1, paper: 3 },
  runs: (scale) => [
    { name: ONE[0], config: sized(presets.full, 1, scale) },
    { name: ONE[1], config: sized(presets['attention-only'], 1, scale) },
    { name: TWO[0], config: sized(presets.full, 2, scale) },
    { name: TWO[1], config: sized(presets['attention-only'], 2, scale) },
  ],
  claims: [
    ...ONE.map((name) =>
      claim(`${name}: accuracy, hardly better than words counted`, (curves) =>
        atMost(final(curveOf(curves, name), 'acc_end'), final(curveOf(curves, name), 'baseline_bag') + 0.08),
      ),
    ),
    ...TWO.map((name) =>
      claim(`${name}: accuracy, near an ideal reader's`, (curves) =>
        atLeast(final(curveOf(curves, name), 'acc_end'), final(curveOf(curves, name), 'baseline_bayes') - 0.04),
      ),
    ),
  ],
  findings: [...ONE, ...TWO].map((name) =>
    finding(`${name}: accuracy on the test set`, (curves) => final(curveOf(curves, name), 'acc_end_test')),
  ),
  figure: (curves) => overSteps([accuracyPanel(curves)]),
};
