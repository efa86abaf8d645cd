/** Scores from a table of four parts, and their gradient's way back into it, against plain float32 loops. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsOf, type Matrix, type Region, rowsOf } from '../../../bindings/arena.js';
import { planWeights } from '../../../bindings/softmax.js';
import { type ScoreTable, tableScores, tableScoresBackward } from '../../../bindings/table.js';
import { firstPosition } from '../../../src/model/table-attention.js';
import { uniforms } from '../uniforms.js';
import { cell, get, instance, openRoom, put, type Room, SIZES } from './harness.js';

const laws = suite('score table');

const { fround } = Math;

/** A table whose four parts are numbers and whose gaps, between the tokens and the positions, are NaN. */
function tableFor(room: Room, vocab: number, T: number): ScoreTable {
  const first = firstPosition(vocab);
  const size = first + T;
  const table = room.planner.matrix('table', size, size, Math.ceil(size / 16) * 16);
  const random = uniforms(vocab + T);
  for (const [row, rows] of [
    [0, vocab],
    [first, T],
  ] as const) {
    for (const [column, columns] of [
      [0, vocab],
      [first, T],
    ] as const) {
      put(columnsOf(rowsOf(table, row, rows), column, columns), () => 2 * random() - 1);
    }
  }
  return { matrix: table, firstPosition: first, vocab, scratch: room.planner.region('scratch', 'f32', vocab) };
}

interface Sequence {
  readonly room: Room;
  readonly table: ScoreTable;
  readonly scores: Matrix;
  readonly ids: readonly number[];
  readonly tokens: Region<'i32'>;
  readonly scratch: Matrix;
  readonly about: string;
}

/** Every length with several vocabularies, and every vocabulary with several lengths. */
function* sequences(): Generator<Sequence> {
  for (const size of SIZES) {
    for (const other of [1, 2 + (size % 5), 16, 17, 33]) {
      for (const [T, vocab] of [
        [size, other],
        [other, size],
      ] as const) {
        const room = openRoom(T * vocab);
        const random = uniforms(T + vocab);
        const table = tableFor(room, vocab, T);
        const scores = planWeights(room.planner, 'scores', T, T);
        const ids = Array.from({ length: T }, () => Math.floor(vocab * random()));
        const scratch = { ...table.scratch, rows: 1, columns: vocab, stride: vocab };
        yield {
          room,
          table,
          scores,
          ids,
          tokens: room.indices('tokens', ids),
          scratch,
          about: `T = ${T}, N = ${vocab}`,
        };
      }
    }
  }
}

laws('a score is the sum of its four entries in the documented order, and none past the diagonal is written', () => {
  for (const { room, table: parts, scores, ids, tokens, scratch, about } of sequences()) {
    const { matrix: table, firstPosition: first } = parts;
    room.compare(
      about,
      () => tableScores(instance, scores, parts, tokens),
      (copy) => {
        ids.forEach((query, t) => {
          ids.slice(0, t + 1).forEach((key, s) => {
            const byToken = fround(get(table, query, key) + get(table, first + t, key));
            const byPlace = fround(get(table, query, first + s) + get(table, first + t, first + s));
            copy[cell(scores, t, s)] = byToken + byPlace;
          });
        });
      },
      [scratch],
    );
  }
});

laws('a gradient goes into its four places, query by query, the keys of a token summed first', () => {
  for (const { room, table: parts, scores, ids, tokens, scratch, about } of sequences()) {
    const { matrix: table, firstPosition: first, vocab } = parts;
    const random = uniforms(ids.length);
    ids.forEach((_, t) => {
      put(columnsOf(rowsOf(scores, t, 1), 0, t + 1), () => 2 * random() - 1);
    });
    room.compare(
      about,
      () => tableScoresBackward(instance, parts, scores, tokens),
      (copy) => {
        ids.forEach((query, t) => {
          const byToken = new Float32Array(vocab);
          ids.slice(0, t + 1).forEach((key, s) => {
            const g = get(scores, t, s);
            for (const row of [query, first + t]) copy[cell(table, row, first + s)]! += g;
            byToken[key]! += g;
          });
          for (const row of [query, first + t]) {
            for (const [j, g] of byToken.entries()) copy[cell(table, row, j)]! += g;
          }
        });
      },
      [scratch],
    );
  }
});

laws('tables that are too small are refused by name', () => {
  const room = openRoom(1);
  const parts = tableFor(room, 5, 4);
  const scores = planWeights(room.planner, 'scores', 5, 5);
  const tokens = room.indices('tokens', [0, 1, 2, 3, 4]);
  assert.throws(() => tableScores(instance, scores, parts, tokens), /positions of table: expected 0 to 4, got 5/);
  assert.throws(
    () => tableScoresBackward(instance, { ...parts, vocab: 6 }, rowsOf(scores, 0, 3), tokens),
    /tokens of table: expected .*, got 6/,
  );
  const few = room.indices('few tokens', [0, 1]);
  assert.throws(
    () => tableScores(instance, rowsOf(scores, 0, 3), parts, few),
    /rows of scores.*: expected 0 to 2, got 3/,
  );
});

laws.run();
