/**
 * The configuration of a run, as it stands in params.json, in a config file and behind `--set`: types, defaults, and
 * the way from layers of settings that hold to their types to a whole one. resolve.ts does the same for settings from
 * outside.
 */
import type { Corpus } from '../corpus/corpus.js';
import { ConfigError } from '../errors.js';
import {
  completeModel,
  MODEL_DEFAULTS,
  type ModelConfig,
  type ModelSettings,
  type OpenModelConfig,
} from '../model/config.js';
import {
  bareTask,
  checkKindSettings,
  checkLoss,
  type Group,
  isGroup,
  type LossRuleName,
  settingsOfKind,
  type TaskConfig,
  type TaskLayer,
  taskKind,
} from '../task/kinds.js';
import { completeOptimizer, type OptimizerConfig, optimizerDefaults } from './optimizers.js';

export const KERNELS = ['auto', 'simd', 'fused'] as const;

/** Ends a run before its last step. */
export interface StopRule {
  /** A key of a record. */
  readonly metric: string;
  /** Of a loss at most this, of anything else at least this. */
  readonly threshold: number;
  /** Evaluations in a row that have to reach it. */
  readonly patience: number;
}

export interface TrainingConfig {
  readonly steps: number;
  readonly batchSize: number;
  /** all: every position; in-context: positions whose trigger occurs at least the second time. */
  readonly lossOn: LossRuleName;
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
  /** Absent: the run has all its steps. */
  readonly stopWhen?: StopRule | undefined;
}

export interface Config {
  readonly seed: number;
  readonly task: TaskConfig;
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
  /** auto is simd, which rounds alike everywhere; fused rounds once where simd rounds twice. */
  readonly kernel: (typeof KERNELS)[number];
  readonly threads: number;
}

/** A resolved configuration whose corpus has not been read yet: `withCorpus` makes it a Config. */
export type OpenConfig = Omit<Config, 'model'> & { readonly model: OpenModelConfig };

/** A configuration with every default filled in, before settings that follow from others. */
export type ConfigSettings = Omit<Config, 'model'> & { readonly model: ModelSettings };

/** Some settings of a configuration, at any depth: a preset, a config file, what the command line sets. */
export type ConfigLayer = DeepPartial<Omit<ConfigSettings, 'task'>> & { readonly task?: TaskLayer | undefined };

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined }
    : T;

/** Freezes all but W_K^1, W_K^2, W_O^2 and the feed-forward maps: the paper's simplified setting. */
export const SIMPLIFIED_FREEZE: readonly string[] = [
  'tok_embeddings.weight',
  'pe',
  'output.weight',
  'layers.*.attention.wv.weight',
  'layers.0.attention.wo.weight',
];

export const TRAINING_DEFAULTS: TrainingConfig = {
  steps: 300,
  batchSize: 512,
  lossOn: 'in-context',
  optimizer: optimizerDefaults(),
  freeze: SIMPLIFIED_FREEZE,
  freezeUntil: [],
  evalEvery: 10,
  testSequences: 512,
  circuit: true,
};

export const RUN_DEFAULTS: Pick<Config, 'seed' | 'kernel' | 'threads'> = { seed: 1, kernel: 'auto', threads: 0 };

/**
 * The configuration of a run over a corpus; later layers win, setting by setting, and defaults fill in the rest. The
 * layers are held to their types and to what one setting asks of another (ConfigError), and to no more.
 */
export function completeConfig(corpus: Corpus | null, ...layers: readonly ConfigLayer[]): Config {
  const { optimizer: _, lossOn: _rule, ...training } = TRAINING_DEFAULTS;
  const defaults = { ...RUN_DEFAULTS, model: MODEL_DEFAULTS, training };
  const asked = layers.reduce<Group>((lower, layer) => merge(withoutOtherTask(lower, layer), layer as Group), {});
  const task = (asked.task ?? {}) as Group;
  checkKindSettings(task);
  const kind = taskKind(task.kind as string | undefined);
  const named = kind.needsCorpus && corpus !== null ? { corpus: corpus.name } : {};
  const own = { task: merge({ ...kind.defaults }, named), training: { lossOn: kind.loss } };
  const settings = merge(merge(defaults, own), asked) as unknown as ConfigSettings;
  return withCorpus(
    consistent({
      ...settings,
      model: completeModel(settings.model, settings.task.seqLength),
      training: { ...settings.training, optimizer: completeOptimizer(settings.training.optimizer ?? {}) },
    }),
    corpus,
  );
}

/** The configuration over a corpus, which decides the vocabulary. Throws a ConfigError where a layer sets another. */
export function withCorpus(config: OpenConfig, corpus: Pick<Corpus, 'symbols'> | null): Config {
  const size = taskKind(config.task.kind).vocabulary(config.task, corpus);
  const { vocabSize = size, ...model } = config.model;
  if (vocabSize !== size) {
    throw new ConfigError(
      'model.vocabSize',
      vocabSize,
      `the number of symbols in ${config.task.corpus ?? 'the task'} (${size})`,
    );
  }
  return { ...config, model: { vocabSize, ...model } };
}

/** What a setting asks of another one, across task, model and training. */
export function consistent(config: OpenConfig): OpenConfig {
  const { task, model, training } = config;
  if (task.seqLength > model.maxLength) {
    throw new ConfigError('task.seqLength', task.seqLength, `at most model.maxLength (${model.maxLength})`);
  }
  checkLoss(task, training.lossOn);
  return { ...config, task: bareTask(task) };
}

/**
 * Lower layers without what the kind of task that `upper` names does not have: settings of other kinds, and a rule of
 * the loss.
 */
export function withoutOtherTask<L extends Readonly<Record<string, unknown>>>(lower: L, upper: ConfigLayer): L {
  const kind = upper.task?.kind;
  if (kind === undefined) return lower;
  const { task, training } = lower as { readonly task?: Group; readonly training?: Group };
  const { lossOn, ...rest } = training ?? {};
  const kept = lossOn !== undefined && Object.hasOwn(taskKind(kind).losses, lossOn as string) ? { lossOn } : {};
  return {
    ...lower,
    ...(task === undefined ? {} : { task: settingsOfKind(task, kind) }),
    ...(training === undefined ? {} : { training: { ...rest, ...kept } }),
  };
}

/** `upper` over `lower`: groups are merged, everything else is replaced whole, undefined counts as not given. */
function merge(lower: Group, upper: Group): Group {
  const merged: Record<string, unknown> = { ...lower };
  for (const [name, value] of Object.entries(upper)) {
    if (isGroup(value)) merged[name] = merge((merged[name] ?? {}) as Group, value);
    else if (value !== undefined) merged[name] = value;
  }
  return merged;
}
