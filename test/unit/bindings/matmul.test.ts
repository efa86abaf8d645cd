/** Matrix products against plain float32 loops in the documented order: every bit, at every size. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Matrix, rowsOf } from '../../../bindings/arena.js';
import {
  type Accumulate,
  ADD,
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
import { asRow, cell, dot, get, instance, openRoom, put, SIZES } from './room.js';

const laws = suite('matrix products');

/** Pairs of sizes with a third that takes every value too. */
function* triples(): Generator<[number, number, number]> {
  for (const x of SIZES) for (const y of SIZES) yield [x, y, 1 + ((7 * x + 5 * y) % 33)];
}

/** c(i, j) into a copy of the room: Σ_k, or what is there plus that. */
function plainProduct(
  copy: Float32Array,
  c: Matrix,
  [rows, depth]: readonly [number, number],
  a: (i: number, k: number) => number,
  b: (k: number, j: number) => number,
  mode: Accumulate,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < c.columns; j++) {
      const sum = dot(
        depth,
        (k) => a(i, k),
        (k) => b(k, j),
      );
      copy[cell(c, i, j)] = mode === ADD ? copy[cell(c, i, j)]! + sum : sum;
    }
  }
}

laws('panels hold strips of 16 columns, depth by depth, with zeros past the last column', () => {
  for (const [depth, columns, spare] of triples()) {
    const room = openRoom(depth);
    const used = 1 + (spare % depth);
    const b = room.random('b', depth, columns, spare % 4);
    const turned = room.random('turned', columns, used, spare % 5);
    const panels = planPanels(room.planner, 'panels', used, columns);
    const plain = (entry: (k: number, j: number) => number) => (copy: Float32Array) => {
      for (let p = 0; 16 * p < columns; p++) {
        for (let k = 0; k < used; k++) {
          for (let j = 0; j < 16; j++) {
            const at = panels.region.offset / 4 + (p * used + k) * 16 + j;
            copy[at] = 16 * p + j < columns ? entry(k, 16 * p + j) : 0;
          }
        }
      }
    };
    const about = `${used} × ${columns}`;
    room.compare(
      about,
      () => packRows(instance, panels, b, used),
      plain((k, j) => get(b, k, j)),
    );
    room.compare(
      about,
      () => packTransposed(instance, panels, turned),
      plain((k, j) => get(turned, j, k)),
    );
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
        (copy) =>
          plainProduct(
            copy,
            c,
            [m, k],
            (i, l) => get(a, i, l),
            (l, j) => get(b, l, j),
            mode,
          ),
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
        (copy) =>
          plainProduct(
            copy,
            c,
            [m, k],
            (i, l) => get(a, l, i),
            (l, j) => get(b, l, j),
            mode,
          ),
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
      const check = (
        about: string,
        product: () => void,
        left: (i: number, l: number) => number,
        right: (l: number, j: number) => number,
      ) => room.compare(about, product, (copy) => plainProduct(copy, c, [m, k], left, right, mode), scratch);
      const [right, turned] = [(l: number, j: number) => get(b, l, j), (l: number, j: number) => get(bT, j, l)];
      check(
        'nn',
        () => productNN(instance, c, a, b, panels, mode),
        (i, l) => get(a, i, l),
        right,
      );
      check(
        'nt',
        () => productNT(instance, c, a, bT, panels, mode),
        (i, l) => get(a, i, l),
        turned,
      );
      check(
        'tn',
        () => productTN(instance, c, aT, b, panels, mode),
        (i, l) => get(aT, l, i),
        right,
      );
    }
  }
});

laws('rows of zeros left out of a sum change no bit', () => {
  const rows = fc.array(fc.boolean(), { minLength: 1, maxLength: 33 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 33 }), (kept, m, n) => {
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

laws.run();
