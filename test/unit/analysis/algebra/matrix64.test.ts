import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  frobeniusNorm,
  type Matrix64,
  rowRange,
  rowsAt,
  timesTransposed,
  toMatrix,
  transpose,
} from '../../../../src/analysis/algebra/matrix64.js';
import { dualRows, solvePositive } from '../../../../src/analysis/algebra/solve.js';
import { uniforms } from '../../uniforms.js';
import { gaussian } from '../memory/samples.js';

const laws = suite('float64 matrices');

function plainNT(a: Matrix64, b: Matrix64): number[] {
  const out: number[] = [];
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      let sum = 0;
      for (let k = 0; k < a.columns; k++) sum += a.data[i * a.columns + k]! * b.data[j * b.columns + k]!;
      out.push(sum);
    }
  }
  return out;
}

function isIdentity(product: Matrix64, within: number): void {
  for (let i = 0; i < product.rows; i++) {
    for (let j = 0; j < product.columns; j++) {
      assert.ok(Math.abs(product.data[i * product.columns + j]! - (i === j ? 1 : 0)) < within, `${i}, ${j}`);
    }
  }
}

laws('A Bᵀ has the bits of the plain loop at every remainder of its blocks', () => {
  const random = uniforms(1);
  for (const [m, n, k] of [
    [0, 3, 2],
    [1, 1, 0],
    ...Array.from({ length: 8 }, (_, i) =>
      Array.from({ length: 8 }, (_, j) => [i + 1, j + 1, ((i * j) % 9) + 1]),
    ).flat(),
  ] as [number, number, number][]) {
    const a = gaussian(random, m, k);
    const b = gaussian(random, n, k);
    const product = timesTransposed(a, b);
    assert.equal([product.rows, product.columns], [m, n]);
    assert.equal([...product.data], plainNT(a, b), `${m}×${k} times ${n}×${k}`);
  }
});

laws('shapes that do not fit are refused by name and number', () => {
  const random = uniforms(2);
  assert.throws(
    () => timesTransposed(gaussian(random, 2, 3), gaussian(random, 2, 4)),
    /columns of B in A Bᵀ: expected 3, got 4/,
  );
  assert.throws(() => toMatrix(new Float32Array(5), 2, 3), /expected 2×3 values, got 5/);
  assert.throws(
    () => solvePositive(gaussian(random, 2, 2), gaussian(random, 3, 1)),
    /expected G \[2, 2\] and B of 2 rows, got \[2, 2\] and 3/,
  );
});

laws('rows and transposes move entries, not values', () => {
  const a = toMatrix(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 2);
  assert.equal([...transpose(a).data], [1, 3, 5, 2, 4, 6]);
  assert.equal([...rowRange(a, 1, 3).data], [3, 4, 5, 6]);
  assert.equal([...rowsAt(a, [2, 0]).data], [5, 6, 1, 2]);
  assert.is(frobeniusNorm(Float32Array.of(3, 0, -4)), 5);
});

laws('solving gives back what was multiplied', () => {
  const random = uniforms(3);
  for (const n of [1, 2, 7, 20]) {
    const rows = gaussian(random, n, n + 5);
    const g = timesTransposed(rows, rows);
    const x = gaussian(random, n, 3);
    const solved = solvePositive(g, timesTransposed(g, transpose(x)));
    for (let i = 0; i < x.data.length; i++) assert.ok(Math.abs(solved.data[i]! - x.data[i]!) < 1e-9);
  }
  assert.throws(
    () => solvePositive(toMatrix(Float32Array.of(1, 1, 1, 1), 2, 2), gaussian(random, 2, 1)),
    /expected a positive pivot at row 1, got 0/,
  );
});

laws('dual rows undo their rows, from whichever side is shorter', () => {
  const random = uniforms(4);
  for (const [n, d] of [
    [5, 5],
    [6, 11],
    [12, 7],
  ] as const) {
    const a = gaussian(random, n, d);
    const dual = dualRows(a);
    if (n <= d) isIdentity(timesTransposed(dual, a), 1e-8);
    else isIdentity(timesTransposed(transpose(dual), transpose(a)), 1e-8);
  }
});

laws.run();
