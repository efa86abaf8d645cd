/**
 * An experiment is data and a judge: what is trained or computed, and claims that read the measured curves alone. A
 * claim returns what it measured and what it wanted, never a bare boolean; the judge decides, over all seeds.
 */

import type { Build } from '../../bindings/instance.js';
import type { MathFunctions } from '../../bindings/math.js';
import type { Row } from '../analysis/record.js';
import type { Corpus } from '../corpus/corpus.js';
import type { ExperimentFigure } from '../report/experiment-figure.js';
import type { AssociationMatrix, AttentionSample } from '../report/heatmaps.js';
import type { ConfigLayer } from '../train/config.js';
import type { Trainer } from '../train/trainer.js';

/** The same claims at two sizes, and what to expect of each. */
export const scales = { quick: 'minutes', paper: "the paper's size" } as const;
export type Scale = keyof typeof scales;

/** The evaluations of a run (lines of metrics.jsonl), or the rows of a computed table. */
export type Curve = readonly Row[];
/** By the name of the run, or of the table. */
export type Curves = Readonly<Record<string, Curve>>;

export interface ExperimentRun {
  readonly name: string;
  readonly config: ConfigLayer;
  /** What is read from the model when it is trained: tables by their names, which `tableOf` puts behind the run's. */
  readonly looks?: Readonly<Record<string, Look>>;
}

export type Look = (trainer: Trainer) => Curve;

export function tableOf(run: string, table: string): string {
  return `${run}: ${table}`;
}

/** What an experiment computes with. */
export interface Tools {
  readonly corpus: Corpus;
  readonly build: Build;
  readonly math: MathFunctions;
  readonly seed: number;
  readonly threads: number;
}

/** A number beside its bounds. Slack: how far inside them it is; below 0 outside, NaN where nothing was measured. */
export interface Measurement {
  readonly measured: number;
  readonly wanted: string;
  readonly slack: number;
}

export interface Claim {
  readonly claim: string;
  readonly measure: (curves: Curves, scale: Scale) => Measurement;
  /** What the paper reads there, where it gives a number. */
  readonly paper?: number | undefined;
}

/** A number that is shown and not judged. */
export interface Finding {
  readonly finding: string;
  readonly measure: (curves: Curves, scale: Scale) => number;
  readonly paper?: number | undefined;
}

interface Described {
  readonly id: string;
  readonly title: string;
  /** Where in the paper. */
  readonly source: string;
  /** Seeds that a claim needs at each scale. */
  readonly seeds: Readonly<Record<Scale, number>>;
  readonly claims: readonly Claim[];
  readonly findings: readonly Finding[];
  readonly figure: (curves: Curves, scale: Scale) => ExperimentFigure;
  /** Maps beside it, of one seed. */
  readonly pictures?: (curves: Curves, corpus: Corpus) => readonly Picture[];
}

/** Scores of a memory, or attention on a sequence. `name` tells the experiment's pictures apart. */
export type Picture = { readonly name: string } & (
  | { readonly matrix: AssociationMatrix }
  | { readonly sample: AttentionSample; readonly title: string }
);

/** Trains its runs. */
export interface TrainedExperiment extends Described {
  readonly runs: (scale: Scale) => readonly ExperimentRun[];
}

/** Computes its tables without training. */
export interface ComputedExperiment extends Described {
  readonly tables: (scale: Scale, tools: Tools) => Promise<Curves>;
}

export type Experiment = TrainedExperiment | ComputedExperiment;

export function isTrained(experiment: Experiment): experiment is TrainedExperiment {
  return 'runs' in experiment;
}

export function claim(text: string, measure: Claim['measure'], paper?: number): Claim {
  return { claim: text, measure, paper };
}

export function finding(text: string, measure: Finding['measure'], paper?: number): Finding {
  return { finding: text, measure, paper };
}

export function atMost(measured: number, limit: number): Measurement {
  return { measured, wanted: `≤ ${shown(limit)}`, slack: limit - measured };
}

export function atLeast(measured: number, limit: number): Measurement {
  return { measured, wanted: `≥ ${shown(limit)}`, slack: measured - limit };
}

export function between(measured: number, low: number, high: number): Measurement {
  return { measured, wanted: `${shown(low)} to ${shown(high)}`, slack: Math.min(measured - low, high - measured) };
}

/** Three significant digits, whole numbers whole; NaN, where nothing was measured, is none. */
export function shown(value: number): string {
  if (Number.isNaN(value)) return 'none';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

/**
 * Seconds of a step on one core of an AMD EPYC, by the tokens that the loss is on, and for the full model. At quick
 * scale from runs on Node 20, evaluations included; at the paper's from `ihead bench` on Node 26, without them.
 */
const STEP_SECONDS = {
  quick: { context: 0.015, all: 0.035, full: 0.47 },
  paper: { context: 0.72, all: 1.29, full: 9.1 },
} as const satisfies Record<Scale, unknown>;

/** Expected minutes on two cores, for the seeds that the claims need; at least one. */
export function minutesOf(experiment: Experiment, scale: Scale): number {
  if (!isTrained(experiment)) return 1;
  const seconds = experiment.runs(scale).reduce((sum, { config: { model, training } }) => {
    const kind = model?.norm === 'pre' ? 'full' : training?.lossOn === 'all' ? 'all' : 'context';
    const share = model?.layers === 1 ? 0.5 : 1;
    return sum + (training?.steps ?? 0) * share * STEP_SECONDS[scale][kind];
  }, 0);
  return Math.max(1, Math.round((seconds * experiment.seeds[scale]) / 60 / 2));
}
