/** Panels and figures that several experiments share, as data; the report draws them. */
import { baselines, measureOf, recallKeys } from '../analysis/measures.js';
import type { ExperimentFigure, ExperimentPanel } from '../report/experiment-figure.js';
import type { Curves } from './experiment.js';

const PROBABILITY = [0, 1] as const;

/** A figure over training steps. */
export function overSteps(panels: readonly ExperimentPanel[], rules: ExperimentFigure['rules'] = []): ExperimentFigure {
  return { x: { key: 'iter', axis: 'training step', logarithmic: false }, panels, rules };
}

/** One line a run. */
export function panelOf(title: string, axis: string, key: string, runs: readonly string[]): ExperimentPanel {
  const range = measureOf(key).unit === 'nats' ? null : PROBABILITY;
  return { title, axis, range, lines: runs.map((run) => ({ run, key, label: run })) };
}

/** In-context accuracy of every run, and the two baselines of the longest: for runs whose tasks have the same ones. */
export function accuracyPanel(curves: Curves, title = 'Accuracy'): ExperimentPanel {
  const runs = Object.keys(curves);
  const length = (run: string) => Number(curves[run]!.at(-1)?.iter ?? 0);
  const one = runs.reduce((longest, run) => (length(run) > length(longest) ? run : longest), runs[0] ?? '');
  const panel = panelOf(title, 'in-context accuracy', 'acc_end', runs);
  const besides = Object.entries(baselines).map(([key, label]) => ({ run: one, key, label }));
  return { ...panel, lines: [...panel.lines, ...besides] };
}

/** Recall of the three memories in one run. */
export function recallPanel(run: string, early: string): ExperimentPanel {
  const { wo1, wk1, wk0 } = recallKeys;
  const lines = [wo1, wk1, early, wk0].map((key) => ({ run, key, label: measureOf(key).symbol ?? key }));
  return { title: `Memory recall, ${run}`, axis: 'share recalled', range: PROBABILITY, lines };
}
