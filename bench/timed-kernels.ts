/**
 * Times every kernel call of an instance: its exports are exchanged for ones with a clock around them, and back. What
 * the products do is worked out from their arguments, after the clock has stopped.
 */
import type { KernelExports } from '../bindings/builds/kernels.js';
import type { Instance } from '../bindings/instance.js';

export interface KernelTime {
  readonly kernel: string;
  /** The shape of a product, its rows left open; empty for other kernels. */
  readonly detail: string;
  calls: number;
  milliseconds: number;
  /** 0 for what is not a product. */
  flop: number;
}

export interface KernelTimer {
  on(): void;
  off(): void;
  times(): readonly KernelTime[];
}

/** FLOP of one call, and the sizes that tell it from other calls of the same kernel. */
interface OpenRun {
  readonly flop: number;
  readonly key: number;
  readonly detail: () => string;
}

type Reader = (args: readonly number[], memory: WebAssembly.Memory) => OpenRun;

/** Keeps two sizes in one number: neither comes near it. */
const KEY = 2 ** 20;

const READERS: Readonly<Record<string, Reader>> = {
  multiply: ([, , , rowStride, depthStride, , rows, columns, depth]) => {
    const flop = 2 * rows! * columns! * depth!;
    // A left-hand side whose neighbours in memory are neighbours in rows lies transposed.
    return rowStride === 1 && depthStride !== 1
      ? { flop, key: -(rows! * KEY + columns!), detail: () => `aᵀ b: ${rows} × ${columns} × ·` }
      : { flop, key: columns! * KEY + depth!, detail: () => `a b: · × ${columns} × ${depth}` };
  },
  causalScores: ([, , , , , positions, rows, columns, depth], memory) => ({
    flop: 2 * depth! * pairs(memory, positions!, rows!),
    key: gathered(rows!, columns!) * KEY + depth!,
    detail: () => `${rowsOf(rows!, columns!)}, width ${depth}`,
  }),
  causalMix: ([, , , , , keys, positions, rows, columns], memory) => ({
    flop: 2 * columns! * pairs(memory, positions!, rows!),
    key: gathered(rows!, keys!) * KEY + columns!,
    detail: () => `${rowsOf(rows!, keys!)}, width ${columns}`,
  }),
  causalMixTransposed: ([, , , , , positions, rows, keys, columns], memory) => ({
    flop: 2 * columns! * pairs(memory, positions!, rows!),
    key: gathered(rows!, keys!) * KEY + columns!,
    detail: () => `${rowsOf(rows!, keys!)}, width ${columns}`,
  }),
};

export function createKernelTimer(instance: Instance): KernelTimer {
  const open: { exports: KernelExports } = instance;
  const { exports, memory } = instance;
  const found: KernelTime[] = [];
  const timed: Record<string, unknown> = {};
  for (const [kernel, value] of Object.entries(exports)) {
    timed[kernel] = typeof value === 'function' ? around(kernel, value as Kernel, memory, found) : value;
  }
  return {
    on() {
      open.exports = timed as unknown as KernelExports;
    },
    off() {
      open.exports = exports;
    },
    times: () => found,
  };
}

type Kernel = (...args: number[]) => number;

function around(kernel: string, call: Kernel, memory: WebAssembly.Memory, found: KernelTime[]): Kernel {
  const read = READERS[kernel];
  const byKey = new Map<number, KernelTime>();
  const entry = (key: number, detail: string): KernelTime => {
    const made = { kernel, detail, calls: 0, milliseconds: 0, flop: 0 };
    byKey.set(key, made);
    found.push(made);
    return made;
  };
  return (...args) => {
    const from = performance.now();
    const result = call(...args);
    const milliseconds = performance.now() - from;
    const work = read?.(args, memory);
    const key = work?.key ?? 0;
    const time = byKey.get(key) ?? entry(key, work?.detail() ?? '');
    time.calls++;
    time.milliseconds += milliseconds;
    time.flop += work?.flop ?? 0;
    return result;
  };
}

/** Σ (position + 1) over the query rows: how many weights a causal product reads. */
function pairs(memory: WebAssembly.Memory, positions: number, rows: number): number {
  const at = new Int32Array(memory.buffer, positions, rows);
  // Ascending positions whose last is rows - 1 are all of them.
  if (at[rows - 1] === rows - 1) return (rows * (rows + 1)) / 2;
  let sum = 0;
  for (const position of at) sum += position + 1;
  return sum;
}

function gathered(rows: number, keys: number): number {
  return rows === keys ? 0 : 1;
}

function rowsOf(rows: number, keys: number): string {
  return rows === keys ? 'every row' : 'rows of the loss';
}
