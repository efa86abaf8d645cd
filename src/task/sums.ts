/** Meters from named sums: what most kinds measure is a mean of something over positions, sequences or heads. */
import type { LossRule, Mean, MeasuredSequence, Meter } from './kind.js';
import { inLoss } from './kind.js';

/** Adds `value`, `count` times counted, to the named mean. */
export type AddTo = (name: string, value: number, count?: number) => void;
/** The mean that was added up under a name; null where nothing was counted. */
export type MeanOf = (name: string) => Mean;

/** `names`: every mean that is added to, or its place in the slots would depend on the sequences. */
export function meterOf(
  names: readonly string[],
  add: (to: AddTo, sequence: MeasuredSequence) => void,
  keys: (mean: MeanOf) => Record<string, Mean>,
): Meter {
  const places = new Map(names.map((name, n) => [name, 2 * n]));
  const placeOf = (name: string) => {
    const place = places.get(name);
    if (place === undefined) throw new RangeError(`measure: expected one of ${names.join(', ')}, got ${name}`);
    return place;
  };
  return {
    slots: 2 * names.length,
    reads: 'logits',
    add(sums, sequence) {
      add((name, value, count = 1) => {
        const at = placeOf(name);
        sums[at]! += value;
        sums[at + 1]! += count;
      }, sequence);
    },
    keys: (sums) =>
      keys((name) => {
        const at = placeOf(name);
        return sums[at + 1] === 0 ? null : sums[at]! / sums[at + 1]!;
      }),
  };
}

/** into += more. */
export function addSums(into: Float64Array, more: Float64Array): void {
  if (into.length !== more.length) throw new RangeError(`sums: expected ${into.length} slots, got ${more.length}`);
  for (let i = 0; i < into.length; i++) into[i]! += more[i]!;
}

export const LOSS_NAMES = ['loss', 'acc'] as const;

/** Cross-entropy and accuracy over the positions of the loss. */
export function addLoss(to: AddTo, { marks, losses, predictions, tokens }: MeasuredSequence, rule: LossRule): void {
  for (let t = 0; t < marks.length; t++) {
    if (!inLoss(rule, marks, t)) continue;
    to('loss', losses[t]!);
    to('acc', predictions[t] === tokens[t + 1] ? 1 : 0);
  }
}

/** a - b; null where one of them is. */
export function difference(a: Mean, b: Mean): Mean {
  return a === null || b === null ? null : a - b;
}

/** a / b; null where one of them is, or nothing is divided by. */
export function ratio(a: Mean, b: Mean): Mean {
  return a === null || b === null || b === 0 ? null : a / b;
}

/** KL(p ‖ model) in nats; `logs`: the model's log-probabilities. Terms with p = 0 are 0. */
export function divergence(p: ArrayLike<number>, logs: Float64Array, log: (x: number) => number): number {
  let sum = 0;
  for (let j = 0; j < p.length; j++) if (p[j]! > 0) sum += p[j]! * (log(p[j]!) - logs[j]!);
  return sum;
}
