/** The whole configuration of a run, as it stands in params.json, in a config file and behind `--set`. */
import type { ModelConfig } from '../model/config.js';
import type { TaskConfig } from '../task/config.js';

export interface SgdConfig {
  readonly kind: 'sgd';
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

export interface AdamWConfig {
  readonly kind: 'adamw';
  readonly learningRate: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
}

export type OptimizerConfig = SgdConfig | AdamWConfig;

export interface TrainingConfig {
  readonly steps: number;
  readonly batchSize: number;
  /** all: every position; in-context: positions whose trigger occurs at least the second time. */
  readonly lossOn: 'all' | 'in-context';
  readonly optimizer: OptimizerConfig;
  /** Globs over parameter names that are not trained. */
  readonly freeze: readonly string[];
  /** Globs frozen until a step and trained from it on; wins over `freeze`. */
  readonly freezeUntil: readonly { readonly parameter: string; readonly step: number }[];
  readonly evalEvery: number;
  /** Sequences of the fixed test set behind acc_end_test. */
  readonly testSequences: number;
  /** false: every layer takes the plain path instead of the circuit form. */
  readonly circuit: boolean;
}

export interface Config {
  readonly seed: number;
  readonly task: TaskConfig;
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
  readonly kernel: 'auto' | 'simd' | 'relaxed';
  readonly threads: number;
}
