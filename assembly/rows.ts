/** Whole rows and whole vectors: gather, scatter, add, ReLU. Every sum adds in row order. */

/** out[i] += x[i] for i < n. */
// @ts-ignore: decorator
@inline
export function addInto(out: usize, x: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = usize(i) << 2;
    v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(x + at)));
  }
  for (; i < n; ++i) {
    const at = usize(i) << 2;
    store<f32>(out + at, load<f32>(out + at) + load<f32>(x + at));
  }
}

/** out[i, :] = table[indices[i], :]. out and table: `columns` wide, rows `outStride` and `tableStride` floats apart. */
export function gatherRows(
  out: usize,
  outStride: i32,
  table: usize,
  tableStride: i32,
  indices: usize,
  rows: i32,
  columns: i32,
): void {
  for (let i = 0; i < rows; ++i) {
    const index = load<i32>(indices + (usize(i) << 2));
    memory.copy(
      out + ((usize(i) * usize(outStride)) << 2),
      table + ((usize(index) * usize(tableStride)) << 2),
      usize(columns) << 2,
    );
  }
}

/** out[i, :] = a[indices[i], :] + b[i, :]: a token's row plus its position's. */
export function gatherAddRows(
  out: usize,
  outStride: i32,
  a: usize,
  aStride: i32,
  indices: usize,
  b: usize,
  bStride: i32,
  rows: i32,
  columns: i32,
): void {
  for (let i = 0; i < rows; ++i) {
    const index = load<i32>(indices + (usize(i) << 2));
    const o = out + ((usize(i) * usize(outStride)) << 2);
    const x = a + ((usize(index) * usize(aStride)) << 2);
    const y = b + ((usize(i) * usize(bStride)) << 2);
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const at = usize(j) << 2;
      v128.store(o + at, f32x4.add(v128.load(x + at), v128.load(y + at)));
    }
    for (; j < columns; ++j) {
      const at = usize(j) << 2;
      store<f32>(o + at, load<f32>(x + at) + load<f32>(y + at));
    }
  }
}

/** table[indices[i], :] += x[i, :], i ascending. */
export function scatterAddRows(
  table: usize,
  tableStride: i32,
  indices: usize,
  x: usize,
  xStride: i32,
  rows: i32,
  columns: i32,
): void {
  for (let i = 0; i < rows; ++i) {
    const index = load<i32>(indices + (usize(i) << 2));
    addInto(table + ((usize(index) * usize(tableStride)) << 2), x + ((usize(i) * usize(xStride)) << 2), columns);
  }
}

/** out[i, :] += x[i, :]. */
export function addRows(out: usize, outStride: i32, x: usize, xStride: i32, rows: i32, columns: i32): void {
  for (let i = 0; i < rows; ++i) {
    addInto(out + ((usize(i) * usize(outStride)) << 2), x + ((usize(i) * usize(xStride)) << 2), columns);
  }
}

/** In place: x[i] = x[i] if x[i] > 0, else 0, for i < n. A NaN stays. */
export function relu(x: usize, n: i32): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = x + (usize(i) << 2);
    const v = v128.load(at);
    v128.store(at, v128.andnot(v, f32x4.le(v, zero)));
  }
  for (; i < n; ++i) {
    const at = x + (usize(i) << 2);
    if (load<f32>(at) <= 0) store<f32>(at, 0);
  }
}

/** In place: dx[i] = dx[i] where y[i] > 0, else 0: y is what relu left. */
export function reluBackward(dx: usize, y: usize, n: i32): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = usize(i) << 2;
    v128.store(dx + at, v128.and(v128.load(dx + at), f32x4.gt(v128.load(y + at), zero)));
  }
  for (; i < n; ++i) {
    const at = usize(i) << 2;
    if (!(load<f32>(y + at) > 0)) store<f32>(dx + at, 0);
  }
}

/** x[i] = 0 for i < n. */
export function clear(x: usize, n: i32): void {
  memory.fill(x, 0, usize(n) << 2);
}

/** out[i, :] = x[i, :]. */
export function copyRows(out: usize, outStride: i32, x: usize, xStride: i32, rows: i32, columns: i32): void {
  for (let i = 0; i < rows; ++i) {
    memory.copy(
      out + ((usize(i) * usize(outStride)) << 2),
      x + ((usize(i) * usize(xStride)) << 2),
      usize(columns) << 2,
    );
  }
}
