import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsOf, type Matrix } from '../../../bindings/arena.js';
import { layerNorm, layerNormBackward } from '../../../bindings/norm.js';
import { guarded, near, randomValues, readMatrix, writeMatrix } from './guarded.js';

const norm = suite('LayerNorm');

const EPS = 1e-5;

/** LayerNorm of one row, its mean and the inverse of its standard deviation. */
function plainRow(x: ArrayLike<number>, weight: ArrayLike<number>, bias: ArrayLike<number>) {
  const row = Array.from(x);
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  const rstd = 1 / Math.sqrt(variance + EPS);
  return { out: row.map((value, c) => (value - mean) * rstd * weight[c]! + bias[c]!), mean, rstd };
}

/** x, out, dout and dx as windows of wider matrices, and what a LayerNorm of width d keeps; all of it set. */
function laid(rows: number, d: number) {
  const all = guarded((planner) => {
    const window = (name: string, left: number, right: number): Matrix =>
      columnsOf(planner.matrix(name, rows, left + d + right), left, d);
    const vector = (name: string, length: number) => planner.region(name, 'f32', length);
    return {
      x: window('x', 1, 2),
      out: window('out', 3, 0),
      dout: window('dout', 0, 5),
      dx: window('dx', 2, 2),
      dweight: vector('dweight', d),
      dbias: vector('dbias', d),
      buffers: {
        weight: vector('weight', d),
        bias: vector('bias', d),
        mean: vector('mean', rows),
        rstd: vector('rstd', rows),
      },
    };
  });
  const { instance, at } = all;
  const values = {
    x: randomValues(rows * d, 1).map((value) => 3 * value + 1),
    dout: randomValues(rows * d, 2),
    dx: randomValues(rows * d, 3),
    weight: randomValues(d, 4).map((value) => value + 1),
    bias: randomValues(d, 5),
    dweight: randomValues(d, 6),
    dbias: randomValues(d, 7),
  };
  for (const name of ['x', 'dout', 'dx'] as const) writeMatrix(instance, at[name], values[name]);
  for (const name of ['weight', 'bias'] as const) instance.view(at.buffers[name]).set(values[name]);
  for (const name of ['dweight', 'dbias'] as const) instance.view(at[name]).set(values[name]);
  return { ...all, values };
}

norm('forward equals the plain float64 loop at every width, on windows with strides', () => {
  for (let d = 1; d <= 33; d++) {
    const rows = 1 + (d % 4);
    const { instance, at, writes, values } = laid(rows, d);
    writes([at.out, at.buffers.mean, at.buffers.rstd], () => layerNorm(instance, at.out, at.x, at.buffers));
    const plain = Array.from({ length: rows }, (_, r) =>
      plainRow(values.x.subarray(r * d, (r + 1) * d), values.weight, values.bias),
    );
    near(
      `out, width ${d}`,
      readMatrix(instance, at.out),
      plain.flatMap(({ out }) => out),
      5e-6,
    );
    near(
      `mean, width ${d}`,
      instance.view(at.buffers.mean),
      plain.map(({ mean }) => mean),
      1e-6,
    );
    near(
      `rstd, width ${d}`,
      instance.view(at.buffers.rstd),
      plain.map(({ rstd }) => rstd),
      2e-6,
    );
  }
});

norm('backward equals finite differences of the plain float64 loop at every width, and adds to what is there', () => {
  const h = 1e-5;
  for (let d = 2; d <= 33; d++) {
    const rows = 1 + (d % 3);
    const { instance, at, writes, values } = laid(rows, d);
    layerNorm(instance, at.out, at.x, at.buffers);
    writes([at.dx, at.dweight, at.dbias], () =>
      layerNormBackward(instance, at.dx, { weight: at.dweight, bias: at.dbias }, at.dout, at.x, at.buffers),
    );
    const x = Float64Array.from(values.x);
    const weight = Float64Array.from(values.weight);
    const bias = Float64Array.from(values.bias);
    const objective = () => {
      let sum = 0;
      for (let r = 0; r < rows; r++) {
        const { out } = plainRow(x.subarray(r * d, (r + 1) * d), weight, bias);
        for (let c = 0; c < d; c++) sum += out[c]! * values.dout[r * d + c]!;
      }
      return sum;
    };
    const slopes = (v: Float64Array, before: Float32Array) =>
      Array.from(v, (value, i) => {
        v[i] = value + h;
        const above = objective();
        v[i] = value - h;
        const slope = (above - objective()) / (2 * h);
        v[i] = value;
        return before[i]! + slope;
      });
    near(`dx, width ${d}`, readMatrix(instance, at.dx), slopes(x, values.dx), 2e-5);
    near(`dweight, width ${d}`, instance.view(at.dweight), slopes(weight, values.dweight), 5e-6);
    near(`dbias, width ${d}`, instance.view(at.dbias), slopes(bias, values.dbias), 5e-6);
  }
});

norm('width 1 gives the bias, and nothing flows back but to it', () => {
  const { instance, at, values } = laid(3, 1);
  layerNorm(instance, at.out, at.x, at.buffers);
  layerNormBackward(instance, at.dx, { weight: at.dweight, bias: at.dbias }, at.dout, at.x, at.buffers);
  assert.equal([...readMatrix(instance, at.out)], Array(3).fill(values.bias[0]));
  assert.equal(readMatrix(instance, at.dx), values.dx);
  assert.equal(instance.view(at.dweight), values.dweight);
});

norm('what is not asked for is not formed, and leaves the rest as it was', () => {
  const [rows, d] = [4, 11];
  const full = laid(rows, d);
  layerNorm(full.instance, full.at.out, full.at.x, full.at.buffers);
  const { dweight, dbias } = full.at;
  const { at: wanted } = full;
  layerNormBackward(full.instance, wanted.dx, { weight: dweight, bias: dbias }, wanted.dout, wanted.x, wanted.buffers);
  for (let mask = 0; mask < 8; mask++) {
    const { instance, at, writes } = laid(rows, d);
    layerNorm(instance, at.out, at.x, at.buffers);
    const dx = mask & 1 ? at.dx : null;
    const weight = mask & 2 ? at.dweight : null;
    const bias = mask & 4 ? at.dbias : null;
    writes(
      [dx, weight, bias].filter((place) => place !== null),
      () => layerNormBackward(instance, dx, { weight, bias }, at.dout, at.x, at.buffers),
    );
    if (dx) assert.equal(readMatrix(instance, dx), readMatrix(full.instance, full.at.dx));
    if (weight) assert.equal(instance.view(weight), full.instance.view(dweight));
    if (bias) assert.equal(instance.view(bias), full.instance.view(dbias));
  }
});

norm('only the rows asked for are read and written; a wrong width is refused', () => {
  const { instance, at, writes } = laid(4, 9);
  const { mean, rstd } = at.buffers;
  const short = { ...at.out, rows: 2 };
  writes([short, { ...mean, length: 2 }, { ...rstd, length: 2 }], () =>
    layerNorm(instance, at.out, at.x, at.buffers, 2),
  );
  writes([{ ...at.dx, rows: 2 }], () =>
    layerNormBackward(instance, at.dx, { weight: null, bias: null }, at.dout, at.x, at.buffers, 2),
  );
  assert.throws(() => layerNorm(instance, { ...at.out, columns: 8 }, at.x, at.buffers), /out/);
  assert.throws(() => layerNorm(instance, at.out, at.x, at.buffers, 5), /x/);
  assert.throws(() => layerNorm(instance, at.out, at.x, { ...at.buffers, bias: mean }), /mean: elements/);
});

norm.run();
