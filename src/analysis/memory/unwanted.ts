/** What a memory holds besides what it was asked to hold, and how near a trained matrix has come to the ideal one. */

import { frobeniusNorm, type Matrix64 } from '../algebra/matrix64.js';
import type { Associations } from './associations.js';

/** An association that is not wanted and scores above the wanted one of its input. */
export interface UnwantedAssociation {
  readonly input: number;
  readonly output: number;
  /** Its score minus the highest wanted score of the same input: above 0. */
  readonly excess: number;
}

/**
 * The pairs of a table of scores [inputs, outputs] that score above a wanted one, the highest first; at most `limit`.
 * Inputs without a wanted output are left out. Of equal excess the lower input, then the lower output comes first.
 */
export function unwantedAssociations(scores: Matrix64, wanted: Associations, limit = Infinity): UnwantedAssociation[] {
  const { rows, columns, data } = scores;
  const isWanted = wantedCells(scores, wanted);
  const found: UnwantedAssociation[] = [];
  for (let input = 0; input < rows; input++) {
    let right = -Infinity;
    for (let j = 0; j < columns; j++) {
      if (isWanted[input * columns + j]) right = Math.max(right, data[input * columns + j]!);
    }
    if (right === -Infinity) continue;
    for (let output = 0; output < columns; output++) {
      const excess = data[input * columns + output]! - right;
      if (excess > 0 && !isWanted[input * columns + output]) found.push({ input, output, excess });
    }
  }
  found.sort((a, b) => b.excess - a.excess || a.input - b.input || a.output - b.output);
  return found.slice(0, limit);
}

/**
 * Root mean square of the unwanted scores over that of the wanted ones, a table's noise beside its signal: about √(2/d
 * + N/d²) for N pairs of Gaussian embeddings of width d. null where either is empty, or no wanted score is a number
 * other than 0.
 */
export function leakage(scores: Matrix64, wanted: Associations): number | null {
  const isWanted = wantedCells(scores, wanted);
  const squares = [0, 0];
  const counts = [0, 0];
  for (let n = 0; n < isWanted.length; n++) {
    squares[isWanted[n]!]! += scores.data[n]! ** 2;
    counts[isWanted[n]!]! += 1;
  }
  if (counts[0] === 0 || counts[1] === 0) return null;
  const ratio = Math.sqrt(squares[0]! / counts[0]! / (squares[1]! / counts[1]!));
  return Number.isFinite(ratio) ? ratio : null;
}

/** ⟨W, M⟩ / (|W| |M|) over all entries: 1 where they differ by a scale alone, about 0 where unrelated. */
export function alignment(weights: Float32Array | Float64Array, ideal: Float32Array | Float64Array): number | null {
  if (weights.length !== ideal.length) {
    throw new RangeError(
      `alignment: expected as many ideal entries as weights (${weights.length}), got ${ideal.length}`,
    );
  }
  let inner = 0;
  for (let n = 0; n < weights.length; n++) inner += weights[n]! * ideal[n]!;
  const lengths = frobeniusNorm(weights) * frobeniusNorm(ideal);
  return lengths === 0 ? null : inner / lengths;
}

/** 1 at the cells of the wanted pairs, 0 elsewhere. */
function wantedCells({ rows, columns }: Matrix64, { inputs, outputs }: Associations): Uint8Array {
  const cells = new Uint8Array(rows * columns);
  for (let n = 0; n < inputs.length; n++) cells[inputs[n]! * columns + outputs[n]!] = 1;
  return cells;
}
