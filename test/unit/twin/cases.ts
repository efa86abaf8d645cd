/** Random cases of any model of the family, for laws that must hold on all of them. */
import type { ModelConfig } from '../../../src/model/config.js';
import type { FeedForward } from '../../../src/model/feed-forwards/kinds.js';
import { parameterShapes } from './model.js';
import type { Case, Tensor } from './tensor.js';

export type CaseOverrides = Partial<Pick<Case, 'name' | 'freeze' | 'optimizer' | 'lossOn'>> & {
  readonly model?: Partial<ModelConfig>;
};

/**
 * B sequences of T tokens and a model for them. Without overrides: the simplified model at a small size, with
 * maxLength = T, everything trained by SGD on all positions. `ffn` may be left out whatever the number of layers.
 * Well conditioned, so that float32 can follow it within the tolerances: with the training's own 0.2 in place of the
 * learning rate here, three steps of an MLP without norms may blow rounding up by orders of magnitude. AdamW wants an
 * eps of 1e-6 for the same reason.
 * The same seed gives the same case. From T = 2 on, the first sequence has an in-context position.
 */
export function randomCase(overrides: CaseOverrides, seed: number, B: number, T: number): Case {
  const uniform = generator(seed);
  const layers = overrides.model?.layers ?? 2;
  const model: ModelConfig = {
    vocabSize: 7,
    dim: 8,
    maxLength: T,
    layers,
    heads: 1,
    projections: { query: false, value: true, output: true },
    positional: 'random',
    norm: 'none',
    ffn: Array<FeedForward>(layers).fill('none'),
    ffnPlacement: 'sequential',
    attentionScale: 'sqrt',
    tieOutput: false,
    embeddingScale: 'unit',
    ...overrides.model,
  };
  const parameters: Record<string, Tensor> = {};
  for (const [name, shape] of parameterShapes(model)) parameters[name] = initial(name, shape, model, uniform);
  return {
    name: overrides.name ?? `random-${seed}`,
    model,
    freeze: overrides.freeze ?? [],
    optimizer: overrides.optimizer ?? { kind: 'sgd', learningRate: 0.02, momentum: 0.9, weightDecay: 1e-4 },
    lossOn: overrides.lossOn ?? 'all',
    ...batch(model.vocabSize, B, T, uniform),
    parameters,
  };
}

/** Sequences with two triggers, whose outputs are drawn anew for each; the other tokens are uniform. */
function batch(
  N: number,
  B: number,
  T: number,
  uniform: () => number,
): Pick<Case, 'tokens' | 'targets' | 'occurrences'> {
  const below = (n: number): number => Math.floor(n * uniform());
  const triggers = [below(N), below(N)];
  const sequences = Array.from({ length: B }, (_, b) => {
    const outputs = triggers.map(() => below(N));
    // Two places of the first sequence where a trigger stands, whatever came before.
    const later = b === 0 && T >= 2 ? 1 + below(T - 1) : -1;
    const earlier = later > 0 ? below(later) : -1;
    const z: number[] = [];
    for (let t = 0; t <= T; t++) {
      const k = t === 0 ? -1 : triggers.indexOf(z[t - 1]!);
      if (t === earlier || t === later) z.push(triggers[0]!);
      else z.push(k < 0 ? below(N) : outputs[k]!);
    }
    return z;
  });
  const tokens = sequences.map((z) => z.slice(0, T));
  return {
    tokens,
    targets: sequences.map((z) => z.slice(1)),
    occurrences: tokens.map((z) =>
      z.map((token, t) => (triggers.includes(token) ? z.slice(0, t + 1).filter((s) => s === token).length : 0)),
    ),
  };
}

/**
 * Values of the sizes that training starts from, rounded to float32. LayerNorms are off 1 and 0 so that both matter;
 * keys carry the factor that unscaled scores lack, or the softmax would saturate.
 */
function initial(name: string, shape: readonly number[], model: ModelConfig, uniform: () => number): Tensor {
  const spread = (): number => 2 * uniform() - 1;
  const gaussian = (): number => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, -6);
  const bound = 1 / Math.sqrt(shape.at(-1)!);
  const scoreScale = model.attentionScale === 'none' ? 1 / Math.sqrt(model.dim / model.heads) : 1;
  const one = (): number => {
    if (name.endsWith('norm.weight')) return 1 + 0.3 * spread();
    if (name.endsWith('norm.bias')) return 0.3 * spread();
    if (name.includes('embeddings') || name === 'pe') return gaussian();
    return spread() * (name.endsWith('wk.weight') ? bound * scoreScale : bound);
  };
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Float64Array.from({ length: size }, () => Math.fround(one())) };
}

/** Uniform numbers in [0, 1): a Weyl sequence whose words are mixed by two multiplications. */
function generator(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x85ebca6b);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return ((word ^ (word >>> 15)) >>> 0) / 2 ** 32;
  };
}
