import { best, curveOf, final, lately, least, metric } from './curve-queries.js';
import { atLeast, claim, finding, type TrainedExperiment } from './experiment.js';
import { overSteps, panelOf } from './shared-panels.js';
import { onRandomTriggers, withGlobal } from './shared-settings.js';

const RUN = 'long run';
/** Evaluations that an accuracy is meaned over. */
const AROUND = 10;

export const competition: TrainedExperiment = {
  id: 'competition',
  title: 'Late in training, memories pull against each other',
  source: 'Figure 4, right',
  seeds: { quick: 1, paper: 1 },
  runs(scale) {
    const layer = onRandomTriggers(withGlobal(scale, scale === 'quick' ? 4000 : 5000));
    return [{ name: RUN, config: { ...layer, training: { ...layer.training, evalEvery: 20 } } }];
  },
  claims: [
    claim('recall of W_O²: its best less its last', (curves) => {
      const curve = curveOf(curves, RUN);
      return atLeast(best(curve, 'wo1_acc') - final(curve, 'wo1_acc'), 0.02);
    }),
    claim('distance of W_F from the bigram law: its last over its least', (curves) => {
      const curve = curveOf(curves, RUN);
      return atLeast(final(curve, 'ff1_loss') / least(curve, 'ff1_loss'), 1.05);
    }),
  ],
  findings: [
    finding('best recall of W_O²', (curves) => best(curveOf(curves, RUN), 'wo1_acc')),
    finding('least distance of W_F from the bigram law, nats', (curves) => least(curveOf(curves, RUN), 'ff1_loss')),
    finding('in-context accuracy, mean of the ten evaluations around the best W_O²', (curves) => {
      const curve = curveOf(curves, RUN);
      const at = curve.findIndex((row) => metric(row, 'wo1_acc') === best(curve, 'wo1_acc'));
      return lately(curve.slice(0, at + AROUND / 2), 'acc_end', AROUND);
    }),
    finding('in-context accuracy, mean of the last ten evaluations', (curves) =>
      lately(curveOf(curves, RUN), 'acc_end', AROUND),
    ),
  ],
  figure: () =>
    overSteps([
      panelOf('Recall of W_O²', 'share recalled', 'wo1_acc', [RUN]),
      panelOf('Distance of W_F from the bigram law', 'nats', 'ff1_loss', [RUN]),
      panelOf('Accuracy', 'in-context accuracy', 'acc_end', [RUN]),
    ]),
};
