/** Whole files in and out. A failure is a FormatError that names the file and the reason in words. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
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

const AN_HOUR = 3_600_000;

/** What a failed call to the file system means, as an error of ours. */
export function fileError(doing: string, path: string, error: unknown): FormatError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new FormatError(`cannot ${doing} ${path}: ${REASONS[code ?? ''] ?? message}`);
}

/**
 * Makes a folder and those above it that are missing. One at a time: Node's own `recursive` never returns where a
 * parent exists and yet lets nothing be made in it, as in /proc. Another process may make the same ones meanwhile.
 */
export function makeFolder(path: string): void {
  const folder = resolve(path);
  const known = statSync(folder, { throwIfNoEntry: false });
  if (known?.isDirectory()) return;
  if (known !== undefined) throw Object.assign(new Error(), { code: 'ENOTDIR' });
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** The bytes of a regular file of at most `limit` bytes; its size is looked at before anything is read. */
export function readBytes(path: string, limit: number): Uint8Array {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > limit) throw new Error(`expected at most ${limit} bytes, got ${stat.size}`);
    const { buffer, byteOffset, length } = readFileSync(path);
    // A Buffer's slice is no copy, as that of every other array of bytes is.
    return new Uint8Array(buffer, byteOffset, length);
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** JSON from a file, with the file's name in the error. */
export function readJson(path: string, limit: number): unknown {
  const bytes = readBytes(path, limit);
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
  const folder = dirname(path);
  const temporary = temporaryIn(folder);
  let file: number | undefined;
  try {
    file = openSync(temporary, 'wx');
    writeAll(file, typeof contents === 'string' ? new TextEncoder().encode(contents) : contents);
    fsyncSync(file);
    closeSync(file);
    file = undefined;
    renameSync(temporary, path);
    syncFolder(folder);
  } catch (error) {
    if (file !== undefined) closeSync(file);
    rmSync(temporary, { force: true });
    throw fileError('write', path, error);
  }
}

/** A path that nobody else has: for a file on its way to another name in the folder, or from one. */
export function temporaryIn(folder: string): string {
  return join(folder, `.ihead-${randomBytes(8).toString('hex')}.tmp`);
}

/** Whether a name is one that `temporaryIn` gives. */
export function isTemporary(name: string): boolean {
  return /^\.ihead-[0-9a-f]{16}\.tmp$/.test(name);
}

/** Removes what killed processes have left of files on their way: those that nobody has written to for an hour. */
export function removeStaleTemporaries(folder: string): void {
  try {
    for (const name of readdirSync(folder).filter(isTemporary)) {
      const path = join(folder, name);
      if (Date.now() - lstatSync(path).mtimeMs > AN_HOUR) rmSync(path, { force: true });
    }
  } catch {
    // Whoever writes into the folder will say what is wrong with it.
  }
}

/** Flushes the names in a folder to the disk, where the system can. */
export function syncFolder(folder: string): void {
  let file: number | undefined;
  try {
    file = openSync(folder, 'r');
    fsyncSync(file);
  } catch (error) {
    // Windows opens no folders, and some file systems flush none.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP'].includes(code)) throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** All of the bytes: one call of the system may take a part. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

const { resolve: resolvePackage } = createRequire(import.meta.url);
const RASTER_WASM = '@resvg/resvg-wasm/index_bg.wasm';
/** One font with Latin, Greek, Cyrillic, Hebrew and Arabic letters, and the pictures of blanks (␣ ↵ ⇥). */
const FONTS = ['dejavu-fonts-ttf/ttf/DejaVuSans.ttf', 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'];

/** What drawing a PNG needs, from the installed packages: resvg's module and DejaVu Sans, plain and bold. */
export async function loadRasterAssets(): Promise<{ wasm: Uint8Array<ArrayBuffer>; fonts: Uint8Array[] }> {
  const read = async (path: string) => new Uint8Array(await readFile(resolvePackage(path)));
  const [wasm, ...fonts] = await Promise.all([RASTER_WASM, ...FONTS].map(read));
  return { wasm: wasm!, fonts };
}
