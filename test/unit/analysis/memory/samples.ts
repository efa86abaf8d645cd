/** Random matrices, models and weights for the tests of this folder. */

import type { Matrix64 } from '../../../../src/analysis/algebra/matrix64.js';
import type { ModelConfig } from '../../../../src/model/config.js';

/** Standard normal deviates from a uniform source. */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function gaussian(random: () => number, rows: number, columns: number): Matrix64 {
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, () => normal(random)) };
}

/** A fair permutation of 0 … n - 1. */
export function permutation(random: () => number, n: number): number[] {
  const ids = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [ids[i], ids[j]] = [ids[j]!, ids[i]!];
  }
  return ids;
}

export function modelOf(options: Partial<ModelConfig>): ModelConfig {
  const layers = options.layers ?? 2;
  return {
    vocabSize: 65,
    dim: 128,
    maxLength: 256,
    layers,
    heads: 1,
    projections: { query: false, value: true, output: true },
    positional: 'random',
    norm: 'none',
    ffn: Array.from({ length: layers }, () => 'none' as const),
    ffnPlacement: 'sequential',
    attentionScale: 'sqrt',
    tieOutput: false,
    embeddingScale: 'unit',
    ...options,
  };
}

/** Exactly the parameters that a probe may ask for: embeddings N(0, 1), maps uniform on ±1/√fan_in. */
export function randomWeights(model: ModelConfig, random: () => number): Map<string, Float32Array> {
  const { vocabSize: N, dim: d, maxLength: T, projections } = model;
  const weights = new Map<string, Float32Array>();
  const table = (name: string, rows: number) => weights.set(name, Float32Array.from(gaussian(random, rows, d).data));
  const linear = (name: string, rows: number, columns: number) =>
    weights.set(
      name,
      Float32Array.from({ length: rows * columns }, () => (2 * random() - 1) / Math.sqrt(columns)),
    );
  table('tok_embeddings.weight', N);
  if (model.positional === 'learned') table('pos_embeddings.weight', T);
  else if (model.positional !== 'rotary') table('pe', T);
  for (let l = 0; l < model.layers; l++) {
    if (projections.query) linear(`layers.${l}.attention.wq.weight`, d, d);
    linear(`layers.${l}.attention.wk.weight`, d, d);
    if (projections.value) linear(`layers.${l}.attention.wv.weight`, d, d);
    if (projections.output) linear(`layers.${l}.attention.wo.weight`, d, d);
    if (model.ffn[l] === 'linear') linear(`layers.${l}.ff.weight`, d, d);
    if (model.ffn[l] === 'mlp') {
      linear(`layers.${l}.ff.w1.weight`, 4 * d, d);
      linear(`layers.${l}.ff.w2.weight`, d, 4 * d);
    }
  }
  if (!model.tieOutput) table('output.weight', N);
  return weights;
}

/** Throws for a parameter that the model does not have. */
export function lookup(weights: Map<string, Float32Array>): (name: string) => Float32Array {
  return (name) => {
    const values = weights.get(name);
    if (values === undefined) throw new Error(`the model has no ${name}`);
    return values;
  };
}

/** Positive laws over N symbols, or bigram rows with zeros when `sparse`. */
export function randomLaws(random: () => number, N: number, sparse = false) {
  const law = (zeros: boolean) => {
    const row = Float64Array.from({ length: N }, (_, j) => (zeros && j > 0 && random() < 0.5 ? 0 : 0.05 + random()));
    const total = row.reduce((a, b) => a + b, 0);
    return row.map((p) => p / total);
  };
  const bigramLaw = new Float64Array(N * N);
  for (let i = 0; i < N; i++) bigramLaw.set(law(sparse), i * N);
  return { unigramLaw: law(false), bigramLaw };
}
