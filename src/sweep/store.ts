/**
 * Runs by their ids, a folder each:
 *
 *     STORE/ID/params.json, metrics.jsonl, model.safetensors   as `ihead train` writes them
 *     STORE/ID/checkpoint-STEP.safetensors                     of a run that is under way, or was
 *     STORE/ID/outcome.json                                    how it ended, written last: without it a run has not
 *
 * What stands is taken for nothing but what it says: its files have the hashes that the outcome names, or the run
 * counts as missing.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Row } from '../analysis/record.js';
import { FormatError } from '../errors.js';
import { fileError, makeFolder, readBytes, readJson, writeAtomic } from '../files/bytes.js';
import {
  METRICS_FILE,
  MOST_JSON_BYTES,
  MOST_METRICS_BYTES,
  MOST_WEIGHTS_BYTES,
  PARAMS_FILE,
  readMetrics,
  WEIGHTS_FILE,
} from '../files/run.js';
import { nativeSha256 } from '../files/saved-states.js';
import { isRunId } from './run-id.js';

/** How a run ended. One that diverged does so again: it is not tried a second time. */
export interface Outcome {
  readonly id: string;
  readonly status: 'finished' | 'diverged';
  /** Steps that were done. */
  readonly steps: number;
  /** null: it has none. */
  readonly error: string | null;
  /** Of the files, in hex; null where there is none. */
  readonly sha256: { readonly metrics: string; readonly weights: string | null };
}

/** The bytes of a finished run, as they travel. */
export interface RunFiles {
  readonly params: Uint8Array;
  readonly metrics: Uint8Array;
  /** null: the run diverged. */
  readonly weights: Uint8Array | null;
}

export const OUTCOME_FILE = 'outcome.json';
export const DEFAULT_STORE = join('runs', 'store');

/** Absolute. */
export function runFolder(store: string, id: string): string {
  return resolve(store, id);
}

/** Throws a FormatError where there can be no such folder. */
export function makeStore(store: string): void {
  try {
    makeFolder(store);
  } catch (error) {
    throw fileError('make', store, error);
  }
}

/** What the store holds, by name alone: whether each has an outcome. */
export function runsIn(store: string): ReadonlyMap<string, 'ended' | 'begun'> {
  let names: string[];
  try {
    names = readdirSync(store);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw fileError('read', store, error);
  }
  const state = (id: string) => (existsSync(join(store, id, OUTCOME_FILE)) ? 'ended' : 'begun');
  return new Map(names.filter(isRunId).map((id) => [id, state(id)]));
}

/** How the run ended; null: it has not, or its files are not as they were. */
export function outcomeOf(store: string, id: string): Outcome | null {
  const folder = runFolder(store, id);
  if (!existsSync(join(folder, OUTCOME_FILE))) return null;
  try {
    const outcome = readJson(join(folder, OUTCOME_FILE), MOST_JSON_BYTES);
    if (!isOutcome(outcome) || outcome.id !== id) return null;
    const { metrics, weights } = outcome.sha256;
    if (nativeSha256(readBytes(join(folder, METRICS_FILE), MOST_METRICS_BYTES)) !== metrics) return null;
    if (weights === null) return outcome;
    return nativeSha256(readBytes(join(folder, WEIGHTS_FILE), MOST_WEIGHTS_BYTES)) === weights ? outcome : null;
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

/** The evaluations of a run that ended. */
export function curveOf(store: string, id: string): Row[] {
  return readMetrics(runFolder(store, id));
}

/** The weight file of a run that ended. */
export function weightBytesOf(store: string, id: string): Uint8Array {
  return readBytes(join(runFolder(store, id), WEIGHTS_FILE), MOST_WEIGHTS_BYTES);
}

/** Says that the run in the folder has ended; its other files are in place. */
export function writeOutcome(
  folder: string,
  { id, status, steps, error }: Omit<Outcome, 'sha256'>,
  weights: Uint8Array | null,
): Outcome {
  const sha256 = {
    metrics: nativeSha256(readBytes(join(folder, METRICS_FILE), MOST_METRICS_BYTES)),
    weights: weights === null ? null : nativeSha256(weights),
  };
  const outcome: Outcome = { id, status, steps, error, sha256 };
  keepOutcome(folder, outcome);
  return outcome;
}

/** The last of a run's files to be written. */
export function keepOutcome(folder: string, outcome: Outcome): void {
  writeAtomic(join(folder, OUTCOME_FILE), `${JSON.stringify(outcome, null, 2)}\n`);
}

/** The files of a run that ended in a folder, to be sent somewhere else. */
export function readRunFiles(folder: string): RunFiles {
  const weights = join(folder, WEIGHTS_FILE);
  return {
    params: readBytes(join(folder, PARAMS_FILE), MOST_JSON_BYTES),
    metrics: readBytes(join(folder, METRICS_FILE), MOST_METRICS_BYTES),
    weights: statSync(weights, { throwIfNoEntry: false }) ? readBytes(weights, MOST_WEIGHTS_BYTES) : null,
  };
}

export function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== 'object' || value === null) return false;
  const { id, status, steps, error, sha256 } = value as Partial<Record<keyof Outcome, unknown>>;
  const { metrics, weights } = (sha256 ?? {}) as Partial<Record<keyof Outcome['sha256'], unknown>>;
  return (
    typeof id === 'string' &&
    (status === 'finished' || status === 'diverged') &&
    Number.isSafeInteger(steps) &&
    (error === null || typeof error === 'string') &&
    typeof metrics === 'string' &&
    (weights === null ? status === 'diverged' : typeof weights === 'string')
  );
}
