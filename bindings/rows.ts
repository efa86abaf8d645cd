/** Row and vector kernels over the arena. */
import type { Matrix, Region } from './arena.js';
import { same, within } from './checks.js';
import type { Instance } from './instance.js';

/** out[i, :] = table[indices[i], :] for i < rows. */
export function gatherRows(instance: Instance, out: Matrix, table: Matrix, indices: Region<'i32'>, rows: number): void {
  guardGather(out, table, indices, rows);
  instance.exports.gatherRows(out.offset, out.stride, table.offset, table.stride, indices.offset, rows, out.columns);
}

/** out[i, :] = a[indices[i], :] + b[i, :] for i < rows. */
export function gatherAddRows(
  instance: Instance,
  out: Matrix,
  a: Matrix,
  indices: Region<'i32'>,
  b: Matrix,
  rows: number,
): void {
  guardGather(out, a, indices, rows);
  same(`columns of ${b.name}`, b.columns, out.columns);
  within(`rows of ${b.name}`, rows, b.rows);
  instance.exports.gatherAddRows(
    out.offset,
    out.stride,
    a.offset,
    a.stride,
    indices.offset,
    b.offset,
    b.stride,
    rows,
    out.columns,
  );
}

/** table[indices[i], :] += x[i, :] for i < rows, i ascending. */
export function scatterAddRows(
  instance: Instance,
  table: Matrix,
  indices: Region<'i32'>,
  x: Matrix,
  rows: number,
): void {
  guardGather(x, table, indices, rows);
  instance.exports.scatterAddRows(table.offset, table.stride, indices.offset, x.offset, x.stride, rows, x.columns);
}

/** out[i, :] += x[i, :] for i < rows. */
export function addRows(instance: Instance, out: Matrix, x: Matrix, rows: number): void {
  same(`columns of ${x.name}`, x.columns, out.columns);
  within(`rows of ${out.name}`, rows, out.rows);
  within(`rows of ${x.name}`, rows, x.rows);
  instance.exports.addRows(out.offset, out.stride, x.offset, x.stride, rows, out.columns);
}

/** In place: max(x, 0) over the first `rows` rows of a matrix without padding. */
export function relu(instance: Instance, x: Matrix, rows: number): void {
  same(`stride of ${x.name}`, x.stride, x.columns);
  within(`rows of ${x.name}`, rows, x.rows);
  instance.exports.relu(x.offset, rows * x.columns);
}

/** In place: dx where y > 0, else 0; y is what relu left. */
export function reluBackward(instance: Instance, dx: Matrix, y: Matrix, rows: number): void {
  same(`stride of ${dx.name}`, dx.stride, dx.columns);
  same(`stride of ${y.name}`, y.stride, dx.columns);
  within(`rows of ${dx.name}`, rows, dx.rows);
  instance.exports.reluBackward(dx.offset, y.offset, rows * dx.columns);
}

/** out += x. */
export function addInto(instance: Instance, out: Region<'f32'>, x: Region<'f32'>): void {
  same(`${x.name}: elements`, x.length, out.length);
  instance.exports.addInto(out.offset, x.offset, out.length);
}

/** Sets every element of a region to zero. */
export function clear(instance: Instance, region: Region<'f32'>): void {
  instance.exports.clear(region.offset, region.length);
}

/** Sets every element of a matrix to zero. What lies between the rows of a window stays. */
export function clearRows(instance: Instance, x: Matrix): void {
  if (x.stride === x.columns) instance.exports.clear(x.offset, x.rows * x.columns);
  else for (let r = 0; r < x.rows; r++) instance.exports.clear(x.offset + 4 * r * x.stride, x.columns);
}

/** out[i, :] = x[i, :] for i < rows. */
export function copyRows(instance: Instance, out: Matrix, x: Matrix, rows: number): void {
  same(`columns of ${x.name}`, x.columns, out.columns);
  within(`rows of ${out.name}`, rows, out.rows);
  within(`rows of ${x.name}`, rows, x.rows);
  instance.exports.copyRows(out.offset, out.stride, x.offset, x.stride, rows, out.columns);
}

function guardGather(out: Matrix, table: Matrix, indices: Region<'i32'>, rows: number): void {
  same(`columns of ${table.name}`, table.columns, out.columns);
  within(`rows of ${out.name}`, rows, out.rows);
  within(`length of ${indices.name}`, rows, indices.length);
}
