/** Matrix products against plain float32 loops in the documented order: every bit, at every size. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsOf, type Matrix, rowsOf } from '../../../bindings/arena.js';
import {
  type Accumulate,
  ADD,
  causalMix,
  causalMixTransposed,
  causalScores,
  multiply,
  multiplyTransposed,
  packRows,
  packTransposed,
  planPanels,
  productNN,
  productNT,
  productTN,
  SET,
} from '../../../bindings/matmul.js';
import { planWeights } from '../../../bindings/softmax.js';
import { uniforms } from '../uniforms.js';
import { asRow, cell, column, columns, dot, get, instance, openRoom, put, row, rows, SIZES } from './harness.js';
import { queriesOf, sequences, upTo16, weightsFor } from './query-rows.js';

const laws = suite('matrix products');

/** Pairs of sizes with a third that takes every value too. */
function* triples(): Generator<[number, number, number]> {
  for (const x of SIZES) for (const y of SIZES) yield [x, y, 1 + ((7 * x + 5 * y) % 33)];
}

/** A sum into a copy of the room: in the place of what is there, or added to it. */
function settle(copy: Float32Array, at: number, sum: number, mode: Accumulate): void {
  copy[at] = mode === ADD ? copy[at]! + sum : sum;
}

/** c(i, j) into a copy of the room, from the rows of the left-hand side and the columns of the right-hand one. */
const plainProduct =
  (c: Matrix, left: readonly Float32Array[], right: readonly Float32Array[], mode: Accumulate) =>
  (copy: Float32Array): void => {
    for (const [i, a] of left.entries()) {
      for (const [j, b] of right.entries()) settle(copy, cell(c, i, j), dot(a, b), mode);
    }
  };

laws('panels hold strips of 16 columns, depth by depth, with zeros past the last column', () => {
  for (const [depth, width, spare] of triples()) {
    const room = openRoom(depth);
    const used = 1 + (spare % depth);
    const b = room.random('b', depth, width, spare % 4);
    const turned = room.random('turned', width, used, spare % 5);
    const panels = planPanels(room.planner, 'panels', used, width);
    const plain = (entries: readonly Float32Array[]) => (copy: Float32Array) => {
      for (let p = 0; 16 * p < width; p++) {
        for (let k = 0; k < used; k++) {
          for (let j = 0; j < 16; j++) {
            const at = panels.region.offset / 4 + (p * used + k) * 16 + j;
            copy[at] = entries[16 * p + j]?.[k] ?? 0;
          }
        }
      }
    };
    const about = `${used} × ${width}`;
    room.compare(about, () => packRows(instance, panels, b, used), plain(columns(b)));
    room.compare(about, () => packTransposed(instance, panels, turned), plain(rows(turned)));
  }
});

laws('a product is the plain loop, bit for bit, overwriting or added to what is there', () => {
  for (const [m, n, k] of triples()) {
    const room = openRoom(m * n);
    const spare = (m + n) % 3;
    const a = room.random('a', m + 1, k, spare);
    const b = room.random('b', k, n, spare);
    const c = room.random('c', m + 1, n, (m + k) % 3);
    const panels = planPanels(room.planner, 'panels', k, n);
    packRows(instance, panels, b);
    for (const mode of [SET, ADD] as const) {
      room.compare(
        `${m} × ${n} × ${k}, mode ${mode}`,
        () => multiply(instance, c, a, panels, m, mode),
        plainProduct(c, rows(rowsOf(a, 0, m)), columns(b), mode),
      );
    }
  }
});

laws('a transposed left-hand side needs no packing', () => {
  for (const [m, n, k] of triples()) {
    const room = openRoom(m + n);
    const spare = (m + n) % 3;
    const a = room.random('a', k + 1, m, spare);
    const b = room.random('b', k, n, spare);
    const c = room.random('c', m, n, (m + k) % 3);
    const panels = planPanels(room.planner, 'panels', k, n);
    packRows(instance, panels, b);
    for (const mode of [SET, ADD] as const) {
      room.compare(
        `${m} × ${n} × ${k}, mode ${mode}`,
        () => multiplyTransposed(instance, c, a, panels, k, mode),
        plainProduct(c, columns(rowsOf(a, 0, k)), columns(b), mode),
      );
    }
  }
});

laws('nt, nn and tn are a Bᵀ, a b and aᵀ b', () => {
  for (const size of SIZES) {
    const [m, n, k] = [size, 1 + ((5 * size) % 33), 1 + ((11 * size) % 33)];
    const room = openRoom(size);
    const a = room.random('a', m, k, 1);
    const aT = room.random('a transposed', k, m, 2);
    const b = room.random('b', k, n, 3);
    const bT = room.random('b transposed', n, k);
    const c = room.random('c', m, n, 1);
    const panels = planPanels(room.planner, 'panels', k, n);
    const scratch = [asRow(panels.region)];
    for (const mode of [SET, ADD] as const) {
      const check = (about: string, product: () => void, left: Float32Array[], right: Float32Array[]) =>
        room.compare(about, product, plainProduct(c, left, right, mode), scratch);
      check('nn', () => productNN(instance, c, a, b, panels, mode), rows(a), columns(b));
      check('nt', () => productNT(instance, c, a, bT, panels, mode), rows(a), rows(bT));
      check('tn', () => productTN(instance, c, aT, b, panels, mode), columns(aT), columns(b));
    }
  }
});

laws('rows of zeros left out of a sum change no bit', () => {
  const keeping = fc.array(fc.boolean(), { minLength: 1, maxLength: 33 });
  fc.assert(
    fc.property(keeping, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 33 }), (kept, m, n) => {
      const room = openRoom(m * n);
      const a = room.random('a', kept.length, m);
      const b = room.random('b', kept.length, n);
      const places = kept.flatMap((keep, k) => (keep ? [k] : []));
      const [fewA, fewB] = [room.random('few of a', places.length, m), room.random('few of b', places.length, n)];
      put(a, (k, i) => (kept[k] ? get(a, k, i) : k % 2 === 0 ? 0 : -0));
      put(fewA, (k, i) => get(a, places[k]!, i));
      put(fewB, (k, j) => get(b, places[k]!, j));
      const c = room.random('c', m, n);
      const other = room.random('other', m, n);
      put(other, (i, j) => get(c, i, j));
      const panels = planPanels(room.planner, 'panels', kept.length, n);
      productTN(instance, c, a, b, panels, ADD);
      productTN(instance, other, fewA, fewB, panels, ADD);
      for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) assert.ok(Object.is(get(other, i, j), get(c, i, j)));
    }),
    { seed: 1, numRuns: 100 },
  );
});

laws('a sum never becomes -0, and a product of nothing is +0', () => {
  const room = openRoom(1);
  const [a, b, c] = [room.random('a', 3, 2), room.random('b', 2, 3), room.random('c', 3, 3)];
  const panels = planPanels(room.planner, 'panels', 2, 3);
  put(a, () => -0);
  productNN(instance, c, a, b, panels);
  for (const i of [0, 1, 2]) assert.ok(Object.is(get(c, i, i), 0));
  put(c, () => 5);
  packRows(instance, panels, rowsOf(b, 0, 0));
  multiplyTransposed(instance, c, { ...a, columns: 3, rows: 0 }, panels, 0, SET);
  for (const i of [0, 1, 2]) assert.ok(Object.is(get(c, i, i), 0));
});

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
          for (let s = 0; s <= p; s++) copy[cell(scores, i, s)] = dot(row(query, i), row(key, s));
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
              settle(copy, cell(out, i, j), dot(row(weights, i, p + 1), column(values, j)), mode);
            }
          });
        },
      );
    }
  }
});

laws('mixing transposed sums over the rows that see a key, and reads zeros to the end of four places at most', () => {
  for (const { T, e, positions } of sequences()) {
    const room = openRoom(T * e);
    const weights = planWeights(room.planner, 'weights', positions.length, T);
    const random = uniforms(e);
    positions.forEach((p, i) => {
      put(columnsOf(rowsOf(weights, i, 1), 0, (p | 3) + 1), (_, s) => (s <= p ? 2 * random() - 1 : 0));
    });
    const x = room.random('x', positions.length, e, T % 3);
    const out = room.random('out', T + 1, e, T % 4);
    const queries = queriesOf(room, positions);
    const panels = planPanels(room.planner, 'panels', positions.length, e);
    packRows(instance, panels, x);
    for (const mode of [SET, ADD] as const) {
      room.compare(
        `T = ${T}, e = ${e}, rows ${positions}, mode ${mode}`,
        () => causalMixTransposed(instance, out, weights, panels, queries, mode),
        (copy) => {
          for (let s = 0; s < T; s++) {
            const first = positions.filter((p) => p < s).length;
            const seen = column(weights, s).subarray(first);
            for (let j = 0; j < e; j++) {
              settle(copy, cell(out, s, j), dot(seen, column(x, j).subarray(first)), mode);
            }
          }
        },
      );
    }
  }
});

laws('sizes that do not fit are refused by name', () => {
  const room = openRoom(1);
  const [a, b, c] = [room.random('left', 3, 4), room.random('right', 4, 5), room.random('out', 3, 5)];
  const panels = planPanels(room.planner, 'panels', 4, 5);
  productNN(instance, c, a, b, panels);
  const small = planPanels(room.planner, 'small panels', 3, 5);
  assert.throws(() => productNN(instance, c, a, b, small), /panels of small panels: expected 0 to 48, got 64/);
  assert.throws(() => productNT(instance, c, a, b, panels), /columns of right: expected 4, got 5/);
  assert.throws(() => productTN(instance, c, a, b, panels), /rows of right: expected 3, got 4/);
  assert.throws(() => multiply(instance, c, a, panels, 4, SET), /rows of out: expected 0 to 3, got 4/);
  assert.throws(() => packRows(instance, panels, b, 5), /rows of right: expected 0 to 4, got 5/);
  assert.throws(() => multiplyTransposed(instance, c, a, panels, 3, SET), /out: expected \[4, 5\], got \[3, 5\]/);
});

laws('causal products refuse what does not fit by name', () => {
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
  assert.throws(
    () => causalMixTransposed(instance, x, weights, panels, queries(2), SET),
    /rows of x: expected 0 to 4, got 5/,
  );
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
    () => causalMixTransposed(instance, tall, weights, small, queries(2), SET),
    /small panels: expected .*, got 64/,
  );
});

laws.run();
