/** Row kernels and cross-entropy against plain float32 loops: every bit, at every width. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { asMatrix, type Matrix, type Region, rowsOf } from '../../../bindings/arena.js';
import { crossEntropy } from '../../../bindings/loss.js';
import { createMath, expInto } from '../../../bindings/math.js';
import {
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
import { rowArgmax } from '../../../bindings/softmax.js';
import { uniforms } from '../analysis/memory/samples.js';
import { cell, get, instance, openRoom, put, SIZES } from './room.js';

const laws = suite('row kernels');

const { fround } = Math;

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

laws('the argmax of a row is the lowest of equal columns', () => {
  for (const { columns, rows, spare, seed } of shapes()) {
    const room = openRoom(seed);
    const random = uniforms(seed);
    const x = room.random('x', rows + 1, columns, spare);
    put(x, () => Math.floor(4 * random()) - 6);
    const out = room.indices('out', Array(rows + 1).fill(-1));
    rowArgmax(instance, out, x, rows);
    const expected = Array.from({ length: rows }, (_, i) => {
      const row = Array.from({ length: columns }, (__, j) => get(x, i, j));
      return row.indexOf(Math.max(...row));
    });
    assert.equal([...instance.view(out)], [...expected, -1]);
  }
});

/** The documented order: four running sums, then the lanes. */
function sum4(values: readonly number[]): number {
  const lanes = new Float32Array(4);
  values.forEach((value, j) => {
    lanes[j % 4]! += value;
  });
  return fround(fround(lanes[0]! + lanes[1]!) + fround(lanes[2]! + lanes[3]!));
}

laws('cross-entropy and its gradient sum in their documented order, and agree with float64', () => {
  const { log } = createMath(instance);
  for (const { columns, rows, seed } of shapes()) {
    const room = openRoom(seed);
    const random = uniforms(seed);
    const stride = 4 * Math.ceil(columns / 4) + 4 * (seed % 2);
    const logits = room.planner.matrix('logits', rows + 1, columns, stride);
    put(rowsOf(logits, 0, rows), () => 30 * (random() - 0.5));
    const places = Array.from({ length: rows }, (_, i) => 2 * i + (seed % 2));
    const labels = Array.from({ length: 2 * rows + 1 }, () => Math.floor(columns * random()));
    const losses = room.planner.matrix('losses', 1, rows + 1);
    const powers = room.planner.matrix('powers', 1, columns);
    const targets = room.indices('targets', labels);
    const positions = room.indices('positions', places);
    const expected = places.map((place, i) => {
      const target = labels[place]!;
      const x = Array.from({ length: columns }, (_, j) => get(logits, i, j));
      const max = Math.max(...x);
      put(powers, (_, j) => x[j]! - max);
      expInto(instance, powers, powers);
      const e = x.map((_, j) => get(powers, 0, j));
      const sum = sum4(e);
      const share = fround(1 / sum);
      const gradient = e.map((power, j) => (j === target ? 0 : fround(power * share)));
      gradient[target] = -sum4(gradient);
      const loss = fround(log(sum) + max - x[target]!);

      const total = x.reduce((a, b) => a + Math.exp(b - max), 0);
      assert.ok(Math.abs(loss - (Math.log(total) + max - x[target]!)) < 1e-6 * Math.max(1, loss));
      const others = x.reduce((a, b, j) => (j === target ? a : a + Math.exp(b - max)), 0);
      gradient.forEach((g, j) => {
        const exact = j === target ? -others / total : Math.exp(x[j]! - max) / total;
        assert.ok(Math.abs(g - exact) <= 3e-6 * Math.abs(exact), `${g} for ${exact}`);
      });
      return { loss, gradient };
    });
    room.compare(
      `${rows} × ${columns}`,
      () => crossEntropy(instance, losses, logits, targets, positions, rows),
      (copy) => {
        expected.forEach(({ loss, gradient }, i) => {
          copy[cell(losses, 0, i)] = loss;
          for (let j = 0; j < Math.ceil(columns / 4) * 4; j++) copy[cell(logits, i, j)] = gradient[j] ?? 0;
        });
      },
    );
  }
});

laws('sizes that do not fit are refused by name', () => {
  const room = openRoom(1);
  const [x, y, z] = [room.random('x', 3, 4), room.random('y', 2, 4), room.random('z', 3, 5)];
  const indices = room.indices('indices', [0, 1]);
  const flat: Region<'f32'> = room.planner.region('flat', 'f32', 12);
  assert.throws(() => addRows(instance, x, y, 3), /rows of y: expected 0 to 2, got 3/);
  assert.throws(() => copyRows(instance, x, z, 1), /columns of z: expected 4, got 5/);
  assert.throws(() => gatherRows(instance, x, y, indices, 3), /length of indices: expected 0 to 2, got 3/);
  assert.throws(() => scatterAddRows(instance, z, indices, x, 1), /columns of z: expected 4, got 5/);
  assert.throws(() => relu(instance, { ...x, columns: 3 }, 1), /stride of x: expected 3, got 4/);
  assert.throws(
    () => crossEntropy(instance, flat, z, indices, indices, 1),
    /stride of z, modulo 4: expected .*, got 1/,
  );
  assert.throws(
    () => crossEntropy(instance, flat, x, indices, indices, 3),
    /length of indices: expected 0 to 2, got 3/,
  );
  assert.throws(() => rowArgmax(instance, indices, asMatrix(flat, 3, 4), 3), /length of indices: expected .*, got 3/);
});

laws.run();
