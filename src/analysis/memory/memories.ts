/**
 * The associative memories of a two-layer model (paper, section 4) read whole: each matrix between what it is asked
 * with and what it may answer, beside the same table of the memory that it should be.
 *
 *     wk0  row t - 1: W_Q¹ p_t        column s: W_K¹ p_s              layer 1 attends to the position before
 *     wk1  row k: W_Q² E[k]           column j: W_K² W_O¹ W_V¹ E[j]   layer 2 finds the token after an earlier k
 *     wo1  row k: W_O² W_V² E[k]      column j: U[j]                  layer 2 writes the token that it attends to
 *     ff1  row k: FF(E[k])            column j: U[j]                  layer 2 adds the bigram law
 *
 * Norms and the scale of attention are left out, and heads are summed.
 */

import { type Matrix64, productNT, rowRange, toMatrix } from '../algebra/matrix64.js';
import { singularValues } from '../algebra/singular.js';
import {
  applyMap,
  attentionName,
  embeddings,
  feedForward,
  feedForwardName,
  type ParameterOf,
  positions,
  relay,
  unembeddings,
} from '../model/weights.js';
import { type Associations, diagonal } from './associations.js';
import { idealFeedForward, idealInductionKey, idealOutput, idealPreviousKey, LEAST_PROBABILITY } from './ideal.js';
import type { ProbeInput } from './probes.js';
import { alignment, leakage, type UnwantedAssociation, unwantedAssociations } from './unwanted.js';

export interface HeldMemory {
  readonly id: 'wk0' | 'wk1' | 'wo1' | 'ff1';
  /** [inputs, outputs]. Those of wk0 are the positions 1 … T - 1 and 0 … T - 2, of the others all tokens. */
  readonly scores: Matrix64;
  /** The same table of a model that holds the ideal memory. */
  readonly ideal: Matrix64;
  /** Where it is one matrix: its parameter's name, and the matrix that it should be, [d, d]. */
  readonly matrix: { readonly parameter: string; readonly ideal: Float32Array } | null;
  /** The pairs that it should hold; null for ff1, which holds a law. */
  readonly wanted: Associations | null;
}

/** What the memory probes do not say. null: a mean over nothing. */
export interface MemoryReport {
  /** Cosine of the matrix and its ideal; null where the memory is no single one. */
  readonly alignment: number | null;
  /** Noise beside signal in the table of scores. */
  readonly leakage: number | null;
  /** Of the matrix, the largest first; null where the memory is no single one. */
  readonly singularValues: Float64Array | null;
  /** The pairs that drown a wanted one, the loudest first. */
  readonly unwanted: readonly UnwantedAssociation[];
}

/**
 * The memories that the model's first two layers have: none of a model with one layer, no wk0 where positions have no
 * table, no ff1 without a feed-forward block in the second layer.
 */
export function heldMemories({
  model,
  parameter,
  triggers,
  laws,
  log,
}: Omit<ProbeInput, 'exp'>): readonly HeldMemory[] {
  if (model.layers < 2) return [];
  const held: HeldMemory[] = [];
  /** One matrix, read before and after the ideal one has taken its place. */
  const hold = (
    id: HeldMemory['id'],
    name: string,
    ideal: Float32Array,
    wanted: Associations,
    read: (parameter: ParameterOf) => Matrix64,
  ) => {
    const holding: ParameterOf = (asked) => (asked === name ? ideal : parameter(asked));
    held.push({ id, scores: read(parameter), ideal: read(holding), matrix: { parameter: name, ideal }, wanted });
  };

  const P = positions(model, parameter);
  if (P !== null && P.rows > 1) {
    const last = P.rows - 1;
    hold('wk0', attentionName(0, 'key'), idealPreviousKey(model, parameter), diagonal(0, last), (from) =>
      productNT(
        applyMap(model, from, 0, 'query', rowRange(P, 1, P.rows)),
        applyMap(model, from, 0, 'key', rowRange(P, 0, last)),
      ),
    );
  }
  const E = embeddings(model, parameter);
  const U = unembeddings(model, parameter);
  const N = model.vocabSize;
  const tokens = triggers ?? Int32Array.from({ length: N }, (_, k) => k);
  const key = idealInductionKey(model, parameter, 1, { tokens: triggers });
  const relayed = relay(model, parameter, 0, E);
  hold('wk1', attentionName(1, 'key'), key, { inputs: tokens, outputs: tokens }, (from) =>
    productNT(applyMap(model, from, 1, 'query', E), applyMap(model, from, 1, 'key', relayed)),
  );
  const written = (from: ParameterOf) => productNT(relay(model, from, 1, E), U);
  if (model.projections.output) {
    hold('wo1', attentionName(1, 'output'), idealOutput(model, parameter), diagonal(0, N), written);
  } else {
    const ideal = {
      rows: N,
      columns: N,
      data: Float64Array.from({ length: N * N }, (_, n) => Number(n % (N + 1) === 0)),
    };
    held.push({ id: 'wo1', scores: written(parameter), ideal, matrix: null, wanted: diagonal(0, N) });
  }
  const spoken = feedForward(model, parameter, 1, E);
  if (spoken !== null) {
    const data = laws.bigramLaw.map((p) => log(Math.max(p, LEAST_PROBABILITY)));
    const matrix =
      model.ffn[1] === 'linear'
        ? { parameter: feedForwardName(1), ideal: idealFeedForward(model, parameter, laws, log) }
        : null;
    held.push({ id: 'ff1', scores: productNT(spoken, U), ideal: { rows: N, columns: N, data }, matrix, wanted: null });
  }
  return held;
}

/** Looks into one of them. `most`: unwanted associations that are named. */
export function reportMemory(
  { scores, matrix, wanted }: HeldMemory,
  parameter: ParameterOf,
  most = Infinity,
): MemoryReport {
  const weights = matrix && parameter(matrix.parameter);
  const d = Math.sqrt(weights?.length ?? 0);
  return {
    alignment: weights && alignment(weights, matrix!.ideal),
    leakage: wanted && leakage(scores, wanted),
    singularValues: weights && singularValues(toMatrix(weights, d, d)),
    unwanted: wanted === null ? [] : unwantedAssociations(scores, wanted, most),
  };
}
