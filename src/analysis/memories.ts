/**
 * The associative memories of a two-layer model (paper, section 4) read whole: each matrix between what it is asked with and what
 * it may answer, beside the same table of the memory that it should be.
 *
 *     wk0  row t - 1: W_Q¹ p_t        column s: W_K¹ p_s              layer 1 attends to the position before
 *     wk1  row k: W_Q² E[k]           column j: W_K² W_O¹ W_V¹ E[j]   layer 2 finds the token after an earlier k
 *     wo1  row k: W_O² W_V² E[k]      column j: U[j]                  layer 2 writes the token that it attends to
 *     ff1  row k: W_F E[k]            column j: U[j]                  layer 2 adds the bigram law
 *
 * Norms and the scale of attention are left out, and heads are summed.
 */
import { type Associations, diagonal } from './associations.js';
import { idealFeedForward, idealInductionKey, idealOutput, idealPreviousKey } from './ideal.js';
import type { ProbeInput } from './probes.js';
import { type Matrix64, productNT, rowRange, toMatrix } from './products.js';
import { singularValues } from './singular.js';
import { alignment, leakage, type UnwantedAssociation, unwantedAssociations } from './unwanted.js';
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
} from './weights.js';

export interface HeldMemory {
  readonly id: 'wk0' | 'wk1' | 'wo1' | 'ff1';
  /** The parameter that holds it: [d, d]. */
  readonly parameter: string;
  /** [inputs, outputs]. Those of wk0 are the positions 1 … T - 1 and 0 … T - 2, of the others all tokens. */
  readonly scores: Matrix64;
  /** The same table of a model that has the ideal memory in the parameter's place. */
  readonly ideal: Matrix64;
  /** The ideal memory itself: [d, d]. */
  readonly idealWeights: Float32Array;
  /** The pairs that it should hold; null for W_F, which holds a law. */
  readonly wanted: Associations | null;
}

/** What the memory probes do not say. null: a mean over nothing. */
export interface MemoryReport {
  /** Cosine of the matrix and its ideal. */
  readonly alignment: number | null;
  /** Noise beside signal in the table of scores. */
  readonly leakage: number | null;
  /** Of the matrix, the largest first. */
  readonly singularValues: Float64Array;
  /** The pairs that drown a wanted one, the loudest first. */
  readonly unwanted: readonly UnwantedAssociation[];
}

/**
 * The memories that the model's first two layers have: none of a model with one layer, no wk0 where positions have no table, no wo1
 * where W_O is the identity, no ff1 unless the second layer's feed-forward block is linear.
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
  const hold = (
    id: HeldMemory['id'],
    name: string,
    idealWeights: Float32Array,
    wanted: Associations | null,
    read: (parameter: ParameterOf) => Matrix64,
  ) => {
    const ideal = read((asked) => (asked === name ? idealWeights : parameter(asked)));
    held.push({ id, parameter: name, scores: read(parameter), ideal, idealWeights, wanted });
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
  const tokens = triggers ?? Int32Array.from({ length: model.vocabSize }, (_, k) => k);
  const key = idealInductionKey(model, parameter, 1, { tokens: triggers });
  const relayed = relay(model, parameter, 0, E);
  hold('wk1', attentionName(1, 'key'), key, { inputs: tokens, outputs: tokens }, (from) =>
    productNT(applyMap(model, from, 1, 'query', E), applyMap(model, from, 1, 'key', relayed)),
  );
  if (model.projections.output) {
    const output = idealOutput(model, parameter);
    hold('wo1', attentionName(1, 'output'), output, diagonal(0, model.vocabSize), (from) =>
      productNT(relay(model, from, 1, E), U),
    );
  }
  if (model.ffn[1] === 'linear') {
    hold('ff1', feedForwardName(1), idealFeedForward(model, parameter, laws, log), null, (from) =>
      productNT(feedForward(model, from, 1, E)!, U),
    );
  }
  return held;
}

/** Looks into one of them. `most`: unwanted associations that are named. */
export function reportMemory(memory: HeldMemory, parameter: ParameterOf, most = Infinity): MemoryReport {
  const { scores, wanted, idealWeights } = memory;
  const weights = parameter(memory.parameter);
  const d = Math.sqrt(weights.length);
  return {
    alignment: alignment(weights, idealWeights),
    leakage: wanted && leakage(scores, wanted),
    singularValues: singularValues(toMatrix(weights, d, d)),
    unwanted: wanted === null ? [] : unwantedAssociations(scores, wanted, most),
  };
}
