/**
 * Weights as associative memories (paper, section 4). A matrix W stores the pair (i, j) when, of all outputs, v_j has
 * the highest score for the input u_i: argmax_{j'} v_{j'}ᵀ W u_i = j.
 */
import { type Matrix64, timesTransposed, transposedTimes } from '../algebra/matrix64.js';

/** Pair n says that input row `inputs[n]` belongs to output row `outputs[n]`. */
export interface Associations {
  readonly inputs: ArrayLike<number>;
  readonly outputs: ArrayLike<number>;
}

export interface Memory {
  /** u_i as rows: [inputs, d_in]. */
  readonly inputs: Matrix64;
  /** v_j as rows: [outputs, d_out]. */
  readonly outputs: Matrix64;
  /** W: [d_out, d_in]. */
  readonly weights: Matrix64;
}

/** What a table of scores recalls. null: a mean over nothing. */
export interface Reading {
  /** Share of the associations whose own output has the highest score; of equal scores the lowest index wins. */
  readonly recall: number | null;
  /** Mean of the right score minus the best wrong one, over associations that have a wrong one. */
  readonly margin: number | null;
}

/** How a table is read where it is not read whole and evenly. Both functions are given an association's input row. */
export interface ReadingRules {
  /** Only the outputs 0 … candidates - 1 compete. */
  readonly candidates?: (input: number) => number;
  /** The association's weight in both means. */
  readonly weight?: (input: number) => number;
}

/** W = Σ_n v_n u_nᵀ over the rows of both: [d_out, d_in], the memory of the pairs (n, n). */
export function storeAssociations(outputs: Matrix64, inputs: Matrix64): Matrix64 {
  return transposedTimes(outputs, inputs);
}

/** scores[i, j] = v_jᵀ W u_i: [inputs, outputs]. */
export function associationScores(outputs: Matrix64, weights: Matrix64, inputs: Matrix64): Matrix64 {
  return timesTransposed(timesTransposed(inputs, weights), outputs);
}

/** R(W): the share of the associations that the memory recalls. */
export function memoryRecall(memory: Memory, associations: Associations): number | null {
  return recallAndMargin(associationScores(memory.outputs, memory.weights, memory.inputs), associations).recall;
}

/** Recall and margin of a table of scores [inputs, outputs], in the associations' order. */
export function recallAndMargin(scores: Matrix64, associations: Associations, rules: ReadingRules = {}): Reading {
  const { columns, data } = scores;
  const { inputs, outputs } = associations;
  const { candidates, weight } = rules;
  let asked = 0;
  let recalled = 0;
  let compared = 0;
  let margins = 0;
  for (let n = 0; n < inputs.length; n++) {
    const input = inputs[n]!;
    const output = outputs[n]!;
    const row = input * columns;
    const end = row + (candidates === undefined ? columns : candidates(input));
    const w = weight === undefined ? 1 : weight(input);
    const right = data[row + output]!;
    let before = -Infinity;
    let after = -Infinity;
    for (let p = row; p < row + output; p++) if (data[p]! > before) before = data[p]!;
    for (let p = row + output + 1; p < end; p++) if (data[p]! > after) after = data[p]!;
    asked += w;
    if (right > before && right >= after) recalled += w;
    if (end - row > 1) {
      compared += w;
      margins += w * (right - Math.max(before, after));
    }
  }
  return { recall: asked > 0 ? recalled / asked : null, margin: compared > 0 ? margins / compared : null };
}

/** The pairs (from, from), …, (to - 1, to - 1): none when `to` ≤ `from`. */
export function diagonal(from: number, to: number): Associations {
  const ids = Int32Array.from({ length: Math.max(0, to - from) }, (_, n) => from + n);
  return { inputs: ids, outputs: ids };
}
