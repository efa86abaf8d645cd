import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsOf } from '../../../bindings/arena.js';
import { fillRotary, fillSinusoidal, planRotary, rotate } from '../../../bindings/rotary.js';
import { readGolden } from '../twin/golden.js';
import { guarded, near, randomValues, readMatrix, writeMatrix } from './guarded.js';

const rotary = suite('rotary and sinusoidal positions');

const angle = (t: number, pair: number, width: number) => t * 10000 ** ((-2 * pair) / width);

/** A filled table and a window of a wider matrix, rows × e, with positions of its own. */
function laid(rows: number, e: number, positions = rows) {
  const all = guarded((planner) => ({
    table: planRotary(planner, 'rotary', positions, e),
    x: columnsOf(planner.matrix('x', rows, e + 3), 2, e),
    at: planner.region('positions', 'i32', rows),
  }));
  const { table, x } = all.at;
  all.writes([table.cosines, table.sines], () => fillRotary(all.instance, table));
  const values = randomValues(rows * e, e);
  writeMatrix(all.instance, x, values);
  return { ...all, values };
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
      const { instance, at, writes, values } = laid(7, e);
      writes([at.x], () => rotate(instance, at.x, at.table, direction));
      near(
        `width ${e}`,
        readMatrix(instance, at.x),
        plain(values, e, direction, (r) => r),
        3e-7,
      );
    }
  }
});

rotary('rows may stand at positions of their own', () => {
  for (const e of [2, 5, 8, 12]) {
    const { instance, at, writes, values } = laid(6, e, 300);
    const positions = [0, 299, 17, 17, 255, 1];
    instance.view(at.at).set(positions);
    writes([at.x], () => rotate(instance, at.x, at.table, 1, 6, at.at));
    near(
      `width ${e}`,
      readMatrix(instance, at.x),
      plain(values, e, 1, (r) => positions[r]!),
      3e-7,
    );
  }
});

rotary('an odd width leaves its last column unturned; -1 undoes 1; other rows are left alone', () => {
  const { instance, at, writes, values } = laid(9, 7);
  writes([{ ...at.x, rows: 4 }], () => rotate(instance, at.x, at.table, 1, 4));
  const turned = readMatrix(instance, at.x);
  for (let r = 0; r < 9; r++) assert.is(turned[r * 7 + 6], values[r * 7 + 6]);
  rotate(instance, at.x, at.table, -1, 4);
  near('there and back', readMatrix(instance, at.x), values, 3e-7);
});

rotary('a product of turned rows depends on their distance alone', () => {
  const e = 8;
  const { instance, at } = laid(40, e);
  const row = randomValues(e, 1);
  writeMatrix(
    instance,
    at.x,
    Float32Array.from({ length: 40 * e }, (_, i) => row[i % e]!),
  );
  rotate(instance, at.x, at.table, 1);
  const x = readMatrix(instance, at.x);
  const dot = (s: number, t: number) => row.reduce((sum, _, c) => sum + x[s * e + c]! * x[t * e + c]!, 0);
  for (let s = 0; s < 33; s++) near(`rows ${s}, ${s + 7}`, [dot(s, s + 7)], [dot(0, 7)], 1e-5);
});

rotary('shapes that do not fit are refused', () => {
  const { instance, at } = laid(6, 4);
  assert.throws(() => rotate(instance, { ...at.x, columns: 5 }, at.table, 1), /x.*expected 4, got 5/);
  assert.throws(() => rotate(instance, { ...at.x, rows: 9 }, at.table, 1), /expected 0 to 6, got 9/);
  assert.throws(() => rotate(instance, at.x, at.table, 1, 7), /expected .*, got 7/);
});

rotary('the sinusoidal table equals its formula at every width, to one rounding', () => {
  for (let d = 1; d <= 33; d++) {
    const { instance, at, writes } = guarded((planner) => columnsOf(planner.matrix('pe', 21, d + 2), 1, d));
    writes([at], () => fillSinusoidal(instance, at));
    const wanted = Array.from({ length: 21 * d }, (_, i) => {
      const [t, c] = [Math.floor(i / d), i % d];
      return (c % 2 ? Math.cos : Math.sin)(angle(t, Math.floor(c / 2), d));
    });
    near(`width ${d}`, readMatrix(instance, at), wanted, 6e-8);
  }
});

rotary("the sinusoidal table is PyTorch's", () => {
  const { parameters } = readGolden('simplified-mlp-sinusoidal').data;
  const { shape, values } = parameters.pe!;
  const { instance, at } = guarded((planner) => planner.matrix('pe', shape[0]!, shape[1]!));
  fillSinusoidal(instance, at);
  near('pe', instance.view(at), values, 5e-7);
});

rotary.run();
