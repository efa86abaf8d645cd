/** Figure 10: the order of learning with an MLP, norms and every matrix trained. */
import { around, at, curveOf, earlyKeyAt, final, half, least } from './curve-queries.js';
import { atMost, between, claim, finding, type TrainedExperiment } from './experiment.js';
import { FIGURE_10 } from './paper-values.js';
import { randomTriggers, vanillaSettings } from './settings.js';
import { accuracyPanel, overSteps, panelOf, recallPanel } from './shared-panels.js';

const RUN = 'all trained';
const STEPS = { quick: 1000, paper: 500 } as const;
const END = 495;
/** A quick run is twice as long, and its bigrams are fewer. */
const MOST = { quick: { accuracy: 0.98, away: 1.9 }, paper: { accuracy: 0.95, away: 1.3 } } as const;

export const fullModel: TrainedExperiment = {
  id: 'full-model',
  title: 'With an MLP, norms and every matrix trained, the order stays',
  source: 'Figure 10',
  seeds: { quick: 1, paper: 1 },
  runs: (scale) => [{ name: RUN, config: vanillaSettings(scale, randomTriggers(5), STEPS[scale]) }],
  claims: [
    claim(
      'in-context accuracy in the end',
      (curves, scale) => between(around(curveOf(curves, RUN), 'acc_end', Infinity, 5), 0.8, MOST[scale].accuracy),
      FIGURE_10.acc_end,
    ),
    claim('W_O² before the early positions of W_K¹, t½', (curves, scale) => {
      const curve = curveOf(curves, RUN);
      return atMost(half(curve, 'wo1_acc'), half(curve, earlyKeyAt(scale)) - 1);
    }),
    claim('the early positions of W_K¹ no later than W_K², t½', (curves, scale) => {
      const curve = curveOf(curves, RUN);
      return atMost(half(curve, earlyKeyAt(scale)), half(curve, 'wk1_acc'));
    }),
    claim(
      'distance of W_F from the bigram law: its last over its least',
      (curves, scale) => {
        const curve = curveOf(curves, RUN);
        return between(final(curve, 'ff1_loss') / least(curve, 'ff1_loss'), 1.05, MOST[scale].away);
      },
      FIGURE_10.ff1_loss / FIGURE_10.leastDistance,
    ),
  ],
  findings: (['acc_end', 'loss_head', 'loss_bigram', 'wo1_acc', 'wk1_acc', 'wk0_64_acc', 'ff1_loss'] as const).map(
    (key) => finding(`${key} at ${END}`, (curves) => at(curveOf(curves, RUN), key, END), FIGURE_10[key]),
  ),
  figure: (curves, scale) => {
    const recall = { ...recallPanel(RUN, earlyKeyAt(scale)), title: 'Memory recall' };
    const panels = [
      accuracyPanel(curves),
      panelOf('In-context loss', 'nats', 'loss_head', [RUN]),
      panelOf('Global loss', 'nats', 'loss_bigram', [RUN]),
      recall,
      panelOf('W_F against the bigram law', 'nats', 'ff1_loss', [RUN]),
    ];
    const read = FIGURE_10 as Readonly<Record<string, number>>;
    return overSteps(
      panels.map((panel) => ({
        ...panel,
        lines: panel.lines.map((line) => {
          const value = read[line.key === 'wk0_early_acc' ? 'wk0_64_acc' : line.key];
          return value === undefined ? line : { ...line, paper: [[END, value] as const] };
        }),
      })),
    );
  },
};
