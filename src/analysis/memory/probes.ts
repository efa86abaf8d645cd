/**
 * Memory probes: how well the raw weights of two layers store the pieces of an induction head (paper, section 4).
 * Each is a table of scores between what a memory is asked with (rows) and what it may answer (columns), read along its
 * diagonal. Norms and the scale of attention are left out, and heads are summed.
 *
 *     wo1  row k: W_O² W_V² E[k]      column j: U[j]                  layer 2 writes the token that it attends to
 *     wk1  row k: W_Q² E[k]           column j: W_K² W_O¹ W_V¹ E[j]   layer 2 finds the token after an earlier k
 *     wk0  row t - 1: W_Q¹ p_t        column s: W_K¹ p_s              layer 1 attends to the position before
 *
 * The last table has rows t = 1 … T - 1 and columns s = 0 … T - 2, so there too the right answer is on the diagonal.
 * In a deeper model wo1 is asked of every later layer and wk1 of every pair of layers; ff1_loss of every layer with a
 * feed-forward block.
 */
import type { ModelConfig } from '../../model/config.js';
import { type Matrix64, productNT, rowRange, rowsAt, transpose } from '../algebra/matrix64.js';
import {
  applyMap,
  embeddings,
  feedForward,
  type Laws,
  type ParameterOf,
  positions,
  relay,
  unembeddings,
} from '../model/weights.js';
import { ABSENT, bandKey, layerKey, type Mean, PROBE_KEYS, type ProbeKey, type ProbeMetrics } from '../record.js';
import { diagonal, type Reading, recallAndMargin } from './associations.js';

export interface ProbeInput {
  readonly model: ModelConfig;
  readonly parameter: ParameterOf;
  /** Ids of the fixed triggers; null where triggers are random. */
  readonly triggers: ArrayLike<number> | null;
  readonly laws: Laws;
  /** Natural logarithm and exponential, the same on every host. */
  readonly log: (x: number) => number;
  readonly exp: (x: number) => number;
}

/** Positions in a band of wk0_band_B, and in the window of wk0_64_acc. */
const BAND = 64;

/**
 * All probes in the record's order, the bands behind wk0_causal_acc, those of further layers last. T is the model's
 * maxLength.
 */
export function memoryProbes(input: ProbeInput): ProbeMetrics {
  const { model } = input;
  const measured: Partial<Record<ProbeKey, Mean>> = {};
  let further: Record<string, Mean> = {};
  let bands: readonly Mean[] | null = null;
  if (model.layers > 1) {
    const E = embeddings(model, input.parameter);
    const U = unembeddings(model, input.parameter);
    const P = positions(model, input.parameter);
    const written = Array.from({ length: model.layers }, (_, layer) => relay(model, input.parameter, layer, E));
    const output = outputMemory(input, U, written[1]!);
    Object.assign(measured, { wo1_acc: output.recall, margin_wo1: output.margin });
    const scores = inductionScores(input, 1, E, written[0]!);
    const { recall, margin } = inductionMemory(input, scores);
    Object.assign(measured, { wk1_acc: recall, margin_wk1: margin, wk1_freq_acc: frequentMemory(input, scores) });
    measured.ff1_loss = globalMemory(input, 1, E, U);
    if (P !== null) {
      const places = previousScores(input, P);
      Object.assign(measured, previousMemory(places, model.maxLength));
      bands = previousBands(places, model.maxLength);
    }
    further = furtherLayers(input, E, U, written);
  }
  const probes: Record<string, Mean> = {};
  for (const key of PROBE_KEYS) {
    const value = measured[key];
    probes[key] = value === undefined ? ABSENT : value;
    if (key !== 'wk0_causal_acc') continue;
    for (let b = 0; BAND * b < model.maxLength; b++) probes[bandKey(b)] = bands === null ? ABSENT : bands[b]!;
  }
  return { ...probes, ...further } as ProbeMetrics;
}

/** What the bare keys, which mean layers 0 and 1, do not say. A layer without a feed-forward block has no ff1_loss. */
function furtherLayers(
  input: ProbeInput,
  E: Matrix64,
  U: Matrix64,
  written: readonly Matrix64[],
): Record<string, Mean> {
  const { model } = input;
  const probes: Record<string, Mean> = {};
  for (let layer = 2; layer < model.layers; layer++) {
    probes[layerKey('wo1_acc', layer)] = outputMemory(input, U, written[layer]!).recall;
  }
  for (let a = 0; a < model.layers; a++) {
    for (let b = Math.max(a + 1, 2); b < model.layers; b++) {
      const scores = inductionScores(input, b, E, written[a]!);
      probes[layerKey('wk1_acc', a, b)] = inductionMemory(input, scores).recall;
    }
  }
  for (let layer = 0; layer < model.layers; layer++) {
    if (layer === 1 || model.ffn[layer] === 'none') continue;
    probes[layerKey('ff1_loss', layer)] = globalMemory(input, layer, E, U);
  }
  return probes;
}

/** `written`: what the layer writes for each token, [N, d]. */
function outputMemory({ model }: ProbeInput, U: Matrix64, written: Matrix64): Reading {
  return recallAndMargin(productNT(written, U), diagonal(0, model.vocabSize));
}

/**
 * What the query of each token finds in a layer, among the keys of what an earlier layer has written for each: [N, N].
 */
function inductionScores(
  { model, parameter }: ProbeInput,
  layer: number,
  E: Matrix64,
  writtenBefore: Matrix64,
): Matrix64 {
  const query = applyMap(model, parameter, layer, 'query', E);
  return productNT(query, applyMap(model, parameter, layer, 'key', writtenBefore));
}

/** Over the fixed triggers alone where there are any, else over all tokens. */
function inductionMemory({ model, triggers }: ProbeInput, scores: Matrix64): Reading {
  return triggers === null
    ? recallAndMargin(scores, diagonal(0, model.vocabSize))
    : recallAndMargin(among(scores, triggers), diagonal(0, triggers.length));
}

function frequentMemory({ model, laws }: ProbeInput, scores: Matrix64): Mean {
  return recallAndMargin(scores, diagonal(0, model.vocabSize), { weight: (k) => laws.unigramLaw[k]! }).recall;
}

/** Rows and columns of the given tokens, in ascending order, so that of equal scores the lowest token wins. */
function among(scores: Matrix64, tokens: ArrayLike<number>): Matrix64 {
  const ids = Int32Array.from(tokens).sort();
  return transpose(rowsAt(transpose(rowsAt(scores, ids)), ids));
}

function previousScores({ model, parameter }: ProbeInput, P: Matrix64): Matrix64 {
  const last = model.maxLength - 1;
  const query = applyMap(model, parameter, 0, 'query', rowRange(P, 1, last + 1));
  const key = applyMap(model, parameter, 0, 'key', rowRange(P, 0, last));
  return productNT(query, key);
}

function previousMemory(scores: Matrix64, T: number): Partial<Record<ProbeKey, Mean>> {
  const whole = recallAndMargin(scores, diagonal(0, T - 1));
  return {
    wk0_acc: whole.recall,
    margin_wk0: whole.margin,
    wk0_64_acc: leading(scores, Math.min(BAND, T) - 1),
    wk0_early_acc: leading(scores, Math.floor(T / 4) - 1),
    wk0_causal_acc: recallAndMargin(scores, diagonal(0, T - 1), { candidates: (row) => row + 1 }).recall,
  };
}

/** Recall within the first `size` rows and columns. */
function leading(scores: Matrix64, size: number): Mean {
  return recallAndMargin(scores, diagonal(0, size), { candidates: () => size }).recall;
}

/** Band b: the rows of t = 64 b … 64 b + 63, against all columns. */
function previousBands(scores: Matrix64, T: number): readonly Mean[] {
  return Array.from({ length: Math.ceil(T / BAND) }, (_, b) => {
    const from = Math.max(BAND * b, 1);
    const to = Math.min(BAND * (b + 1), T);
    return recallAndMargin(scores, diagonal(from - 1, to - 1)).recall;
  });
}

/**
 * Mean over tokens k that are no fixed trigger of KL(π_b(·|k) ‖ softmax(U FF(E[k]))), with the layer's feed-forward
 * block: how much of the bigram law it has stored. ABSENT without one.
 */
function globalMemory(input: ProbeInput, layer: number, E: Matrix64, U: Matrix64): Mean {
  const { model, parameter, triggers, laws, log, exp } = input;
  const written = feedForward(model, parameter, layer, E);
  if (written === null) return ABSENT;
  const logits = productNT(written, U);
  const N = model.vocabSize;
  const left = new Set(triggers === null ? [] : Array.from(triggers));
  let sum = 0;
  let tokens = 0;
  for (let k = 0; k < N; k++) {
    if (left.has(k)) continue;
    const row = logits.data.subarray(k * N, (k + 1) * N);
    sum += divergence(laws.bigramLaw.subarray(k * N, (k + 1) * N), row, log, exp);
    tokens++;
  }
  return tokens === 0 ? null : sum / tokens;
}

/** KL(law ‖ softmax(logits)) in nats. */
function divergence(
  law: Float64Array,
  logits: Float64Array,
  log: (x: number) => number,
  exp: (x: number) => number,
): number {
  let highest = -Infinity;
  for (let j = 0; j < logits.length; j++) highest = Math.max(highest, logits[j]!);
  let total = 0;
  for (let j = 0; j < logits.length; j++) total += exp(logits[j]! - highest);
  const normaliser = highest + log(total);
  let sum = 0;
  for (let j = 0; j < law.length; j++) {
    const p = law[j]!;
    if (p > 0) sum += p * (log(p) - (logits[j]! - normaliser));
  }
  return sum;
}
