/** How much memory a command may take: counted before any is taken, refused above what is allowed. */
import { totalmem } from 'node:os';
import process from 'node:process';
import type { Command } from 'commander';
import { ConfigError } from '../errors.js';
import { lawBytes, type MemoryPart } from '../train/memory-bytes.js';

export interface MemoryOption {
  readonly memory?: string;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
const NAMED = 3;

export function addMemoryOption(command: Command): Command {
  return command.option('--memory <size>', 'most that may be taken, like 4G or 512M (default: half of the machine’s)');
}

/** Bytes. Throws a ConfigError for what is no size. */
export function readMemory({ memory }: MemoryOption): number {
  if (memory === undefined) return Math.floor(machineBytes() / 2);
  const [, digits, unit] = /^([0-9]{1,15}(?:\.[0-9]{1,3})?)([KMGT]?)$/.exec(memory) ?? [];
  const bytes = Math.floor(Number(digits) * UNITS[unit ?? '']!);
  if (digits === undefined || bytes < 1) throw new ConfigError('--memory', memory, 'a size in bytes, like 4G or 512M');
  return bytes;
}

/** Of the machine, or of the container that the process is held to. */
function machineBytes(): number {
  const machine = totalmem();
  const held = process.constrainedMemory?.() ?? 0;
  return held > 0 && held < machine ? held : machine;
}

/** Throws a ConfigError that names the largest parts where they are more than what is allowed. */
export function checkMemory(limit: number, parts: readonly MemoryPart[]): void {
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= limit) return;
  const named = [...parts].sort((a, b) => b.bytes - a.bytes).slice(0, NAMED);
  const list = named.map(({ what, bytes }) => `${what} ${size(bytes)}`).join(', ');
  throw new ConfigError('--memory', size(limit), `at least ${size(total)} (${list})`);
}

/** Of symbols whose corpus is about to be made: a table of counts that becomes the bigram law. */
export function checkSymbolCount(limit: number, symbols: number): void {
  checkMemory(limit, [{ what: `the bigram law of ${symbols} symbols`, bytes: lawBytes(symbols) }]);
}

/** Rounded so that what is named as enough is enough. */
function size(bytes: number): string {
  if (bytes < 2 ** 20) return bytes < 2 ** 10 ? `${bytes}` : `${Math.ceil(bytes / 2 ** 10)}K`;
  const mebibytes = Math.ceil(bytes / 2 ** 20);
  return mebibytes < 10_240 ? `${mebibytes}M` : `${Math.ceil(mebibytes / 1024)}G`;
}
