/** The score table of a first layer that reads tokens and positions: scores as sums of four of its entries. */
import type { Matrix, Region } from './arena.js';
import { within } from './checks.js';
import type { Instance } from './instance.js';

/** Where the four parts of a score table begin: token rows and columns at 0, positions at `firstPosition`. */
export interface ScoreTable {
  readonly matrix: Matrix;
  readonly firstPosition: number;
  readonly vocab: number;
  /** f32[vocab]. */
  readonly scratch: Region<'f32'>;
}

/** scores[t, s] for s ≤ t as sums of four table entries. */
export function tableScores(instance: Instance, scores: Matrix, table: ScoreTable, tokens: Region<'i32'>): void {
  guardTable(scores, table, tokens);
  instance.exports.tableScores(
    scores.offset,
    scores.stride,
    table.matrix.offset,
    table.matrix.stride,
    table.firstPosition,
    tokens.offset,
    scores.rows,
    table.vocab,
    table.scratch.offset,
  );
}

/** table += the gradient of the scores, each entry into its four places. */
export function tableScoresBackward(
  instance: Instance,
  table: ScoreTable,
  dscores: Matrix,
  tokens: Region<'i32'>,
): void {
  guardTable(dscores, table, tokens);
  instance.exports.tableScoresBackward(
    table.matrix.offset,
    table.matrix.stride,
    table.firstPosition,
    dscores.offset,
    dscores.stride,
    tokens.offset,
    dscores.rows,
    table.vocab,
    table.scratch.offset,
  );
}

function guardTable(scores: Matrix, table: ScoreTable, tokens: Region<'i32'>): void {
  within(`rows of ${scores.name}`, scores.rows, tokens.length);
  within(`positions of ${table.matrix.name}`, scores.rows, table.matrix.columns - table.firstPosition);
  within(`tokens of ${table.matrix.name}`, table.vocab, Math.min(table.firstPosition, table.scratch.length));
}
