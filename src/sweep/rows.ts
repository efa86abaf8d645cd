/**
 * A sweep as rows, one a run, in a file of JSON lines: what was varied under its path, the seed, and the last
 * evaluation under the keys of metrics.jsonl. Every line has the same columns: a reader of tables needs no more.
 */
import { join } from 'node:path';
import type { Row } from '../analysis/record.js';
import { makeFolder, writeAtomic } from '../files/bytes.js';
import { nativeSha256 } from '../files/saved-states.js';
import type { Settings } from './settings.js';
import { runFolder } from './store.js';

/** failed: its settings cannot be trained; begun, missing: not yet. */
export type RunStatus = 'finished' | 'diverged' | 'failed' | 'begun' | 'missing';

export interface SweepRow {
  readonly id: string;
  readonly settings: Settings;
  readonly seed: number;
  /** Absolute. */
  readonly directory: string;
  readonly status: RunStatus;
  /** The last evaluation; null where there is none. */
  readonly final: Row | null;
}

export const SWEEPS_FOLDER = 'sweeps';
const DIGITS = 12;

/** Where the rows of a sweep of these runs stand in a store: the same runs, the same file. */
export function rowsPath(store: string, ids: readonly string[]): string {
  return join(store, SWEEPS_FOLDER, `${nativeSha256(ids.join(' ')).slice(0, DIGITS)}.jsonl`);
}

export function writeRows(store: string, path: string, varied: readonly string[], rows: readonly SweepRow[]): void {
  const measured = new Set(rows.flatMap(({ final }) => Object.keys(final ?? {})));
  const lines = rows.map(({ id, settings, seed, status, final }) => {
    const own = varied.map((key) => [key, settings[key] ?? null]);
    const measures = [...measured].map((key) => [key, final?.[key] ?? null]);
    const directory = runFolder(store, id);
    return JSON.stringify({ id, ...Object.fromEntries(own), seed, status, directory, ...Object.fromEntries(measures) });
  });
  makeFolder(join(store, SWEEPS_FOLDER));
  writeAtomic(path, `${lines.join('\n')}\n`);
}
