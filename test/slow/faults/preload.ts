/**
 * Loaded before the command (`node --import`): makes one call to the file system fail, or ends the process there. Only
 * calls that change something below FAULT_FOLDER count; FAULT_AT says which, from 0; without it they are counted, and
 * the number goes to FAULT_COUNT at the end.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';
import process from 'node:process';

export type Fault = 'kill before' | 'kill half-way' | 'kill after' | 'ENOSPC' | 'EIO' | 'short write';

type Call = (...args: unknown[]) => unknown;

const folder = resolve(process.env.FAULT_FOLDER!);
const at = Number(process.env.FAULT_AT ?? Number.NaN);
const fault = process.env.FAULT as Fault | undefined;
const counted = process.env.FAULT_COUNT;
const files = new Set<unknown>();
const system = fs as unknown as Record<string, Call>;
const write = system.writeSync!;
let calls = 0;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

/** Half of the bytes, and how many those are. */
function writeHalf(args: readonly unknown[]): number {
  const [file, bytes, offset = 0] = args as [number, Uint8Array, number?];
  const half = Math.ceil((bytes.length - offset) / 2);
  return write(file, bytes, offset, half) as number;
}

function failing(name: string, act: Call, args: unknown[]): unknown {
  const writes = name === 'writeSync';
  if (fault === 'kill before') die();
  if (fault === 'kill half-way' || fault === 'kill after') {
    if (fault === 'kill half-way' && writes) writeHalf(args);
    else act(...args);
    die();
  }
  if (fault === 'short write') return writes ? writeHalf(args) : act(...args);
  if (writes) writeHalf(args);
  throw Object.assign(new Error(`${fault}: injected, ${name}`), { code: fault });
}

function watch(name: string, isBelow: (args: readonly unknown[]) => boolean): void {
  const act = system[name]!;
  system[name] = (...args) => {
    if (!isBelow(args)) return act(...args);
    const result = calls++ === at ? failing(name, act, args) : act(...args);
    if (name === 'openSync') files.add(result);
    return result;
  };
}

const byPath = ([path]: readonly unknown[]) => resolve(String(path)).startsWith(folder);
const byFile = ([file]: readonly unknown[]) => files.has(file);
for (const name of ['openSync', 'linkSync', 'renameSync', 'mkdirSync', 'rmSync', 'rmdirSync']) watch(name, byPath);
for (const name of ['writeSync', 'fsyncSync', 'ftruncateSync']) watch(name, byFile);
const close = system.closeSync!;
system.closeSync = (file) => {
  files.delete(file);
  return close(file);
};
syncBuiltinESMExports();
process.on('exit', () => {
  if (counted !== undefined) fs.writeFileSync(counted, String(calls));
});
