/**
 * Matrix products over the arena. The right-hand side is packed into panels first (`packRows`, `packTransposed`), once
 * for as many products as use it; the left-hand side is used as it lies, transposed or not. Every sum runs over the
 * depth in ascending order, so packing and shapes change no bit.
 */
import type { Matrix, Planner, Region } from './arena.js';
import { holds, same, within } from './checks.js';
import type { Instance } from './instance.js';
import { holdsWeights, type QueryRows } from './softmax.js';

const PANEL = 16;

/** What a product does with what its result held before: replace it, or add to it. */
export const SET = 0;
export const ADD = 1;
export type Accumulate = typeof SET | typeof ADD;

/** Room for a packed right-hand side of any depth × columns that fits `capacity` floats. */
export interface Panels {
  readonly region: Region<'f32'>;
  readonly name: string;
  readonly capacity: number;
}

/** Reserves panels for a right-hand side of at most depth × columns. */
export function planPanels(planner: Planner, name: string, depth: number, columns: number): Panels {
  const capacity = depth * Math.ceil(columns / PANEL) * PANEL;
  return { region: planner.region(name, 'f32', capacity), name, capacity };
}

/** Throws unless the panels can hold a right-hand side of depth × columns. */
export function hasRoom(panels: Panels, depth: number, columns: number): void {
  within(`panels of ${panels.name}`, depth * Math.ceil(columns / PANEL) * PANEL, panels.capacity);
}

/** panels ← the first `depth` rows of b[depth, columns]. */
export function packRows(instance: Instance, panels: Panels, b: Matrix, depth = b.rows): void {
  within(`rows of ${b.name}`, depth, b.rows);
  hasRoom(panels, depth, b.columns);
  instance.exports.packRows(panels.region.offset, b.offset, b.stride, depth, b.columns);
}

/** panels ← bᵀ for the first `columns` rows of b[columns, depth]. */
export function packTransposed(instance: Instance, panels: Panels, b: Matrix, columns = b.rows): void {
  within(`rows of ${b.name}`, columns, b.rows);
  hasRoom(panels, b.columns, columns);
  instance.exports.packTransposed(panels.region.offset, b.offset, b.stride, b.columns, columns);
}

/** c[rows, n] (+)= a[rows, k] · panels[k, n]; n and k are the columns of c and a. */
export function multiply(
  instance: Instance,
  c: Matrix,
  a: Matrix,
  panels: Panels,
  rows: number,
  mode: Accumulate,
): void {
  within(`rows of ${c.name}`, rows, c.rows);
  within(`rows of ${a.name}`, rows, a.rows);
  hasRoom(panels, a.columns, c.columns);
  instance.exports.multiply(
    c.offset,
    c.stride,
    a.offset,
    a.stride,
    1,
    panels.region.offset,
    rows,
    c.columns,
    a.columns,
    mode === ADD,
  );
}

/** c[m, n] (+)= aᵀ · panels[depth, n] for the first `depth` rows of a[depth, m]. */
export function multiplyTransposed(
  instance: Instance,
  c: Matrix,
  a: Matrix,
  panels: Panels,
  depth: number,
  mode: Accumulate,
): void {
  holds(c, a.columns, c.columns);
  within(`rows of ${a.name}`, depth, a.rows);
  hasRoom(panels, depth, c.columns);
  instance.exports.multiply(
    c.offset,
    c.stride,
    a.offset,
    1,
    a.stride,
    panels.region.offset,
    a.columns,
    c.columns,
    depth,
    mode === ADD,
  );
}

/** c = a bᵀ with its own packing: for products made once a step. */
export function productNT(
  instance: Instance,
  c: Matrix,
  a: Matrix,
  b: Matrix,
  panels: Panels,
  mode: Accumulate = SET,
): void {
  same(`columns of ${b.name}`, b.columns, a.columns);
  same(`rows of ${b.name}`, b.rows, c.columns);
  packTransposed(instance, panels, b);
  multiply(instance, c, a, panels, a.rows, mode);
}

/** c = a b. */
export function productNN(
  instance: Instance,
  c: Matrix,
  a: Matrix,
  b: Matrix,
  panels: Panels,
  mode: Accumulate = SET,
): void {
  same(`rows of ${b.name}`, b.rows, a.columns);
  same(`columns of ${b.name}`, b.columns, c.columns);
  packRows(instance, panels, b);
  multiply(instance, c, a, panels, a.rows, mode);
}

/** c = aᵀ b. */
export function productTN(
  instance: Instance,
  c: Matrix,
  a: Matrix,
  b: Matrix,
  panels: Panels,
  mode: Accumulate = SET,
): void {
  same(`rows of ${b.name}`, b.rows, a.rows);
  same(`columns of ${b.name}`, b.columns, c.columns);
  packRows(instance, panels, b);
  multiplyTransposed(instance, c, a, panels, a.rows, mode);
}

/** scores[i, s] = query[i, :] · key[s, :] for s ≤ positions[i]; keys packed by packTransposed. */
export function causalScores(
  instance: Instance,
  scores: Matrix,
  query: Matrix,
  keys: Panels,
  queries: QueryRows,
): void {
  holdsWeights(scores, queries);
  within(`rows of ${query.name}`, queries.count, query.rows);
  hasRoom(keys, query.columns, scores.columns);
  instance.exports.causalScores(
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
  holdsWeights(weights, queries);
  within(`rows of ${out.name}`, queries.count, out.rows);
  hasRoom(values, weights.columns, out.columns);
  instance.exports.causalMix(
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
export function causalMixTransposed(
  instance: Instance,
  out: Matrix,
  weights: Matrix,
  x: Panels,
  queries: QueryRows,
  mode: Accumulate,
): void {
  holdsWeights(weights, queries);
  within(`rows of ${out.name}`, weights.columns, out.rows);
  hasRoom(x, queries.count, out.columns);
  instance.exports.causalMixTransposed(
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
