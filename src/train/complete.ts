/**
 * From layers of settings to a configuration, without a look at what the types already say: for pages whose settings are
 * their own. resolve.ts does the same for settings from outside, and checks them.
 */
import type { Corpus } from '../corpus/corpus.js';
import { ConfigError } from '../errors.js';
import { completeModel, MODEL_DEFAULTS } from '../model/complete.js';
import { TASK_DEFAULTS } from '../task/defaults.js';
import type { Config, ConfigLayer, ConfigSettings, OpenConfig, OptimizerConfig } from './config.js';
import { ADAMW_DEFAULTS, RUN_DEFAULTS, SGD_DEFAULTS, TRAINING_DEFAULTS } from './defaults.js';

type Group = Readonly<Record<string, unknown>>;

/**
 * The configuration of a run over a corpus; later layers win, setting by setting, and defaults fill in the rest. The layers
 * are held to their types and to what one setting asks of another (ConfigError), and to no more.
 */
export function configFor(corpus: Corpus, ...layers: readonly ConfigLayer[]): Config {
  const named: ConfigLayer = { task: { corpus: corpus.name } };
  const { optimizer: defaultOptimizer, ...training } = TRAINING_DEFAULTS;
  const defaults = { ...RUN_DEFAULTS, task: TASK_DEFAULTS, model: MODEL_DEFAULTS, training };
  const merged = [named, ...layers].reduce<Group>((lower, layer) => merge(lower, layer as Group), defaults);
  const settings = merged as unknown as ConfigSettings;
  const { optimizer = { kind: defaultOptimizer.kind } } = settings.training;
  return withCorpus(
    consistent({
      ...settings,
      model: completeModel(settings.model, settings.task.seqLength),
      training: { ...settings.training, optimizer: completeOptimizer(optimizer as Partial<OptimizerConfig>) },
    }),
    { size: corpus.symbols.length },
  );
}

/**
 * The configuration over a corpus of `size` symbols: the vocabulary follows from it.
 * Throws a ConfigError where a layer has set another one.
 */
export function withCorpus(config: OpenConfig, corpus: { readonly size: number }): Config {
  const { size } = corpus;
  const { vocabSize = size, ...model } = config.model;
  if (vocabSize !== size) {
    throw new ConfigError('model.vocabSize', vocabSize, `the number of symbols in ${config.task.corpus} (${size})`);
  }
  return { ...config, model: { vocabSize, ...model } };
}

/** What a setting asks of another one, across task, model and training. */
export function consistent(config: OpenConfig): OpenConfig {
  const { task, model, training } = config;
  if (task.seqLength > model.maxLength) {
    throw new ConfigError('task.seqLength', task.seqLength, `at most model.maxLength (${model.maxLength})`);
  }
  if (training.lossOn === 'in-context' && task.triggers.count === 0) {
    const expected = 'all where task.triggers.count is 0 (no position would be in the loss)';
    throw new ConfigError('training.lossOn', training.lossOn, expected);
  }
  return config;
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

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What lower layers said about another kind of optimizer is dropped. */
function completeOptimizer(given: Partial<OptimizerConfig>): OptimizerConfig {
  const defaults = given.kind === 'adamw' ? ADAMW_DEFAULTS : SGD_DEFAULTS;
  return Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, (given as Group)[name] ?? value]),
  ) as unknown as OptimizerConfig;
}
