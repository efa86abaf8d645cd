import type { ConfigLayer } from '../train/config.js';
import { before, curveOf, earlyKeyAt, final, metric, stepTo } from './curve-queries.js';
import {
  atLeast,
  atMost,
  claim,
  type ExperimentRun,
  finding,
  type Scale,
  type TrainedExperiment,
} from './experiment.js';
import { accuracyPanel, overSteps, recallPanel } from './shared-panels.js';
import { simplified } from './shared-settings.js';

const K1 = 'layers.0.attention.wk.weight';
const K2 = 'layers.1.attention.wk.weight';
const O2 = 'layers.1.attention.wo.weight';

/** What each run holds back. */
const FROZEN: Readonly<Record<string, readonly string[]>> = {
  none: [],
  'W_K¹, W_K²': [K1, K2],
  'W_O²': [O2],
  'W_O², W_K¹': [O2, K1],
  'W_O², W_K²': [O2, K2],
  'W_K¹': [K1],
  'W_K²': [K2],
};

/** Five fixed triggers are the candidates of wk1. */
const CHANCE = 1 / 5;
const LEARNED = 0.9;
const WITHOUT_OUTPUT = Object.keys(FROZEN).filter((name) => FROZEN[name]!.includes(O2));

function stepsOf(scale: Scale): number {
  return scale === 'quick' ? 600 : 500;
}

/** Quick: a third of the run. */
function releaseOf(scale: Scale): number {
  return scale === 'quick' ? stepsOf(scale) / 3 : 300;
}

/**
 * At quick scale a quarter of 64 positions are 15 candidates for wk0_early, too few to tell two lucky hits from a
 * memory. With twice as many positions as a sequence has tokens a quarter of them are 31, all of them in use.
 */
function settingsOf(scale: Scale): ConfigLayer {
  const layer = simplified(scale, stepsOf(scale));
  if (scale === 'paper') return layer;
  return { ...layer, model: { ...layer.model, maxLength: 128 }, training: { ...layer.training, evalEvery: 10 } };
}

function runs(scale: Scale): ExperimentRun[] {
  const step = releaseOf(scale);
  const layer = settingsOf(scale);
  return Object.entries(FROZEN).map(([name, parameters]) => ({
    name,
    config: {
      ...layer,
      training: { ...layer.training, freezeUntil: parameters.map((parameter) => ({ parameter, step })) },
    },
  }));
}

export const freeze: TrainedExperiment = {
  id: 'freeze',
  title: 'Each memory needs the one above it',
  source: 'Figure 3',
  seeds: { quick: 3, paper: 3 },
  runs,
  claims: [
    ...WITHOUT_OUTPUT.flatMap((name) => [
      claim(`${name} held back: W_K² just before release`, (curves, scale) =>
        atMost(metric(before(curveOf(curves, name), releaseOf(scale)), 'wk1_acc'), CHANCE + 0.2),
      ),
      claim(`${name} held back: first positions of W_K¹ just before release`, (curves, scale) =>
        atMost(metric(before(curveOf(curves, name), releaseOf(scale)), 'wk0_early_acc'), 0.1),
      ),
    ]),
    claim('both keys held back: W_O² just before release', (curves, scale) =>
      atLeast(metric(before(curveOf(curves, 'W_K¹, W_K²'), releaseOf(scale)), 'wo1_acc'), 0.9),
    ),
    claim('both keys held back: accuracy just before release, no better than words counted', (curves, scale) => {
      const row = before(curveOf(curves, 'W_K¹, W_K²'), releaseOf(scale));
      return atMost(metric(row, 'acc_end'), metric(row, 'baseline_bag') + 0.05);
    }),
    claim(
      `steps from release to accuracy ${LEARNED}: W_K¹ held back, fewer than with W_K² held back`,
      (curves, scale) => {
        const after = (name: string) => stepTo(curveOf(curves, name), 'acc_end', LEARNED) - releaseOf(scale);
        return atMost(after('W_K¹'), after('W_K²') - 1);
      },
    ),
  ],
  findings: Object.keys(FROZEN).flatMap((name) => [
    finding(`${name} held back: steps to accuracy ${LEARNED}`, (curves) =>
      stepTo(curveOf(curves, name), 'acc_end', LEARNED),
    ),
    finding(`${name} held back: accuracy in the end`, (curves) => final(curveOf(curves, name), 'acc_end')),
  ]),
  figure: (curves, scale) =>
    overSteps(
      [
        accuracyPanel(curves, 'Accuracy, by what is held back'),
        ...Object.keys(FROZEN).map((name) => ({
          ...recallPanel(name, earlyKeyAt(scale)),
          title: `Recall with ${name} held back`,
        })),
      ],
      [{ at: releaseOf(scale), label: 'released' }],
    ),
};
