/** The weights of a model as matrices: what the memory probes read and the ideal memories are built from. */
import type { ModelConfig } from '../../model/config.js';
import { positionTable } from '../../model/positions.js';
import { type Matrix64, timesTransposed, toMatrix } from '../algebra/matrix64.js';

/** A parameter's values by its name, [out, in] row-major. Asked only for parameters that the model has. */
export type ParameterOf = (name: string) => Float32Array;

export type AttentionMap = 'query' | 'key' | 'value' | 'output';

const NAMES: Record<AttentionMap, string> = { query: 'wq', key: 'wk', value: 'wv', output: 'wo' };

/** The two laws of a corpus: π_u [N] and π_b [N, N], row i after symbol i. */
export interface Laws {
  readonly unigramLaw: Float64Array;
  readonly bigramLaw: Float64Array;
}

export function attentionName(layer: number, map: AttentionMap): string {
  return `layers.${layer}.attention.${NAMES[map]}.weight`;
}

/** Linear feed-forward blocks have one matrix. */
export function feedForwardName(layer: number): string {
  return `layers.${layer}.ff.weight`;
}

/** E: [N, d]. */
export function embeddings(model: ModelConfig, parameter: ParameterOf): Matrix64 {
  return toMatrix(parameter('tok_embeddings.weight'), model.vocabSize, model.dim);
}

/** U: [N, d]; with a tied output it is E. */
export function unembeddings(model: ModelConfig, parameter: ParameterOf): Matrix64 {
  if (model.tieOutput) return embeddings(model, parameter);
  return toMatrix(parameter('output.weight'), model.vocabSize, model.dim);
}

/** P: [maxLength, d], or null where the model has no table of positions. */
export function positions(model: ModelConfig, parameter: ParameterOf): Matrix64 | null {
  const table = positionTable(model);
  return table && toMatrix(parameter(table.name), model.maxLength, model.dim);
}

/** rows [n, d] → rows Wᵀ [n, d], all heads together. A map that the config makes the identity has no parameter. */
export function applyMap(
  model: ModelConfig,
  parameter: ParameterOf,
  layer: number,
  map: AttentionMap,
  rows: Matrix64,
): Matrix64 {
  if (map !== 'key' && !model.projections[map]) return rows;
  return timesTransposed(rows, toMatrix(parameter(attentionName(layer, map)), model.dim, model.dim));
}

/** rows [n, d] → W_O W_V of each row [n, d]: what attending to it writes into the residual stream. */
export function relay(model: ModelConfig, parameter: ParameterOf, layer: number, rows: Matrix64): Matrix64 {
  return applyMap(model, parameter, layer, 'output', applyMap(model, parameter, layer, 'value', rows));
}

/** rows [n, d] → the layer's feed-forward block of each, or null where it has none. Norms are left out. */
export function feedForward(
  model: ModelConfig,
  parameter: ParameterOf,
  layer: number,
  rows: Matrix64,
): Matrix64 | null {
  const kind = model.ffn[layer];
  if (kind === 'linear')
    return timesTransposed(rows, toMatrix(parameter(feedForwardName(layer)), model.dim, model.dim));
  if (kind !== 'mlp') return null;
  const hidden = 4 * model.dim;
  const inner = timesTransposed(rows, toMatrix(parameter(`layers.${layer}.ff.w1.weight`), hidden, model.dim));
  for (let i = 0; i < inner.data.length; i++) inner.data[i] = Math.max(inner.data[i]!, 0);
  return timesTransposed(inner, toMatrix(parameter(`layers.${layer}.ff.w2.weight`), model.dim, hidden));
}
