/**
 * What a run's folder holds, and reading it:
 *
 *     params.json         the whole resolved configuration, and what it ran on
 *     metrics.jsonl       one line an evaluation, appended whole
 *     model.safetensors   all parameters, and the settings that decided them
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Row } from '../analysis/record.js';
import { ConfigError, FormatError } from '../errors.js';
import type { ConfigLayer } from '../train/config.js';
import { type CorpusIdentity, readWeightsConfig } from '../train/identity.js';
import { readLayer } from '../train/resolve.js';
import { fileError, readBytes, readJson } from './bytes.js';
import { readSafetensors, type StoredTensor } from './format/safetensors.js';

export const PARAMS_FILE = 'params.json';
export const METRICS_FILE = 'metrics.jsonl';
export const WEIGHTS_FILE = 'model.safetensors';

/** What is read of each at most. */
export const MOST_JSON_BYTES = 2 ** 24;
export const MOST_METRICS_BYTES = 2 ** 28;
export const MOST_WEIGHTS_BYTES = 2 ** 31 - 1;

/** What a run ran on, beside its configuration. The configuration's kernel and threads are those that were used. */
export interface Surroundings {
  /** Names of software → versions: ihead, and the runtime's own list. */
  readonly versions: Readonly<Record<string, string>>;
  /** Runtime, engine, processor, in words. */
  readonly runtime: string;
  /** Of the wasm that ran. */
  readonly sha256: string;
  /** What its products ran on: a matter of speed, of no bit. */
  readonly tile?: string;
  /** `Trainer.initialWeightsSha256`. */
  readonly init?: string | null;
}

const SURROUNDINGS: Readonly<Record<keyof Surroundings, true>> = {
  versions: true,
  runtime: true,
  sha256: true,
  tile: true,
  init: true,
};

/** Saved weights, and what is known of how they came about. */
export interface SavedRun {
  /** The weight file. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly step: number | undefined;
  /** The line of our metadata that the next two are read from; undefined: there is none. */
  readonly config: string | undefined;
  /** The settings that decided the weights. undefined: a file without our metadata, whose model has to be told. */
  readonly layer: ConfigLayer | undefined;
  /** The corpus that the weights were trained on; one given by path has to be found again and compared. */
  readonly corpus: CorpusIdentity | null | undefined;
}

/** Where a run goes unless it is told otherwise. */
export function defaultDirectory(preset: string, seed: number): string {
  return join('runs', `${preset}-${seed}`);
}

/** A config file as a layer. The params.json of a run is one too: what the run ran on is passed over. */
export function readConfigFile(path: string): ConfigLayer {
  const value = readJson(path, MOST_JSON_BYTES);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return readLayer(value);
  return readLayer(Object.fromEntries(Object.entries(value).filter(([key]) => !Object.hasOwn(SURROUNDINGS, key))));
}

/** `Trainer.initialWeightsSha256` of a params.json: no setting, so that a config file does not bring it. */
export function initOf(path: string): string | null {
  const value = readJson(path, MOST_JSON_BYTES);
  const { init = null } = typeof value === 'object' && value !== null ? (value as Partial<Surroundings>) : {};
  return typeof init === 'string' ? init : null;
}

/** The lines of a run's metrics. A last line that was cut off while it was written is passed over. */
export function readMetrics(directory: string): Row[] {
  const path = join(directory, METRICS_FILE);
  const lines = new TextDecoder().decode(readBytes(path, MOST_METRICS_BYTES)).split('\n');
  return lines.slice(0, -1).map((line, at) => {
    const value = parsed(line);
    const sound = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (sound && Object.values(value).every((metric) => metric === null || typeof metric === 'number')) {
      return value as Row;
    }
    throw new FormatError(`${path}: line ${at + 1}: expected an object of numbers`);
  });
}

/**
 * The weights in a run's folder or in a file, and their settings. In a folder, params.json says where a corpus given by
 * path lies, or lay; `most`: bytes of the file. Throws a FormatError that names the file, and the tensor at fault.
 */
export function readRun(path: string, most: number = MOST_WEIGHTS_BYTES): SavedRun {
  const directory = isDirectory(path);
  const file = directory ? join(path, WEIGHTS_FILE) : path;
  if (directory && !existsSync(file)) throw new FormatError(`cannot read ${file}: ${whyMissing(path)}`);
  const bytes = readBytes(file, Math.min(most, MOST_WEIGHTS_BYTES));
  try {
    const { metadata, tensors } = readSafetensors(bytes);
    const json = metadata.get('config');
    const none = { step: undefined, config: undefined, layer: undefined, corpus: undefined };
    if (json === undefined) return { path: file, tensors, ...none };
    const { layer, corpus } = readWeightsConfig(json);
    const found = { path: file, tensors, step: readStep(metadata), config: json, corpus };
    const params = join(path, PARAMS_FILE);
    if (!directory || corpus === null || typeof corpus === 'string' || !existsSync(params)) return { ...found, layer };
    const { corpus: given } = readConfigFile(params).task ?? {};
    return { ...found, layer: { ...layer, task: { ...layer.task, corpus: given && whereItLies(given, path) } } };
  } catch (error) {
    if (error instanceof FormatError || error instanceof ConfigError)
      throw new FormatError(`${file}: ${error.message}`);
    throw error;
  }
}

/** A corpus where it lay at the training, or else beside params.json, where a run that was moved may have it. */
function whereItLies(corpus: string, folder: string): string {
  const beside = join(folder, basename(corpus));
  return !existsSync(corpus) && existsSync(beside) ? beside : corpus;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** Where the weights of a folder without any may be. */
function whyMissing(path: string): string {
  const names = readdirSync(path);
  const aside = names.find((name) => name.startsWith('.old-') && existsSync(join(path, name, WEIGHTS_FILE)));
  if (aside !== undefined) return `those of the run that is being replaced are in ${join(path, aside)}`;
  return 'there is no such file or folder';
}

function readStep(metadata: ReadonlyMap<string, string>): number | undefined {
  const text = metadata.get('step');
  if (text === undefined) return undefined;
  const step = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(step)) {
    throw new FormatError(`metadata: step: expected a whole number, got ${JSON.stringify(text)}`);
  }
  return step;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
