/** Row kernels against plain float32 loops: every bit, at every width. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Matrix, rowsOf } from '../../../bindings/arena.js';
import {
  addInto,
  addRows,
  clear,
  clearRows,
  copyRows,
  gatherAddRows,
  gatherRows,
  relu,
  reluBackward,
  scatterAddRows,
} from '../../../bindings/rows.js';
import { uniforms } from '../uniforms.js';
import { asRow, cell, get, instance, openRoom, put, row, SIZES } from './harness.js';

const laws = suite('row kernels');

/** Every width, with strided windows and not, and a number of rows in use that leaves one row over. */
function* shapes(): Generator<{ columns: number; rows: number; spare: number; seed: number }> {
  for (const columns of SIZES) {
    for (const spare of [0, 1, 3])
      yield { columns, rows: 1 + ((3 * columns + spare) % 6), spare, seed: 10 * columns + spare };
  }
}

/** Sets entry after entry of the first rows of `out` in a copy of the room. */
const each =
  (out: Matrix, rows: number, value: (i: number, j: number, old: number) => number) => (copy: Float32Array) => {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < out.columns; j++) copy[cell(out, i, j)] = value(i, j, copy[cell(out, i, j)]!);
    }
  };

laws('copying, adding and gathering touch the rows in use and nothing else', () => {
  for (const { columns, rows, spare, seed } of shapes()) {
    const room = openRoom(seed);
    const random = uniforms(seed);
    const out = room.random('out', rows + 1, columns, spare);
    const x = room.random('x', rows + 1, columns, (spare + 1) % 3);
    const table = room.random('table', 5, columns, spare);
    const ids = Array.from({ length: rows + 1 }, () => Math.floor(5 * random()));
    const indices = room.indices('indices', ids);
    const check = (name: string, kernel: () => void, value: (i: number, j: number, old: number) => number) =>
      room.compare(`${name}, ${rows} × ${columns}`, kernel, each(out, rows, value));
    check(
      'add',
      () => addRows(instance, out, x, rows),
      (i, j, old) => old + get(x, i, j),
    );
    check(
      'copy',
      () => copyRows(instance, out, x, rows),
      (i, j) => get(x, i, j),
    );
    check(
      'gather',
      () => gatherRows(instance, out, table, indices, rows),
      (i, j) => get(table, ids[i]!, j),
    );
    check(
      'gather and add',
      () => gatherAddRows(instance, out, table, indices, x, rows),
      (i, j) => get(table, ids[i]!, j) + get(x, i, j),
    );
  }
});

laws('scattering adds to repeated rows in the order of the rows', () => {
  for (const { columns, rows, spare, seed } of shapes()) {
    const room = openRoom(seed);
    const random = uniforms(seed);
    const table = room.random('table', 4, columns, spare);
    const x = room.random('x', 4 * rows, columns, (spare + 2) % 4);
    const ids = Array.from({ length: 4 * rows }, () => Math.floor(3 * random()));
    const indices = room.indices('indices', ids);
    room.compare(
      `${ids} × ${columns}`,
      () => scatterAddRows(instance, table, indices, x, 4 * rows - 1),
      (copy) => {
        ids.slice(0, -1).forEach((id, i) => {
          for (let j = 0; j < columns; j++) copy[cell(table, id, j)]! += get(x, i, j);
        });
      },
    );
  }
});

laws('relu keeps what is positive and NaN, makes +0 of the rest, and its gradient passes where it did', () => {
  const special = [0, -0, Number.NaN, 1e-45, -1e-45, Infinity, -Infinity];
  for (const columns of SIZES) {
    const room = openRoom(columns);
    const random = uniforms(columns);
    const [x, dx] = [room.random('x', 3, columns), room.random('dx', 3, columns)];
    put(rowsOf(x, 1, 1), () => special[Math.floor(special.length * random())]!);
    room.compare(
      `${columns} columns`,
      () => relu(instance, x, 2),
      (copy) => {
        for (const i of [0, 1]) {
          for (let j = 0; j < columns; j++) if (copy[cell(x, i, j)]! <= 0) copy[cell(x, i, j)] = 0;
        }
      },
    );
    room.compare(
      `${columns} columns`,
      () => reluBackward(instance, dx, x, 2),
      each(dx, 2, (i, j, old) => (get(x, i, j) > 0 ? old : 0)),
    );
  }
});

laws('adding a vector adds element by element', () => {
  for (const n of [0, ...SIZES]) {
    const room = openRoom(n);
    const [out, x] = [room.random('out', 1, n), room.random('x', 1, n)];
    const [sum, more] = [room.vector('sum', row(out, 0)), room.vector('more', row(x, 0))];
    room.compare(
      `${n} elements`,
      () => addInto(instance, sum, more),
      each(asRow(sum), 1, (_, j, old) => old + get(x, 0, j)),
    );
  }
});

laws('clearing sets exactly its own elements to zero', () => {
  for (const columns of SIZES) {
    const room = openRoom(columns);
    const [x, y] = [room.planner.matrix('x', 2, columns), room.planner.matrix('y', 3, columns)];
    room.compare(
      'region',
      () => clear(instance, x),
      each(x, 2, () => 0),
    );
    room.compare(
      'rows',
      () => clearRows(instance, rowsOf(y, 1, 1)),
      each(rowsOf(y, 1, 1), 1, () => 0),
    );
  }
});

laws('sizes that do not fit are refused by name', () => {
  const room = openRoom(1);
  const [x, y, z] = [room.random('x', 3, 4), room.random('y', 2, 4), room.random('z', 3, 5)];
  const indices = room.indices('indices', [0, 1]);
  const [short, long] = [room.vector('short', [1, 2, 3]), room.vector('long', [1, 2, 3, 4])];
  assert.throws(() => addRows(instance, x, y, 3), /rows of y: expected 0 to 2, got 3/);
  assert.throws(() => copyRows(instance, x, z, 1), /columns of z: expected 4, got 5/);
  assert.throws(() => gatherRows(instance, x, y, indices, 3), /length of indices: expected 0 to 2, got 3/);
  assert.throws(() => scatterAddRows(instance, z, indices, x, 1), /columns of z: expected 4, got 5/);
  assert.throws(() => relu(instance, { ...x, columns: 3 }, 1), /stride of x: expected 3, got 4/);
  assert.throws(() => addInto(instance, long, short), /short: elements: expected 4, got 3/);
});

laws.run();
