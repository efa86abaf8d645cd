/** Ours: in which order the three memories of the simplified model are learned. */
import { best, curveOf, earlyKeyAt, final, half } from './curve-queries.js';
import { atLeast, atMost, type Curve, claim, finding, type TrainedExperiment } from './experiment.js';
import { onRandomTriggers, simplified } from './settings.js';
import { accuracyPanel, overSteps, recallPanel } from './shared-panels.js';

/** The later of layer 2's two memories. */
function secondLayer(curve: Curve): number {
  const [output, key] = [half(curve, 'wo1_acc'), half(curve, 'wk1_acc')];
  return output > key ? output : Number.isNaN(output) ? output : key;
}

export const birth: TrainedExperiment = {
  id: 'birth',
  title: 'The induction head is learned from the top down',
  source: 'ours',
  seeds: { quick: 3, paper: 3 },
  runs(scale) {
    const layer = simplified(scale, scale === 'quick' ? 400 : 300);
    return [
      { name: 'fixed triggers', config: layer },
      { name: 'random triggers', config: onRandomTriggers(layer) },
    ];
  },
  claims: [
    claim('fixed triggers: layer 2 has its memories before the first positions of layer 1, t½', (curves, scale) => {
      const joint = curveOf(curves, 'fixed triggers');
      return atMost(secondLayer(joint), half(joint, earlyKeyAt(scale)));
    }),
    claim('fixed triggers: the first positions before the others, t½', (curves, scale) => {
      const joint = curveOf(curves, 'fixed triggers');
      return atMost(half(joint, earlyKeyAt(scale)), half(joint, 'wk0_acc'));
    }),
    claim('fixed triggers: in-context accuracy', (curves) =>
      atLeast(final(curveOf(curves, 'fixed triggers'), 'acc_end'), 0.95),
    ),
    claim('random triggers: W_O² before W_K², t½', (curves) => {
      const joint = curveOf(curves, 'random triggers');
      return atMost(half(joint, 'wo1_acc'), half(joint, 'wk1_acc'));
    }),
    claim('random triggers: W_O² before the first positions of W_K¹, t½', (curves, scale) => {
      const joint = curveOf(curves, 'random triggers');
      return atMost(half(joint, 'wo1_acc'), half(joint, earlyKeyAt(scale)));
    }),
    claim('random triggers: the first positions before the others, t½', (curves, scale) => {
      const joint = curveOf(curves, 'random triggers');
      return atMost(half(joint, earlyKeyAt(scale)), half(joint, 'wk0_acc'));
    }),
  ],
  findings: [
    ...['wo1_acc', 'wk1_acc', 'wk0_early_acc', 'wk0_acc'].map((key) =>
      finding(`fixed triggers: t½ of ${key}`, (curves) => half(curveOf(curves, 'fixed triggers'), key)),
    ),
    ...['wo1_acc', 'wk1_acc', 'wk1_freq_acc', 'wk0_early_acc', 'wk0_acc'].map((key) =>
      finding(`random triggers: t½ of ${key}`, (curves) => half(curveOf(curves, 'random triggers'), key)),
    ),
    finding('random triggers: best in-context accuracy', (curves) =>
      best(curveOf(curves, 'random triggers'), 'acc_end'),
    ),
  ],
  figure: (curves, scale) =>
    overSteps([
      accuracyPanel(curves),
      recallPanel('fixed triggers', earlyKeyAt(scale)),
      recallPanel('random triggers', earlyKeyAt(scale)),
    ]),
};
