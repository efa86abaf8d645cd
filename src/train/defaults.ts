/** Training that nobody has asked to be different: the paper's simplified setting at its own size. */
import type { AdamWConfig, Config, SgdConfig, TrainingConfig } from './config.js';

/** Freezes all but W_K^1, W_K^2, W_O^2 and the feed-forward maps: the paper's simplified setting. */
export const SIMPLIFIED_FREEZE: readonly string[] = [
  'tok_embeddings.weight',
  'pe',
  'output.weight',
  'layers.*.attention.wv.weight',
  'layers.0.attention.wo.weight',
];

export const SGD_DEFAULTS: SgdConfig = { kind: 'sgd', learningRate: 0.2, momentum: 0.9, weightDecay: 1e-4 };

export const ADAMW_DEFAULTS: AdamWConfig = {
  kind: 'adamw',
  learningRate: 3e-3,
  betas: [0.9, 0.95],
  eps: 1e-8,
  weightDecay: 1e-2,
};

export const TRAINING_DEFAULTS: TrainingConfig = {
  steps: 300,
  batchSize: 512,
  lossOn: 'in-context',
  optimizer: SGD_DEFAULTS,
  freeze: SIMPLIFIED_FREEZE,
  freezeUntil: [],
  evalEvery: 10,
  testSequences: 512,
  circuit: true,
};

export const RUN_DEFAULTS: Pick<Config, 'seed' | 'kernel' | 'threads'> = { seed: 1, kernel: 'auto', threads: 0 };
