/** Named places in a flat array of counters. */
import type { Mean } from '../record.js';

/** Name → its place in the list. */
export function slotsOf<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name, i) => [name, i])) as Record<Name, number>;
}

/** The mean of what was summed in one slot over what was counted in another. */
export function mean(counters: Float64Array, sum: number, count: number): Mean {
  return counters[count] === 0 ? null : counters[sum]! / counters[count]!;
}
