/** The whole configuration of a run, as it stands in params.json, in a config file and behind `--set`. */
import * as v from 'valibot';
import type { ModelConfig, ModelSettings, OpenModelConfig } from '../model/config.js';
import { modelSchema } from '../model/config.js';
import { boolean, finite, integer, list, oneOf, settings, text } from '../schema.js';
import type { TaskConfig } from '../task/config.js';
import { taskSchema } from '../task/config.js';
import { ADAMW_DEFAULTS, RUN_DEFAULTS, SGD_DEFAULTS, TRAINING_DEFAULTS } from './defaults.js';

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

/** A resolved configuration whose corpus has not been read yet: `withCorpus` makes it a Config. */
export type OpenConfig = Omit<Config, 'model'> & { readonly model: OpenModelConfig };

/** A configuration with every default filled in, before settings that follow from others. */
export type ConfigSettings = Omit<Config, 'model'> & { readonly model: ModelSettings };

/** Some settings of a configuration, at any depth: a preset, a config file, what the command line sets. */
export type ConfigLayer = DeepPartial<ConfigSettings>;

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined }
    : T;

const MOST_STEPS = 1e9;
const rate = finite('a finite number of at least 0', (n) => n >= 0);
const decay = finite('a number in [0, 1)', (n) => n >= 0 && n < 1);
const glob = text('a glob over parameter names, like layers.*.attention.wv.weight', 200);
const betas = v.custom<readonly [number, number]>(
  (value) => Array.isArray(value) && value.length === 2 && value.every((beta) => v.is(decay, beta)),
  'two numbers in [0, 1)',
);

const sgdSchema = settings({
  kind: v.optional(v.literal('sgd'), 'sgd'),
  learningRate: v.optional(rate, SGD_DEFAULTS.learningRate),
  momentum: v.optional(decay, SGD_DEFAULTS.momentum),
  weightDecay: v.optional(rate, SGD_DEFAULTS.weightDecay),
});

const adamwSchema = settings({
  kind: v.literal('adamw'),
  learningRate: v.optional(rate, ADAMW_DEFAULTS.learningRate),
  betas: v.optional(betas, () => [...ADAMW_DEFAULTS.betas] as const),
  eps: v.optional(
    finite('a finite number above 0', (n) => n > 0),
    ADAMW_DEFAULTS.eps,
  ),
  weightDecay: v.optional(rate, ADAMW_DEFAULTS.weightDecay),
});

/** The optimizer's settings by kind. */
export const optimizerSchema = v.variant('kind', [sgdSchema, adamwSchema]) satisfies v.GenericSchema<
  unknown,
  OptimizerConfig
>;

/** The names of one optimizer's settings. */
export function optimizerKeys(kind: OptimizerConfig['kind']): readonly string[] {
  return Object.keys((kind === 'sgd' ? sgdSchema : adamwSchema).entries);
}

const trainingSchema = settings({
  steps: v.optional(integer(1, MOST_STEPS), TRAINING_DEFAULTS.steps),
  batchSize: v.optional(integer(1, 65536), TRAINING_DEFAULTS.batchSize),
  lossOn: v.optional(oneOf('all', 'in-context'), TRAINING_DEFAULTS.lossOn),
  optimizer: v.optional(optimizerSchema, { kind: 'sgd' }),
  freeze: v.optional(list(glob, 'a list of globs over parameter names', 1000), () => [...TRAINING_DEFAULTS.freeze]),
  freezeUntil: v.optional(
    list(settings({ parameter: glob, step: integer(0, MOST_STEPS) }), 'a list of { parameter: glob, step }', 1000),
    () => [],
  ),
  evalEvery: v.optional(integer(1, MOST_STEPS), TRAINING_DEFAULTS.evalEvery),
  testSequences: v.optional(integer(0, 65536), TRAINING_DEFAULTS.testSequences),
  circuit: v.optional(boolean, TRAINING_DEFAULTS.circuit),
}) satisfies v.GenericSchema<unknown, TrainingConfig>;

export const configSchema = settings({
  seed: v.optional(integer(0, Number.MAX_SAFE_INTEGER), RUN_DEFAULTS.seed),
  task: v.optional(taskSchema, {}),
  model: v.optional(modelSchema, {}),
  training: v.optional(trainingSchema, {}),
  kernel: v.optional(oneOf('auto', 'simd', 'relaxed'), RUN_DEFAULTS.kernel),
  threads: v.optional(integer(0, 256), RUN_DEFAULTS.threads),
}) satisfies v.GenericSchema<unknown, ConfigSettings>;
