/**
 * Curves of experiments on disk, one file a run, named by the hash of what decides it. A file says which run it belongs
 * to and the sha256 of its rows: verdicts are given on what was measured, and on nothing else.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../analysis/record.js';
import { FormatError } from '../errors.js';
import { fileError, makeFolder, readJson, removeStaleTemporaries, writeAtomic } from './bytes.js';

const MOST_BYTES = 2 ** 28;

interface Stored {
  readonly key: string;
  readonly sha256: string;
  readonly rows: readonly Row[];
}

/** A folder of curves. A file that is damaged or was changed is no error: `warn` is told, and its run trained again. */
export function curveStore(
  folder: string,
  warn: (message: string) => void = () => {},
): {
  get(key: string): Promise<readonly Row[] | undefined>;
  set(key: string, curve: readonly Row[]): Promise<void>;
} {
  removeStaleTemporaries(folder);
  const fileOf = (key: string) => join(folder, `${key}.json`);
  return {
    async get(key) {
      if (!existsSync(fileOf(key))) return undefined;
      try {
        return rowsOf(readJson(fileOf(key), MOST_BYTES), key);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        warn(`warning: ${fileOf(key)}: ${error.message}: its run is trained again`);
        return undefined;
      }
    },
    async set(key, rows) {
      try {
        makeFolder(folder);
      } catch (error) {
        throw fileError('make', folder, error);
      }
      writeAtomic(fileOf(key), `${JSON.stringify({ key, sha256: hashOf(key, rows), rows } satisfies Stored)}\n`);
    },
  };
}

function rowsOf(value: unknown, key: string): readonly Row[] {
  const { key: own, sha256: hash, rows } = (value ?? {}) as Partial<Stored>;
  if (own !== key) throw new FormatError('key: expected that of its name');
  if (!Array.isArray(rows) || !rows.every(isRow)) throw new FormatError('rows: expected objects of numbers');
  if (hash !== hashOf(key, rows)) throw new FormatError('sha256: expected that of its rows');
  return rows;
}

function hashOf(key: string, rows: readonly Row[]): string {
  return createHash('sha256')
    .update(`${key}\n${JSON.stringify(rows)}`)
    .digest('hex');
}

function isRow(row: unknown): boolean {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false;
  return Object.values(row).every((value) => value === null || typeof value === 'number');
}
