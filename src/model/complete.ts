/** The model that nobody has asked to be different, and what follows from the settings of one. */
import { ConfigError } from '../errors.js';
import type { FeedForward, ModelSettings, OpenModelConfig } from './config.js';

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

/** Fills in what follows from other settings, and checks what one setting asks of another. */
export function completeModel(model: ModelSettings, seqLength: number): OpenModelConfig {
  const { dim, layers, heads, ffn, positional, maxLength = seqLength } = model;
  if (dim % heads !== 0) throw new ConfigError('model.heads', heads, `a divisor of model.dim (${dim})`);
  if (positional === 'rotary' && (dim / heads) % 2 !== 0) {
    const expected = `another kind for heads of odd width (rotary turns pairs; model.dim / model.heads is ${dim / heads})`;
    throw new ConfigError('model.positional', positional, expected);
  }
  if (typeof ffn !== 'string' && ffn.length !== layers) {
    throw new ConfigError('model.ffn', ffn, `a list with one entry a layer (model.layers is ${layers})`);
  }
  return { ...model, maxLength, ffn: typeof ffn === 'string' ? Array<FeedForward>(layers).fill(ffn) : ffn };
}
