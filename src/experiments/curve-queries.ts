/** Questions to a measured curve. What cannot be answered is NaN, and no wish is met by NaN. */
import { earlyKey } from '../analysis/measures.js';
import { ABSENT, type Row } from '../analysis/record.js';
import type { Curve, Scale } from './experiment.js';

/** The curve of that name; a claim that asks for one that was not measured is a mistake of the experiment. */
export function curveOf(curves: Readonly<Record<string, Curve>>, name: string): Curve {
  const curve = curves[name];
  if (curve === undefined)
    throw new RangeError(`curve: expected one of ${Object.keys(curves).join(', ')}, got ${name}`);
  return curve;
}

/** A metric of one evaluation; NaN where it is absent, a mean over nothing, or of a memory that the model lacks. */
export function metric(row: Row | undefined, key: string): number {
  const value = row?.[key] ?? Number.NaN;
  return value === ABSENT ? Number.NaN : value;
}

export function final(curve: Curve, key: string): number {
  return metric(curve.at(-1), key);
}

export function first(curve: Curve, key: string): number {
  return metric(curve[0], key);
}

export function best(curve: Curve, key: string): number {
  return Math.max(...curve.map((row) => metric(row, key)));
}

export function least(curve: Curve, key: string): number {
  return Math.min(...curve.map((row) => metric(row, key)));
}

/** Over all evaluations: for what does not change with training and is measured on a small batch each time. */
export function mean(curve: Curve, key: string): number {
  return curve.reduce((sum, row) => sum + metric(row, key), 0) / curve.length;
}

/** Mean over the last evaluations. */
export function lately(curve: Curve, key: string, evaluations: number): number {
  return mean(curve.slice(-evaluations), key);
}

/** The last evaluation before a step. */
export function before(curve: Curve, step: number): Row | undefined {
  return curve.filter((row) => metric(row, 'iter') < step).at(-1);
}

/** The last evaluation no later than a step; NaN before the first one. */
export function at(curve: Curve, key: string, step: number): number {
  return metric(before(curve, step + 1), key);
}

/** Mean over the last `evaluations` no later than a step. */
export function around(curve: Curve, key: string, step: number, evaluations: number): number {
  return lately(
    curve.filter((row) => metric(row, 'iter') <= step),
    key,
    evaluations,
  );
}

/** The first evaluation at which a metric is highest. */
export function stepOfBest(curve: Curve, key: string): number {
  return stepAt(curve, key, best(curve, key));
}

/** The first evaluation at which it is lowest. */
export function stepOfLeast(curve: Curve, key: string): number {
  return stepAt(curve, key, least(curve, key));
}

function stepAt(curve: Curve, key: string, level: number): number {
  return metric(
    curve.find((row) => metric(row, key) === level),
    'iter',
  );
}

/** t½: the first evaluation at which a probe reaches half of its final level. NaN for one that does not rise. */
export function half(curve: Curve, key: string): number {
  const level = final(curve, key);
  if (!(level > first(curve, key))) return Number.NaN;
  return stepTo(curve, key, level / 2);
}

/** The first evaluation at which a metric is at least `level`; NaN if none is. */
export function stepTo(curve: Curve, key: string, level: number): number {
  return metric(
    curve.find((row) => metric(row, key) >= level),
    'iter',
  );
}

/**
 * The first evaluation at which a loss has gone `share` of its way: (first - x) / (first - floor) ≥ share, with the
 * lowest level of the curve as its floor. NaN for a loss that never falls.
 */
export function stepToProgress(curve: Curve, key: string, share: number): number {
  const from = first(curve, key);
  const floor = least(curve, key);
  if (!(floor < from)) return Number.NaN;
  return metric(
    curve.find((row) => from - metric(row, key) >= share * (from - floor)),
    'iter',
  );
}

/** Tokens of a sequence. */
const LENGTH: Readonly<Record<Scale, number>> = { quick: 64, paper: 256 };

/** The probe of the early positions. */
export function earlyKeyAt(scale: Scale): string {
  return earlyKey(LENGTH[scale]);
}
