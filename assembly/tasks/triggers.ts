/**
 * One sequence of the task `triggers`: triggers, outputs, then a walk of T + 1 tokens. The record and the draws are
 * those of ../draws.ts; N is the number of the corpus's symbols, and symbol N the noise token.
 *
 *     settings  0 K   1 rules   2, 3 law of the outputs (1: π_b(·|q), 0: uniform)   4, 5 noise as a threshold of 2^32
 *               (pairs: training, test)
 *     tables    0 starts   1 cells   2 the fixed triggers i32 [K], where the rules do not draw them
 *               rows 0 .. N-1    π_b(·|i)
 *               row  N           π_u
 *               rows N+1 .. 2N   π_b(·|i) without i, renormalised: outputs that may not repeat (else empty)
 *     latents   0 triggers i32 [K]   1 outputs i32 [K]
 *     scratch   0 marks  i32 [N + 1]  k + 1 at trigger k, 0 elsewhere
 *               1 cycles i32 [3, K]   is trigger k on a cycle; on which path was it met; how often has it occurred
 *
 * The marks of the sequence are its occurrences: how often the trigger at a position has occurred so far, else 0.
 */
import { begin, below, coin, drawSymbol, part, setting, word } from '../draws';

const RANDOM_TRIGGERS: u32 = 1;
const NO_REPEAT: u32 = 2;
const NO_CYCLES: u32 = 4;

const OPEN: i32 = 0;
const TOO_FEW_TRIGGERS: i32 = -1;
const ONLY_CYCLES: i32 = -2;

/** Draws for one trigger before giving up: reached only by laws whose rarest symbols never come. */
const MOST_TRIGGER_DRAWS: u32 = 1 << 24;
const MOST_OUTPUT_DRAWS: i32 = 10000;

/** K distinct symbols from π_u: a symbol that is taken already is drawn again, which is drawing without replacement. */
function drawTriggers(sampler: usize, starts: usize, cells: usize, marks: usize): bool {
  const triggers = part(sampler, 4, 0);
  const N = word(sampler, 0);
  const K = setting(sampler, 0);
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
  const K = setting(sampler, 0);
  const noRepeat = (setting(sampler, 1) & NO_REPEAT) != 0;
  const triggers = part(sampler, 4, 0);
  const outputs = part(sampler, 4, 1);
  for (let k: usize = 0; k < usize(K); ++k) {
    const q = load<i32>(triggers + (k << 2));
    let o: i32;
    if (bigram) {
      o = drawSymbol(sampler, starts, cells, noRepeat ? N + 1 + q : q);
    } else if (noRepeat) {
      o = below(sampler, N - 1);
      o += i32(o >= q);
    } else {
      o = below(sampler, N);
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

/**
 * The walk: z_0 ~ π_u; after a trigger its output, or by the coin the noise token; after that one a draw from π_u;
 * after any other symbol a draw from π_b.
 */
function walk(sampler: usize, starts: usize, cells: usize, marks: usize, cycles: usize, noise: u32): i32 {
  const N = word(sampler, 0);
  const T = usize(word(sampler, 1));
  const K = usize(setting(sampler, 0));
  const outputs = part(sampler, 4, 1);
  const tokens = usize(word(sampler, 2));
  const occurrences = usize(word(sampler, 3));
  const running = cycles + (K << 3);
  memory.fill(running, 0, K << 2);
  let absorbed = OPEN;
  let z = drawSymbol(sampler, starts, cells, N);
  for (let t: usize = 0; t < T; ++t) {
    store<i32>(tokens + (t << 2), z);
    let occurrence = 0;
    const mark = usize(load<u32>(marks + (usize(z) << 2)));
    if (mark != 0) {
      const k = (mark - 1) << 2;
      occurrence = load<i32>(running + k) + 1;
      store<i32>(running + k, occurrence);
      absorbed |= load<i32>(cycles + k);
      z = noise != 0 && coin(sampler, noise) ? N : load<i32>(outputs + k);
    } else {
      // Row N is π_u, and the noise token is symbol N.
      z = drawSymbol(sampler, starts, cells, z);
    }
    store<i32>(occurrences + (t << 2), occurrence);
  }
  store<i32>(tokens + (T << 2), z);
  const last = usize(load<u32>(marks + (usize(z) << 2)));
  return last != 0 ? absorbed | load<i32>(cycles + ((last - 1) << 2)) : absorbed;
}

/**
 * Fills tokens, marks, triggers and outputs. split: 0 training, 1 test. Returns 1 if the walk reached a cycle of
 * triggers, 0 if not; -1 if K distinct triggers did not come up, -2 if 10,000 joint draws of outputs all had a cycle.
 */
export function sampleTriggers(
  sampler: usize,
  k0: u32,
  k1: u32,
  sequence: u32,
  step: u32,
  stream: u32,
  split: i32,
): i32 {
  begin(sampler, k0, k1, sequence, step, stream);
  const K = setting(sampler, 0);
  const rules = setting(sampler, 1);
  const bigram = setting(sampler, 2 + split) != 0;
  const noise = setting(sampler, 4 + split);
  const starts = part(sampler, 6, 0);
  const cells = part(sampler, 6, 1);
  const fixed = part(sampler, 6, 2);
  const marks = part(sampler, 7, 0);
  const cycles = part(sampler, 7, 1);
  const triggers = part(sampler, 4, 0);
  const outputs = part(sampler, 4, 1);

  memory.fill(marks, 0, (usize(word(sampler, 0)) + 1) << 2);
  if ((rules & RANDOM_TRIGGERS) != 0) {
    if (!drawTriggers(sampler, starts, cells, marks)) return TOO_FEW_TRIGGERS;
  } else {
    for (let k: usize = 0; k < usize(K); ++k) {
      const q = load<i32>(fixed + (k << 2));
      store<i32>(triggers + (k << 2), q);
      store<i32>(marks + (usize(q) << 2), i32(k) + 1);
    }
  }
  let draws = 0;
  let cyclic: bool;
  do {
    if (draws++ == MOST_OUTPUT_DRAWS) return ONLY_CYCLES;
    drawOutputs(sampler, starts, cells, bigram);
    cyclic = markCycles(K, marks, triggers, outputs, cycles);
  } while (cyclic && (rules & NO_CYCLES) != 0);
  return walk(sampler, starts, cells, marks, cycles, noise);
}
