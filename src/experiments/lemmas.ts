/** Gradients in closed form, against difference quotients and against what they say of one step. */
import type { Matrix64 } from '../analysis/algebra/matrix64.js';
import type { Row } from '../analysis/record.js';
import { centralDifferences, relativeError } from '../analysis/theory/differences.js';
import {
  attentionGradient,
  attentionLoss,
  noisyGradient,
  noisyLoss,
  tokenGradient,
  tokenLoss,
} from '../analysis/theory/gradients.js';
import { previousKeyGradient, previousKeyLoss } from '../analysis/theory/previous-key.js';
import { curveOf, metric } from './curve-queries.js';
import { atMost, type ComputedExperiment, claim, type Tools } from './experiment.js';
import { gaussianMatrix } from './gaussian.js';

const LEMMAS = {
  first: 'Lemma 1, token to token',
  second: 'Lemma 2, noisy inputs',
  fourth: 'Lemma 4, W_K² at 0',
  fifth: 'Lemma 5, W_K¹ at 0',
} as const;
/** Of difference quotients. */
const DIFFERENCES = 1e-7;
const ROUNDING = 1e-12;
const SIZES = ['N = 8, T = 5', 'N = 16, T = 12'] as const;

export const lemmas: ComputedExperiment = {
  id: 'lemmas',
  title: 'Gradients that store associations',
  source: 'Lemmas 1, 2, 4 and 5, example (12)',
  seeds: { quick: 1, paper: 3 },
  tables: async (_, tools) => ({ errors: [errors(tools)], example: [example(tools, 8, 5), example(tools, 16, 12)] }),
  claims: [
    ...Object.entries(LEMMAS).map(([key, name]) =>
      claim(`${name}, against difference quotients: largest error, over the largest entry`, (curves) =>
        atMost(metric(curveOf(curves, 'errors')[0], key), DIFFERENCES),
      ),
    ),
    ...SIZES.map((name, n) =>
      claim(`(12), ${name}: one step from 0, largest difference from Σ w_U(k)(w_E(k) - w̄)ᵀ/N`, (curves) =>
        atMost(metric(curveOf(curves, 'example')[n], 'error'), ROUNDING),
      ),
    ),
  ],
  findings: [],
  figure: () => ({
    x: { key: 'symbols', axis: 'tokens N', logarithmic: true },
    panels: [
      {
        title: 'Example (12): what the step holds of positions',
        axis: 'largest score, over that of tokens',
        range: null,
        lines: [{ run: 'example', key: 'positions', label: 'positions' }],
      },
    ],
    rules: [],
  }),
};

/** Relative errors of the four gradients on Gaussian cases. */
function errors(tools: Tools): Row {
  const { math } = tools;
  let index = 0;
  const gaussian = (rows: number, columns: number) => gaussianMatrix(tools, index++, rows, columns);
  const inputs = gaussian(6, 5);
  const outputs = gaussian(4, 3);
  const weights = gaussian(3, 5);
  const squares = gaussian(6, 4).data.map((x) => x * x);
  const total = squares.reduce((sum, x) => sum + x, 0);
  const joint: Matrix64 = { rows: 6, columns: 4, data: squares.map((x) => x / total) };
  const token = { inputs, outputs, joint };
  const noisy = { inputs, outputs, targets: [0, 3, 1, 1, 2, 0] };
  const zero = (d: number): Matrix64 => ({ rows: d, columns: d, data: new Float64Array(d * d) });
  const attended = { sequences: [gaussian(7, 5), gaussian(7, 5)], targets: [2, 0], relay: gaussian(3, 5), outputs };
  const previous = { ...attended, positions: gaussian(7, 4), key: gaussian(5, 5) };
  return {
    first: relativeError(
      tokenGradient(token, weights, math),
      centralDifferences((w) => tokenLoss(token, w, math), weights),
    ),
    second: relativeError(
      noisyGradient(noisy, weights, math),
      centralDifferences((w) => noisyLoss(noisy, w, math), weights),
    ),
    fourth: relativeError(
      attentionGradient(attended, math),
      centralDifferences((w) => attentionLoss(attended, w, math), zero(5)),
    ),
    fifth: relativeError(
      previousKeyGradient(previous, math),
      centralDifferences((w) => previousKeyLoss(previous, w, math), zero(4)),
    ),
  };
}

/**
 * Inputs x = w_E(y) + p_t over every y and every t, W at 0. The positions cancel: the step is
 * (η/N) Σ_k w_U(k) (w_E(k) - w̄)ᵀ.
 */
function example(tools: Tools, symbols: number, length: number): Row {
  const dim = 12;
  const tokens = gaussianMatrix(tools, 20, symbols, dim);
  const positions = gaussianMatrix(tools, 21, length, dim);
  const outputs = gaussianMatrix(tools, 22, symbols, dim);
  const inputs: Matrix64 = { rows: symbols * length, columns: dim, data: new Float64Array(symbols * length * dim) };
  const targets = new Int32Array(symbols * length);
  for (let n = 0; n < targets.length; n++) {
    const [y, t] = [Math.floor(n / length), n % length];
    targets[n] = y;
    for (let a = 0; a < dim; a++) inputs.data[n * dim + a] = tokens.data[y * dim + a]! + positions.data[t * dim + a]!;
  }
  const zero: Matrix64 = { rows: dim, columns: dim, data: new Float64Array(dim * dim) };
  const gradient = noisyGradient({ inputs, targets, outputs }, zero, tools.math);
  const mean = new Float64Array(dim);
  for (let n = 0; n < tokens.data.length; n++) mean[n % dim]! += tokens.data[n]! / symbols;
  const stated = new Float64Array(dim * dim);
  for (let k = 0; k < symbols; k++) {
    for (let a = 0; a < dim; a++) {
      for (let b = 0; b < dim; b++) {
        stated[a * dim + b]! -= (outputs.data[k * dim + a]! * (tokens.data[k * dim + b]! - mean[b]!)) / symbols;
      }
    }
  }
  return { symbols, error: relativeError(gradient, { rows: dim, columns: dim, data: stated }) };
}
