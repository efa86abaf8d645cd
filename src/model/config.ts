/**
 * What a model may be: one family from the paper's simplified transformer to the full one. Types, defaults and what one
 * setting asks of another; schema.ts reads settings of unknown origin.
 */
import { ConfigError } from '../errors.js';
import type { FeedForward } from './feed-forwards/kinds.js';
import { type Positional, positions } from './positions.js';

export const NORMS = ['none', 'pre', 'post'] as const;
export type Norm = (typeof NORMS)[number];

export interface ModelConfig {
  readonly vocabSize: number;
  /** Width of the residual stream (d). */
  readonly dim: number;
  /** Longest sequence that runs; rows of the table of positions. */
  readonly maxLength: number;
  readonly layers: number;
  readonly heads: number;
  /** false: that map of every attention block is the identity. */
  readonly projections: { readonly query: boolean; readonly value: boolean; readonly output: boolean };
  readonly positional: Positional;
  readonly norm: Norm;
  /** One entry a layer. */
  readonly ffn: readonly FeedForward[];
  readonly ffnPlacement: 'sequential' | 'parallel';
  readonly attentionScale: 'sqrt' | 'none';
  readonly tieOutput: boolean;
  /** Scale of the embeddings' and positions' initial values: N(0, 1) or N(0, 1/d). */
  readonly embeddingScale: 'unit' | 'inverse-sqrt-dim';
}

/** A model as it may be written down: one feed-forward kind may stand for all layers, sizes follow task and corpus. */
export type ModelSettings = Omit<ModelConfig, 'vocabSize' | 'maxLength' | 'ffn'> & {
  readonly vocabSize?: number;
  readonly maxLength?: number;
  readonly ffn: FeedForward | readonly FeedForward[];
};

/** A model with its sizes known but for the vocabulary's. */
export type OpenModelConfig = Omit<ModelConfig, 'vocabSize'> & { readonly vocabSize?: number };

/** The paper's simplified transformer. */
export const MODEL_DEFAULTS: ModelSettings = {
  dim: 128,
  layers: 2,
  heads: 1,
  projections: { query: false, value: true, output: true },
  positional: 'random',
  norm: 'none',
  ffn: 'none',
  ffnPlacement: 'sequential',
  attentionScale: 'sqrt',
  tieOutput: false,
  embeddingScale: 'unit',
};

/** Fills in what follows from other settings. Throws ConfigError where two settings contradict each other. */
export function completeModel(model: ModelSettings, seqLength: number): OpenModelConfig {
  const { dim, layers, heads, ffn, positional, maxLength = seqLength } = model;
  if (dim % heads !== 0) throw new ConfigError('model.heads', heads, `a divisor of model.dim (${dim})`);
  if (positions[positional].turns && (dim / heads) % 2 !== 0) {
    const expected = `another kind for heads of odd width (${positional} turns pairs; model.dim / model.heads is ${dim / heads})`;
    throw new ConfigError('model.positional', positional, expected);
  }
  if (typeof ffn !== 'string' && ffn.length !== layers) {
    throw new ConfigError('model.ffn', ffn, `a list with one entry a layer (model.layers is ${layers})`);
  }
  return { ...model, maxLength, ffn: typeof ffn === 'string' ? Array<FeedForward>(layers).fill(ffn) : ffn };
}
