/**
 * Causal softmax over chosen query rows, and argmax over rows. `positions` (i32, ascending) says where in the sequence
 * each query row stands: row i attends to keys 0 … positions[i]. Matrices of weights have rows a multiple of 16 floats
 * apart.
 */
import type { Matrix, Planner, Region } from './arena.js';
import { same, within } from './checks.js';
import type { Instance } from './instance.js';

/** Reserves attention scores and weights, rows × keys, with the stride that the kernels want. */
export function planWeights(planner: Planner, name: string, rows: number, keys: number): Matrix {
  return planner.matrix(name, rows, keys, Math.ceil(keys / 16) * 16);
}

/** Query rows in use: how many, and where they stand. */
export interface QueryRows {
  readonly positions: Region<'i32'>;
  /** Set for each sequence before the kernels run. */
  count: number;
}

/** Throws unless the matrix has room for the weights of these rows. */
export function holdsWeights(weights: Matrix, queries: QueryRows): void {
  within(`rows of ${weights.name}`, queries.count, weights.rows);
  within(`positions of ${weights.name}`, queries.count, queries.positions.length);
  same(`stride of ${weights.name}, modulo 16`, weights.stride % 16, 0);
}

/** In place: scores → weights = softmax(scale · scores) over s ≤ positions[i]. */
export function causalSoftmax(instance: Instance, scores: Matrix, queries: QueryRows, scale: number): void {
  holdsWeights(scores, queries);
  instance.exports.causalSoftmax(scores.offset, scores.stride, queries.positions.offset, queries.count, scale);
}

/** In place: gradient of the weights → gradient of the scores. */
export function causalSoftmaxBackward(
  instance: Instance,
  dweights: Matrix,
  weights: Matrix,
  queries: QueryRows,
  scale: number,
): void {
  holdsWeights(weights, queries);
  same(`stride of ${dweights.name}`, dweights.stride, weights.stride);
  instance.exports.causalSoftmaxBackward(
    dweights.offset,
    weights.offset,
    weights.stride,
    queries.positions.offset,
    queries.count,
    scale,
  );
}

/** out[i] = the key with the largest weight; the lowest of equal ones. */
export function causalArgmax(instance: Instance, out: Region<'i32'>, weights: Matrix, queries: QueryRows): void {
  holdsWeights(weights, queries);
  within(`length of ${out.name}`, queries.count, out.length);
  instance.exports.causalArgmax(out.offset, weights.offset, weights.stride, queries.positions.offset, queries.count);
}

/** out[i] = the column of the largest x[i, :]; the lowest of equal ones. */
export function rowArgmax(instance: Instance, out: Region<'i32'>, x: Matrix, rows: number): void {
  within(`rows of ${x.name}`, rows, x.rows);
  within(`length of ${out.name}`, rows, out.length);
  instance.exports.rowArgmax(out.offset, x.offset, x.stride, rows, x.columns);
}
