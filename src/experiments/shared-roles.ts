import { massKey } from '../analysis/record.js';
import { around, curveOf, final, metric } from './curve-queries.js';
import { atLeast, atMost, type Curves, claim, finding, type TrainedExperiment, tableOf } from './experiment.js';
import { attentionMap, firstPlaceMass, sampleIn } from './looks.js';
import { randomTriggers, vanillaSettings } from './settings.js';
import { accuracyPanel, overSteps } from './shared-panels.js';

const RUN = '4 heads';
const HEADS = [0, 1, 2, 3] as const;
const STEPS = { quick: 1000, paper: 1000 } as const;
const WATCHED = 64;

/** The layer's heads by a mass, the largest first. */
function masses(curves: Curves, kind: 'prev' | 'induction', layer: number): number[] {
  return HEADS.map((head) => final(curveOf(curves, RUN), massKey(kind, layer, head))).sort((a, b) => b - a);
}

function firstPlace(curves: Curves, layer: number, head: number): number {
  return metric(curveOf(curves, tableOf(RUN, 'first'))[0], `first_mass_l${layer}_h${head}`);
}

export const sharedRoles: TrainedExperiment = {
  id: 'shared-roles',
  title: 'Of several heads, one looks back and several share the induction',
  source: 'Figure 11',
  seeds: { quick: 1, paper: 1 },
  runs: (scale) => {
    const { task, model, training } = vanillaSettings(scale, randomTriggers(3), STEPS[scale]);
    return [
      {
        name: RUN,
        config: { task: task!, model: { ...model, heads: HEADS.length }, training: { ...training, evalEvery: 25 } },
        looks: { first: firstPlaceMass(WATCHED), map: attentionMap },
      },
    ];
  },
  claims: [
    claim('first layer: attention to the token before, best head', (curves) =>
      atLeast(masses(curves, 'prev', 0)[0]!, 0.8),
    ),
    claim('first layer: attention to the token before, second head', (curves) =>
      atMost(masses(curves, 'prev', 0)[1]!, 0.5),
    ),
    claim('second layer: attention to what followed, second head', (curves) =>
      atLeast(masses(curves, 'induction', 1)[1]!, 0.3),
    ),
  ],
  findings: [
    finding('in-context accuracy in the end', (curves) => around(curveOf(curves, RUN), 'acc_end', Infinity, 5)),
    ...HEADS.map((head) =>
      finding(`first layer: attention to the token before, head ${head + 1}`, (curves) =>
        final(curveOf(curves, RUN), massKey('prev', 0, head)),
      ),
    ),
    ...HEADS.map((head) =>
      finding(`second layer: attention to what followed, head ${head + 1}`, (curves) =>
        final(curveOf(curves, RUN), massKey('induction', 1, head)),
      ),
    ),
    ...HEADS.map((head) =>
      finding(`second layer: attention to position 0, head ${head + 1}`, (curves) => firstPlace(curves, 1, head)),
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
