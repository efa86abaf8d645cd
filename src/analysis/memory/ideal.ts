/**
 * Ideal memories (paper, section 4): the matrices that an induction head would hold if its associations were written
 * down at once instead of learned, given all other weights. A map that the config makes the identity is left out.
 *
 *     W_K¹ = Σ_t (W_Q¹ p_t) p_{t-1}ᵀ                layer 1 attends to the position before
 *     W_K² = Σ_k (W_Q² w_E(k)) (W_O¹ W_V¹ w_E(k))ᵀ   layer 2 finds what followed an earlier k
 *     W_O² = Σ_k w_U(k) (W_V² w_E(k))ᵀ               layer 2 writes the token that it attends to
 *     W_F:   w_U(j)ᵀ W_F w_E(i) = log π_b(j|i)       the bigram law
 *
 * Written like this they recall everything at widths at which the model still fails, for three reasons. (1) Maps drawn
 * on ±1/√d shorten what they carry by √3 each, so that the copy r = W_O¹ W_V¹ w_E(k) is a third of an embedding and
 * stands against the embedding and the position that share its place. (2) W_K² over all N tokens asks for tokens that
 * are no triggers, too. (3) Position 0 can attend to itself alone and looks as if it followed its own token.
 * `installedMemories` answers all three.
 */
import { ConfigError } from '../../errors.js';
import type { ModelConfig } from '../../model/config.js';
import { frobeniusNorm, type Matrix64, rowRange, rowsAt, timesTransposed, transpose } from '../algebra/matrix64.js';
import { dualRows } from '../algebra/solve.js';
import {
  applyMap,
  attentionName,
  embeddings,
  feedForwardName,
  type Laws,
  type ParameterOf,
  positions,
  relay,
  unembeddings,
} from '../model/matrices.js';
import { storeAssociations } from './associations.js';

/** Probabilities below this are stored as this: log 0 has no place in a matrix. */
export const LEAST_PROBABILITY = 1e-6;

/** W_K¹: [d, d], the shift by one over maxLength positions, times `scale`. Throws ConfigError for rotary. */
export function idealPreviousKey(model: ModelConfig, parameter: ParameterOf, scale = 1): Float32Array {
  const P = positions(model, parameter);
  if (P === null) throw new ConfigError('model.positional', model.positional, 'a table of positions');
  const asking = applyMap(model, parameter, 0, 'query', rowRange(P, 1, P.rows));
  return narrowed(storeAssociations(asking, rowRange(P, 0, P.rows - 1)), scale);
}

export interface InductionKeyOptions {
  /** Sum over these tokens alone: the triggers, where they are fixed. Default: every token. */
  readonly tokens?: ArrayLike<number> | null;
  /** Take half of the match away where the key is at position 0: r becomes r - ½ (|r|²/|p_0|²) p_0. Default: false. */
  readonly discountFirst?: boolean;
}

/** W_K²: [d, d], each token's embedding with its relayed copy, times `scale`. */
export function idealInductionKey(
  model: ModelConfig,
  parameter: ParameterOf,
  scale = 1,
  { tokens = null, discountFirst = false }: InductionKeyOptions = {},
): Float32Array {
  const all = embeddings(model, parameter);
  const E = tokens === null ? all : rowsAt(all, tokens);
  const asking = applyMap(model, parameter, 1, 'query', E);
  const relayed = relay(model, parameter, 0, E);
  const P = discountFirst ? positions(model, parameter) : null;
  return narrowed(storeAssociations(asking, P === null ? relayed : withoutFirst(relayed, rowRange(P, 0, 1))), scale);
}

/** rows [n, d] → r - ½ (|r|²/|p|²) p of each. */
function withoutFirst(rows: Matrix64, { data: p }: Matrix64): Matrix64 {
  const { columns: d } = rows;
  const data = rows.data.slice();
  const length = frobeniusNorm(p);
  for (let i = 0; i < rows.rows; i++) {
    const share = frobeniusNorm(rows.data.subarray(i * d, (i + 1) * d)) / length;
    for (let a = 0; a < d; a++) data[i * d + a]! -= 0.5 * share * share * p[a]!;
  }
  return { ...rows, data };
}

/** W_O²: [d, d], every token's value with its own logit, times `scale`. Throws ConfigError where it is the identity. */
export function idealOutput(model: ModelConfig, parameter: ParameterOf, scale = 1): Float32Array {
  if (!model.projections.output) throw new ConfigError('model.projections.output', false, 'true, to hold a memory');
  const values = applyMap(model, parameter, 1, 'value', embeddings(model, parameter));
  return narrowed(storeAssociations(unembeddings(model, parameter), values), scale);
}

/**
 * W_F: [d, d] of a linear feed-forward block: Σ_ij log π_b(j|i) d_U(j) d_E(i)ᵀ over the dual rows of U and E. Exact for
 * N ≤ d, least squares above; probabilities below 1e-6 count as 1e-6.
 */
export function idealFeedForward(
  model: ModelConfig,
  parameter: ParameterOf,
  { bigramLaw }: Laws,
  log: (x: number) => number,
): Float32Array {
  const N = model.vocabSize;
  const logs = new Float64Array(N * N);
  for (let i = 0; i < logs.length; i++) logs[i] = log(Math.max(bigramLaw[i]!, LEAST_PROBABILITY));
  const inputs = transpose(dualRows(embeddings(model, parameter)));
  const outputs = transpose(dualRows(unembeddings(model, parameter)));
  const answers = timesTransposed(inputs, transpose({ rows: N, columns: N, data: logs }));
  return narrowed(timesTransposed(outputs, answers), 1);
}

/**
 * All ideal memories of a model under their parameter names: the two keys and the output times `scale`, and W_F where
 * the second layer's feed-forward block is linear.
 */
export function idealMemories(
  model: ModelConfig,
  parameter: ParameterOf,
  laws: Laws,
  log: (x: number) => number,
  scale = 1,
): Map<string, Float32Array> {
  if (model.layers < 2) throw new ConfigError('model.layers', model.layers, 'at least 2 (an induction head needs two)');
  const memories = new Map([
    [attentionName(0, 'key'), idealPreviousKey(model, parameter, scale)],
    [attentionName(1, 'key'), idealInductionKey(model, parameter, scale)],
    [attentionName(1, 'output'), idealOutput(model, parameter, scale)],
  ]);
  if (model.ffn[1] === 'linear') memories.set(feedForwardName(1), idealFeedForward(model, parameter, laws, log));
  return memories;
}

/** What a linear map drawn on ±1/√d shortens a vector by; times this it keeps lengths. */
const LENGTH_KEEPING = Math.sqrt(3);

/**
 * The induction head written down so that it works at finite width: the memories of `idealMemories`, over a first layer
 * whose value and output maps keep lengths, with W_K² over the triggers (null: every token) and half of position 0's
 * match taken away. `parameter` gives the maps as they are drawn, on ±1/√d. For models without norms and with a table
 * of positions.
 */
export function installedMemories(
  model: ModelConfig,
  parameter: ParameterOf,
  triggers: ArrayLike<number> | null,
): Map<string, Float32Array> {
  const installed = new Map<string, Float32Array>();
  for (const map of ['value', 'output'] as const) {
    if (!model.projections[map]) continue;
    const name = attentionName(0, map);
    installed.set(
      name,
      parameter(name).map((x) => LENGTH_KEEPING * x),
    );
  }
  const held: ParameterOf = (name) => installed.get(name) ?? parameter(name);
  const key = idealInductionKey(model, held, 1, { tokens: triggers, discountFirst: true });
  installed.set(attentionName(0, 'key'), idealPreviousKey(model, held));
  installed.set(attentionName(1, 'key'), key);
  installed.set(attentionName(1, 'output'), idealOutput(model, held));
  return installed;
}

function narrowed({ data }: Matrix64, scale: number): Float32Array {
  return Float32Array.from(data, (x) => scale * x);
}
