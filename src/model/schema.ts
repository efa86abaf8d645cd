/** Settings of a model from outside, checked. */
import * as v from 'valibot';
import { ConfigError } from '../errors.js';
import { boolean, integer, list, oneOf, overlay, parse, settings } from '../schema.js';
import { completeModel, MODEL_DEFAULTS, type ModelConfig, type ModelSettings, NORMS } from './config.js';
import { FEED_FORWARDS } from './feed-forwards/kinds.js';
import { POSITIONALS } from './positions.js';

const MOST_LAYERS = 8;
const feedForward = oneOf(...FEED_FORWARDS);

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
  positional: v.optional(oneOf(...POSITIONALS), MODEL_DEFAULTS.positional),
  norm: v.optional(oneOf(...NORMS), MODEL_DEFAULTS.norm),
  ffn: v.optional(
    v.union(
      [feedForward, list(feedForward, 'a list', MOST_LAYERS)],
      `one of ${FEED_FORWARDS.join(', ')}, or a list of these with one entry a layer`,
    ),
    MODEL_DEFAULTS.ffn,
  ),
  ffnPlacement: v.optional(oneOf('sequential', 'parallel'), MODEL_DEFAULTS.ffnPlacement),
  attentionScale: v.optional(oneOf('sqrt', 'none'), MODEL_DEFAULTS.attentionScale),
  tieOutput: v.optional(boolean, MODEL_DEFAULTS.tieOutput),
  embeddingScale: v.optional(oneOf('unit', 'inverse-sqrt-dim'), MODEL_DEFAULTS.embeddingScale),
}) satisfies v.GenericSchema<unknown, ModelSettings>;

/** The model of a golden case or of a foreign file: sizes and all, from data of unknown origin. */
export function readModel(value: unknown): ModelConfig {
  const given = parse(modelSchema, overlay(modelSchema, {}, value, 'model'), 'model');
  const { vocabSize, maxLength } = given;
  if (vocabSize === undefined) throw new ConfigError('model.vocabSize', vocabSize, 'a value (it has no default)');
  if (maxLength === undefined) throw new ConfigError('model.maxLength', maxLength, 'a value (it has no default)');
  return { ...completeModel(given, maxLength), vocabSize };
}
