import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MemoryView } from '../../../../../src/lab/border/view.js';
import { cellAt, mapHeight } from '../../../../../src/lab/panels/drawing/map.js';
import {
  largest,
  memorySentence,
  readMemory,
  rowProbabilities,
  standingOut,
} from '../../../../../src/lab/panels/wording/ranks.js';

const laws = suite('rows as a reader sees them');

const values = fc.integer({ min: 1, max: 9 }).chain((columns) =>
  fc.record({
    columns: fc.constant(columns),
    data: fc
      .array(fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: columns, maxLength: columns }), {
        minLength: 1,
        maxLength: 5,
      })
      .map((rows) => rows.flat()),
  }),
);

laws('the largest entries are those that sorting gives, ties from the left', () => {
  fc.assert(
    fc.property(values, fc.nat(8), fc.integer({ min: 1, max: 4 }), ({ columns, data }, last, most) => {
      const count = Math.min(last + 1, columns);
      const sorted = data
        .slice(0, count)
        .map((value, column) => ({ column, value }))
        .sort((a, b) => b.value - a.value || a.column - b.column);
      assert.equal(largest(data, columns, 0, count, most), sorted.slice(0, most));
    }),
  );
});

laws('standing out has mean 0 and deviation 1 in every row, whatever the scale of the matrix', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 1000 }), ({ columns, data }, scale) => {
      const out = standingOut(data, columns);
      const scaled = standingOut(
        data.map((value) => scale * value),
        columns,
      );
      for (let from = 0; from < data.length; from += columns) {
        const source = data.slice(from, from + columns);
        if (Math.max(...source) - Math.min(...source) < 1e-3) continue;
        const row = [...out.subarray(from, from + columns)];
        assert.ok(Math.abs(row.reduce((sum, x) => sum + x, 0)) < 1e-4 * columns);
        assert.ok(Math.abs(row.reduce((sum, x) => sum + x * x, 0) / columns - 1) < 1e-4);
        for (let n = 0; n < columns; n++) assert.ok(Math.abs(row[n]! - scaled[from + n]!) < 1e-3);
      }
    }),
  );
  assert.equal([...standingOut([3, 3, 3], 3)], [0, 0, 0]);
});

laws('probabilities of a row sum to 1, however large its logits', () => {
  const rows = rowProbabilities([1000, 1000, -1000, 0, 0, 0], 3);
  assert.equal([...rows.subarray(0, 3)], [0.5, 0.5, 0]);
  assert.ok(Math.abs(rows[3]! + rows[4]! + rows[5]! - 1) < 1e-6);
});

laws('a row in words names its answers from the loudest and says whether it is right', () => {
  const memory: MemoryView = {
    id: 'wo1',
    label: 'W_O²',
    meaning: '',
    inputs: ['a', 'b', 'c'],
    outputs: ['a', 'b', 'c'],
    scores: Float32Array.of(9, 1, 2, 4, 0, 0, 0, 0, 5),
    ideal: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    recall: 2 / 3,
  };
  const reading = readMemory(memory, memory.scores);
  assert.match(memorySentence(memory, reading, 0), /^Asked with “a”, it answers “a” \(1\.4\)\. ✓ Right\.$/);
  assert.match(memorySentence(memory, reading, 1), /answers “a” .*✗ It should be “b”\./);
  const ideal = readMemory(memory, memory.ideal);
  for (const [n, level] of ideal.levels.entries()) assert.is(level, n % 4 === 0 ? 1 : 0);
});

laws('the point in the middle of a cell is found in that cell, and points beside the map in none', () => {
  const picture = {
    rows: 3,
    columns: 5,
    source: [],
    level: () => 0,
    rowName: String,
    columnName: String,
    row: null,
    marked: [],
  };
  const width = 228;
  const cell = 40;
  const left = width - 2 - 5 * cell;
  const top = mapHeight(picture, width) - 2 - 3 * cell;
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 5; column++) {
      assert.equal(cellAt(picture, width, left + (column + 0.5) * cell, top + (row + 0.5) * cell), { row, column });
    }
  }
  assert.is(cellAt(picture, width, left - 1, top + 1), null);
  assert.is(cellAt(picture, width, left + 1, top + 3 * cell + 1), null);
});

laws.run();
