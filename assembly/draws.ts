/**
 * Draws of the samplers in tasks/, and the record that they share. All of them come from Philox, in order, each taking
 * one pair of words (a, b); a pair depends on nothing but (seed, stream, step, sequence, number of the draw). Integers
 * only: a sequence has the same bits on every runtime.
 *
 * A sampler is a record of words that the binding fills in once, the counter excepted:
 *
 *      0 N   1 T   2 tokens   3 marks   4 latents   5 settings   6 tables   7 scratch   15 number of the next draw
 *     16 k0   17 k1   18 sequence   19 step   20 stream   21 -   22 -   23 -   24..27 the current Philox block
 *
 *     tokens i32 [T + 1], marks i32 [T], settings u32 [as the task says]
 *     latents, tables, scratch: lists of pointers, in the order in which the task names them
 *
 * Laws are alias tables (Walker 1977, Vose 1991) of the symbols with positive probability only, so that the usual
 * corpus stays in the first-level cache. Row r has the cells starts[r] .. starts[r + 1] - 1; one cell is 8 bytes:
 *
 *     u32 threshold | u16 own | u16 alias        own if b < threshold, else alias
 */
import { philox4x32 } from './philox';

/** Word `i` of the sampler. */
// @ts-ignore: decorator
@inline
export function word(sampler: usize, i: usize): u32 {
  return load<u32>(sampler + (i << 2));
}

/** Pointer `i` of the list in word `list`. */
// @ts-ignore: decorator
@inline
export function part(sampler: usize, list: usize, i: usize): usize {
  return usize(load<u32>(usize(word(sampler, list)) + (i << 2)));
}

/** Setting `i` of the task. */
// @ts-ignore: decorator
@inline
export function setting(sampler: usize, i: usize): u32 {
  return load<u32>(usize(word(sampler, 5)) + (i << 2));
}

/** Words 15 to 20: the counter starts over, at another sequence. */
export function begin(sampler: usize, k0: u32, k1: u32, sequence: u32, step: u32, stream: u32): void {
  store<u32>(sampler, 0, 60);
  store<u32>(sampler, k0, 64);
  store<u32>(sampler, k1, 68);
  store<u32>(sampler, sequence, 72);
  store<u32>(sampler, step, 76);
  store<u32>(sampler, stream, 80);
}

/** The next pair of words: a in the low half, b in the high half. A Philox block holds two pairs. */
export function draw(sampler: usize): u64 {
  const n = word(sampler, 15);
  store<u32>(sampler + 60, n + 1);
  if ((n & 1) == 0) {
    v128.store(
      sampler + 96,
      philox4x32(word(sampler, 16), word(sampler, 17), n >> 1, word(sampler, 18), word(sampler, 19), word(sampler, 20)),
    );
  }
  return load<u64>(sampler + 96 + (usize(n & 1) << 3));
}

/** floor(word · n / 2^32): uniform on 0 .. n-1 up to 2^-32. */
// @ts-ignore: decorator
@inline
export function scaled(random: u32, n: u32): u32 {
  return u32((u64(random) * u64(n)) >> 32);
}

/** Uniform on 0 .. n-1. */
export function below(sampler: usize, n: u32): u32 {
  return scaled(u32(draw(sampler)), n);
}

/** True with probability threshold / 2^32. */
export function coin(sampler: usize, threshold: u32): bool {
  return u32(draw(sampler)) < threshold;
}

/** A symbol from row `row` of alias tables. */
export function drawSymbol(sampler: usize, starts: usize, cells: usize, row: u32): i32 {
  const first = load<u32>(starts + (usize(row) << 2));
  const size = load<u32>(starts + (usize(row) << 2), 4) - first;
  const pair = draw(sampler);
  const cell = load<u64>(cells + (usize(first + scaled(u32(pair), size)) << 3));
  return i32(select<u64>(cell >> 32, cell >> 48, u32(pair >> 32) < u32(cell)) & 0xffff);
}

/**
 * From an urn over n symbols, counts u32 [n]: symbol j with weight 1 + scale · counts[j]. The first j whose running sum
 * of weights is above floor(a · sum / 2^32).
 */
export function drawUrn(sampler: usize, counts: usize, n: u32, scale: u32): u32 {
  let sum: u32 = 0;
  for (let j: u32 = 0; j < n; ++j) sum += 1 + scale * load<u32>(counts + (usize(j) << 2));
  const at = below(sampler, sum);
  let running: u32 = 0;
  let j: u32 = 0;
  for (; j < n - 1; ++j) {
    running += 1 + scale * load<u32>(counts + (usize(j) << 2));
    if (running > at) break;
  }
  return j;
}

/** counts[j] += 1. */
// @ts-ignore: decorator
@inline
export function count(counts: usize, j: u32): void {
  const at = counts + (usize(j) << 2);
  store<u32>(at, load<u32>(at) + 1);
}
