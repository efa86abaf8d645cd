/** The causal softmax against plain float32 loops, for query rows anywhere in the sequence; argmax over rows. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsOf, rowsOf } from '../../../bindings/arena.js';
import { expInto } from '../../../bindings/math.js';
import {
  causalArgmax,
  causalSoftmax,
  causalSoftmaxBackward,
  planWeights,
  rowArgmax,
} from '../../../bindings/softmax.js';
import { uniforms } from '../uniforms.js';
import { cell, get, instance, openRoom, put, type Room, row, SIZES } from './harness.js';
import { queriesOf, sequences, upTo16, weightsFor, zerosEnd } from './query-rows.js';

const laws = suite('softmax and argmax');

const { fround } = Math;

/** The documented order: sixteen running sums, their four vectors, then the lanes. */
function sum16(length: number, value: (s: number) => number): number {
  const lanes = new Float32Array(16);
  for (let s = 0; s < length; s++) lanes[s % 16]! += value(s);
  const v = [0, 1, 2, 3].map((lane) =>
    fround(fround(lanes[lane]! + lanes[4 + lane]!) + fround(lanes[8 + lane]! + lanes[12 + lane]!)),
  );
  return fround(fround(v[0]! + v[1]!) + fround(v[2]! + v[3]!));
}

/** e^x in float32, as the kernels take it: the bits do not depend on the place in the vector. */
function exponentials(room: Room): (x: number) => number {
  const one = room.planner.matrix('one number', 1, 1);
  return (x) => {
    put(one, () => x);
    expInto(instance, one, one);
    return get(one, 0, 0);
  };
}

laws(
  'softmax sums in its documented order, bit for bit, and fills its rows with zeros to the end of their four',
  () => {
    for (const { T, positions } of sequences()) {
      const room = openRoom(T);
      const scores = planWeights(room.planner, 'scores', positions.length + 1, T);
      const random = uniforms(T);
      positions.forEach((p, i) => {
        put(columnsOf(rowsOf(scores, i, 1), 0, p + 1), () => 40 * (random() - 0.5));
      });
      const queries = queriesOf(room, positions);
      const exp = exponentials(room);
      const scale = fround(1 / Math.sqrt(1 + (T % 7)));
      const expected = positions.map((p, i) => {
        const x = [...row(scores, i, p + 1)];
        const max = Math.max(...x);
        const powers = x.map((score) => exp(fround(fround(score - max) * scale)));
        const share = fround(1 / sum16(p + 1, (s) => powers[s]!));
        const exact = x.map((score) => Math.exp((score - max) * scale));
        const total = exact.reduce((a, b) => a + b, 0);
        return powers.map((power, s) => {
          const weight = fround(power * share);
          assert.ok(Math.abs(weight - exact[s]! / total) < 1e-6);
          return weight;
        });
      });
      room.compare(
        `T = ${T}, rows ${positions}`,
        () => causalSoftmax(instance, scores, queries, scale),
        (copy) => {
          expected.forEach((row, i) => {
            for (let s = 0; s < zerosEnd(positions, i); s++) copy[cell(scores, i, s)] = row[s] ?? 0;
          });
        },
      );
    }
  },
);

laws('the way back through the softmax keeps the same order', () => {
  for (const { T, positions } of sequences()) {
    const room = openRoom(T);
    const weights = weightsFor(room, positions, T);
    const gradient = planWeights(room.planner, 'gradient', positions.length + 1, T);
    const random = uniforms(T + 1);
    positions.forEach((p, i) => {
      put(columnsOf(rowsOf(gradient, i, 1), 0, p + 1), () => 2 * random() - 1);
    });
    const queries = queriesOf(room, positions);
    const scale = fround(0.3 + (T % 5));
    room.compare(
      `T = ${T}, rows ${positions}`,
      () => causalSoftmaxBackward(instance, gradient, weights, queries, scale),
      (copy) => {
        positions.forEach((p, i) => {
          const mean = sum16(p + 1, (s) => fround(copy[cell(gradient, i, s)]! * get(weights, i, s)));
          for (let s = 0; s < zerosEnd(positions, i); s++) {
            const at = cell(gradient, i, s);
            if (s <= p) copy[at] = fround(get(weights, i, s) * scale) * fround(copy[at]! - mean);
            else copy[at] = s < upTo16(p + 1) ? 0 * -mean : 0; // the same formula for weights of 0, then a fill
          }
        });
      },
    );
  }
});

/** Softmax of one row of scores. */
function softmaxOf(row: readonly number[]): number[] {
  const room = openRoom(1);
  const scores = planWeights(room.planner, 'scores', 1, row.length);
  put(scores, (_, s) => row[s]!);
  causalSoftmax(instance, scores, queriesOf(room, [row.length - 1]), 1);
  return row.map((_, s) => get(scores, 0, s));
}

const scoreRow = fc.array(fc.integer({ min: -800, max: 800 }), { minLength: 1, maxLength: 70 });

laws('weights of a row sum to 1, and a shift of its scores that is exact changes no bit', () => {
  fc.assert(
    fc.property(scoreRow, fc.integer({ min: -5000, max: 5000 }), (row, shift) => {
      const weights = softmaxOf(row.map((x) => x / 64));
      assert.ok(Math.abs(weights.reduce((a, b) => a + b, 0) - 1) < 1e-6);
      assert.ok(weights.every((w) => w >= 0 && w <= 1));
      assert.equal(softmaxOf(row.map((x) => (x + shift) / 64)), weights);
    }),
    { seed: 1, numRuns: 300 },
  );
});

laws('scores far apart leave exact zeros and ones; equal scores share evenly', () => {
  assert.equal(softmaxOf([0, 1e30, -1e30]), [0, 1, 0]);
  assert.equal(softmaxOf([3e38, -3e38]), [1, 0]);
  for (const n of SIZES) assert.equal(new Set(softmaxOf(Array(n).fill(-7))), new Set([fround(1 / n)]));
});

laws('the attended key is the lowest of the largest, and keys past the position do not count', () => {
  for (const { T, positions } of sequences()) {
    const room = openRoom(T);
    const weights = planWeights(room.planner, 'weights', positions.length + 1, T);
    const random = uniforms(T);
    put(weights, (i, s) => (s <= (positions[i] ?? 0) ? Math.floor(5 * random()) - 9 : 100));
    const queries = queriesOf(room, positions);
    const out = room.indices('out', Array(positions.length + 1).fill(-1));
    causalArgmax(instance, out, weights, queries);
    const expected = positions.map((p, i) => {
      const x = row(weights, i, p + 1);
      return x.indexOf(Math.max(...x));
    });
    assert.equal([...instance.view(out)], [...expected, -1]);
  }
});

laws('the argmax of a row is the lowest of equal columns', () => {
  for (const columns of SIZES) {
    const rows = 1 + (columns % 6);
    const room = openRoom(columns);
    const random = uniforms(columns);
    const x = room.random('x', rows + 1, columns, columns % 4);
    put(x, () => Math.floor(4 * random()) - 6);
    const out = room.indices('out', Array(rows + 1).fill(-1));
    rowArgmax(instance, out, x, rows);
    const expected = Array.from({ length: rows }, (_, i) => {
      const entries = row(x, i);
      return entries.indexOf(Math.max(...entries));
    });
    assert.equal([...instance.view(out)], [...expected, -1]);
  }
});

laws('sizes that do not fit are refused by name', () => {
  const room = openRoom();
  const weights = planWeights(room.planner, 'weights', 2, 5);
  const x = room.random('x', 4, 3);
  const queries = queriesOf(room, [0, 1]);
  assert.throws(() => causalSoftmax(instance, x, queries, 1), /stride of x, modulo 16: expected 0, got 3/);
  assert.throws(() => causalSoftmaxBackward(instance, x, weights, queries, 1), /stride of x: expected 16, got 3/);
  assert.throws(() => rowArgmax(instance, room.indices('out', [0, 1]), x, 3), /length of out: expected .*, got 3/);
});

laws.run();
