/** Saved weights with all that is needed to run them: their model, and the task that they meet. */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Build } from '../../bindings/instance.js';
import { exactMath } from '../../bindings/math.js';
import { STREAMS } from '../../bindings/streams.js';
import type { MemoryInput } from '../analysis/memory/memories.js';
import type { Corpus } from '../corpus/corpus.js';
import { type CorpusIdentity, corpusIdentity } from '../corpus/identity.js';
import { ConfigError, DivergenceError, FormatError, show } from '../errors.js';
import { runFolderOf } from '../files/archive.js';
import { readBytes } from '../files/bytes.js';
import { loadCorpus } from '../files/corpus.js';
import { fitWeights, readWeights } from '../files/format/weights.js';
import { readRun, type SavedRun, WEIGHTS_FILE } from '../files/run.js';
import type { ModelConfig } from '../model/config.js';
import { type Observer, openObserver } from '../model/observation.js';
import type { Weights } from '../model/open.js';
import { taskKind } from '../task/kinds.js';
import { type MarkedSequence, markedSequences } from '../task/sequences.js';
import { createTask } from '../task/task.js';
import type { Config, ConfigLayer, OpenConfig } from '../train/config.js';
import { canonicalJson } from '../train/identity.js';
import { type MemoryPart, memoryParts } from '../train/memory-bytes.js';
import { presetNamed } from '../train/presets.js';
import { resolveConfig } from '../train/resolve.js';
import { chooseBuild } from './builds.js';
import { checkMemory, checkSymbolCount, readMemory } from './memory.js';
import {
  addConfigOptions,
  askedLayers,
  type ConfigOptions,
  DEFAULT_PRESET,
  machineLayer,
  type Setting,
} from './options.js';
import { note } from './output.js';

export interface LoadedWeights extends Setting {
  /** Every parameter by its name. */
  readonly weights: Weights;
  /** The settings that decided the weights, as their file has them; undefined where it has none. */
  readonly decided: ConfigLayer | undefined;
  /** Steps that were finished; undefined where the file does not say. */
  readonly step: number | undefined;
  readonly build: Build;
}

/** Where the settings of saved weights come from unless an option says otherwise. */
export const OF_THE_WEIGHTS = 'as the weights were made';

/** The argument and the options of a command that looks at saved weights; its own options come before. */
export function addWeightsOptions(command: Command): Command {
  const path = "a run's folder, its .zip from the lab, or a safetensors file; one without our metadata needs --config";
  return addConfigOptions(command.argument('<path>', path), { preset: OF_THE_WEIGHTS, seed: OF_THE_WEIGHTS });
}

const MOST_BYTES = 2 ** 31 - 1;

/** What memory a command takes for weights of such a configuration. */
export type Takes = (config: Config, corpus: Corpus | null) => readonly MemoryPart[];

const modelAlone: Takes = (config, corpus) => memoryParts(config, corpus, 0);

/**
 * The weights in a run's folder or in a file. Their model is the file's own, or for a file without our metadata that of
 * `--preset` or `--config`; the task is the one that they were trained on, or what the options make of it.
 */
export function loadWeights(path: string, options: ConfigOptions, takes: Takes = modelAlone): LoadedWeights {
  const limit = readMemory(options);
  const saved = readRun(runFolderOf(path), limit);
  const { open, givenCorpus } = settingsOf(saved, options);
  if (
    saved.corpus !== null &&
    typeof saved.corpus === 'object' &&
    saved.layer?.task?.corpus === undefined &&
    !givenCorpus
  ) {
    const name = show(saved.corpus.name);
    throw new FormatError(
      `${saved.path}: task.corpus: expected the path of ${name} (--set task.corpus=PATH), got none`,
    );
  }
  const corpus = loadCorpus(open.task.corpus, (symbols) => checkSymbolCount(limit, symbols));
  const size = taskKind(open.task.kind).vocabulary(open.task, corpus);
  const vocabSize = open.model.vocabSize ?? size;
  if (vocabSize !== size) {
    const what = corpus === null ? 'task' : 'corpus';
    const expected = `a ${what} of the weights' ${vocabSize} symbols (model.vocabSize; this one has ${size})`;
    const [key, value] = corpus === null ? ['task', show(open.task)] : ['task.corpus', open.task.corpus];
    throw new ConfigError(key!, value, expected);
  }
  const config = { ...open, model: { ...open.model, vocabSize } };
  checkMemory(limit, takes(config, corpus));
  const weights = fitSaved(saved, config.model);
  compareCorpus(saved, config.task.corpus, corpusIdentity(config.task.corpus, corpus), givenCorpus);
  const task = createTask(config.task, corpus);
  const { layer: decided, step } = saved;
  return { config, corpus, task, weights, decided, step, build: chooseBuild(config.kernel) };
}

/** The weights alone, without corpus and task; the vocabulary is the file's own where no setting gives it. */
export function loadModel(
  path: string,
  options: ConfigOptions,
): { readonly saved: SavedRun; readonly model: ModelConfig; readonly weights: Weights } {
  const saved = readRun(runFolderOf(path), readMemory(options));
  const { model: open } = settingsOf(saved, options).open;
  const embedding = [...saved.tensors.values()].find(({ name }) => /(^|\.)(tok_embeddings|output)\.weight$/.test(name));
  const { vocabSize = embedding?.shape[0] ?? 0 } = open;
  const model = { ...open, vocabSize };
  return { saved, model, weights: fitSaved(saved, model) };
}

function settingsOf(saved: SavedRun, options: ConfigOptions): { open: OpenConfig; givenCorpus: boolean } {
  const { preset, file, set, flags } = askedLayers(options);
  if (saved.layer === undefined && preset === undefined && file === undefined) {
    throw new FormatError(
      `${saved.path}: metadata: expected config, got none: --config or --preset must give the model`,
    );
  }
  const layers =
    saved.layer === undefined
      ? [machineLayer(), preset ?? presetNamed(DEFAULT_PRESET), file ?? {}, set, flags]
      : [machineLayer(), withoutKernel(saved.layer), withoutModel(preset), withoutModel(file), set, flags];
  const open = resolveConfig(layers);
  if (saved.layer !== undefined) checkSameModel(open.model, saved.layer);
  return { open, givenCorpus: [preset, file, set].some((layer) => layer?.task?.corpus !== undefined) };
}

function fitSaved({ path, tensors }: SavedRun, model: ModelConfig): Weights {
  return inFile(path, () => fitWeights(tensors, model, (message) => note(`${path}: ${message}`)));
}

/** The weights to start a run from: any file with exactly the model's parameters, or a run as the lab saves it. */
export function readInitialWeights(path: string, model: ModelConfig, warn: (message: string) => void): Weights {
  const folder = runFolderOf(path);
  const bytes = readBytes(folder === path ? path : join(folder, WEIGHTS_FILE), MOST_BYTES);
  return inFile(path, () => readWeights(bytes, model, (message) => warn(`${path}: ${message}`)));
}

function inFile<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof FormatError) throw new FormatError(`${path}: ${error.message}`);
    throw error;
  }
}

/** A preset or a config file gives the task alone: the model is that of the weights. */
function withoutModel(layer: ConfigLayer = {}): ConfigLayer {
  const { model, ...rest } = layer;
  return rest;
}

/** Any kernel reads what another one has trained: a fused run may be looked at where only the strict build works. */
function withoutKernel(layer: ConfigLayer): ConfigLayer {
  const { kernel, ...rest } = layer;
  return rest;
}

/** `--set model.…` may only repeat what the weights have. */
function checkSameModel(asked: object, { model = {} }: ConfigLayer): void {
  for (const [key, value] of Object.entries(asked)) {
    const own: unknown = (model as Readonly<Record<string, unknown>>)[key];
    if (own !== undefined && canonicalJson(own) !== canonicalJson(value)) {
      throw new ConfigError(`model.${key}`, value, `${show(own)}, as the weights have it`);
    }
  }
}

/** Another corpus than that of the training: a warning where it was asked for, an error where its file has changed. */
function compareCorpus(
  { corpus: own, path }: SavedRun,
  setting: string | undefined,
  given: CorpusIdentity | null,
  asked: boolean,
): void {
  if (own === undefined || own === null || given === null || sameCorpus(own, given)) return;
  const name = typeof own === 'string' ? own : `${own.name}, sha256 of its counts ${own.sha256}`;
  if (!asked)
    throw new FormatError(
      `${path}: task.corpus: expected the corpus of the training (${name}), got another ${setting}`,
    );
  note(`warning: task.corpus: ${show(setting)} is not the corpus that the weights were trained on (${name})`);
}

function sameCorpus(a: CorpusIdentity, b: CorpusIdentity): boolean {
  return typeof a === 'string' || typeof b === 'string' ? a === b : a.sha256 === b.sha256;
}

/** What the memories in the weights are read from. */
export function memoryInput({ config, corpus, task, weights, build }: LoadedWeights): MemoryInput {
  const parameter = (name: string) => weights.get(name)!;
  const { log } = exactMath(build);
  return { model: config.model, parameter, triggers: task.fixedTriggers, laws: corpus, log };
}

/** Of sequences of `length` tokens. */
export function observerOf(
  { config, weights, build }: Pick<LoadedWeights, 'config' | 'weights' | 'build'>,
  length: number,
): Observer {
  return openObserver(config.model, weights, { build, length, circuit: config.training.circuit });
}

/** Sequences of the task that no training and no test set holds. */
export function freshSequences(
  { config, task, build }: Pick<LoadedWeights, 'config' | 'task' | 'build'>,
  count: number,
): Iterable<MarkedSequence> {
  return markedSequences(task, { seed: config.seed, count, stream: STREAMS.fresh, build });
}

/** Throws a DivergenceError where the weights are finite and what they compute is not. */
export function checkForward(loaded: LoadedWeights): void {
  const { step = 0, config } = loaded;
  for (const { tokens, targets } of freshSequences(loaded, 1)) {
    const { logits } = observerOf(loaded, config.task.seqLength).observe(tokens, targets);
    const bad = logits.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new DivergenceError(step, 'a logit', bad);
  }
}

/** JSON writes NaN and infinities as null, which stands for a mean over nothing. */
export function checkFinite(step: number | undefined, metrics: Readonly<Record<string, number | null>>): void {
  for (const [metric, value] of Object.entries(metrics)) {
    if (value !== null && !Number.isFinite(value)) throw new DivergenceError(step ?? 0, metric, value);
  }
}
