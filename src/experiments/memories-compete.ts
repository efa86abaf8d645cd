/** Figure 4, right: W_F and W_O² over the course of a run. */
import { best, curveOf, earlyKeyAt, final, first, lately, least, stepOfBest, stepOfLeast } from './curve-queries.js';
import { between, claim, finding, type TrainedExperiment } from './experiment.js';
import { onOutputs } from './output-laws.js';
import { FIGURE_4_RIGHT } from './paper-values.js';
import { overSteps, panelOf, recallPanel } from './shared-panels.js';

const RUN = 'uniform';
/** Of the distance's last over its least, and of what W_O² loses; a quick run is twice as long. */
const MOST = { quick: { away: 1.7, forgotten: 0.3 }, paper: { away: 1.35, forgotten: 0.2 } } as const;

export const memoriesCompete: TrainedExperiment = {
  id: 'memories-compete',
  title: 'W_F and W_O² come first, then pull against each other',
  source: 'Figure 4, right',
  seeds: { quick: 3, paper: 3 },
  runs: (scale) => [onOutputs(scale, RUN)],
  claims: [
    claim(
      'distance of W_F from the bigram law: the step at which it is least',
      (curves) => between(stepOfLeast(curveOf(curves, RUN), 'ff1_loss'), 10, 100),
      FIGURE_4_RIGHT.leastDistance.step,
    ),
    claim(
      'distance of W_F from the bigram law: its last over its least',
      (curves, scale) => {
        const curve = curveOf(curves, RUN);
        return between(final(curve, 'ff1_loss') / least(curve, 'ff1_loss'), 1.1, MOST[scale].away);
      },
      FIGURE_4_RIGHT.end.ff1_loss / FIGURE_4_RIGHT.leastDistance.value,
    ),
    claim(
      'recall of W_O²: its best less its last',
      (curves, scale) => {
        const curve = curveOf(curves, RUN);
        return between(best(curve, 'wo1_acc') - final(curve, 'wo1_acc'), 0.03, MOST[scale].forgotten);
      },
      FIGURE_4_RIGHT.bestOutput.value - FIGURE_4_RIGHT.end.wo1_acc,
    ),
  ],
  findings: [
    finding(
      'distance of W_F at first',
      (curves) => first(curveOf(curves, RUN), 'ff1_loss'),
      FIGURE_4_RIGHT.firstDistance,
    ),
    finding(
      'least distance of W_F',
      (curves) => least(curveOf(curves, RUN), 'ff1_loss'),
      FIGURE_4_RIGHT.leastDistance.value,
    ),
    finding(
      'distance of W_F in the end',
      (curves) => final(curveOf(curves, RUN), 'ff1_loss'),
      FIGURE_4_RIGHT.end.ff1_loss,
    ),
    finding(
      'recall of W_O² at its best',
      (curves) => best(curveOf(curves, RUN), 'wo1_acc'),
      FIGURE_4_RIGHT.bestOutput.value,
    ),
    finding('step of it', (curves) => stepOfBest(curveOf(curves, RUN), 'wo1_acc'), FIGURE_4_RIGHT.bestOutput.step),
    ...(['wo1_acc', 'wk1_acc', 'wk0_64_acc'] as const).map((key) =>
      finding(`${key} in the end`, (curves) => final(curveOf(curves, RUN), key), FIGURE_4_RIGHT.end[key]),
    ),
    finding('in-context accuracy in the end, mean of ten evaluations', (curves) =>
      lately(curveOf(curves, RUN), 'acc_end', 10),
    ),
  ],
  figure: (_, scale) => {
    const { end, bestOutput, leastDistance, outputAt30 } = FIGURE_4_RIGHT;
    const read: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
      wo1_acc: [
        [30, outputAt30],
        [bestOutput.step, bestOutput.value],
        [495, end.wo1_acc],
      ],
      wk1_acc: [[495, end.wk1_acc]],
      [earlyKeyAt(scale)]: [[495, end.wk0_64_acc]],
      ff1_loss: [
        [leastDistance.step, leastDistance.value],
        [495, end.ff1_loss],
      ],
    };
    const recalls = { ...recallPanel(RUN, earlyKeyAt(scale)), title: 'Memory recall' };
    const panels = [recalls, panelOf('W_F against the bigram law', 'nats', 'ff1_loss', [RUN])];
    return overSteps(
      panels.map((panel) => ({
        ...panel,
        lines: panel.lines.map((line) => (line.key in read ? { ...line, paper: read[line.key]! } : line)),
      })),
    );
  },
};
