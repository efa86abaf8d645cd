/**
 * One sequence of the task `chains`: a Markov chain whose rows, Dirichlet(1), are integrated out by an urn. The record
 * and the draws are those of ../draws.ts; N is the number of states.
 *
 *     settings  0 order   1, 2 balanced (training, test)
 *     scratch   0 counts u32 [N^(order - 1), N]   how often a state followed a context so far
 *
 * z_0 … z_{order-2} are uniform; then j comes with weight 1 + counts[c, j], c the last order - 1 states. Balanced (N 2,
 * order 2): one urn over stay (0) and switch (1), whatever the state; z_{t+1} = z_t + s mod 2.
 */
import { begin, below, count, drawUrn, part, setting, word } from '../draws';

/** Fills tokens; marks stay 0. split: 0 training, 1 test. Returns 0. */
export function sampleChains(sampler: usize, k0: u32, k1: u32, sequence: u32, step: u32, stream: u32, split: i32): i32 {
  begin(sampler, k0, k1, sequence, step, stream);
  const N = word(sampler, 0);
  const T = usize(word(sampler, 1));
  const tokens = usize(word(sampler, 2));
  const order = setting(sampler, 0);
  const balanced = setting(sampler, 1 + split) != 0;
  const counts = part(sampler, 7, 0);
  let contexts: u32 = 1;
  for (let k: u32 = 1; k < order; ++k) contexts *= N;
  memory.fill(counts, 0, usize(contexts * N) << 2);
  let context: u32 = 0;
  for (let t: usize = 0; t <= T; ++t) {
    let z: u32;
    if (t + 1 < usize(order)) {
      z = below(sampler, N);
    } else if (balanced) {
      const move = drawUrn(sampler, counts, 2, 1);
      count(counts, move);
      z = (context + move) & 1;
    } else {
      const row = counts + (usize(context * N) << 2);
      z = drawUrn(sampler, row, N, 1);
      count(row, z);
    }
    store<u32>(tokens + (t << 2), z);
    context = (context * N + z) % contexts;
  }
  return 0;
}
