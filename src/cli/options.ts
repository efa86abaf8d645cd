/**
 * The options that every command with a configuration shares, and the way from them to one:
 *
 *     this machine's threads  <  --preset  <  --config  <  --set  <  other flags
 */
import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import type { GenericSchema, InferOutput } from 'valibot';
import type { Corpus } from '../corpus/corpus.js';
import { ConfigError, FormatError } from '../errors.js';
import { loadCorpus } from '../files/corpus.js';
import { readConfigFile } from '../files/run.js';
import { integer, parse } from '../schema.js';
import { type LossRuleName, taskKind } from '../task/kinds.js';
import { createTask, type Task } from '../task/task.js';
import { type Config, type ConfigLayer, KERNELS, withCorpus } from '../train/config.js';
import { memoryParts } from '../train/memory-bytes.js';
import { presetNamed, presets } from '../train/presets.js';
import { parseSet, resolveConfig, setLayer } from '../train/resolve.js';
import { addMemoryOption, checkMemory, checkSymbolCount, type MemoryOption, readMemory } from './memory.js';

/** As commander gives them: text, or undefined where not given. */
export interface ConfigOptions extends MemoryOption {
  readonly preset?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly seed?: string;
  readonly threads?: string;
  readonly kernel?: string;
}

/** A flag, the setting that it stands for, and what was given. */
export type Flag = readonly [flag: string, path: string, given: string | undefined];

/** What a command line asks for, by where it says so. */
export interface AskedLayers {
  readonly preset: ConfigLayer | undefined;
  readonly file: ConfigLayer | undefined;
  readonly set: ConfigLayer;
  readonly flags: ConfigLayer;
}

/** A configuration that is checked as a whole, and what it runs on. */
export interface Setting {
  readonly config: Config;
  /** null: the task has none. */
  readonly corpus: Corpus | null;
  readonly task: Task;
}

export const DEFAULT_PRESET = 'paper';
const MOST_THREADS = 256;

/** What --preset and --seed are where they are not given. */
export interface ConfigDefaults {
  readonly preset: string;
  readonly seed: string;
}

export function addConfigOptions(
  command: Command,
  { preset, seed }: ConfigDefaults = { preset: DEFAULT_PRESET, seed: '1' },
): Command {
  addModelOptions(command, preset).option('--seed <n>', `seed of all randomness, 0 to 2^53 - 1 (default: ${seed})`);
  return addMachineOptions(command);
}

/** What says which model weights belong to. */
export function addModelOptions(command: Command, preset: string): Command {
  command
    .option('--preset <name>', `settings to start from: ${Object.keys(presets).join(', ')} (default: ${preset})`)
    .option('--config <file>', 'JSON file of settings, or the params.json of a run');
  return addSetOption(command);
}

export function addSetOption(command: Command): Command {
  return command.option(
    '--set <path=value>',
    'one setting, like task.triggers.count=3; the value is JSON, else text; repeatable',
    (given: string, before: readonly string[] = []) => [...before, given],
  );
}

/** What runs a configuration, and does not decide its results. */
export function addMachineOptions(command: Command): Command {
  addMemoryOption(command);
  const kernels = `${KERNELS.slice(0, -1).join(', ')}, or ${KERNELS.at(-1)}`;
  return command
    .option('--threads <n>', 'workers; 0: none, same results (default: one a core)')
    .option(
      '--kernel <name>',
      `${kernels}: faster, with bits of its own, where the runtime fuses multiply and add (default: ${KERNELS[0]})`,
    );
}

/** `--count` of a command that draws sequences. */
export function countOption(text: string, count: number): Option {
  return new Option('--count <n>', text).default(String(count), String(count));
}

export function readCount({ count }: { readonly count: string }): number {
  return readOption('--count', integer(1, 2 ** 32 - 1), count);
}

/** Throws ConfigError or FormatError with the option, the setting and what was expected. */
export function askedLayers(options: ConfigOptions, more: readonly Flag[] = []): AskedLayers {
  return {
    preset: options.preset === undefined ? undefined : named(options.preset),
    file: options.config === undefined ? undefined : configFile(options.config),
    set: setLayer(options.set ?? []),
    flags: flagLayer([
      ['--seed', 'seed', options.seed],
      ['--threads', 'threads', options.threads],
      ['--kernel', 'kernel', options.kernel],
      ...more,
    ]),
  };
}

/** The lowest layer: settings that depend on the machine. */
export function machineLayer(): ConfigLayer {
  return { threads: Math.min(availableParallelism(), MOST_THREADS) };
}

/**
 * From layers to configuration, corpus and task, each checked against the others. `any loss`: none is taken, so that a
 * task without a position for its own is as good as any.
 */
export function settle(
  options: ConfigOptions,
  more: readonly Flag[] = [],
  loss: 'own loss' | 'any loss' = 'own loss',
): Setting {
  const { preset = presetNamed(DEFAULT_PRESET), file = {}, set, flags } = askedLayers(options, more);
  const layers = [preset, file, set, flags];
  return settleLayers(loss === 'own loss' ? layers : [...layers, widestLoss(layers)], readMemory(options));
}

/** The first rule of the kind of task that the layers name. */
function widestLoss(layers: readonly ConfigLayer[]): ConfigLayer {
  const kind = layers.findLast(({ task }) => task?.kind !== undefined)?.task?.kind;
  const [lossOn] = Object.keys(taskKind(kind).losses) as LossRuleName[];
  return { training: { lossOn } };
}

/** The same of layers, the lowest one first, over what is left to the machine. `memory`: bytes that may be taken. */
export function settleLayers(layers: readonly ConfigLayer[], memory: number): Setting {
  const open = resolveConfig([machineLayer(), ...layers]);
  const corpus = loadCorpus(open.task.corpus, (symbols) => checkSymbolCount(memory, symbols));
  const config = withCorpus(open, corpus);
  checkMemory(memory, memoryParts(config, corpus, config.threads));
  return { config, corpus, task: createTask(config.task, corpus) };
}

/** The value of an option that is no setting. */
export function readOption<S extends GenericSchema>(flag: string, schema: S, given: string): InferOutput<S> {
  return parse(schema, numberOrText(given), flag);
}

function named(preset: string): ConfigLayer {
  try {
    return presetNamed(preset);
  } catch (error) {
    throw renamed(error, '--preset');
  }
}

function configFile(path: string): ConfigLayer {
  try {
    return readConfigFile(path);
  } catch (error) {
    if (error instanceof ConfigError) throw new FormatError(`${path}: ${error.message}`);
    throw error;
  }
}

/** Flags as a layer; what is wrong with a value is said of the flag. */
function flagLayer(flags: readonly Flag[]): ConfigLayer {
  const assignments: string[] = [];
  for (const [flag, path, given] of flags) {
    if (given === undefined) continue;
    const assignment = `${path}=${JSON.stringify(numberOrText(given))}`;
    try {
      parseSet(assignment);
    } catch (error) {
      throw renamed(error, flag);
    }
    assignments.push(assignment);
  }
  return setLayer(assignments);
}

/** A plain finite number as such, all else as text: `--steps ""` is not 0, `--seed 1e999` not infinity. */
function numberOrText(given: string): number | string {
  return /^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$/.test(given) && Number.isFinite(Number(given))
    ? Number(given)
    : given;
}

function renamed(error: unknown, key: string): unknown {
  return error instanceof ConfigError ? new ConfigError(key, error.value, error.expected) : error;
}
