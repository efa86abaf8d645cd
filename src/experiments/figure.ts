/**
 * What a figure shows, as data: lines over a common axis, in panels one below the other. Drawing is the report's
 * affair.
 */
import { measureOf } from '../analysis/measures.js';
import type { Curves } from './experiment.js';

export interface Line {
  /** Run or table. */
  readonly run: string;
  readonly key: string;
  readonly label: string;
}

export interface Panel {
  readonly title: string;
  /** Name and unit of the vertical axis. */
  readonly axis: string;
  /** Ends of the vertical axis; null: from the data. */
  readonly range: readonly [low: number, high: number] | null;
  readonly lines: readonly Line[];
}

export interface Figure {
  /** The key that runs along the horizontal axis, and its name. */
  readonly x: { readonly key: string; readonly axis: string; readonly logarithmic: boolean };
  readonly panels: readonly Panel[];
  /** Vertical rules, like the step at which a matrix is released. */
  readonly rules: readonly { readonly at: number; readonly label: string }[];
}

const PROBABILITY = [0, 1] as const;

/** A figure over training steps. */
export function overSteps(panels: readonly Panel[], rules: Figure['rules'] = []): Figure {
  return { x: { key: 'iter', axis: 'training step', logarithmic: false }, panels, rules };
}

/** One line a run. */
export function panelOf(title: string, axis: string, key: string, runs: readonly string[]): Panel {
  const range = key.includes('loss') ? null : PROBABILITY;
  return { title, axis, range, lines: runs.map((run) => ({ run, key, label: run })) };
}

/** In-context accuracy of every run, and the two baselines of the longest: for runs whose tasks have the same ones. */
export function accuracyPanel(curves: Curves, title = 'Accuracy'): Panel {
  const runs = Object.keys(curves);
  const length = (run: string) => Number(curves[run]!.at(-1)?.iter ?? 0);
  const one = runs.reduce((longest, run) => (length(run) > length(longest) ? run : longest), runs[0] ?? '');
  const panel = panelOf(title, 'in-context accuracy', 'acc_end', runs);
  const baselines = [
    { run: one, key: 'baseline_bag', label: 'bag of words' },
    { run: one, key: 'baseline_bayes', label: 'ideal reader' },
  ];
  return { ...panel, lines: [...panel.lines, ...baselines] };
}

/** Recall of the three memories in one run. */
export function recallPanel(run: string, early: string): Panel {
  const keys = ['wo1_acc', 'wk1_acc', early, 'wk0_acc'];
  const lines = keys.map((key) => ({ run, key, label: measureOf(key).symbol ?? key }));
  return { title: `Memory recall, ${run}`, axis: 'share recalled', range: PROBABILITY, lines };
}
