/**
 * Two readers to hold a model's in-context accuracy against. Both see z_0..z_t and predict z_{t+1}.
 *
 * Bag of words: argmax_j count_j(z_0..z_t) / (t+1) / (π_u(j) + 0.01), what one attention layer can do without order.
 *
 * Bayes: what an ideal reader reaches. Fixed triggers: it knows them, so it repeats the trigger's first successor and
 * is always right; where noise takes the place of outputs, it knows how often: the noise token, or the output once that
 * has been seen, whichever is likelier. Random triggers: at a token i seen before with successors s_1..s_m: if they
 * differ, i is no trigger, so argmax π_b(·|i). If all equal o: ι_i = 1 - exp(-τ π_u(i)) is the chance that i is a
 * trigger, Σ ι_i = K,
 *     w = ι_i π_o(o|i) / (ι_i π_o(o|i) + (1 - ι_i) Π π_b(s|i)),
 * and the prediction is argmax_j of w·1{j=o} + (1-w) π_b(j|i). Ties go to the lowest id.
 */

import { same } from '../../../bindings/checks.js';
import type { Split } from '../../../bindings/sampler.js';
import { inContext } from './occurrences.js';
import { outputProbability, type TriggersTask } from './task.js';

/** What one sequence's in-context positions gave: how many there are, and how many each baseline has right. */
export interface BaselineScore {
  readonly positions: number;
  readonly bag: number;
  readonly bayes: number;
}

/** One prediction a position, -1 where it is not in context. */
export interface BaselinePredictions {
  readonly bag: Int32Array;
  readonly bayes: Int32Array;
}

export interface Baselines {
  /** Predictions for one sequence: tokens z_0..z_{T-1} and their occurrences, T of each, into arrays of T. */
  predict(tokens: Int32Array, occurrences: Int32Array, into: BaselinePredictions): void;
  /** Counts the right predictions of one sequence; `targets` are z_1..z_T. */
  score(tokens: Int32Array, targets: Int32Array, occurrences: Int32Array): BaselineScore;
}

const NONE = -1;
const DIFFERENT = -2;
const BISECTIONS = 100;

/** The baselines for a task's sequences of one split. `exp` is the exponential to use, so that every engine agrees. */
export function createBaselines(
  task: Pick<TriggersTask, 'laws'>,
  exp: (x: number) => number,
  split: Split = 'train',
): Baselines {
  const { symbols: N, unigram, bigram, fixedTriggers, triggerCount } = task.laws;
  const noise = task.laws.noise[split];
  const law = task.laws.outputs[split];
  const inclusion = fixedTriggers === null ? inclusionProbabilities(unigram, triggerCount, exp) : null;
  const likeliest = Int32Array.from({ length: N }, (_, i) => argmax(bigram.subarray(i * N, (i + 1) * N)));

  // The noise token is symbol N.
  const counts = new Float64Array(N + 1);
  // Of each token so far: its one successor (or NONE, DIFFERENT), and Π π_b(s|i) over the times it was followed.
  const successor = new Int32Array(N);
  const likelihood = new Float64Array(N);
  const last: { bag: Int32Array; bayes: Int32Array } = { bag: new Int32Array(0), bayes: new Int32Array(0) };

  function bayes(i: number): number {
    const o = successor[i]!;
    if (inclusion === null && noise > 0) return o === NONE ? (noise > (1 - noise) / N ? N : 0) : noise > 0.5 ? N : o;
    if (inclusion === null) return o;
    const plain = likeliest[i]!;
    if (o === DIFFERENT || o === plain) return plain;
    const asTrigger = inclusion[i]! * outputProbability(task, law, i, o);
    const asPlain = (1 - inclusion[i]!) * likelihood[i]!;
    const w = asTrigger > 0 ? asTrigger / (asTrigger + asPlain) : 0;
    const scoreOfO = w + (1 - w) * bigram[i * N + o]!;
    const scoreOfPlain = (1 - w) * bigram[i * N + plain]!;
    if (scoreOfO === scoreOfPlain) return Math.min(o, plain);
    return scoreOfO > scoreOfPlain ? o : plain;
  }

  function follow(i: number, next: number): void {
    if (i === N || next === N) return;
    const seen = successor[i]!;
    successor[i] = seen === NONE || seen === next ? next : DIFFERENT;
    likelihood[i] = likelihood[i]! * bigram[i * N + next]!;
  }

  function predict(tokens: Int32Array, occurrences: Int32Array, into: BaselinePredictions): void {
    const T = tokens.length;
    same('baselines: occurrences', occurrences.length, T);
    same('baselines: bag predictions', into.bag.length, T);
    same('baselines: Bayes predictions', into.bayes.length, T);
    counts.fill(0);
    successor.fill(NONE);
    likelihood.fill(1);
    // Only the score of the token just counted rises (t + 1 is common to all), so the best is kept, not searched.
    let best = 0;
    let bestScore = 0;
    for (let t = 0; t < T; t++) {
      const z = tokens[t]!;
      if (t > 0) follow(tokens[t - 1]!, z);
      counts[z]! += 1;
      const score = counts[z]! / ((unigram[z] ?? 0) + 0.01);
      if (score > bestScore || (score === bestScore && z < best)) {
        best = z;
        bestScore = score;
      }
      const asked = inContext(occurrences[t]!);
      into.bag[t] = asked ? best : NONE;
      into.bayes[t] = asked ? bayes(z) : NONE;
    }
  }

  function score(tokens: Int32Array, targets: Int32Array, occurrences: Int32Array): BaselineScore {
    const T = tokens.length;
    same('baselines: targets', targets.length, T);
    if (last.bag.length !== T) {
      last.bag = new Int32Array(T);
      last.bayes = new Int32Array(T);
    }
    predict(tokens, occurrences, last);
    const right = { positions: 0, bag: 0, bayes: 0 };
    for (let t = 0; t < T; t++) {
      if (!inContext(occurrences[t]!)) continue;
      right.positions++;
      if (last.bag[t] === targets[t]) right.bag++;
      if (last.bayes[t] === targets[t]) right.bayes++;
    }
    return right;
  }

  return { predict, score };
}

/**
 * ι_i = 1 - exp(-τ π_u(i)), with τ such that Σ ι_i = K: nearly the chance that symbol i is among K drawn without
 * replacement. With K symbols of positive probability all of them are drawn, and τ is infinite.
 */
export function inclusionProbabilities(unigram: Float64Array, K: number, exp: (x: number) => number): Float64Array {
  const drawn = unigram.reduce((symbols, p) => (p > 0 ? symbols + 1 : symbols), 0);
  if (K >= drawn) return unigram.map((p) => (p > 0 ? 1 : 0));
  const expected = (tau: number) => unigram.reduce((sum, p) => sum + (1 - exp(-tau * p)), 0);
  let high = 1;
  while (expected(high) < K) high *= 2;
  let low = 0;
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2;
    if (expected(middle) < K) low = middle;
    else high = middle;
  }
  return unigram.map((p) => 1 - exp(-high * p));
}

function argmax(row: Float64Array): number {
  let best = 0;
  for (let j = 1; j < row.length; j++) if (row[j]! > row[best]!) best = j;
  return best;
}
