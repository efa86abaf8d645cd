import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { frobeniusNorm, type Matrix64, timesTransposed, transpose } from '../../../../src/analysis/algebra/matrix64.js';
import { singularValues } from '../../../../src/analysis/algebra/singular.js';
import { uniforms } from '../../uniforms.js';
import { gaussian } from '../memory/samples.js';

const laws = suite('singular values');

function near(given: Float64Array, truth: readonly number[], tolerance = 1e-12): void {
  assert.is(given.length, truth.length);
  for (const [n, x] of truth.entries()) assert.ok(Math.abs(given[n]! - x) <= tolerance, `${given[n]}, ${x} expected`);
}

/** Orthonormal rows, by Gram and Schmidt. */
function orthonormal(random: () => number, n: number, d: number): Matrix64 {
  const a = gaussian(random, n, d);
  for (let i = 0; i < n; i++) {
    const row = a.data.subarray(i * d, (i + 1) * d);
    for (let turn = 0; turn < 2; turn++) {
      for (let j = 0; j < i; j++) {
        const other = a.data.subarray(j * d, (j + 1) * d);
        const share = row.reduce((sum, x, c) => sum + x * other[c]!, 0);
        for (let c = 0; c < d; c++) row[c]! -= share * other[c]!;
      }
    }
    const length = frobeniusNorm(row);
    for (let c = 0; c < d; c++) row[c]! /= length;
  }
  return a;
}

laws('a product of turns and stretches has the stretches as its values, at every shape', () => {
  const random = uniforms(1);
  for (const [m, n] of [
    [1, 1],
    [1, 5],
    [5, 1],
    [4, 4],
    [7, 3],
    [3, 7],
    [20, 33],
  ] as const) {
    const rank = Math.min(m, n);
    const stretches = Array.from({ length: rank }, (_, i) => 2 ** (3 - i / 2));
    const left = transpose(orthonormal(random, rank, m));
    const right = orthonormal(random, rank, n);
    const stretched = { ...left, data: left.data.map((x, at) => x * stretches[at % rank]!) };
    near(singularValues(timesTransposed(stretched, transpose(right))), stretches, 1e-11);
  }
});

laws('known matrices: a diagonal, a rank of one, nothing', () => {
  near(singularValues({ rows: 2, columns: 2, data: Float64Array.of(0, -3, 2, 0) }), [3, 2]);
  near(singularValues({ rows: 2, columns: 3, data: Float64Array.of(1, 2, 2, 2, 4, 4) }), [Math.sqrt(45), 0]);
  near(singularValues({ rows: 2, columns: 2, data: new Float64Array(4) }), [0, 0]);
});

laws('their squares add up to the squared norm, and turning the matrix over changes nothing', () => {
  const a = gaussian(uniforms(2), 24, 40);
  const values = singularValues(a);
  const squares = values.reduce((sum, s) => sum + s * s, 0);
  assert.ok(Math.abs(Math.sqrt(squares) - frobeniusNorm(a.data)) < 1e-10);
  near(singularValues(transpose(a)), [...values], 1e-11);
  assert.ok(values.every((s, n) => n === 0 || s <= values[n - 1]!));
});

laws('a matrix with NaN is refused', () => {
  assert.throws(
    () => singularValues({ rows: 1, columns: 2, data: Float64Array.of(1, NaN) }),
    /matrix: expected finite entries, got NaN/,
  );
});

laws.run();
