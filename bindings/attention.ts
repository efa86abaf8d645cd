/**
 * Causal attention over chosen query rows. `positions` (i32, ascending) says where in the sequence each query row
 * stands: row i attends to keys 0 … positions[i]. Matrices of weights have rows a multiple of 16 floats apart.
 */
import type { Matrix, Planner, Region } from './arena.js';
import { same, within } from './checks.js';
import type { Instance } from './instance.js';
import { type Accumulate, ADD, hasRoom, type Panels } from './matmul.js';

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

function guard(weights: Matrix, queries: QueryRows): void {
  within(`rows of ${weights.name}`, queries.count, weights.rows);
  within(`positions of ${weights.name}`, queries.count, queries.positions.length);
  same(`stride of ${weights.name}, modulo 16`, weights.stride % 16, 0);
}

/** scores[i, s] = query[i, :] · key[s, :] for s ≤ positions[i]; keys packed by packTransposed. */
export function causalScores(
  instance: Instance,
  scores: Matrix,
  query: Matrix,
  keys: Panels,
  queries: QueryRows,
): void {
  guard(scores, queries);
  within(`rows of ${query.name}`, queries.count, query.rows);
  hasRoom(keys, query.columns, scores.columns);
  instance.exports.multiplyCausalScores(
    scores.offset,
    scores.stride,
    query.offset,
    query.stride,
    keys.region.offset,
    queries.positions.offset,
    queries.count,
    scores.columns,
    query.columns,
  );
}

/** out[i, :] (+)= Σ_{s ≤ positions[i]} weights[i, s] · values[s, :]; values packed by packRows with all keys. */
export function causalMix(
  instance: Instance,
  out: Matrix,
  weights: Matrix,
  values: Panels,
  queries: QueryRows,
  mode: Accumulate,
): void {
  guard(weights, queries);
  within(`rows of ${out.name}`, queries.count, out.rows);
  hasRoom(values, weights.columns, out.columns);
  instance.exports.multiplyCausalMix(
    out.offset,
    out.stride,
    weights.offset,
    weights.stride,
    values.region.offset,
    weights.columns,
    queries.positions.offset,
    queries.count,
    out.columns,
    mode === ADD,
  );
}

/** out[s, :] (+)= Σ_{i: positions[i] ≥ s} weights[i, s] · x[i, :]; x packed by packRows with `queries.count` rows. */
export function causalSpread(
  instance: Instance,
  out: Matrix,
  weights: Matrix,
  x: Panels,
  queries: QueryRows,
  mode: Accumulate,
): void {
  guard(weights, queries);
  within(`rows of ${out.name}`, weights.columns, out.rows);
  hasRoom(x, queries.count, out.columns);
  instance.exports.multiplyCausalSpread(
    out.offset,
    out.stride,
    weights.offset,
    weights.stride,
    x.region.offset,
    queries.positions.offset,
    queries.count,
    weights.columns,
    out.columns,
    mode === ADD,
  );
}

/** In place: scores → weights = softmax(scale · scores) over s ≤ positions[i]. */
export function causalSoftmax(instance: Instance, scores: Matrix, queries: QueryRows, scale: number): void {
  guard(scores, queries);
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
  guard(weights, queries);
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
  guard(weights, queries);
  within(`length of ${out.name}`, queries.count, out.length);
  instance.exports.causalArgmax(out.offset, weights.offset, weights.stride, queries.positions.offset, queries.count);
}

/** Where the four parts of a score table begin: token rows and columns at 0, positions at `first`. */
export interface ScoreTable {
  readonly table: Matrix;
  readonly first: number;
  readonly vocab: number;
  /** f32[vocab]. */
  readonly scratch: Region<'f32'>;
}

/** scores[t, s] for s ≤ t as sums of four table entries. */
export function tableScores(instance: Instance, scores: Matrix, table: ScoreTable, tokens: Region<'i32'>): void {
  guardTable(scores, table, tokens);
  instance.exports.tableScores(
    scores.offset,
    scores.stride,
    table.table.offset,
    table.table.stride,
    table.first,
    tokens.offset,
    scores.rows,
    table.vocab,
    table.scratch.offset,
  );
}

/** table += the gradient of the scores, each entry into its four places. */
export function tableScatter(instance: Instance, table: ScoreTable, dscores: Matrix, tokens: Region<'i32'>): void {
  guardTable(dscores, table, tokens);
  instance.exports.tableScatter(
    table.table.offset,
    table.table.stride,
    table.first,
    dscores.offset,
    dscores.stride,
    tokens.offset,
    dscores.rows,
    table.vocab,
    table.scratch.offset,
  );
}

function guardTable(scores: Matrix, table: ScoreTable, tokens: Region<'i32'>): void {
  within(`rows of ${scores.name}`, scores.rows, tokens.length);
  within(`positions of ${table.table.name}`, scores.rows, table.table.columns - table.first);
  within(`tokens of ${table.table.name}`, table.vocab, Math.min(table.first, table.scratch.length));
}
