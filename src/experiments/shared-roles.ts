/** Figure 11: which of several heads look back, and which attend to what followed. */
import { massKey } from '../analysis/record.js';
import { around, curveOf, final, metric } from './curve-queries.js';
import { atLeast, atMost, type Curves, claim, finding, type TrainedExperiment, tableOf } from './experiment.js';
import { attentionMap, placeMasses, sampleIn } from './looks.js';
import { randomTriggers, vanillaSettings } from './settings.js';
import { accuracyPanel, overSteps } from './shared-panels.js';

const RUN = '4 heads';
const HEADS = [0, 1, 2, 3] as const;
const STEPS = 1000;
const WATCHED = 64;

/** Attention of a head to the token before, or to position 0, at the places of a map. */
function placed(curves: Curves, where: 'before' | 'first', layer: number, head: number): number {
  return metric(curveOf(curves, tableOf(RUN, 'places'))[0], `${where}_l${layer}_h${head}`);
}

function induction(curves: Curves, head: number): number {
  return final(curveOf(curves, RUN), massKey('induction', 1, head));
}

/** Of the first layer's heads the n-th best at looking at the token before. */
function back(curves: Curves, n: number): number {
  return ranked((head) => placed(curves, 'before', 0, head))[n]!;
}

function ranked(mass: (head: number) => number): number[] {
  return HEADS.map(mass).sort((a, b) => b - a);
}

export const sharedRoles: TrainedExperiment = {
  id: 'shared-roles',
  title: 'Of several heads, one looks back and several share the induction',
  source: 'Figure 11',
  seeds: { quick: 1, paper: 1 },
  runs: (scale) => {
    const { task, model, training } = vanillaSettings(scale, randomTriggers(3), STEPS);
    return [
      {
        name: RUN,
        config: { task: task!, model: { ...model, heads: HEADS.length }, training: { ...training, evalEvery: 25 } },
        looks: { places: placeMasses(WATCHED), map: attentionMap },
      },
    ];
  },
  claims: [
    claim('first layer: attention to the token before, best head', (curves) => atLeast(back(curves, 0), 0.8)),
    claim('first layer: attention to the token before, second head', (curves) => atMost(back(curves, 1), 0.5)),
    claim('second layer: attention to what followed, second head', (curves) =>
      atLeast(ranked((head) => induction(curves, head))[1]!, 0.3),
    ),
  ],
  findings: [
    finding('in-context accuracy in the end', (curves) => around(curveOf(curves, RUN), 'acc_end', Infinity, 5)),
    ...HEADS.map((head) =>
      finding(`first layer: attention to the token before, head ${head + 1}`, (curves) =>
        placed(curves, 'before', 0, head),
      ),
    ),
    ...HEADS.map((head) =>
      finding(`second layer: attention to what followed, head ${head + 1}`, (curves) => induction(curves, head)),
    ),
    ...HEADS.map((head) =>
      finding(`second layer: attention to position 0, head ${head + 1}`, (curves) => placed(curves, 'first', 1, head)),
    ),
  ],
  figure: (curves) => overSteps([accuracyPanel({ [RUN]: curveOf(curves, RUN) })]),
  pictures: (curves, corpus) => [
    {
      name: 'attention',
      title: 'Attention of four heads a layer',
      sample: sampleIn(curveOf(curves, tableOf(RUN, 'map')), corpus),
    },
  ],
};
