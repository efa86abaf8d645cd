/**
 * What decides the weights of a run, as the one line of JSON that travels inside the weight file. Two runs with equal
 * lines give equal weights: nothing in it depends on time, machine, path, runtime or the number of workers.
 */
import type { CorpusIdentity } from '../corpus/identity.js';
import { ConfigError, FormatError, show } from '../errors.js';
import { DEFAULT_KIND, taskKind } from '../task/kinds.js';
import type { Config, ConfigLayer } from './config.js';
import { readLayer } from './resolve.js';

export type { CorpusIdentity };

/** Settings of training that only watch the run. */
const WATCHING = ['evalEvery', 'testSequences'] as const satisfies readonly (keyof Config['training'])[];

/** Canonical JSON: keys sorted by code unit at every depth, no spaces, settings that are undefined left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const given = Object.entries(value).filter(([, inner]) => inner !== undefined);
  given.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${given.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
}

/**
 * The `config` of a weight file: seed, kernel as resolved, task, model, and training without what only watches the run.
 * A corpus given by path is named by its identity instead.
 */
export function weightsConfig(config: Config, corpus: CorpusIdentity | null): string {
  const { evalEvery, testSequences, ...decisive } = config.training;
  // A rule that reads evaluations is decided by when there are any, and by the test set.
  const training = decisive.stopWhen === undefined ? decisive : config.training;
  const kernel = config.kernel === 'auto' ? 'simd' : config.kernel;
  const { corpus: _, ...task } = config.task;
  return canonicalJson({
    seed: config.seed,
    kernel,
    task: { ...task, ...(corpus === null ? {} : { corpus }) },
    model: config.model,
    training,
  });
}

/** The same without the number of steps: a run of these settings goes on from any step to any other. */
export function resumableConfig(config: Config, corpus: CorpusIdentity | null): string {
  return withoutSteps(weightsConfig(config, corpus));
}

/** The `config` of a weight file, as `resumableConfig` gives it. */
export function withoutSteps(line: string): string {
  const { training, ...rest } = JSON.parse(line) as Config;
  const { steps, ...decisive } = training;
  return canonicalJson({ ...rest, training: decisive });
}

/** Throws a ConfigError that names the first setting in which two such lines differ, and both its values. */
export function checkSameRun(saved: string, asked: string): void {
  const difference = firstDifference(JSON.parse(saved), JSON.parse(asked), '');
  if (difference === null) return;
  const [key, was, is] = difference;
  throw new ConfigError(key, is, `${show(was)}, as the saved run has it`);
}

function firstDifference(a: unknown, b: unknown, key: string): [key: string, a: unknown, b: unknown] | null {
  if (!isRecord(a) || !isRecord(b)) return canonicalJson(a) === canonicalJson(b) ? null : [key, a, b];
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(a[name], b[name], key === '' ? name : `${key}.${name}`);
    if (found !== null) return found;
  }
  return null;
}

/**
 * The settings in a weight file's `config`, and the corpus that it was trained on. Where that corpus had been given by
 * path, the layer says nothing about `task.corpus`: the caller has to find the file and to compare its sha256.
 */
export function readWeightsConfig(json: string): {
  readonly layer: ConfigLayer;
  readonly corpus: CorpusIdentity | null;
} {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new FormatError(`metadata: config: expected JSON, got ${show(json)}`);
  }
  const task = isRecord(value) ? value.task : undefined;
  if (!isRecord(value) || !isRecord(task)) {
    throw new FormatError(`metadata: config: task: expected an object, got ${show(task)}`);
  }
  checkDecisive(value);
  const { corpus, ...rest } = task;
  if (corpus === undefined && !taskKind(String(task.kind ?? DEFAULT_KIND)).needsCorpus) {
    return { layer: readLayer(value), corpus: null };
  }
  if (typeof corpus === 'string') return { layer: readLayer(value), corpus };
  if (!isRecord(corpus) || typeof corpus.name !== 'string' || !/^[0-9a-f]{64}$/.test(String(corpus.sha256))) {
    throw new FormatError(`metadata: config: task.corpus: expected a name and a sha256, got ${show(corpus)}`);
  }
  const identity = { name: corpus.name, sha256: String(corpus.sha256) };
  return { layer: readLayer({ ...value, task: rest }), corpus: identity };
}

/** A file may not set what decides no weights, such as the threads of the machine that reads it. */
function checkDecisive(config: Record<string, unknown>): void {
  const training = isRecord(config.training) ? config.training : {};
  const watching = Object.hasOwn(training, 'stopWhen') ? [] : WATCHING;
  const found = [
    ...['threads'].filter((key) => Object.hasOwn(config, key)),
    ...watching.filter((key) => Object.hasOwn(training, key)).map((key) => `training.${key}`),
  ];
  if (found.length > 0) {
    throw new FormatError(`metadata: config: expected settings that decide the weights, got ${found.join(', ')}`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
