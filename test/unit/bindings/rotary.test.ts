import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fillRotary, fillSinusoidal, planRotary, rotate } from '../../../bindings/rotary.js';
import { readGolden } from '../twin/golden.js';
import { dot, getAll, instance, near, openRoom, put, putAll, randomValues, row } from './harness.js';

const rotary = suite('rotary and sinusoidal positions');

const angle = (t: number, pair: number, width: number) => t * 10000 ** ((-2 * pair) / width);

/** A filled table, a window of a wider matrix, rows × e, and room for positions of its rows. */
function laid(rows: number, e: number, length = rows) {
  const { planner, window, writes } = openRoom();
  const table = planRotary(planner, 'rotary', length, e);
  const x = window('x', rows, e, 2, 1);
  const positions = planner.region('positions', 'i32', rows);
  writes([table.cosines, table.sines], () => fillRotary(instance, table));
  const values = randomValues(rows * e, e);
  putAll(x, values);
  return { table, x, positions, writes, values };
}

/** Pairs turned by direction · angle of their row's position, in float64. */
function plain(x: Float32Array, e: number, direction: number, position: (row: number) => number): Float64Array {
  const out = Float64Array.from(x);
  for (let r = 0; r * e < x.length; r++) {
    for (let i = 0; 2 * i + 1 < e; i++) {
      const turn = direction * angle(position(r), i, e);
      const [a, b] = [x[r * e + 2 * i]!, x[r * e + 2 * i + 1]!];
      out[r * e + 2 * i] = a * Math.cos(turn) - b * Math.sin(turn);
      out[r * e + 2 * i + 1] = a * Math.sin(turn) + b * Math.cos(turn);
    }
  }
  return out;
}

rotary('turning equals the plain float64 loop at every width, both ways, on windows with strides', () => {
  for (let e = 1; e <= 33; e++) {
    for (const direction of [1, -1] as const) {
      const { table, x, writes, values } = laid(7, e);
      writes([x], () => rotate(instance, x, table, direction));
      near(
        `width ${e}`,
        getAll(x),
        plain(values, e, direction, (r) => r),
        3e-7,
      );
    }
  }
});

rotary('rows may stand at positions of their own', () => {
  for (const e of [2, 5, 8, 12]) {
    const { table, x, positions, writes, values } = laid(6, e, 300);
    const places = [0, 299, 17, 17, 255, 1];
    instance.view(positions).set(places);
    writes([x], () => rotate(instance, x, table, 1, 6, positions));
    near(
      `width ${e}`,
      getAll(x),
      plain(values, e, 1, (r) => places[r]!),
      3e-7,
    );
  }
});

rotary('an odd width leaves its last column unturned; -1 undoes 1; other rows are left alone', () => {
  const { table, x, writes, values } = laid(9, 7);
  writes([{ ...x, rows: 4 }], () => rotate(instance, x, table, 1, 4));
  const turned = getAll(x);
  for (let r = 0; r < 9; r++) assert.is(turned[r * 7 + 6], values[r * 7 + 6]);
  rotate(instance, x, table, -1, 4);
  near('there and back', getAll(x), values, 3e-7);
});

rotary('a product of turned rows depends on their distance alone', () => {
  const e = 8;
  const { table, x } = laid(40, e);
  const values = randomValues(e, 1);
  put(x, (_, c) => values[c]!);
  rotate(instance, x, table, 1);
  const product = (s: number, t: number) => dot(row(x, s), row(x, t));
  for (let s = 0; s < 33; s++) near(`rows ${s}, ${s + 7}`, [product(s, s + 7)], [product(0, 7)], 1e-5);
});

rotary('shapes that do not fit are refused', () => {
  const { table, x } = laid(6, 4);
  assert.throws(() => rotate(instance, { ...x, columns: 5 }, table, 1), /x.*expected 4, got 5/);
  assert.throws(() => rotate(instance, { ...x, rows: 9 }, table, 1), /expected 0 to 6, got 9/);
  assert.throws(() => rotate(instance, x, table, 1, 7), /expected .*, got 7/);
});

rotary('the sinusoidal table equals its formula at every width, to one rounding', () => {
  for (let d = 1; d <= 33; d++) {
    const { window, writes } = openRoom();
    const pe = window('pe', 21, d, 1, 1);
    writes([pe], () => fillSinusoidal(instance, pe));
    const wanted = Array.from({ length: 21 * d }, (_, i) => {
      const [t, c] = [Math.floor(i / d), i % d];
      return (c % 2 ? Math.cos : Math.sin)(angle(t, Math.floor(c / 2), d));
    });
    near(`width ${d}`, getAll(pe), wanted, 6e-8);
  }
});

rotary("the sinusoidal table is PyTorch's", () => {
  const { parameters } = readGolden('simplified-mlp-sinusoidal').data;
  const { shape, values } = parameters.pe!;
  const pe = openRoom().window('pe', shape[0]!, shape[1]!);
  fillSinusoidal(instance, pe);
  near('pe', getAll(pe), values, 5e-7);
});

rotary.run();
