/** A run that was saved as one .zip, laid out as a folder for as long as the process runs. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { FormatError } from '../errors.js';
import { fileError, readBytes } from './bytes.js';
import { unpackRun } from './format/archive.js';

const MOST_BYTES = 2 ** 31 - 1;
/** Of each file in it: an archive of a megabyte may claim to hold any number of them. */
const MOST_UNPACKED = 2 ** 30;

const folders = new Map<string, string>();

/** The folder itself, or that of an archive's files. Throws a FormatError that names the archive. */
export function runFolderOf(path: string): string {
  if (!path.endsWith('.zip') || !statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
  const known = folders.get(resolve(path));
  if (known !== undefined) return known;
  let files: ReturnType<typeof unpackRun>;
  try {
    files = unpackRun(readBytes(path, MOST_BYTES), MOST_UNPACKED);
  } catch (error) {
    if (error instanceof FormatError) throw new FormatError(`${path}: ${error.message}`);
    throw error;
  }
  try {
    const folder = mkdtempSync(join(tmpdir(), 'ihead-run-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    folders.set(resolve(path), folder);
    return folder;
  } catch (error) {
    throw fileError('unpack', path, error);
  }
}
