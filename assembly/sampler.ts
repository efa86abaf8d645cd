/**
 * One sequence of the task: triggers, outputs, then a walk of T + 1 tokens. All draws come from Philox, in order, each
 * taking one pair of words (a, b); a pair depends on nothing but (seed, stream, step, sequence, number of the draw).
 *
 * Laws are alias tables (Walker 1977, Vose 1991) of the symbols with positive probability only, so that the usual
 * corpus stays in the first-level cache. Table r has the cells starts[r] .. starts[r + 1] - 1; one cell is 8 bytes:
 *
 *     u32 threshold | u16 own | u16 alias        own if b < threshold, else alias
 *
 *     tables 0 .. N-1    π_b(·|i)
 *     table  N           π_u
 *     tables N+1 .. 2N   π_b(·|i) without i, renormalised: outputs that may not repeat their trigger (else empty)
 *
 * The sampler is a record of words that the binding fills in once, the counter excepted:
 *
 *      0 N   1 T   2 K   3 rules   4 starts   5 cells   6 marks   7 cycles
 *      8 triggers   9 outputs   10 tokens   11 occurrences   12 -   13 -   14 -   15 number of the next draw
 *     16 k0   17 k1   18 sequence   19 step   20 stream   21 -   22 -   23 -   24..27 the current Philox block
 *
 *     marks  i32 [N]     k + 1 at trigger k, 0 elsewhere
 *     cycles i32 [3, K]  is trigger k on a cycle; on which path was it met; how often has it occurred
 *     triggers, outputs i32 [K], tokens i32 [T + 1], occurrences i32 [T]
 */
import { philox4x32 } from './philox';

const RANDOM_TRIGGERS: u32 = 1;
const NO_REPEAT: u32 = 2;
const NO_CYCLES: u32 = 4;

const OPEN: i32 = 0;
const TOO_FEW_TRIGGERS: i32 = -1;
const ONLY_CYCLES: i32 = -2;

/** Draws for one trigger before giving up: reached only by laws whose rarest symbols never come. */
const MOST_TRIGGER_DRAWS: u32 = 1 << 24;
const MOST_OUTPUT_DRAWS: i32 = 10000;

/** Word `i` of the sampler. */
// @ts-ignore: decorator
@inline
function word(sampler: usize, i: usize): u32 {
  return load<u32>(sampler + (i << 2));
}

/** The next pair of words: a in the low half, b in the high half. A Philox block holds two pairs. */
function draw(sampler: usize): u64 {
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
function below(random: u32, n: u32): u32 {
  return u32((u64(random) * u64(n)) >> 32);
}

/** A symbol from alias table `row`. */
function drawSymbol(sampler: usize, starts: usize, cells: usize, row: u32): i32 {
  const first = load<u32>(starts + (usize(row) << 2));
  const size = load<u32>(starts + (usize(row) << 2), 4) - first;
  const pair = draw(sampler);
  const cell = load<u64>(cells + (usize(first + below(u32(pair), size)) << 3));
  return i32(select<u64>(cell >> 32, cell >> 48, u32(pair >> 32) < u32(cell)) & 0xffff);
}

/** K distinct symbols from π_u: a symbol that is taken already is drawn again, which is drawing without replacement. */
function drawTriggers(sampler: usize, starts: usize, cells: usize, marks: usize): bool {
  const triggers = usize(word(sampler, 8));
  const N = word(sampler, 0);
  const K = word(sampler, 2);
  for (let k: u32 = 0; k < K; ++k) {
    let q = 0;
    let tries: u32 = 0;
    do {
      if (tries++ == MOST_TRIGGER_DRAWS) return false;
      q = drawSymbol(sampler, starts, cells, N);
    } while (load<i32>(marks + (usize(q) << 2)) != 0);
    store<i32>(triggers + (usize(k) << 2), q);
    store<i32>(marks + (usize(q) << 2), k + 1);
  }
  return true;
}

/** One output for each trigger, independently. bigram: from π_b(·|q), else uniform. */
function drawOutputs(sampler: usize, starts: usize, cells: usize, bigram: bool): void {
  const N = word(sampler, 0);
  const K = word(sampler, 2);
  const noRepeat = (word(sampler, 3) & NO_REPEAT) != 0;
  const triggers = usize(word(sampler, 8));
  const outputs = usize(word(sampler, 9));
  for (let k: usize = 0; k < usize(K); ++k) {
    const q = load<i32>(triggers + (k << 2));
    let o: i32;
    if (bigram) {
      o = drawSymbol(sampler, starts, cells, noRepeat ? N + 1 + q : q);
    } else if (noRepeat) {
      o = below(u32(draw(sampler)), N - 1);
      o += i32(o >= q);
    } else {
      o = below(u32(draw(sampler)), N);
    }
    store<i32>(outputs + (k << 2), o);
  }
}

/**
 * Marks the triggers that lie on a cycle of trigger → output (o = q included) in the first row of `cycles`; tells
 * whether there is one. Every path is followed until it leaves the triggers or meets a trigger that was met before:
 * O(K).
 */
function markCycles(K: u32, marks: usize, triggers: usize, outputs: usize, cycles: usize): bool {
  const met = cycles + (usize(K) << 2);
  memory.fill(cycles, 0, usize(K) << 3);
  let found = false;
  for (let path: u32 = 1; path <= K; ++path) {
    let k = path;
    while (k != 0 && load<u32>(met + (usize(k - 1) << 2)) == 0) {
      store<u32>(met + (usize(k - 1) << 2), path);
      k = load<u32>(marks + (usize(load<u32>(outputs + (usize(k - 1) << 2))) << 2));
    }
    // A path that runs into itself closes a new cycle; one that runs into an older path adds none.
    if (k == 0 || load<u32>(met + (usize(k - 1) << 2)) != path) continue;
    found = true;
    while (load<i32>(cycles + (usize(k - 1) << 2)) == 0) {
      store<i32>(cycles + (usize(k - 1) << 2), 1);
      k = load<u32>(marks + (usize(load<u32>(outputs + (usize(k - 1) << 2))) << 2));
    }
  }
  return found;
}

/** The walk: z_0 ~ π_u; after a trigger its output, after any other symbol a draw from π_b. */
function walk(sampler: usize, starts: usize, cells: usize, marks: usize, cycles: usize): i32 {
  const T = usize(word(sampler, 1));
  const K = usize(word(sampler, 2));
  const outputs = usize(word(sampler, 9));
  const tokens = usize(word(sampler, 10));
  const occurrences = usize(word(sampler, 11));
  const running = cycles + (K << 3);
  memory.fill(running, 0, K << 2);
  let absorbed = OPEN;
  let z = drawSymbol(sampler, starts, cells, word(sampler, 0));
  for (let t: usize = 0; t < T; ++t) {
    store<i32>(tokens + (t << 2), z);
    let occurrence = 0;
    const mark = usize(load<u32>(marks + (usize(z) << 2)));
    if (mark != 0) {
      const k = (mark - 1) << 2;
      occurrence = load<i32>(running + k) + 1;
      store<i32>(running + k, occurrence);
      absorbed |= load<i32>(cycles + k);
      z = load<i32>(outputs + k);
    } else {
      z = drawSymbol(sampler, starts, cells, z);
    }
    store<i32>(occurrences + (t << 2), occurrence);
  }
  store<i32>(tokens + (T << 2), z);
  const last = usize(load<u32>(marks + (usize(z) << 2)));
  return last != 0 ? absorbed | load<i32>(cycles + ((last - 1) << 2)) : absorbed;
}

/**
 * Fills tokens, occurrences, triggers and outputs. `bigram`: the law of the outputs (1: π_b(·|q), 0: uniform).
 * Returns 1 if the walk reached a cycle of triggers, 0 if not; -1 if K distinct triggers did not come up, -2 if 10,000
 * joint draws of the outputs all had a cycle.
 */
export function sampleSequence(
  sampler: usize,
  k0: u32,
  k1: u32,
  sequence: u32,
  step: u32,
  stream: u32,
  bigram: i32,
): i32 {
  // Words 15 to 20: the counter starts over.
  store<u32>(sampler, 0, 60);
  store<u32>(sampler, k0, 64);
  store<u32>(sampler, k1, 68);
  store<u32>(sampler, sequence, 72);
  store<u32>(sampler, step, 76);
  store<u32>(sampler, stream, 80);
  const K = word(sampler, 2);
  const rules = word(sampler, 3);
  const starts = usize(word(sampler, 4));
  const cells = usize(word(sampler, 5));
  const marks = usize(word(sampler, 6));
  const cycles = usize(word(sampler, 7));
  const triggers = usize(word(sampler, 8));
  const outputs = usize(word(sampler, 9));

  memory.fill(marks, 0, usize(word(sampler, 0)) << 2);
  if ((rules & RANDOM_TRIGGERS) != 0) {
    if (!drawTriggers(sampler, starts, cells, marks)) return TOO_FEW_TRIGGERS;
  } else {
    for (let k: usize = 0; k < usize(K); ++k) {
      store<i32>(marks + (usize(load<i32>(triggers + (k << 2))) << 2), i32(k) + 1);
    }
  }
  let draws = 0;
  let cyclic: bool;
  do {
    if (draws++ == MOST_OUTPUT_DRAWS) return ONLY_CYCLES;
    drawOutputs(sampler, starts, cells, bigram != 0);
    cyclic = markCycles(K, marks, triggers, outputs, cycles);
  } while (cyclic && (rules & NO_CYCLES) != 0);
  return walk(sampler, starts, cells, marks, cycles);
}
