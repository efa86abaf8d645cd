/**
 * Looking into a model at work: residual stream, attention and head outputs of one sequence, by name.
 *
 *     embedded            [T, d]      E[z_t] + P[t]
 *     layers.I.input      [T, d]      the residual stream that the layer reads
 *     layers.I.attention  [H, T, T]   weights of query t on key s; 0 for s > t
 *     layers.I.heads      [H, T, d]   what each head writes, W_O included
 *     layers.I.attended   [T, d]      the stream after attention: input + Σ heads, normalised where norm is post
 *     layers.I.output     [T, d]      the stream after the feed-forward block
 *     norm                [T, d]      the stream after the final LayerNorm, where norm is pre
 *     logits              [T, N]
 */

import { ConfigError } from '../../errors.js';
import type { ModelConfig } from '../../model/config.js';
import type { Engine } from '../../model/engine.js';
import { attentionMatrix } from '../../model/observation.js';
import { type OpenOptions, openEngine, type Weights } from '../../model/open.js';
import { matchesGlob } from '../../model/parameters.js';
import { timesTransposed, toMatrix } from '../algebra/matrix64.js';

/** Row-major values with their shape. The values are a copy. */
export interface Activation {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface InspectorOptions {
  /** Longest sequence that will be inspected; default: the model's maxLength. */
  readonly length?: number;
  /** The kernels; default: the strict build that the library carries. */
  readonly build?: OpenOptions['build'];
}

/** One engine for many sequences. */
export interface Inspector {
  /** Everything that can be asked for, in the model's order. */
  readonly names: readonly string[];
  /**
   * What the names ask for, in the model's order. A name may be a glob, as in `layers.*.attention`.
   * Throws a ConfigError for a name that nothing has, and for tokens that the model cannot read.
   */
  inspect(tokens: ArrayLike<number>, names: readonly string[]): Map<string, Activation>;
}

/** Reads one activation of the first T positions. */
type Reader = (engine: Engine, T: number) => Activation;

/** Throws a ConfigError where the weights do not fit the model. */
export function createInspector(config: ModelConfig, weights: Weights, options: InspectorOptions = {}): Inspector {
  const { length = config.maxLength, build } = options;
  if (!(Number.isInteger(length) && length >= 1 && length <= config.maxLength)) {
    throw new ConfigError('length', length, `1 to model.maxLength (${config.maxLength})`);
  }
  // The circuit form never computes most of what can be asked for.
  const engine = openEngine(config, length, weights, { circuit: false, build });
  const readers = readersOf(config);
  const names = [...readers.keys()];
  return {
    names,
    inspect(tokens, asked) {
      for (const glob of asked) {
        if (names.some((name) => matchesGlob(glob, name))) continue;
        throw new ConfigError('names', glob, `one of ${names.join(', ')}, or a glob that matches some of them`);
      }
      checkTokens(tokens, length, config.vocabSize);
      // Attention is causal: what an earlier sequence has left behind these tokens changes nothing in them.
      engine.tokens.set(tokens);
      engine.useAllRows();
      engine.forward();
      const found = new Map<string, Activation>();
      for (const [name, read] of readers) {
        if (asked.some((glob) => matchesGlob(glob, name))) found.set(name, read(engine, tokens.length));
      }
      return found;
    },
  };
}

/** The same for one sequence alone. */
export function inspect(
  config: ModelConfig,
  weights: Weights,
  tokens: ArrayLike<number>,
  names: readonly string[],
): Map<string, Activation> {
  checkTokens(tokens, config.maxLength, config.vocabSize);
  return createInspector(config, weights, { length: tokens.length }).inspect(tokens, names);
}

function readersOf({ layers, dim, vocabSize, norm }: ModelConfig): Map<string, Reader> {
  const readers = new Map<string, Reader>();
  const stream = (name: string, at: (plan: Engine['plan']) => Parameters<Engine['read']>[0], width = dim) => {
    readers.set(name, (engine, T) => ({ shape: [T, width], values: engine.read(at(engine.plan), T) }));
  };
  stream('embedded', (plan) => plan.embedding.output);
  for (let layer = 0; layer < layers; layer++) {
    const name = `layers.${layer}`;
    stream(`${name}.input`, (plan) => plainLayer(plan, layer).input);
    readers.set(`${name}.attention`, (engine, T) => attentionWeights(engine, layer, T));
    readers.set(`${name}.heads`, (engine, T) => headOutputs(engine, layer, T));
    stream(`${name}.attended`, (plan) => plainLayer(plan, layer).base);
    stream(`${name}.output`, (plan) => plainLayer(plan, layer).output);
  }
  if (norm === 'pre') stream('norm', (plan) => plan.output!.norm!.output);
  stream('logits', (plan) => plan.logits, vocabSize);
  return readers;
}

function attentionWeights(engine: Engine, layer: number, T: number): Activation {
  const heads = engine.attention[layer]!;
  const values = new Float32Array(heads.length * T * T);
  for (const [h, view] of heads.entries()) values.set(attentionMatrix(view, T), h * T * T);
  return { shape: [heads.length, T, T], values };
}

/** Head h mixes its own e columns of the values; what it writes is these times the same columns of W_O. */
function headOutputs(engine: Engine, layer: number, T: number): Activation {
  const { mixedHeads, output } = plainLayer(engine.plan, layer).heads;
  const { dim } = engine.plan.config;
  const e = dim / mixedHeads.length;
  const values = new Float32Array(mixedHeads.length * T * dim);
  for (const [h, head] of mixedHeads.entries()) {
    const mixed = engine.read(head, T);
    const at = h * T * dim;
    if (output === null) {
      for (let t = 0; t < T; t++) values.set(mixed.subarray(t * e, (t + 1) * e), at + t * dim + h * e);
      continue;
    }
    const columns = engine.read({ ...output.weight, offset: output.weight.offset + 4 * h * e, columns: e });
    values.set(timesTransposed(toMatrix(mixed, T, e), toMatrix(columns, dim, e)).data, at);
  }
  return { shape: [mixedHeads.length, T, dim], values };
}

function plainLayer({ layers }: Engine['plan'], layer: number) {
  const planned = layers[layer]!;
  if (planned.form !== 'plain') throw new Error(`layer ${layer} was planned in circuit form`);
  return planned.plan;
}

function checkTokens(tokens: ArrayLike<number>, most: number, vocabSize: number): void {
  if (!(tokens.length >= 1 && tokens.length <= most)) {
    throw new ConfigError('tokens', tokens.length, `a sequence of 1 to ${most} tokens`);
  }
  for (let t = 0; t < tokens.length; t++) {
    const token = tokens[t]!;
    if (Number.isInteger(token) && token >= 0 && token < vocabSize) continue;
    throw new ConfigError(`tokens[${t}]`, token, `a whole number of 0 to ${vocabSize - 1}`);
  }
}
