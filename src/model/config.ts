/** What a model may be: one family from the paper's simplified transformer to the full one. */
import * as v from 'valibot';
import { ConfigError } from '../errors.js';
import { boolean, integer, list, oneOf, overlay, parse, settings } from '../schema.js';

export type FeedForward = 'none' | 'linear' | 'mlp';
export type Positional = 'random' | 'learned' | 'sinusoidal' | 'rotary';
export type Norm = 'none' | 'pre' | 'post';

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

/** A model as it may be written down: one feed-forward kind can stand for all layers, sizes may follow task and corpus. */
export type ModelSettings = Omit<ModelConfig, 'vocabSize' | 'maxLength' | 'ffn'> & {
  readonly vocabSize?: number;
  readonly maxLength?: number;
  readonly ffn: FeedForward | readonly FeedForward[];
};

const MOST_LAYERS = 8;
const kind = oneOf('none', 'linear', 'mlp');

export const modelSchema = settings({
  vocabSize: v.exactOptional(integer(1, 8192)),
  dim: v.optional(integer(1, 4096), 128),
  maxLength: v.exactOptional(integer(1, 8192)),
  layers: v.optional(integer(1, MOST_LAYERS), 2),
  heads: v.optional(integer(1, 4096), 1),
  projections: v.optional(
    settings({
      query: v.optional(boolean, false),
      value: v.optional(boolean, true),
      output: v.optional(boolean, true),
    }),
    {},
  ),
  positional: v.optional(oneOf('random', 'learned', 'sinusoidal', 'rotary'), 'random'),
  norm: v.optional(oneOf('none', 'pre', 'post'), 'none'),
  ffn: v.optional(
    v.union(
      [kind, list(kind, 'a list', MOST_LAYERS)],
      'none, linear or mlp, or a list of these with one entry a layer',
    ),
    'none',
  ),
  ffnPlacement: v.optional(oneOf('sequential', 'parallel'), 'sequential'),
  attentionScale: v.optional(oneOf('sqrt', 'none'), 'sqrt'),
  tieOutput: v.optional(boolean, false),
  embeddingScale: v.optional(oneOf('unit', 'inverse-sqrt-dim'), 'unit'),
}) satisfies v.GenericSchema<unknown, ModelSettings>;

/** A model with its sizes known but for the vocabulary's. */
export type OpenModelConfig = Omit<ModelConfig, 'vocabSize'> & { readonly vocabSize?: number };

/** Fills in what follows from other settings, and checks what one setting asks of another. */
export function completeModel(model: ModelSettings, seqLength: number): OpenModelConfig {
  const { dim, layers, heads, ffn, positional, maxLength = seqLength } = model;
  if (dim % heads !== 0) throw new ConfigError('model.heads', heads, `a divisor of model.dim (${dim})`);
  if (positional === 'rotary' && (dim / heads) % 2 !== 0) {
    const expected = `possible with heads of odd width (model.dim / model.heads = ${dim / heads}): it turns pairs`;
    throw new ConfigError('model.positional', positional, expected);
  }
  if (typeof ffn !== 'string' && ffn.length !== layers) {
    throw new ConfigError('model.ffn', ffn, `a list with one entry a layer (model.layers is ${layers})`);
  }
  return { ...model, maxLength, ffn: typeof ffn === 'string' ? Array<FeedForward>(layers).fill(ffn) : ffn };
}

/** The model of a golden case or of a foreign file: sizes and all, from data of unknown origin. */
export function readModel(value: unknown): ModelConfig {
  const given = parse(modelSchema, overlay(modelSchema, {}, value, 'model'), 'model');
  const { vocabSize, maxLength } = given;
  if (vocabSize === undefined) throw new ConfigError('model.vocabSize', vocabSize, 'a value (it has no default)');
  if (maxLength === undefined) throw new ConfigError('model.maxLength', maxLength, 'a value (it has no default)');
  return { ...completeModel(given, maxLength), vocabSize };
}
