/**
 * The multiply-add ceiling of a core: chains of multiply-add that live in registers. The strict build multiplies and
 * adds in two instructions, which the machine runs on other ports than a fused one: each build is held against its own.
 */
import type { Build, Instance } from '../bindings/instance.js';
import type { CeilingResult } from './report.js';
import type { Task } from './rounds.js';
import { spreadOf } from './spread.js';

const CHAINS = [6, 8, 10, 12, 14] as const;
const ROUNDS = 50_000;
/** Four lanes, a multiplication and an addition each. */
const FLOP = 8;

export function ceilingTasks({ exports }: Instance): Task[] {
  return CHAINS.map((chains) => {
    const kernel = exports[`chains${chains}`];
    return { name: `${chains} chains`, call: () => void kernel(ROUNDS, 0.5) };
  });
}

/** From the milliseconds of `ceilingTasks` by task and round: the result, and the ceiling of each round in GFLOP/s. */
export function readCeiling(
  { kernel }: Build,
  times: readonly (readonly number[])[],
): { result: CeilingResult; byRound: number[] } {
  const rates = times.map((rounds, i) => rounds.map((ms) => (FLOP * CHAINS[i]! * ROUNDS) / ms / 1e6));
  const byRound = rates[0]!.map((_, round) => Math.max(...rates.map((rounds) => rounds[round]!)));
  const chains = CHAINS.map((count, i) => ({ chains: count, gflops: spreadOf(rates[i]!) }));
  return { result: { kernel, gflops: spreadOf(byRound), chains }, byRound };
}
