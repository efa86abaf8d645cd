/** Causal products and softmax against plain float32 loops, for query rows anywhere in the sequence. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsOf, type Matrix, rowsOf } from '../../../bindings/arena.js';
import { expInto } from '../../../bindings/math.js';
import {
  ADD,
  causalMix,
  causalScores,
  causalSpread,
  packRows,
  packTransposed,
  planPanels,
  SET,
} from '../../../bindings/matmul.js';
import {
  causalArgmax,
  causalSoftmax,
  causalSoftmaxBackward,
  planWeights,
  type QueryRows,
} from '../../../bindings/softmax.js';
import { uniforms } from '../analysis/memory/samples.js';
import { cell, dot, get, instance, openRoom, put, type Room, SIZES } from './room.js';

const laws = suite('causal attention');

const { fround } = Math;

/** Query rows of a sequence of T: all, every other, the ends, and random choices of even and odd number. */
function choices(T: number): number[][] {
  const random = uniforms(T);
  const all = Array.from({ length: T }, (_, t) => t);
  const some = [0.3, 0.6].map((share) => all.filter(() => random() < share));
  const lists = [
    all,
    all.filter((t) => t % 2 === 1),
    [T - 1],
    [0],
    all.slice(1),
    ...some,
    ...some.map((l) => l.slice(1)),
  ];
  return lists.filter((list) => list.length > 0);
}

/** Every length with every choice of rows, and a width of heads. */
function* sequences(): Generator<{ T: number; e: number; positions: number[] }> {
  for (const T of SIZES)
    for (const [i, positions] of choices(T).entries()) yield { T, e: 1 + ((5 * T + 7 * i) % 33), positions };
}

function queriesOf(room: Room, positions: readonly number[]): QueryRows {
  return { positions: room.indices('positions', positions), count: positions.length };
}

const upTo16 = (n: number): number => Math.ceil(n / 16) * 16;

/** Where row i's zeros end: the longer length of its pair, rounded up to 16. */
const pairEnd = (positions: readonly number[], i: number): number =>
  upTo16(positions[Math.min(i | 1, positions.length - 1)]! + 1);

/** Weights as the softmax leaves them, one row more than there are positions: numbers, zeros, then NaN. */
function weightsFor(room: Room, positions: readonly number[], T: number): Matrix {
  const m = planWeights(room.planner, 'weights', positions.length + 1, T);
  const random = uniforms(T);
  positions.forEach((p, i) => {
    put(columnsOf(rowsOf(m, i, 1), 0, pairEnd(positions, i)), (_, s) => (s <= p ? 2 * random() - 1 : 0));
  });
  return m;
}

laws('scores are plain dot products up to the diagonal, and nothing past the next multiple of 16 is touched', () => {
  for (const { T, e, positions } of sequences()) {
    const room = openRoom(T * e);
    const spare = T % 3;
    const query = room.random('query', positions.length, e, spare);
    const key = room.random('key', T, e, spare);
    const scores = planWeights(room.planner, 'scores', positions.length + 1, T);
    const queries = queriesOf(room, positions);
    const panels = planPanels(room.planner, 'panels', e, T);
    packTransposed(instance, panels, key);
    room.compare(
      `T = ${T}, e = ${e}, rows ${positions}`,
      () => causalScores(instance, scores, query, panels, queries),
      (copy) => {
        positions.forEach((p, i) => {
          for (let s = 0; s <= p; s++) {
            const sum = dot(
              e,
              (k) => get(query, i, k),
              (k) => get(key, s, k),
            );
            copy[cell(scores, i, s)] = sum;
          }
        });
      },
      positions.map((p, i) => columnsOf(rowsOf(scores, i, 1), p + 1, Math.min(T, upTo16(p + 1)) - p - 1)),
    );
  }
});

laws('mixing sums over the keys up to each position and reads nothing later', () => {
  for (const { T, e, positions } of sequences()) {
    const room = openRoom(T * e);
    const weights = weightsFor(room, positions, T);
    const values = room.random('values', T, e, T % 3);
    put(rowsOf(values, positions.at(-1)! + 1, T - 1 - positions.at(-1)!), () => Number.NaN);
    const out = room.random('out', positions.length + 1, e, T % 4);
    const queries = queriesOf(room, positions);
    const panels = planPanels(room.planner, 'panels', T, e);
    packRows(instance, panels, values);
    for (const mode of [SET, ADD] as const) {
      room.compare(
        `T = ${T}, e = ${e}, rows ${positions}, mode ${mode}`,
        () => causalMix(instance, out, weights, panels, queries, mode),
        (copy) => {
          positions.forEach((p, i) => {
            for (let j = 0; j < e; j++) {
              const sum = dot(
                p + 1,
                (s) => get(weights, i, s),
                (s) => get(values, s, j),
              );
              copy[cell(out, i, j)] = mode === ADD ? copy[cell(out, i, j)]! + sum : sum;
            }
          });
        },
      );
    }
  }
});

laws('spreading sums over the rows that see a key, and reads one zero past an even position at most', () => {
  for (const { T, e, positions } of sequences()) {
    const room = openRoom(T * e);
    const weights = planWeights(room.planner, 'weights', positions.length, T);
    const random = uniforms(e);
    positions.forEach((p, i) => {
      put(columnsOf(rowsOf(weights, i, 1), 0, (p | 1) + 1), (_, s) => (s <= p ? 2 * random() - 1 : 0));
    });
    const x = room.random('x', positions.length, e, T % 3);
    const out = room.random('out', T + 1, e, T % 4);
    const queries = queriesOf(room, positions);
    const panels = planPanels(room.planner, 'panels', positions.length, e);
    packRows(instance, panels, x);
    for (const mode of [SET, ADD] as const) {
      room.compare(
        `T = ${T}, e = ${e}, rows ${positions}, mode ${mode}`,
        () => causalSpread(instance, out, weights, panels, queries, mode),
        (copy) => {
          for (let s = 0; s < T; s++) {
            const first = positions.filter((p) => p < s).length;
            for (let j = 0; j < e; j++) {
              const sum = dot(
                positions.length - first,
                (i) => get(weights, first + i, s),
                (i) => get(x, first + i, j),
              );
              copy[cell(out, s, j)] = mode === ADD ? copy[cell(out, s, j)]! + sum : sum;
            }
          }
        },
      );
    }
  }
});

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
  'softmax sums in its documented order, bit for bit, and fills its rows with zeros to the end of their pair',
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
        const row = Array.from({ length: p + 1 }, (_, s) => get(scores, i, s));
        const max = Math.max(...row);
        const powers = row.map((x) => exp(fround(fround(x - max) * scale)));
        const share = fround(1 / sum16(p + 1, (s) => powers[s]!));
        const exact = row.map((x) => Math.exp((x - max) * scale));
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
            for (let s = 0; s < pairEnd(positions, i); s++) copy[cell(scores, i, s)] = row[s] ?? 0;
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
          for (let s = 0; s < pairEnd(positions, i); s++) {
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
      const row = Array.from({ length: p + 1 }, (_, s) => get(weights, i, s));
      return row.indexOf(Math.max(...row));
    });
    assert.equal([...instance.view(out)], [...expected, -1]);
  }
});

laws('sizes that do not fit are refused by name', () => {
  const room = openRoom(1);
  const weights = planWeights(room.planner, 'weights', 2, 5);
  const x = room.random('x', 4, 3);
  const panels = planPanels(room.planner, 'panels', 5, 5);
  const queries = (count: number) => ({ positions: room.indices('positions', [0, 1, 2]), count });
  assert.throws(
    () => causalScores(instance, weights, x, panels, queries(3)),
    /rows of weights: expected 0 to 2, got 3/,
  );
  assert.throws(
    () => causalScores(instance, weights, rowsOf(x, 0, 1), panels, queries(2)),
    /rows of x.*: expected 0 to 1, got 2/,
  );
  assert.throws(
    () => causalMix(instance, rowsOf(x, 0, 1), weights, panels, queries(2), SET),
    /rows of x.*: expected .*, got 2/,
  );
  assert.throws(() => causalSpread(instance, x, weights, panels, queries(2), SET), /rows of x: expected 0 to 4, got 5/);
  const small = planPanels(room.planner, 'small panels', 2, 5);
  assert.throws(
    () => causalScores(instance, weights, x, small, queries(2)),
    /panels of small panels: expected 0 to 32, got 48/,
  );
  assert.throws(
    () => causalMix(instance, x, weights, small, queries(2), SET),
    /panels of small panels: expected .*, got 80/,
  );
  const tall = room.random('tall', 5, 17);
  assert.throws(
    () => causalSpread(instance, tall, weights, small, queries(2), SET),
    /small panels: expected .*, got 64/,
  );
  assert.throws(() => causalSoftmax(instance, x, queries(2), 1), /stride of x, modulo 16: expected 0, got 3/);
  assert.throws(() => causalSoftmaxBackward(instance, x, weights, queries(2), 1), /stride of x: expected 16, got 3/);
});

laws.run();
