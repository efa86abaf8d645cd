/** What figures and pages are made of: records under a name, and what a caller may add to them. */
import { ABSENT, type Mean, type MetricsRecord } from '../analysis/record.js';

/** Something that happened in a run at a step, drawn as a line across its curves: a parameter that is released, say. */
export interface RunEvent {
  readonly step: number;
  readonly label: string;
}

export interface NamedRun {
  readonly name: string;
  /** In the order of their steps. */
  readonly records: readonly MetricsRecord[];
  readonly events?: readonly RunEvent[];
}

/** Runs of one setting that differ in their seed alone. */
export interface RunGroup {
  readonly name: string;
  readonly runs: readonly NamedRun[];
}

/** A metric at a step; null: a mean over nothing, drawn as a gap. */
export interface Point {
  readonly step: number;
  readonly value: Mean;
}

/** Where the seeds lie at a step. */
export interface Spread {
  readonly step: number;
  readonly low: number;
  readonly high: number;
}

/** A metric over the steps. A probe that the model does not have gives no value at any of them. */
export function pointsOf(records: readonly MetricsRecord[], key: keyof MetricsRecord & string): Point[] {
  const present = (value: Mean | undefined) => (value === undefined || value === ABSENT ? null : value);
  return records.map((record) => ({ step: record.iter, value: present(record[key]) }));
}

export function hasValues(points: readonly Point[]): boolean {
  return points.some(({ value }) => value !== null);
}

/** The last step that has a value. */
export function lastValue(points: readonly Point[]): Point | undefined {
  return points.findLast(({ value }) => value !== null);
}

/** Median and range over the runs at each step at which one of them has a value. */
export function medianOf(
  runs: readonly NamedRun[],
  key: keyof MetricsRecord & string,
): { readonly median: Point[]; readonly spread: Spread[] } {
  const at = new Map<number, number[]>();
  for (const { records } of runs) {
    for (const { step, value } of pointsOf(records, key)) {
      if (value !== null) at.set(step, [...(at.get(step) ?? []), value]);
    }
  }
  const sorted = [...at].sort(([a], [b]) => a - b);
  const middle: Point[] = [];
  const spread: Spread[] = [];
  for (const [step, values] of sorted) {
    values.sort((a, b) => a - b);
    middle.push({ step, value: median(values) });
    spread.push({ step, low: values[0]!, high: values.at(-1)! });
  }
  return { median: middle, spread };
}

/** Of ascending numbers; null of none. */
export function median(sorted: readonly number[]): Mean {
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
