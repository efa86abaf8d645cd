import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { layerNorm, layerNormBackward } from '../../../bindings/norm.js';
import { getAll, instance, near, openRoom, putAll, randomValues } from './harness.js';

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
  const { planner, window, vector, writes } = openRoom();
  const values = {
    x: randomValues(rows * d, 1).map((value) => 3 * value + 1),
    dout: randomValues(rows * d, 2),
    dx: randomValues(rows * d, 3),
    weight: randomValues(d, 4).map((value) => value + 1),
    bias: randomValues(d, 5),
    dweight: randomValues(d, 6),
    dbias: randomValues(d, 7),
  };
  const at = {
    x: window('x', rows, d, 1, 2),
    out: window('out', rows, d, 3, 0),
    dout: window('dout', rows, d, 0, 5),
    dx: window('dx', rows, d, 2, 2),
    dweight: vector('dweight', values.dweight),
    dbias: vector('dbias', values.dbias),
    buffers: {
      weight: vector('weight', values.weight),
      bias: vector('bias', values.bias),
      mean: planner.region('mean', 'f32', rows),
      rstd: planner.region('rstd', 'f32', rows),
    },
  };
  for (const name of ['x', 'dout', 'dx'] as const) putAll(at[name], values[name]);
  return { at, writes, values };
}

norm('forward equals the plain float64 loop at every width, on windows with strides', () => {
  for (let d = 1; d <= 33; d++) {
    const rows = 1 + (d % 4);
    const { at, writes, values } = laid(rows, d);
    writes([at.out, at.buffers.mean, at.buffers.rstd], () => layerNorm(instance, at.out, at.x, at.buffers));
    const plain = Array.from({ length: rows }, (_, r) =>
      plainRow(values.x.subarray(r * d, (r + 1) * d), values.weight, values.bias),
    );
    near(
      `out, width ${d}`,
      getAll(at.out),
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
    const { at, writes, values } = laid(rows, d);
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
    near(`dx, width ${d}`, getAll(at.dx), slopes(x, values.dx), 2e-5);
    near(`dweight, width ${d}`, instance.view(at.dweight), slopes(weight, values.dweight), 5e-6);
    near(`dbias, width ${d}`, instance.view(at.dbias), slopes(bias, values.dbias), 5e-6);
  }
});

norm('width 1 gives the bias, and nothing flows back but to it', () => {
  const { at, values } = laid(3, 1);
  layerNorm(instance, at.out, at.x, at.buffers);
  layerNormBackward(instance, at.dx, { weight: at.dweight, bias: at.dbias }, at.dout, at.x, at.buffers);
  assert.equal([...getAll(at.out)], Array(3).fill(values.bias[0]));
  assert.equal(getAll(at.dx), values.dx);
  assert.equal(instance.view(at.dweight), values.dweight);
});

norm('what is not asked for is not formed, and leaves the rest as it was', () => {
  const [rows, d] = [4, 11];
  const { at: all } = laid(rows, d);
  layerNorm(instance, all.out, all.x, all.buffers);
  layerNormBackward(instance, all.dx, { weight: all.dweight, bias: all.dbias }, all.dout, all.x, all.buffers);
  const wanted = {
    dx: getAll(all.dx),
    dweight: instance.view(all.dweight).slice(),
    dbias: instance.view(all.dbias).slice(),
  };
  for (let mask = 0; mask < 8; mask++) {
    const { at, writes } = laid(rows, d);
    layerNorm(instance, at.out, at.x, at.buffers);
    const dx = mask & 1 ? at.dx : null;
    const weight = mask & 2 ? at.dweight : null;
    const bias = mask & 4 ? at.dbias : null;
    writes(
      [dx, weight, bias].filter((place) => place !== null),
      () => layerNormBackward(instance, dx, { weight, bias }, at.dout, at.x, at.buffers),
    );
    if (dx) assert.equal(getAll(dx), wanted.dx);
    if (weight) assert.equal(instance.view(weight), wanted.dweight);
    if (bias) assert.equal(instance.view(bias), wanted.dbias);
  }
});

norm('only the rows asked for are read and written; a wrong width is refused', () => {
  const { at, writes } = laid(4, 9);
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
