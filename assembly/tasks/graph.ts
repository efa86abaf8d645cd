/**
 * One sequence of the task `graph`: every position follows its parent in a hidden graph, by one chain whose rows,
 * Dirichlet(1 / weight), are integrated out by an urn. The record and the draws are those of ../draws.ts.
 *
 *     settings  0 weight
 *     tables    0 parents i32 [T - 1]   the position that position t depends on, or -1
 *     scratch   0 counts u32 [N, N]     how often symbol j followed symbol i along an edge so far
 *
 * A root is uniform; else j comes with weight 1 + weight · counts[z_parent, j]. z_{T-1} is uniform, z_T follows it.
 */
import { begin, below, count, drawUrn, part, setting, word } from '../draws';

/** Fills tokens and marks (1 at T-1). Both splits have the same law. Returns 0. */
export function sampleGraph(sampler: usize, k0: u32, k1: u32, sequence: u32, step: u32, stream: u32, _split: i32): i32 {
  begin(sampler, k0, k1, sequence, step, stream);
  const N = word(sampler, 0);
  const T = word(sampler, 1);
  const tokens = usize(word(sampler, 2));
  const marks = usize(word(sampler, 3));
  const weight = setting(sampler, 0);
  const parents = part(sampler, 6, 0);
  const counts = part(sampler, 7, 0);
  memory.fill(counts, 0, usize(N * N) << 2);
  memory.fill(marks, 0, usize(T) << 2);
  store<i32>(marks + (usize(T - 1) << 2), 1);
  for (let t: u32 = 0; t <= T; ++t) {
    let parent = -1;
    if (t + 1 < T) parent = load<i32>(parents + (usize(t) << 2));
    else if (t == T) parent = i32(T) - 1;
    let z: u32;
    if (parent < 0) {
      z = below(sampler, N);
    } else {
      const row = counts + (usize(load<u32>(tokens + (usize(parent) << 2)) * N) << 2);
      z = drawUrn(sampler, row, N, weight);
      count(row, z);
    }
    store<u32>(tokens + (usize(t) << 2), z);
  }
  return 0;
}
