/** Memories that are more than one matrix (paper, appendix D, which has no experiment): factors, norms, an MLP. */
import { type Matrix64, timesTransposed, transpose } from '../analysis/algebra/matrix64.js';
import { softmax } from '../analysis/algebra/softmax.js';
import { diagonal, memoryRecall, recallAndMargin, storeAssociations } from '../analysis/memory/associations.js';
import type { Row } from '../analysis/record.js';
import { curveOf, metric } from './curve-queries.js';
import { atLeast, atMost, type ComputedExperiment, type Curves, claim, finding, type Tools } from './experiment.js';
import { gaussianMatrix } from './gaussian.js';

const TOKENS = 65;
/** Factors: width of the embeddings, and inner widths. */
const WIDTH = 128;
const INNER = [16, 32, 64, 128, 256, 512, 1024] as const;
/** The MLP's width, too small for a matrix, and its threshold. */
const NARROW = 16;
const THRESHOLD = 0.5;
/** Norms: tokens with frequencies 1/rank, steps of gradient descent. */
const RANKS = 32;
const STEPS = 400;
const RATE = 1;
const DRAWS = 5;

export const beyondLinear: ComputedExperiment = {
  id: 'beyond-linear',
  title: 'Factors, norms and an MLP as memories',
  source: 'appendix D',
  seeds: { quick: 1, paper: 3 },
  tables: async (_, tools) => ({
    factors: INNER.map((inner) => factors(tools, inner)),
    filter: [filter(tools)],
    norms: [norms(tools)],
  }),
  claims: [
    claim(`factors U V of inner width ${INNER.at(-1)}: recall of ${TOKENS} pairs at d = ${WIDTH}`, (curves) =>
      atLeast(factor(curves, INNER.at(-1)!, 'recall'), 0.98),
    ),
    claim('factors: cosine with the memory that they stand for, least rise with the inner width', (curves) => {
      const values = INNER.map((inner) => factor(curves, inner, 'cosine'));
      return atLeast(Math.min(...values.slice(1).map((value, n) => value - values[n]!)), 0);
    }),
    claim(`an MLP of ${TOKENS} units at d = ${NARROW}: recall above that of a matrix`, (curves) => {
      const row = curveOf(curves, 'filter')[0];
      return atLeast(metric(row, 'filtered') - metric(row, 'linear'), 0.3);
    }),
    claim('a norm behind the matrix: largest over least score of a token, below that without', (curves) => {
      const row = curveOf(curves, 'norms')[0];
      return atMost(metric(row, 'normed'), metric(row, 'plain') / 1.5);
    }),
  ],
  findings: [
    ...INNER.map((inner) =>
      finding(`factors of inner width ${inner}: recall`, (curves) => factor(curves, inner, 'recall')),
    ),
    ...(['linear', 'filtered'] as const).map((key) =>
      finding(`${key} memory at d = ${NARROW}: recall`, (curves) => metric(curveOf(curves, 'filter')[0], key)),
    ),
    ...(['plain', 'normed'] as const).map((key) =>
      finding(`${key}: largest over least score of a token`, (curves) => metric(curveOf(curves, 'norms')[0], key)),
    ),
  ],
  figure: () => ({
    x: { key: 'inner', axis: "inner width d'", logarithmic: true },
    panels: [
      {
        title: 'Two factors as one memory',
        axis: 'share recalled, and cosine',
        range: [0, 1],
        lines: [
          { run: 'factors', key: 'recall', label: 'recall' },
          { run: 'factors', key: 'cosine', label: 'cosine' },
        ],
      },
    ],
    rules: [],
  }),
};

function factor(curves: Curves, inner: number, key: string): number {
  return metric(
    curveOf(curves, 'factors').find((row) => row.inner === inner),
    key,
  );
}

/** Entries N(0, 1/d), whatever the shape: embeddings of length 1 at width d. */
function drawn(tools: Tools, index: number, rows: number, columns: number, d: number): Matrix64 {
  const matrix = gaussianMatrix(tools, index, rows, columns);
  return { ...matrix, data: matrix.data.map((x) => x / Math.sqrt(d)) };
}

function sum(a: Matrix64, b: Matrix64): Matrix64 {
  return { ...a, data: a.data.map((x, n) => x + b.data[n]!) };
}

/** (d/2d') U V with U = U₀ + Σ y_i (V₀ x_i)ᵀ and V = V₀ + Σ (U₀ᵀ y_i) x_iᵀ, against W = Σ y_i x_iᵀ. */
function factors(tools: Tools, inner: number): Row {
  let recall = 0;
  let cosine = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const x = drawn(tools, 4 * draw, TOKENS, WIDTH, WIDTH);
    const y = drawn(tools, 4 * draw + 1, TOKENS, WIDTH, WIDTH);
    const U0 = drawn(tools, 4 * draw + 2, WIDTH, inner, WIDTH);
    const V0 = drawn(tools, 4 * draw + 3, inner, WIDTH, WIDTH);
    const U = sum(U0, storeAssociations(y, timesTransposed(x, V0)));
    const V = sum(V0, storeAssociations(timesTransposed(y, transpose(U0)), x));
    const weights = timesTransposed(U, transpose(V));
    recall += memoryRecall({ inputs: x, outputs: y, weights }, diagonal(0, TOKENS))! / DRAWS;
    const whole = storeAssociations(y, x);
    const dot = (a: Matrix64, b: Matrix64) => a.data.reduce((total, value, n) => total + value * b.data[n]!, 0);
    cosine += dot(weights, whole) / Math.sqrt(dot(weights, weights) * dot(whole, whole)) / DRAWS;
  }
  return { inner, recall, cosine };
}

/** Σ v_j σ(u_jᵀ x - b) against Σ v_j u_jᵀ x: the threshold cuts off what other pairs contribute. */
function filter(tools: Tools): Row {
  let linear = 0;
  let filtered = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const u = drawn(tools, 2 * draw, TOKENS, NARROW, NARROW);
    const v = drawn(tools, 2 * draw + 1, TOKENS, NARROW, NARROW);
    const heard = timesTransposed(u, u);
    const cut = { ...heard, data: heard.data.map((x) => Math.max(0, x - THRESHOLD)) };
    const recall = (match: Matrix64) => {
      const answers = timesTransposed(match, transpose(v));
      return recallAndMargin(timesTransposed(answers, v), diagonal(0, TOKENS)).recall! / DRAWS;
    };
    linear += recall(heard);
    filtered += recall(cut);
  }
  return { linear, filtered };
}

/** How evenly gradient descent stores tokens of unequal frequency, with and without a norm behind the matrix. */
function norms(tools: Tools): Row {
  return { plain: unevenness(tools, 'none'), normed: unevenness(tools, 'behind') };
}

/** Largest over least logit of a token's own output, after descent on -Σ p(z) log softmax(v_kᵀ W u_z)_z, or with
 * √d W u_z/‖W u_z‖ for W u_z. */
function unevenness(tools: Tools, norm: 'none' | 'behind'): number {
  const d = WIDTH;
  const u = drawn(tools, 0, RANKS, d, d);
  const v = drawn(tools, 1, RANKS, d, d);
  const W = drawn(tools, 2, d, d, d);
  const weights = { ...W, data: W.data.slice() };
  const share = Array.from({ length: RANKS }, (_, z) => 1 / (z + 1));
  const total = share.reduce((all, p) => all + p, 0);
  for (let step = 0; step < STEPS; step++) {
    const out = timesTransposed(u, weights);
    const errors = new Float64Array(RANKS * d);
    for (let z = 0; z < RANKS; z++) {
      const row = out.data.slice(z * d, (z + 1) * d);
      const length = Math.sqrt(row.reduce((all, x) => all + x * x, 0));
      const scale = norm === 'none' ? 1 : Math.sqrt(d) / length;
      const logits = timesTransposed({ rows: 1, columns: d, data: row.map((x) => scale * x) }, v).data;
      softmax(logits, 0, RANKS, tools.math);
      logits[z]! -= 1;
      const slope = timesTransposed({ rows: 1, columns: RANKS, data: logits }, transpose(v)).data;
      // Behind a norm the gradient has no part along W u_z.
      const along = norm === 'none' ? 0 : slope.reduce((all, x, a) => all + x * row[a]!, 0) / length ** 2;
      for (let a = 0; a < d; a++) errors[z * d + a] = (share[z]! / total) * scale * (slope[a]! - along * row[a]!);
    }
    const gradient = storeAssociations({ rows: RANKS, columns: d, data: errors }, u);
    for (let n = 0; n < weights.data.length; n++) weights.data[n]! -= RATE * gradient.data[n]!;
  }
  const out = timesTransposed(u, weights);
  const scores = timesTransposed(out, v);
  const own = Array.from({ length: RANKS }, (_, z) => {
    const length = Math.sqrt(out.data.subarray(z * d, (z + 1) * d).reduce((all, x) => all + x * x, 0));
    return scores.data[z * RANKS + z]! * (norm === 'none' ? 1 : Math.sqrt(d) / length);
  });
  return Math.max(...own) / Math.min(...own);
}
