import type { ConfigLayer } from '../train/config.js';
import { presets } from '../train/presets.js';
import { curveOf, final, mean } from './curve-queries.js';
import { atLeast, atMost, claim, finding, type Scale, type TrainedExperiment } from './experiment.js';
import { accuracyPanel, overSteps } from './shared-panels.js';

const ONE = ['full, 1 layer', 'attention only, 1 layer'] as const;
const TWO = ['full, 2 layers', 'attention only, 2 layers'] as const;

/**
 * Quick: a quarter of the length holds a quarter of the in-context tokens, so that the sequences have twice the
 * triggers, and the smaller model is trained at twice the rate.
 */
function sized(preset: ConfigLayer, layers: number, scale: Scale): ConfigLayer {
  const model = { ...preset.model, layers };
  if (scale === 'paper') return { ...preset, model, training: { ...preset.training, steps: 1300 } };
  return {
    ...preset,
    task: { ...preset.task, seqLength: 64, triggers: { ...preset.task?.triggers, count: 10 } },
    model: { ...model, dim: 64 },
    training: {
      ...preset.training,
      steps: preset.model?.ffn === 'none' ? 1200 : 900,
      evalEvery: 50,
      testSequences: 256,
      optimizer: { ...preset.training?.optimizer, learningRate: 0.006 },
    },
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
      claim(`${name}: accuracy on the test set, hardly better than words counted`, (curves) => {
        const curve = curveOf(curves, name);
        return atMost(final(curve, 'acc_end_test'), mean(curve, 'baseline_bag') + 0.08);
      }),
    ),
    ...TWO.map((name) =>
      claim(`${name}: accuracy on the test set, near an ideal reader's`, (curves) => {
        const curve = curveOf(curves, name);
        return atLeast(final(curve, 'acc_end_test'), mean(curve, 'baseline_bayes') - 0.04);
      }),
    ),
  ],
  findings: [...ONE, ...TWO].map((name) =>
    finding(`${name}: accuracy on the last training batch`, (curves) => final(curveOf(curves, name), 'acc_end')),
  ),
  figure: (curves) => overSteps([accuracyPanel(curves)]),
};
