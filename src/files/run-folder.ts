/**
 * The folder of a run that is under way. One process at a time writes into it (lock.ts), and a run that replaces
 * another one loses nothing of that: its files stand aside in `.old-ID/` until new weights are in place.
 *
 *     .old-ID.part/   files on their way out or back; whoever finds it moves them back
 *     .old-ID/        all of them; removed once model.safetensors is there, moved back where the new run left nothing
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../analysis/record.js';
import { ConfigError, FormatError } from '../errors.js';
import type { Config } from '../train/config.js';
import { fileError, isTemporary, makeFolder, readBytes, syncFolder, writeAll, writeAtomic } from './bytes.js';
import { isCheckpoint } from './checkpoint.js';
import type { MetricsPrefix } from './format/checkpoint.js';
import { isLock, LOCK_FILE, type Lock, takeLock } from './lock.js';
import { METRICS_FILE, MOST_METRICS_BYTES, PARAMS_FILE, type Surroundings, WEIGHTS_FILE } from './run.js';

/** new: a folder without a run; replace: with or without one; resume: the run that is there goes on. */
export type OpenMode = 'new' | 'replace' | 'resume';

export interface RunFolder {
  readonly path: string;
  /** A run stands aside until this one has weights. */
  readonly replaces: boolean;
  writeParams(config: Config, surroundings: Surroundings): void;
  /** Appends one whole line. */
  appendMetrics(line: Row): void;
  /** What has been appended, flushed to the disk. */
  flushMetrics(): MetricsPrefix;
  /** Whether the file begins so. */
  beginsWith(prefix: MetricsPrefix): boolean;
  /** Cuts the file to its first bytes. */
  cutMetrics(bytes: number): void;
  /** Puts the weights in place; what this run replaces is removed. `bytes`: what writeSafetensors made. */
  writeWeights(bytes: Uint8Array): void;
  /** Throws a FormatError where another process has taken the folder. */
  checkHeld(): void;
  /** Where neither weights nor a checkpoint came of it, the run that it was to replace is moved back. */
  close(): void;
}

/** Another process writes into the folder. */
export class FolderHeldError extends ConfigError {
  constructor(path: string, who: string) {
    super('--out', path, `a folder that nobody writes into (${who}; if it is gone, remove ${LOCK_FILE})`);
  }
}

const OLD = /^\.old-[0-9a-f]{8}$/;
const PART = '.part';

/** Throws a ConfigError about `--out` where the folder cannot be had, or another process writes into it. */
export function openRunFolder(path: string, mode: OpenMode): RunFolder {
  if (path === '') throw new ConfigError('--out', path, 'the name of a folder');
  const lock = usable(path, 'make', () => {
    makeFolder(path);
    return takeLock(path);
  });
  if (!isLock(lock)) {
    const who = `process ${lock.pid} on ${lock.host}, since ${lock.since}`;
    throw new FolderHeldError(path, who);
  }
  try {
    usable(path, 'clear', () => {
      recover(path);
      for (const name of readdirSync(path).filter(isTemporary)) rmSync(join(path, name), { force: true });
    });
    if (mode === 'new' && readdirSync(path).some(isOfRun)) {
      throw new ConfigError('--out', path, 'a folder without a run (--overwrite replaces the one it holds)');
    }
    usable(path, 'clear', () => {
      if (mode === 'replace') putAside(path);
    });
    return usable(path, 'make', () => openFolder(path, lock));
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openFolder(path: string, lock: Lock): RunFolder {
  const metrics = join(path, METRICS_FILE);
  // Only the file itself: a link leads somewhere else.
  if (lstatSync(metrics, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(metrics);
  const file = openSync(metrics, 'a+');
  let hash = createHash('sha256');
  let length = 0;
  const start = (bytes: Uint8Array) => {
    hash = createHash('sha256').update(bytes);
    length = bytes.length;
  };
  start(readBytes(metrics, MOST_METRICS_BYTES));
  const checkHeld = () => {
    if (!lock.held()) throw new FormatError(`${path}: another process has taken the folder; this one leaves it`);
  };

  return {
    path,
    get replaces() {
      return readdirSync(path).some((name) => OLD.test(name));
    },
    writeParams(config, surroundings) {
      checkHeld();
      writeAtomic(join(path, PARAMS_FILE), `${JSON.stringify({ ...config, ...surroundings }, null, 2)}\n`);
    },
    appendMetrics(line) {
      checkHeld();
      const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
      try {
        writeAll(file, bytes);
      } catch (error) {
        ftruncateSync(file, length);
        throw fileError('write', metrics, error);
      }
      hash.update(bytes);
      length += bytes.length;
    },
    flushMetrics() {
      try {
        fsyncSync(file);
      } catch (error) {
        throw fileError('write', metrics, error);
      }
      return { bytes: length, sha256: hash.copy().digest('hex') };
    },
    beginsWith({ bytes, sha256 }) {
      if (bytes > length) return false;
      const begin = readBytes(metrics, MOST_METRICS_BYTES).subarray(0, bytes);
      return createHash('sha256').update(begin).digest('hex') === sha256;
    },
    cutMetrics(bytes) {
      checkHeld();
      try {
        ftruncateSync(file, bytes);
        fsyncSync(file);
      } catch (error) {
        throw fileError('write', metrics, error);
      }
      start(readBytes(metrics, MOST_METRICS_BYTES));
    },
    writeWeights(bytes) {
      checkHeld();
      writeAtomic(join(path, WEIGHTS_FILE), bytes);
      for (const name of readdirSync(path).filter((found) => OLD.test(found))) {
        rmSync(join(path, name), { recursive: true, force: true });
      }
    },
    checkHeld,
    close() {
      closeSync(file);
      try {
        if (lock.held()) recover(path);
      } finally {
        lock.release();
      }
    },
  };
}

function isOfRun(name: string): boolean {
  return name === PARAMS_FILE || name === METRICS_FILE || name === WEIGHTS_FILE || isCheckpoint(name);
}

/** Brings a folder from wherever a process stopped to one that holds a run whole, or what may be resumed. */
function recover(path: string): void {
  const names = readdirSync(path);
  for (const name of names.filter((found) => found.endsWith(PART) && OLD.test(found.slice(0, -PART.length)))) {
    moveBack(path, name);
  }
  for (const name of names.filter((found) => OLD.test(found))) {
    if (names.includes(WEIGHTS_FILE)) rmSync(join(path, name), { recursive: true, force: true });
    else if (!names.some(isCheckpoint)) {
      for (const left of names.filter(isOfRun)) rmSync(join(path, left), { force: true });
      renameSync(join(path, name), join(path, name + PART));
      moveBack(path, name + PART);
    }
  }
}

function moveBack(path: string, aside: string): void {
  for (const name of readdirSync(join(path, aside))) renameSync(join(path, aside, name), join(path, name));
  rmdirSync(join(path, aside));
  syncFolder(path);
}

/** The run that is there; where one stands aside already, that one stays and the unfinished one goes. */
function putAside(path: string): void {
  const names = readdirSync(path);
  const ours = names.filter(isOfRun);
  for (const name of ours) {
    if (lstatSync(join(path, name)).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
  }
  if (names.some((name) => OLD.test(name))) {
    for (const name of ours) rmSync(join(path, name));
  } else if (ours.length > 0) {
    const aside = `.old-${randomBytes(4).toString('hex')}`;
    mkdirSync(join(path, aside + PART));
    for (const name of ours) renameSync(join(path, name), join(path, aside + PART, name));
    renameSync(join(path, aside + PART), join(path, aside));
    syncFolder(path);
  }
}

function usable<T>(path: string, doing: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const why = error instanceof FormatError ? error.message : fileError(doing, path, error).message;
    throw new ConfigError('--out', path, `a folder that can be used: ${why}`);
  }
}
