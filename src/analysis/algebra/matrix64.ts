/**
 * Float64 matrices for reading weights: row-major, no padding. Every entry of a product is summed over k ascending from
 * 0, whatever the blocks, so that the same weights give the same bits everywhere.
 */

export interface Matrix64 {
  readonly rows: number;
  readonly columns: number;
  /** Entry (i, j) stands at i·columns + j. */
  readonly data: Float64Array;
}

/** rows × columns, widened to float64. Always a copy: weights may change under the reader. */
export function toMatrix(data: Float32Array | Float64Array, rows: number, columns: number): Matrix64 {
  if (data.length !== rows * columns) {
    throw new RangeError(`matrix: expected ${rows}×${columns} values, got ${data.length}`);
  }
  return { rows, columns, data: new Float64Array(data) };
}

/**
 * A Bᵀ.  A: [m, k], B: [n, k] → [m, n]. Blocks of 3 × 3 results: nine sums, three columns and one row entry fit the
 * sixteen registers of x86-64, and each loaded value is used three times.
 */
export function timesTransposed(a: Matrix64, b: Matrix64): Matrix64 {
  if (a.columns !== b.columns) {
    throw new RangeError(`columns of B in A Bᵀ: expected ${a.columns}, got ${b.columns}`);
  }
  const m = a.rows;
  const n = b.rows;
  const out = new Float64Array(m * n);
  const m3 = m - (m % 3);
  const n3 = n - (n % 3);
  for (let i = 0; i < m3; i += 3) {
    for (let j = 0; j < n3; j += 3) block(a.data, b.data, out, i, j, n, a.columns);
    for (let j = n3; j < n; j++) for (let r = i; r < i + 3; r++) out[r * n + j] = dot(a, r, b, j);
  }
  for (let i = m3; i < m; i++) for (let j = 0; j < n; j++) out[i * n + j] = dot(a, i, b, j);
  return { rows: m, columns: n, data: out };
}

/** out[i..i+2, j..j+2] = rows i..i+2 of a times rows j..j+2 of b, both of length k. */
function block(a: Float64Array, b: Float64Array, out: Float64Array, i: number, j: number, n: number, k: number): void {
  const a0 = i * k;
  const a1 = a0 + k;
  const a2 = a1 + k;
  const b0 = j * k;
  const b1 = b0 + k;
  const b2 = b1 + k;
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  for (let l = 0; l < k; l++) {
    const x = b[b0 + l]!;
    const y = b[b1 + l]!;
    const z = b[b2 + l]!;
    let v = a[a0 + l]!;
    s00 += v * x;
    s01 += v * y;
    s02 += v * z;
    v = a[a1 + l]!;
    s10 += v * x;
    s11 += v * y;
    s12 += v * z;
    v = a[a2 + l]!;
    s20 += v * x;
    s21 += v * y;
    s22 += v * z;
  }
  const o0 = i * n + j;
  const o1 = o0 + n;
  const o2 = o1 + n;
  out[o0] = s00;
  out[o0 + 1] = s01;
  out[o0 + 2] = s02;
  out[o1] = s10;
  out[o1 + 1] = s11;
  out[o1 + 2] = s12;
  out[o2] = s20;
  out[o2 + 1] = s21;
  out[o2 + 2] = s22;
}

function dot(a: Matrix64, i: number, b: Matrix64, j: number): number {
  const k = a.columns;
  const x = a.data;
  const y = b.data;
  let sum = 0;
  for (let l = 0, p = i * k, q = j * k; l < k; l++) sum += x[p + l]! * y[q + l]!;
  return sum;
}

export function transpose(a: Matrix64): Matrix64 {
  const { rows, columns, data } = a;
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  return { rows: columns, columns: rows, data: out };
}

/** Aᵀ B.  A: [k, m], B: [k, n] → [m, n]: Σ_i a_i b_iᵀ over the rows of both. */
export function transposedTimes(a: Matrix64, b: Matrix64): Matrix64 {
  return timesTransposed(transpose(a), transpose(b));
}

export function identity(n: number): Matrix64 {
  return { rows: n, columns: n, data: Float64Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0)) };
}

/** Rows `from` ≤ i < `to`, sharing the data. */
export function rowRange(a: Matrix64, from: number, to: number): Matrix64 {
  return { rows: to - from, columns: a.columns, data: a.data.subarray(from * a.columns, to * a.columns) };
}

/** The rows named by `ids`, in that order. */
export function rowsAt(a: Matrix64, ids: ArrayLike<number>): Matrix64 {
  const { columns } = a;
  const out = new Float64Array(ids.length * columns);
  for (let i = 0; i < ids.length; i++) {
    out.set(a.data.subarray(ids[i]! * columns, (ids[i]! + 1) * columns), i * columns);
  }
  return { rows: ids.length, columns, data: out };
}

/** √Σ x², summed in order. */
export function frobeniusNorm(data: Float32Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * data[i]!;
  return Math.sqrt(sum);
}
