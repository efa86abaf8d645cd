import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HeadView } from '../../../../../src/lab/border/view.js';
import { type Arc, arcsOf, CELL } from '../../../../../src/lab/panels/drawing/arcs.js';

const laws = suite('attention as arcs');

function head(T: number, weight: (t: number, s: number) => number, layer = 0): HeadView {
  const weights = new Float32Array(T * T);
  for (let t = 0; t < T; t++) for (let s = 0; s <= t; s++) weights[t * T + s] = weight(t, s);
  return { layer, head: 0, silenced: false, weights };
}

/** Where an arc starts and ends, in letters, and how far it reaches from its line. */
function endsOf({ path }: Arc) {
  const [x0, y0, , peak, , , x1] = path.match(/-?[\d.]+/g)!.map(Number) as number[];
  return { from: x0! / CELL - 0.5, to: x1! / CELL - 0.5, reach: 0.75 * (peak! - y0!) };
}

laws('every arc stays in the drawing, layer 1 above the letters, layer 2 below, at any length', () => {
  for (const T of [1, 2, 5, 24, 64, 300]) {
    const even = head(T, (t) => 1 / (t + 1));
    for (const chosen of new Set([0, Math.floor(T / 2), T - 1])) {
      const arcs = arcsOf(T, chosen, even, even);
      for (const [side, sign] of [
        [arcs.above, -1],
        [arcs.below, 1],
      ] as const) {
        for (const arc of side) {
          const y = Number(arc.path.match(/-?[\d.]+/g)![1]);
          const { reach } = endsOf(arc);
          assert.ok(sign * reach > 0);
          assert.ok(y + reach > arc.width / 2 && y + reach < arcs.height - arc.width / 2, `${T}: ${y} ${reach}`);
        }
      }
    }
  }
});

laws('arcs go from each query to its keys, wider with the weight; the deciding look is strong, and its note', () => {
  const T = 6;
  const note = head(T, (t, s) => (s === Math.max(t - 1, 0) ? 1 : 0));
  const find = head(T, (t, s) => (t === 5 ? (s === 2 ? 0.7 : 0.1) : s === t ? 1 : 0), 1);
  const { above, below, read } = arcsOf(T, 5, note, find);
  assert.is(read, 2);
  assert.equal(
    above
      .map(endsOf)
      .filter(({ from, to }) => Math.round(from) !== Math.round(to))
      .map(({ from, to }) => [from, to]),
    [1, 2, 3, 4, 5].map((t) => [t, t - 1]),
  );
  const strong = [...above, ...below].filter((arc) => arc.strong).map(endsOf);
  assert.equal(
    strong.map(({ from, to }) => [from, to]),
    [
      [2, 1],
      [5, 2],
    ],
  );
  const widths = below.map(({ width }) => width);
  assert.is(Math.max(...widths), widths[0]);
  assert.is(
    arcsOf(
      T,
      4,
      note,
      head(T, (t) => 1 / (t + 1), 1),
    ).read,
    null,
  );
});

laws.run();
