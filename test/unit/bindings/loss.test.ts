/** Cross-entropy against plain float32 loops: every bit, at every width. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { rowsOf } from '../../../bindings/arena.js';
import { crossEntropy } from '../../../bindings/loss.js';
import { createMath, expInto } from '../../../bindings/math.js';
import { uniforms } from '../uniforms.js';
import { cell, instance, openRoom, put, row, SIZES } from './harness.js';

const laws = suite('cross-entropy');

const { fround } = Math;

/** The documented order: four running sums, then the lanes. */
function sum4(values: readonly number[]): number {
  const lanes = new Float32Array(4);
  values.forEach((value, j) => {
    lanes[j % 4]! += value;
  });
  return fround(fround(lanes[0]! + lanes[1]!) + fround(lanes[2]! + lanes[3]!));
}

laws('cross-entropy and its gradient sum in their documented order, and agree with float64', () => {
  const { log } = createMath(instance);
  for (const [columns, odd] of SIZES.flatMap((size) => [[size, 0] as const, [size, 1] as const])) {
    const rows = 1 + ((3 * columns + odd) % 6);
    const room = openRoom();
    const random = uniforms(10 * columns + odd);
    const stride = 4 * Math.ceil(columns / 4) + 4 * odd;
    const logits = room.planner.matrix('logits', rows + 1, columns, stride);
    put(rowsOf(logits, 0, rows), () => 30 * (random() - 0.5));
    const places = Array.from({ length: rows }, (_, i) => 2 * i + odd);
    const labels = Array.from({ length: 2 * rows + 1 }, () => Math.floor(columns * random()));
    const losses = room.planner.matrix('losses', 1, rows + 1);
    const powers = room.planner.matrix('powers', 1, columns);
    const targets = room.indices('targets', labels);
    const positions = room.indices('positions', places);
    const expected = places.map((place, i) => {
      const target = labels[place]!;
      const x = [...row(logits, i)];
      const max = Math.max(...x);
      put(powers, (_, j) => x[j]! - max);
      expInto(instance, powers, powers);
      const e = [...row(powers, 0)];
      const sum = sum4(e);
      const share = fround(1 / sum);
      const gradient = e.map((power, j) => (j === target ? 0 : fround(power * share)));
      gradient[target] = -sum4(gradient);
      const loss = fround(log(sum) + max - x[target]!);

      const total = x.reduce((a, b) => a + Math.exp(b - max), 0);
      assert.ok(Math.abs(loss - (Math.log(total) + max - x[target]!)) < 1e-6 * Math.max(1, loss));
      const others = x.reduce((a, b, j) => (j === target ? a : a + Math.exp(b - max)), 0);
      gradient.forEach((g, j) => {
        const exact = j === target ? -others / total : Math.exp(x[j]! - max) / total;
        assert.ok(Math.abs(g - exact) <= 3e-6 * Math.abs(exact), `${g} for ${exact}`);
      });
      return { loss, gradient };
    });
    room.compare(
      `${rows} × ${columns}`,
      () => crossEntropy(instance, losses, logits, targets, positions, rows),
      (copy) => {
        expected.forEach(({ loss, gradient }, i) => {
          copy[cell(losses, 0, i)] = loss;
          for (let j = 0; j < Math.ceil(columns / 4) * 4; j++) copy[cell(logits, i, j)] = gradient[j] ?? 0;
        });
      },
    );
  }
});

laws('sizes that do not fit are refused by name', () => {
  const room = openRoom();
  const [x, z] = [room.random('x', 3, 4), room.random('z', 3, 5)];
  const indices = room.indices('indices', [0, 1]);
  const flat = room.planner.region('flat', 'f32', 12);
  assert.throws(
    () => crossEntropy(instance, flat, z, indices, indices, 1),
    /stride of z, modulo 4: expected .*, got 1/,
  );
  assert.throws(
    () => crossEntropy(instance, flat, x, indices, indices, 3),
    /length of indices: expected 0 to 2, got 3/,
  );
});

laws.run();
