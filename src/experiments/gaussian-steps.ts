/**
 * The three steps of appendix B.3 with Gaussian embeddings: each step is a sum over pairs of tokens or of positions,
 * counted once, and written down with vectors of width d that are only nearly orthogonal. Layer 2 reads the blocks that
 * the proof keeps: queries w_E, keys Φ₁ w_E, values Φ₂ w_E.
 */
import { type Matrix64, timesTransposed, transpose } from '../analysis/algebra/matrix64.js';
import { softmax } from '../analysis/algebra/softmax.js';
import { diagonal, recallAndMargin } from '../analysis/memory/associations.js';
import type { Row } from '../analysis/record.js';
import { previousKeyGradient } from '../analysis/theory/previous-key.js';
import { createSingleTrigger, type DrawSingleTrigger } from '../analysis/theory/single-trigger.js';
import { curveOf, metric } from './curve-queries.js';
import { atLeast, atMost, type ComputedExperiment, type Curves, claim, finding, type Tools } from './experiment.js';
import { gaussianMatrix } from './gaussian.js';

const N = 16;
const T = 16;
const WIDTHS = [16, 32, 64, 128, 256, 512, 1024] as const;
const WIDEST = WIDTHS.at(-1)!;
const SEQUENCES = 8192;
const EVALUATED = 1024;
const STEP_SIZES = { output: 1e2, inductionKey: 1e5, previousKey: 1e5 } as const;
/** Draws of the embeddings that each number is the mean of. */
const DRAWS = 3;
/** Rising: no step down by more than this. */
const DOWN = 0.1;
const MEASURED = {
  output: 'recall of W_O² after its step',
  inductionKey: 'recall of W_K² after its step',
  previousKey: 'recall of W_K¹ after its step',
  accuracy: 'accuracy after the third step',
} as const;
type Measured = keyof typeof MEASURED;
const NAMES = Object.keys(MEASURED) as Measured[];

export const gaussianSteps: ComputedExperiment = {
  id: 'gaussian-steps',
  title: 'The three steps with random embeddings',
  source: 'Theorem 3 and appendix A',
  seeds: { quick: 1, paper: 3 },
  tables: async (_, tools) => ({ widths: WIDTHS.map((dim, n) => atWidth(tools, dim, n)) }),
  claims: [
    ...NAMES.map((name) =>
      claim(`d = ${WIDEST}: ${MEASURED[name]}`, (curves) => atLeast(at(curves, WIDEST, name), 0.9)),
    ),
    ...NAMES.map((name) =>
      claim(`${MEASURED[name]}: least rise from one width to the next`, (curves) => {
        const values = WIDTHS.map((dim) => at(curves, dim, name));
        return atLeast(Math.min(...values.slice(1).map((value, n) => value - values[n]!)), -DOWN);
      }),
    ),
    claim(`d = ${WIDTHS[0]}, as many as tokens: accuracy after the third step`, (curves) =>
      atMost(at(curves, WIDTHS[0], 'accuracy'), 0.5),
    ),
  ],
  findings: WIDTHS.flatMap((dim) =>
    NAMES.map((name) => finding(`d = ${dim}: ${MEASURED[name]}`, (curves) => at(curves, dim, name))),
  ),
  figure: () => ({
    x: { key: 'dim', axis: 'width d', logarithmic: true },
    panels: [
      {
        title: 'After three steps',
        axis: 'share',
        range: [0, 1],
        lines: NAMES.map((key) => ({ run: 'widths', key, label: MEASURED[key] })),
      },
    ],
    rules: [],
  }),
};

function at(curves: Curves, dim: number, key: Measured): number {
  return metric(
    curveOf(curves, 'widths').find((row) => row.dim === dim),
    key,
  );
}

function atWidth(tools: Tools, dim: number, index: number): Row {
  const row: Record<string, number> = { dim };
  for (let draw = 0; draw < DRAWS; draw++) {
    const one = steps(tools, dim, 6 * (index * DRAWS + draw));
    for (const name of NAMES) row[name] = (row[name] ?? 0) + one[name] / DRAWS;
  }
  return row;
}

/** Entries N(0, 1/d). */
function drawn(tools: Tools, index: number, rows: number, dim: number): Matrix64 {
  const matrix = gaussianMatrix(tools, index, rows, dim);
  return { ...matrix, data: matrix.data.map((x) => x / Math.sqrt(dim)) };
}

/** Inner products of rows. */
function gram(matrix: Matrix64): Matrix64 {
  return timesTransposed(matrix, matrix);
}

function steps(tools: Tools, dim: number, index: number): Record<Measured, number> {
  const { math, seed, build } = tools;
  const E = drawn(tools, index, N, dim);
  const U = drawn(tools, index + 1, N, dim);
  const P = drawn(tools, index + 2, T, dim);
  const relayed = gram(timesTransposed(E, drawn(tools, index + 3, dim, dim)));
  const valued = gram(timesTransposed(E, drawn(tools, index + 4, dim, dim)));
  const draw = createSingleTrigger({ symbols: N, length: T }, seed, build);
  // Scores of pairs: w_U(k)ᵀ W_O² Φ₂ w_E(z), w_E(q)ᵀ W_K² Φ₁ w_E(z), p_tᵀ W_K¹ p_s.
  const output = scored(gram(U), classMeans(draw), valued, STEP_SIZES.output);
  const wishes = inductionWishes(draw, output, tools);
  const inductionKey = scored(gram(E), wishes, relayed, STEP_SIZES.inductionKey);
  const previous = previousWishes(draw, output, inductionKey, tools);
  const previousKey = scored(gram(P), previous, gram(P), STEP_SIZES.previousKey);
  return {
    output: recallAndMargin(output, diagonal(0, N)).recall!,
    inductionKey: recallAndMargin(inductionKey, diagonal(0, N)).recall!,
    previousKey: looksBack(previousKey),
    accuracy: accuracy(draw, { output, inductionKey, previousKey }, math),
  };
}

/** A memory of pairs, asked for all pairs: left · size · pairs · right. */
function scored(left: Matrix64, pairs: Matrix64, right: Matrix64, size: number): Matrix64 {
  const scores = timesTransposed(timesTransposed(left, transpose(pairs)), right);
  return { ...scores, data: scores.data.map((x) => size * x) };
}

/** Step 1 under uniform attention: of each target the mean share of every token, less that of all, by how often. */
function classMeans(draw: DrawSingleTrigger): Matrix64 {
  const data = new Float64Array(N * N);
  for (let index = 0; index < SEQUENCES; index++) {
    const { tokens, output } = draw(0, index);
    for (const z of tokens) {
      data[output * N + z]! += 1 / (T * SEQUENCES);
      for (let k = 0; k < N; k++) data[k * N + z]! -= 1 / (N * T * SEQUENCES);
    }
  }
  return { rows: N, columns: N, data };
}

/** Step 2 (lemma 4), by the token that asks: what layer 1 relays where a token speaks for the target, less its mean. */
function inductionWishes(draw: DrawSingleTrigger, output: Matrix64, { math }: Tools): Matrix64 {
  const data = new Float64Array(N * N);
  for (let index = 0; index < SEQUENCES; index++) {
    const { tokens, trigger, output: y } = draw(1, index);
    const error = answer(output, tokens, new Float64Array(T).fill(1 / T));
    softmax(error, 0, N, math);
    for (let k = 0; k < N; k++) error[k] = (k === y ? 1 : 0) - error[k]!;
    const support = Array.from(tokens, (z) => error.reduce((sum, e, k) => sum + e * output.data[k * N + z]!, 0));
    const middle = support.reduce((sum, value) => sum + value, 0) / T;
    for (let t = 0; t < T; t++) {
      const weight = (support[t]! - middle) / (T * SEQUENCES * (t + 1));
      for (let s = 0; s <= t; s++) data[trigger * N + tokens[s]!]! += weight;
    }
  }
  return { rows: N, columns: N, data };
}

/** Step 3 (lemma 5), in tokens and positions instead of their vectors. */
function previousWishes(draw: DrawSingleTrigger, output: Matrix64, key: Matrix64, { math }: Tools): Matrix64 {
  const unit = (size: number): Matrix64 => {
    const data = new Float64Array(size * size);
    for (let n = 0; n < size; n++) data[n * size + n] = 1;
    return { rows: size, columns: size, data };
  };
  const targets = new Int32Array(SEQUENCES);
  const sequences = Array.from({ length: SEQUENCES }, (_, index): Matrix64 => {
    const { tokens, output: y } = draw(2, index);
    const data = new Float64Array(T * N);
    for (let t = 0; t < T; t++) data[t * N + tokens[t]!] = 1;
    targets[index] = y;
    return { rows: T, columns: N, data };
  });
  const task = { positions: unit(T), sequences, targets, key, relay: output, outputs: unit(N) };
  const gradient = previousKeyGradient(task, math);
  return { ...gradient, data: gradient.data.map((x) => -x) };
}

/** Logits under an attention of layer 2. */
function answer(output: Matrix64, tokens: ArrayLike<number>, attention: Float64Array): Float64Array {
  return Float64Array.from({ length: N }, (_, k) =>
    attention.reduce((sum, weight, t) => sum + weight * output.data[k * N + tokens[t]!]!, 0),
  );
}

/** Share of the places of an output that attend most to the one before, of all up to their own. */
function looksBack({ data }: Matrix64): number {
  const places = Array.from({ length: T - 3 }, (_, n) => n + 1);
  const right = places.filter((t) => {
    const scores = data.slice(t * T, t * T + t + 1);
    return scores.indexOf(Math.max(...scores)) === t - 1;
  });
  return right.length / places.length;
}

/** Of the model with the three memories, on sequences of its own. */
function accuracy(
  draw: DrawSingleTrigger,
  { output, inductionKey, previousKey }: Readonly<Record<'output' | 'inductionKey' | 'previousKey', Matrix64>>,
  math: Tools['math'],
): number {
  const first = previousKey.data.slice();
  for (let t = 0; t < T; t++) softmax(first, t * T, t * T + t + 1, math);
  let right = 0;
  for (let index = 0; index < EVALUATED; index++) {
    const { tokens, trigger, output: y } = draw(3, index);
    const second = new Float64Array(T);
    for (let t = 0; t < T; t++) {
      for (let s = 0; s <= t; s++) second[t]! += first[t * T + s]! * inductionKey.data[trigger * N + tokens[s]!]!;
    }
    softmax(second, 0, T, math);
    const logits = answer(output, tokens, second);
    if (logits.indexOf(Math.max(...logits)) === y) right++;
  }
  return right / EVALUATED;
}
