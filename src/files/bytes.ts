/** Whole files in and out. A failure is a FormatError that names the file and the reason in words. */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FormatError } from '../errors.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'it, or a part of its path, is not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'it is there already',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  ENAMETOOLONG: 'the name is too long',
};

/** What a failed call to the file system means, as an error of ours. */
export function fileError(doing: string, path: string, error: unknown): FormatError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new FormatError(`cannot ${doing} ${path}: ${REASONS[code ?? ''] ?? message}`);
}

/**
 * Makes a folder and those above it that are missing. One at a time: Node's own `recursive` never returns where a
 * parent exists and yet lets nothing be made in it, as in /proc.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) return;
    throw Object.assign(new Error(), { code: 'ENOTDIR' });
  }
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  mkdirSync(path);
}

/** The bytes of a regular file of at most `most` bytes; its size is looked at before anything is read. */
export function readBytes(path: string, most: number): Uint8Array {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > most) throw new Error(`it has ${stat.size} bytes, more than the ${most} that are read`);
    return readFileSync(path);
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** JSON from a file, with the file's name in the error. */
export function readJson(path: string, most: number): unknown {
  const bytes = readBytes(path, most);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new FormatError(`cannot read ${path}: ${error instanceof SyntaxError ? error.message : 'it is not UTF-8'}`);
  }
}

/**
 * Writes a file so that the path holds the old contents or all of the new, whatever happens: under a temporary name in
 * the same folder, flushed to the disk, then renamed. On failure the temporary file is removed.
 */
export function writeAtomic(path: string, contents: Uint8Array | string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  let file: number | undefined;
  try {
    file = openSync(temporary, 'wx');
    writeAll(file, typeof contents === 'string' ? new TextEncoder().encode(contents) : contents);
    fsyncSync(file);
    closeSync(file);
    file = undefined;
    renameSync(temporary, path);
  } catch (error) {
    if (file !== undefined) closeSync(file);
    if (existsSync(temporary)) rmSync(temporary, { force: true });
    throw fileError('write', path, error);
  }
}

/** Whether a name is one that `writeAtomic` gives a file on its way to `name`. */
export function isTemporaryOf(name: string, candidate: string): boolean {
  return candidate.startsWith(`.${name}.`) && /^[0-9a-f-]{36}\.tmp$/.test(candidate.slice(name.length + 2));
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
