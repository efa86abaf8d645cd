/** Linear systems with a symmetric positive definite matrix, and the dual rows that they give. */
import { type Matrix64, timesTransposed, transpose, transposedTimes } from './matrix64.js';

/**
 * X with G X = B.  G: [n, n] symmetric positive definite, B: [n, m] → X: [n, m], by Cholesky's G = L Lᵀ. Throws
 * RangeError where a pivot is not positive: G is singular to working precision.
 */
export function solvePositive(g: Matrix64, b: Matrix64): Matrix64 {
  const n = g.rows;
  const m = b.columns;
  if (g.columns !== n || b.rows !== n) {
    throw new RangeError(`G X = B: expected G [${n}, ${n}] and B of ${n} rows, got [${n}, ${g.columns}] and ${b.rows}`);
  }
  const l = cholesky(g);
  const x = new Float64Array(b.data);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtractRow(x, i, k, l[i * n + k]!, m);
    divideRow(x, i, l[i * n + i]!, m);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtractRow(x, i, k, l[k * n + i]!, m);
    divideRow(x, i, l[i * n + i]!, m);
  }
  return { rows: n, columns: m, data: x };
}

/**
 * The dual rows of A: [n, d] → D: [n, d], transposed pseudo-inverse. For n ≤ d and independent rows D Aᵀ is the
 * identity, so d_i picks out row i exactly; for n > d it is the projection that comes nearest to it.
 */
export function dualRows(a: Matrix64): Matrix64 {
  if (a.rows <= a.columns) return solvePositive(timesTransposed(a, a), a);
  return transpose(solvePositive(transposedTimes(a, a), transpose(a)));
}

/** The lower triangle L of G = L Lᵀ, row-major. */
function cholesky({ rows: n, data }: Matrix64): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = data[i * n + j]!;
      for (let k = 0; k < j; k++) rest -= l[i * n + k]! * l[j * n + k]!;
      if (j < i) {
        l[i * n + j] = rest / l[j * n + j]!;
      } else {
        if (!(rest > 1e-13 * data[i * n + i]!)) {
          throw new RangeError(`matrix: expected a positive pivot at row ${i}, got ${rest}`);
        }
        l[i * n + i] = Math.sqrt(rest);
      }
    }
  }
  return l;
}

/** Row i of x -= factor · row k. */
function subtractRow(x: Float64Array, i: number, k: number, factor: number, m: number): void {
  for (let c = 0; c < m; c++) x[i * m + c]! -= factor * x[k * m + c]!;
}

function divideRow(x: Float64Array, i: number, divisor: number, m: number): void {
  for (let c = 0; c < m; c++) x[i * m + c]! /= divisor;
}
