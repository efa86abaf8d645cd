/**
 * From layers of settings to one configuration. Later layers win, setting by setting:
 *
 *     preset  <  config file  <  all --set together  <  named flags
 *
 * What no layer says is filled in from the defaults in the schemas; what follows from another setting (the table of
 * positions from the sequence length, the vocabulary from the corpus) is filled in last.
 */
import type { Corpus } from '../corpus/corpus.js';
import { ConfigError } from '../errors.js';
import { completeModel } from '../model/config.js';
import { checkPath, overlay, type Partly, parse } from '../schema.js';
import { checkKindSettings, type LossRuleName, taskKind } from '../task/kinds.js';
import {
  type Config,
  type ConfigLayer,
  type ConfigSettings,
  consistent,
  type OpenConfig,
  withCorpus,
  withoutOtherTask,
} from './config.js';
import { type OptimizerKind, optimizerDefaults } from './optimizers.js';
import { configSchema } from './schema.js';

/**
 * The configuration that the layers make, lowest first. `[]` is the preset `fixed`. Every layer is held to the schema
 * on its own. A layer that names the optimizer's kind drops what lower layers said about the other kind alone.
 * Throws a ConfigError with the setting's path, its value and what was expected.
 */
export function resolveConfig(layers: readonly ConfigLayer[]): OpenConfig {
  const merged = mergeLayers(layers) as Partly;
  checkKind(merged);
  checkKindSettings((merged.task ?? {}) as Partly);
  const parsed = parse(configSchema, merged);
  const { lossOn = taskKind(parsed.task.kind).loss as LossRuleName, ...training } = parsed.training;
  const config: ConfigSettings = { ...parsed, training: { ...training, lossOn } };
  return consistent({ ...config, model: completeModel(config.model, config.task.seqLength) });
}

/** The configuration of a run over a corpus; lowest layer first. Throws as `resolveConfig` and `withCorpus` do. */
export function configFor(corpus: Corpus | null, ...layers: readonly ConfigLayer[]): Config {
  const open = resolveConfig([corpus === null ? {} : { task: { corpus: corpus.name } }, ...layers]);
  return withCorpus(open, corpus);
}

/** The layers as one, lowest first: lists are replaced, groups merged. Throws a ConfigError as `readLayer` does. */
export function mergeLayers(layers: readonly ConfigLayer[]): ConfigLayer {
  let merged: Partly = {};
  for (const layer of layers) merged = overlay(configSchema, withoutOtherKinds(merged, readLayer(layer)), layer);
  return merged as ConfigLayer;
}

/** Data of unknown origin as a layer: every key is known, every value is one that its setting can take. */
export function readLayer(value: unknown): ConfigLayer {
  return overlay(configSchema, {}, value) as ConfigLayer;
}

/**
 * One `path.to.key=value`: the value is JSON if it parses, else a string. Lists are set whole, groups are merged:
 * `model.ffn=["none","mlp"]`, `task.triggers={"count":3}`. Throws when there is no such setting.
 */
export function parseSet(assignment: string): ConfigLayer {
  const equals = assignment.indexOf('=');
  if (equals < 1) throw new ConfigError('--set', assignment, 'path.to.key=value');
  const path = assignment.slice(0, equals).trim().split('.');
  const value = settingValue(assignment.slice(equals + 1));
  checkPath(configSchema, path, value);
  return readLayer(path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value));
}

/** All `--set` of one command line as one layer, the last one winning. */
export function setLayer(assignments: readonly string[]): ConfigLayer {
  let merged: Partly = {};
  for (const assignment of assignments) merged = overlay(configSchema, merged, parseSet(assignment));
  return merged as ConfigLayer;
}

/** JSON where it parses, `.05` as the number that it is, else text. */
export function settingValue(text: string): unknown {
  if (/^\s*[-+]?\.[0-9]+(e[-+]?[0-9]+)?\s*$/i.test(text)) return Number(text);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function withoutOtherKinds(lower: Partly, upper: ConfigLayer): Partly {
  return withoutOtherTask(withoutOtherKind(lower, upper), upper);
}

/** The lower layers without the settings that the kind of optimizer named by `upper` does not have. */
function withoutOtherKind(lower: Partly, upper: ConfigLayer): Partly {
  const kind = upper.training?.optimizer?.kind;
  const training = lower.training as Partly | undefined;
  if (kind === undefined || training?.optimizer === undefined) return lower;
  const keys = Object.keys(optimizerDefaults(kind));
  const kept = Object.entries(training.optimizer as Partly).filter(([key]) => keys.includes(key));
  return { ...lower, training: { ...training, optimizer: Object.fromEntries(kept) } };
}

/** A setting of the other kind of optimizer is an error that names the kind. */
function checkKind(merged: Partly): void {
  const optimizer = (merged.training as Partly | undefined)?.optimizer as Partly | undefined;
  const { kind, ...defaults } = optimizerDefaults(optimizer?.kind as OptimizerKind | undefined);
  const keys = ['kind', ...Object.keys(defaults)];
  for (const [key, value] of Object.entries(optimizer ?? {})) {
    if (keys.includes(key)) continue;
    throw new ConfigError(`training.optimizer.${key}`, value, `a setting of ${kind} (${keys.join(', ')})`);
  }
}
