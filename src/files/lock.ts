/** A file that says which process writes into a folder; what a process that is gone has left is taken over. */
import { randomBytes } from 'node:crypto';
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { temporaryIn, writeAll } from './bytes.js';

export const LOCK_FILE = '.lock';

/** Who holds a folder. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When its process began, for numbers are used again; null: the system does not say. */
  readonly began: string | null;
  /** ISO 8601, when the folder was taken. */
  readonly since: string;
}

export interface Lock {
  /** Whether the folder is still held: somebody may have removed the file. */
  held(): boolean;
  release(): void;
}

/** A file without a holder that is as old was not left by somebody who is about to write into it. */
const SETTLED = 10_000;
/** This process's own locks: its number alone would not tell them from those of a process before it. */
const own = new Set<string>();

/** The folder for this process, or who holds it. Throws what the file system throws. */
export function takeLock(folder: string): Lock | LockHolder {
  const path = join(folder, LOCK_FILE);
  for (;;) {
    const lock = create(path);
    if (lock !== null) return lock;
    const found = contents(path);
    if (found === null) continue;
    const holder = holderOf(found);
    if (holder === null ? !isSettled(path) : isAlive(holder, found)) {
      return holder ?? { pid: 0, host: 'unknown', began: null, since: new Date().toISOString() };
    }
    remove(path, found);
  }
}

export function isLock(found: Lock | LockHolder): found is Lock {
  return 'held' in found;
}

function create(path: string): Lock | null {
  const holder: LockHolder = {
    pid: process.pid,
    host: hostname(),
    began: beginning(process.pid),
    since: new Date().toISOString(),
  };
  // The nonce tells this lock from any other that this process has held.
  const text = `${JSON.stringify({ ...holder, nonce: randomBytes(8).toString('hex') })}\n`;
  if (!place(path, text)) return null;
  own.add(text);
  return {
    held: () => contents(path) === text,
    release() {
      own.delete(text);
      if (contents(path) === text) rmSync(path, { force: true });
    },
  };
}

/** Errors of a file system without hard links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** Puts the file there, whole from its first moment; false: there is one, or somebody has cleared the folder. */
function place(path: string, text: string): boolean {
  const temporary = temporaryIn(dirname(path));
  try {
    writeNew(temporary, text);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    if (!NO_LINKS.includes(code)) throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  try {
    writeNew(path, text);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    rmSync(path, { force: true });
    throw error;
  }
}

function writeNew(path: string, text: string): void {
  const file = openSync(path, 'wx');
  try {
    writeAll(file, new TextEncoder().encode(text));
  } finally {
    closeSync(file);
  }
}

/** Takes a left lock away. Of two processes that do, one moves what the other has just made: it puts that back. */
function remove(path: string, found: string): void {
  const aside = temporaryIn(dirname(path));
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (contents(aside) === found) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

/** null: there is no such file. */
function contents(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function holderOf(text: string): LockHolder | null {
  try {
    const { pid, host, began, since } = JSON.parse(text) as Partial<Record<keyof LockHolder, unknown>>;
    if (!Number.isSafeInteger(pid) || typeof host !== 'string' || typeof since !== 'string') return null;
    return { pid: pid as number, host, began: typeof began === 'string' ? began : null, since };
  } catch {
    return null;
  }
}

function isSettled(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > SETTLED;
}

/** Of another host nothing is known but what the file says. */
function isAlive({ pid, host, began }: LockHolder, text: string): boolean {
  if (own.has(text) || host !== hostname()) return true;
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = beginning(pid);
  return now !== GONE && (began === null || now === null || began === now);
}

const GONE = 'gone';

/** The machine's start and the process's in ticks from there; null where the system has no file that says so. */
function beginning(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // After the name, which may hold anything, in parentheses: the state, field 3 of the line, to the start, field 22.
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    // Killed, though its parent has not asked for it yet.
    return fields[0] === 'Z' || fields[0] === 'X' ? GONE : `${boot} ${fields[19]}`;
  } catch {
    return null;
  }
}
