/** Figure 8: steps that W_O² alone takes, by the width of the model. */
import { SIMPLIFIED_FREEZE } from '../train/config.js';
import { at, curveOf } from './curve-queries.js';
import { atLeast, between, type Curves, claim, finding, type Scale, type TrainedExperiment } from './experiment.js';
import { FIGURE_8, FIGURE_8_WIDTHS } from './paper-values.js';
import { inContextSettings, randomTriggers } from './settings.js';
import { overSteps, panelOf } from './shared-panels.js';

const WIDTHS = [32, 64, 128, 256, 512] as const;
type Width = (typeof WIDTHS)[number];
/** The simplified model's rate, and rates of which each width takes its best. */
const FIXED = 0.2;
const GRID = [1, 2, 5] as const;
const STEPS = { fixed: 250, tuned: 100 } as const;
/** A quick batch holds a 32nd of the tokens, and its class means are as much noisier. */
const FEW = { quick: 40, paper: 20 } as const;
const LEARNED = { quick: 0.9, paper: 0.95 } as const;
/** Both keys stand still for good, so that attention stays what it was at the start. */
const FREEZE = [...SIMPLIFIED_FREEZE, 'layers.*.attention.wk.weight'];
/** Rising: no step down by more than this. */
const DOWN = 0.02;

function nameOf(dim: number, rate: number): string {
  return rate === FIXED ? `d = ${dim}` : `d = ${dim}, rate ${rate}`;
}

function runOf(scale: Scale, dim: number, rate: number) {
  const steps = rate === FIXED ? STEPS.fixed : STEPS.tuned;
  const { task, model, training } = inContextSettings(scale, randomTriggers(5), steps);
  const optimizer = { kind: 'sgd', learningRate: rate } as const;
  return {
    name: nameOf(dim, rate),
    config: { task: task!, model: { ...model, dim }, training: { ...training, freeze: FREEZE, optimizer } },
  };
}

function recall(curves: Curves, dim: Width, rate: number, step: number): number {
  return at(curveOf(curves, nameOf(dim, rate)), 'wo1_acc', step);
}

/** At the best of the rates. */
function tuned(curves: Curves, dim: Width, step: number): number {
  return Math.max(...GRID.map((rate) => recall(curves, dim, rate, step)));
}

/** Of the grid, the rate that recalls most after 20 steps. */
function bestRate(curves: Curves, dim: Width): number {
  const after = (rate: number) => recall(curves, dim, rate, 20);
  return GRID.reduce((one, other) => (after(other) > after(one) ? other : one), GRID[0] as number);
}

function printed(of: readonly number[], dim: Width): number {
  return of[FIGURE_8_WIDTHS.indexOf(dim)]!;
}

export const outputWidth: TrainedExperiment = {
  id: 'output-width',
  title: 'With width, W_O² is learned in a few steps',
  source: 'Figure 8',
  seeds: { quick: 1, paper: 1 },
  runs: (scale) => WIDTHS.flatMap((dim) => [FIXED, ...GRID].map((rate) => runOf(scale, dim, rate))),
  claims: [
    claim('recall of W_O² at 50, at a fixed rate: least rise from one width to the next', (curves) => {
      const values = WIDTHS.map((dim) => recall(curves, dim, FIXED, 50));
      return atLeast(Math.min(...values.slice(1).map((value, n) => value - values[n]!)), -DOWN);
    }),
    claim(
      'recall of W_O² after a few steps at the best rate: d = 128',
      (curves, scale) => atLeast(tuned(curves, 128, FEW[scale]), LEARNED[scale]),
      printed(FIGURE_8.tuned[20], 128),
    ),
    claim(
      'recall of W_O² after a few steps at the best rate: d = 32',
      (curves, scale) => between(tuned(curves, 32, FEW[scale]), 0.2, 0.8),
      printed(FIGURE_8.tuned[20], 32),
    ),
  ],
  findings: WIDTHS.flatMap((dim) => [
    ...([50, 245] as const).map((step) =>
      finding(
        `d = ${dim}, rate ${FIXED}: recall of W_O² at ${step}`,
        (curves) => recall(curves, dim, FIXED, step),
        printed(FIGURE_8.fixed[step], dim),
      ),
    ),
    ...([20, 95] as const).map((step) =>
      finding(
        `d = ${dim}, best rate: recall of W_O² at ${step}`,
        (curves) => tuned(curves, dim, step),
        printed(FIGURE_8.tuned[step], dim),
      ),
    ),
  ]),
  figure: (curves) => {
    const panel = panelOf(
      `Recall of W_O², rate ${FIXED}`,
      'share recalled',
      'wo1_acc',
      WIDTHS.map((dim) => nameOf(dim, FIXED)),
    );
    const lines = panel.lines.map((line, n) => ({
      ...line,
      paper: ([50, 245] as const).map((step) => [step, printed(FIGURE_8.fixed[step], WIDTHS[n]!)] as const),
    }));
    const best = panelOf(
      'Recall of W_O², best rate of each width',
      'share recalled',
      'wo1_acc',
      WIDTHS.map((dim) => nameOf(dim, bestRate(curves, dim))),
    );
    const bestLines = best.lines.map((line, n) => ({
      ...line,
      paper: ([20, 95] as const).map((step) => [step, printed(FIGURE_8.tuned[step], WIDTHS[n]!)] as const),
    }));
    return overSteps([
      { ...panel, lines },
      { ...best, lines: bestLines },
    ]);
  },
};
