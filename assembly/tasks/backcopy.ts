/**
 * One sequence of the task `backcopy`: a bigram source where the token behind a trigger is a copy of the one before it.
 * The record and the draws are those of ../draws.ts; N is the number of the corpus's symbols, symbol N the start token.
 *
 *     settings  0 start (1: z_0 is the start token)   1 always (1: every trigger copies)   2 mix as a threshold of 2^32
 *     tables    0 starts   1 cells   2 is a symbol a trigger, u32 [N + 1]
 *               rows 0 .. N-1  π_b(·|i)
 *               row  N         π_u without the triggers
 *
 * The first symbol comes from row N; then, at a trigger, with probability mix the token before it, else π_b(·|z_t).
 */
import { begin, coin, drawSymbol, part, setting, word } from '../draws';

/** Fills tokens and marks (1 at triggers). Both splits have the same law. Returns 0. */
export function sampleBackcopy(
  sampler: usize,
  k0: u32,
  k1: u32,
  sequence: u32,
  step: u32,
  stream: u32,
  _split: i32,
): i32 {
  begin(sampler, k0, k1, sequence, step, stream);
  const N = word(sampler, 0);
  const T = usize(word(sampler, 1));
  const tokens = usize(word(sampler, 2));
  const marks = usize(word(sampler, 3));
  const always = setting(sampler, 1) != 0;
  const mix = setting(sampler, 2);
  const starts = part(sampler, 6, 0);
  const cells = part(sampler, 6, 1);
  const triggers = part(sampler, 6, 2);
  let before: u32 = 0;
  // Row N is that of the first symbol, which the start token, symbol N, would draw from.
  let z = setting(sampler, 0) != 0 ? N : u32(drawSymbol(sampler, starts, cells, N));
  for (let t: usize = 0; t < T; ++t) {
    store<u32>(tokens + (t << 2), z);
    const trigger = load<u32>(triggers + (usize(z) << 2));
    store<u32>(marks + (t << 2), trigger);
    const next = trigger != 0 && (always || coin(sampler, mix)) ? before : u32(drawSymbol(sampler, starts, cells, z));
    before = z;
    z = next;
  }
  store<u32>(tokens + (T << 2), z);
  return 0;
}
