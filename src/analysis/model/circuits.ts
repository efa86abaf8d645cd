/**
 * The circuits of an attention head (Elhage et al. 2021): QK = W_Qᵀ W_K decides where it attends, OV = W_O W_V what it
 * writes from there; and their tables over tokens and positions. Norms and the scale of attention are left out, and a
 * map that the config makes the identity is the identity here.
 */
import type { ModelConfig } from '../../model/config.js';
import {
  identity,
  type Matrix64,
  rowRange,
  timesTransposed,
  toMatrix,
  transpose,
  transposedTimes,
} from '../algebra/matrix64.js';
import {
  type AttentionMap,
  attentionName,
  embeddings,
  type ParameterOf,
  positions,
  relay,
  unembeddings,
} from './matrices.js';

/** A head of a layer; without `head`, all heads of it together. */
export interface HeadOf {
  readonly layer: number;
  readonly head?: number;
}

/** W_Qᵀ W_K: [d, d]. The score of query x and key y is xᵀ QK y. */
export function queryKeyCircuit(model: ModelConfig, parameter: ParameterOf, at: HeadOf): Matrix64 {
  const query = headRows(model, mapMatrix(model, parameter, at.layer, 'query'), at);
  const key = headRows(model, mapMatrix(model, parameter, at.layer, 'key'), at);
  return transposedTimes(query, key);
}

/** W_O W_V: [d, d]. Attending to y writes OV y. */
export function outputValueCircuit(model: ModelConfig, parameter: ParameterOf, at: HeadOf): Matrix64 {
  const value = headRows(model, mapMatrix(model, parameter, at.layer, 'value'), at);
  const output = headRows(model, transpose(mapMatrix(model, parameter, at.layer, 'output')), at);
  return transposedTimes(output, value);
}

/** E QK Eᵀ: [N, N]; entry (i, j) is how much token i attends to token j. */
export function tokenAttention(model: ModelConfig, parameter: ParameterOf, at: HeadOf): Matrix64 {
  const E = embeddings(model, parameter);
  return scores(E, queryKeyCircuit(model, parameter, at), E);
}

/** P QK Pᵀ: [T, T] over maxLength positions; entry (t, s) is how much position t attends to s. null for rotary. */
export function positionAttention(model: ModelConfig, parameter: ParameterOf, at: HeadOf): Matrix64 | null {
  const P = positions(model, parameter);
  return P && scores(P, queryKeyCircuit(model, parameter, at), P);
}

/**
 * E QK (OV¹ E)ᵀ: [N, N]; entry (i, j) is how much token i attends, in a later layer, to a place into which the first
 * layer has written token j: the match of the induction head.
 */
export function relayedAttention(model: ModelConfig, parameter: ParameterOf, at: HeadOf): Matrix64 {
  const E = embeddings(model, parameter);
  return scores(E, queryKeyCircuit(model, parameter, at), relay(model, parameter, 0, E));
}

/** U OV E: [N, N]; entry (i, j) is how much attending to token i raises the logit of token j. */
export function tokenOutput(model: ModelConfig, parameter: ParameterOf, at: HeadOf): Matrix64 {
  const circuit = outputValueCircuit(model, parameter, at);
  return timesTransposed(timesTransposed(embeddings(model, parameter), circuit), unembeddings(model, parameter));
}

/** x_iᵀ W y_j. */
function scores(queries: Matrix64, circuit: Matrix64, keys: Matrix64): Matrix64 {
  return timesTransposed(timesTransposed(queries, transpose(circuit)), keys);
}

function mapMatrix(model: ModelConfig, parameter: ParameterOf, layer: number, map: AttentionMap): Matrix64 {
  const d = model.dim;
  if (map === 'key' || model.projections[map]) return toMatrix(parameter(attentionName(layer, map)), d, d);
  return identity(d);
}

/** The rows that belong to the head. */
function headRows(model: ModelConfig, map: Matrix64, { head }: HeadOf): Matrix64 {
  if (head === undefined) return map;
  const width = model.dim / model.heads;
  return rowRange(map, head * width, (head + 1) * width);
}
