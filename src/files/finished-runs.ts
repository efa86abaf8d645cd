/** Runs that `ihead train` finished, in the folders of one folder, found by what decides their weights and curves. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../analysis/record.js';
import type { Corpus } from '../corpus/corpus.js';
import { corpusIdentity } from '../corpus/identity.js';
import { FormatError } from '../errors.js';
import type { Config } from '../train/config.js';
import { weightsConfig } from '../train/identity.js';
import { fileError, readBytes, readJson } from './bytes.js';
import { readSafetensors } from './format/safetensors.js';
import { readWeights } from './format/weights.js';
import {
  METRICS_FILE,
  MOST_JSON_BYTES,
  MOST_WEIGHTS_BYTES,
  PARAMS_FILE,
  readMetrics,
  type Surroundings,
  WEIGHTS_FILE,
} from './run.js';

export interface FinishedRun {
  readonly curve: readonly Row[];
  readonly weights: ReturnType<typeof readWeights>;
  readonly on: Surroundings;
}

/** Looks for a run of exactly these settings on these counts. Throws a FormatError for a folder that cannot be read. */
export function finishedRuns(folder: string): (config: Config, corpus: Corpus) => FinishedRun | undefined {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw fileError('read', folder, error);
  }
  const runs = names
    .map((name) => join(folder, name))
    .filter((path) => [PARAMS_FILE, METRICS_FILE, WEIGHTS_FILE].every((file) => existsSync(join(path, file))))
    .map((path) => {
      const { metadata } = readSafetensors(readBytes(join(path, WEIGHTS_FILE), MOST_WEIGHTS_BYTES));
      const params = readJson(join(path, PARAMS_FILE), MOST_JSON_BYTES) as Partial<Config> & Surroundings;
      if (typeof params?.training !== 'object') throw new FormatError(`${path}: expected the settings of a run`);
      return { path, decided: metadata.get('config'), step: Number(metadata.get('step')), params };
    });

  return (config, corpus) => {
    const decided = weightsConfig(config, corpusIdentity(config.task.corpus, corpus));
    const { steps, evalEvery, testSequences } = config.training;
    const found = runs.find(({ decided: saved, step, params: { training } }) => {
      const watched = training?.evalEvery === evalEvery && training.testSequences === testSequences;
      return saved === decided && step === steps && watched;
    });
    if (found === undefined) return undefined;
    const { path, params } = found;
    const bytes = readBytes(join(path, WEIGHTS_FILE), MOST_WEIGHTS_BYTES);
    const { versions, runtime, sha256 } = params;
    return { curve: readMetrics(path), weights: readWeights(bytes, config.model), on: { versions, runtime, sha256 } };
  };
}
