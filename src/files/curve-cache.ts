/** Curves of experiments on disk, one file a run, named by the hash of what decides it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../analysis/record.js';
import { FormatError } from '../errors.js';
import { fileError, makeFolder, readJson, removeStaleTemporaries, writeAtomic } from './bytes.js';

const MOST_BYTES = 2 ** 28;

/** A folder of curves. A file that cannot be read is no error: its run is trained again. */
export function curveStore(folder: string): {
  get(key: string): Promise<readonly Row[] | undefined>;
  set(key: string, curve: readonly Row[]): Promise<void>;
} {
  removeStaleTemporaries(folder);
  const fileOf = (key: string) => join(folder, `${key}.json`);
  return {
    async get(key) {
      if (!existsSync(fileOf(key))) return undefined;
      try {
        const curve = readJson(fileOf(key), MOST_BYTES);
        return Array.isArray(curve) && curve.every(isRow) ? (curve as readonly Row[]) : undefined;
      } catch (error) {
        if (error instanceof FormatError) return undefined;
        throw error;
      }
    },
    async set(key, curve) {
      try {
        makeFolder(folder);
      } catch (error) {
        throw fileError('make', folder, error);
      }
      writeAtomic(fileOf(key), `${JSON.stringify(curve)}\n`);
    },
  };
}

function isRow(row: unknown): boolean {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false;
  return Object.values(row).every((value) => value === null || typeof value === 'number');
}
