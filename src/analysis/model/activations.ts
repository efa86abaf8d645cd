/**
 * What a forward pass leaves in the residual stream, in attention and in each head, by name.
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
import {
  checkTokens,
  type Observation,
  type ObserveOptions,
  type ObserverOptions,
  openObserver,
} from '../../model/observation.js';
import type { Weights } from '../../model/open.js';
import { matchesGlob } from '../../model/parameters.js';
import { timesTransposed, toMatrix } from '../algebra/matrix64.js';

/** Row-major values with their shape. The values are a copy. */
export interface Activation {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** One engine for many sequences. */
export interface ActivationObserver {
  /** Everything that can be asked for, in the model's order. */
  readonly names: readonly string[];
  /**
   * What the names ask for, in the model's order. A name may be a glob, as in `layers.*.attention`.
   * Throws a ConfigError for a name that nothing has, and for tokens that the model cannot read.
   */
  observe(tokens: ArrayLike<number>, names: readonly string[], options?: ObserveOptions): Map<string, Activation>;
}

/** Reads one activation of the T positions that were observed. */
type Reader = (engine: Engine, seen: Observation, T: number) => Activation;

/** Throws a ConfigError where the weights do not fit the model. */
export function openActivations(
  model: ModelConfig,
  weights: Weights,
  { length, build }: Pick<ObserverOptions, 'length' | 'build'> = {},
): ActivationObserver {
  // The circuit form never computes most of what can be asked for.
  const observer = openObserver(model, weights, { length, build, circuit: false });
  const readers = readersOf(model);
  const names = [...readers.keys()];
  return {
    names,
    observe(tokens, asked, options) {
      for (const glob of asked) {
        if (names.some((name) => matchesGlob(glob, name))) continue;
        throw new ConfigError('names', glob, `one of ${names.join(', ')}, or a glob that matches some of them`);
      }
      const seen = observer.observe(tokens, [], options);
      const found = new Map<string, Activation>();
      for (const [name, read] of readers) {
        if (asked.some((glob) => matchesGlob(glob, name))) found.set(name, read(observer.engine, seen, tokens.length));
      }
      return found;
    },
  };
}

/** The same for one sequence alone. */
export function observeActivations(
  model: ModelConfig,
  weights: Weights,
  tokens: ArrayLike<number>,
  names: readonly string[],
  options: ObserveOptions = {},
): Map<string, Activation> {
  checkTokens('tokens', tokens, [1, model.maxLength], model.vocabSize);
  return openActivations(model, weights, { length: tokens.length }).observe(tokens, names, options);
}

function readersOf({ layers, dim, vocabSize, norm }: ModelConfig): Map<string, Reader> {
  const readers = new Map<string, Reader>();
  const stream = (name: string, at: (plan: Engine['plan']) => Parameters<Engine['read']>[0]) => {
    readers.set(name, (engine, _, T) => ({ shape: [T, dim], values: engine.read(at(engine.plan), T) }));
  };
  stream('embedded', (plan) => plan.embedding.output);
  for (let layer = 0; layer < layers; layer++) {
    const name = `layers.${layer}`;
    stream(`${name}.input`, (plan) => plainLayer(plan, layer).input);
    readers.set(`${name}.attention`, (_, seen, T) => stacked(seen.attention[layer]!, T));
    readers.set(`${name}.heads`, (engine, _, T) => headOutputs(engine, layer, T));
    stream(`${name}.attended`, (plan) => plainLayer(plan, layer).base);
    stream(`${name}.output`, (plan) => plainLayer(plan, layer).output);
  }
  if (norm === 'pre') stream('norm', (plan) => plan.output!.norm!.output);
  readers.set('logits', (_, { logits }, T) => ({ shape: [T, vocabSize], values: logits }));
  return readers;
}

/** [T, T] of each head → [H, T, T]. */
function stacked(heads: readonly Float32Array[], T: number): Activation {
  const values = new Float32Array(heads.length * T * T);
  for (const [h, matrix] of heads.entries()) values.set(matrix, h * T * T);
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
