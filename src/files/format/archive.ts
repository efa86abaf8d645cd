/**
 * A run's folder as one file: a .zip with params.json, metrics.jsonl and model.safetensors, and the text it was trained
 * on where that is a text of one's own.
 */
import { unzipSync, type Zippable, zipSync } from 'fflate';
import { FormatError } from '../../errors.js';

/** What an archive may hold; whatever else lies in it is passed over. */
export const ARCHIVED = ['params.json', 'metrics.jsonl', 'model.safetensors', 'corpus.txt'] as const;

export type ArchivedName = (typeof ARCHIVED)[number];
export type ArchivedFiles = Partial<Record<ArchivedName, Uint8Array>>;

/** Every archive of the same files is the same bytes. */
const DATE = new Date(1980, 0, 1);

/** Weights do not get smaller: nothing is compressed but text. */
export function packRun(files: ArchivedFiles): Uint8Array {
  const entries: Zippable = {};
  for (const name of ARCHIVED) {
    const bytes = files[name];
    if (bytes !== undefined) entries[name] = [bytes, { level: name.endsWith('.safetensors') ? 0 : 6 }];
  }
  return zipSync(entries, { mtime: DATE });
}

/**
 * The run's files, at the top of the archive or in its only folder. Throws a FormatError for what is no archive, holds
 * no run, or says that a file is larger than `most` bytes.
 */
export function unpackRun(archive: Uint8Array, most: number): ArchivedFiles {
  const files: ArchivedFiles = {};
  let tooLarge: string | null = null;
  let found: Record<string, Uint8Array>;
  try {
    found = unzipSync(archive, {
      filter({ name, originalSize }) {
        if (nameOf(name) === null) return false;
        if (originalSize > most) tooLarge = `${name}: expected at most ${most} bytes, got ${originalSize}`;
        return tooLarge === null;
      },
    });
  } catch (error) {
    throw new FormatError(`expected a .zip of a run, got one that cannot be read (${(error as Error).message})`);
  }
  if (tooLarge !== null) throw new FormatError(tooLarge);
  for (const [path, bytes] of Object.entries(found)) {
    const name = nameOf(path)!;
    if (files[name] !== undefined) throw new FormatError(`${name}: expected one of them, got two`);
    files[name] = bytes;
  }
  if (files['model.safetensors'] === undefined && files['params.json'] === undefined) {
    throw new FormatError('expected a .zip of a run, got one without model.safetensors and params.json');
  }
  return files;
}

/** null: no file of a run. Nothing of the path but its end is believed. */
function nameOf(path: string): ArchivedName | null {
  const last = path.slice(path.lastIndexOf('/') + 1);
  return ARCHIVED.find((name) => name === last) ?? null;
}
