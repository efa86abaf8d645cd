/** What a model may be: one family from the paper's simplified transformer to the full one. */
import * as v from 'valibot';
import { ConfigError } from '../errors.js';
import { boolean, integer, list, oneOf, overlay, parse, settings } from '../schema.js';
import { completeModel, MODEL_DEFAULTS } from './complete.js';

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
  dim: v.optional(integer(1, 4096), MODEL_DEFAULTS.dim),
  maxLength: v.exactOptional(integer(1, 8192)),
  layers: v.optional(integer(1, MOST_LAYERS), MODEL_DEFAULTS.layers),
  heads: v.optional(integer(1, 4096), MODEL_DEFAULTS.heads),
  projections: v.optional(
    settings({
      query: v.optional(boolean, MODEL_DEFAULTS.projections.query),
      value: v.optional(boolean, MODEL_DEFAULTS.projections.value),
      output: v.optional(boolean, MODEL_DEFAULTS.projections.output),
    }),
    {},
  ),
  positional: v.optional(oneOf('random', 'learned', 'sinusoidal', 'rotary'), MODEL_DEFAULTS.positional),
  norm: v.optional(oneOf('none', 'pre', 'post'), MODEL_DEFAULTS.norm),
  ffn: v.optional(
    v.union(
      [kind, list(kind, 'a list', MOST_LAYERS)],
      'none, linear or mlp, or a list of these with one entry a layer',
    ),
    MODEL_DEFAULTS.ffn,
  ),
  ffnPlacement: v.optional(oneOf('sequential', 'parallel'), MODEL_DEFAULTS.ffnPlacement),
  attentionScale: v.optional(oneOf('sqrt', 'none'), MODEL_DEFAULTS.attentionScale),
  tieOutput: v.optional(boolean, MODEL_DEFAULTS.tieOutput),
  embeddingScale: v.optional(oneOf('unit', 'inverse-sqrt-dim'), MODEL_DEFAULTS.embeddingScale),
}) satisfies v.GenericSchema<unknown, ModelSettings>;

/** A model with its sizes known but for the vocabulary's. */
export type OpenModelConfig = Omit<ModelConfig, 'vocabSize'> & { readonly vocabSize?: number };

/** The model of a golden case or of a foreign file: sizes and all, from data of unknown origin. */
export function readModel(value: unknown): ModelConfig {
  const given = parse(modelSchema, overlay(modelSchema, {}, value, 'model'), 'model');
  const { vocabSize, maxLength } = given;
  if (vocabSize === undefined) throw new ConfigError('model.vocabSize', vocabSize, 'a value (it has no default)');
  if (maxLength === undefined) throw new ConfigError('model.maxLength', maxLength, 'a value (it has no default)');
  return { ...completeModel(given, maxLength), vocabSize };
}
