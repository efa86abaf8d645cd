/**
 * Instantiates a build of the kernels over a planned arena. The only place that touches WebAssembly's own interface;
 * the kernels are called through `instance.exports`, since the loader's `exports` wraps every call.
 */
import { instantiateSync } from '@assemblyscript/loader';
import type { ArenaPlan, Kind, Region } from './arena.js';
import { MOST_ARENA_BYTES, PAGE_BYTES } from './arena.js';
import type { KernelExports } from './builds/kernels.js';
import { requireSimd, UnsupportedError } from './support.js';

export type KernelName = 'simd' | 'fused';

/** Of matrix products: rows of a tile are 2 or 4. A matter of speed; both give the same bits. */
export const TILES = ['narrow', 'wide'] as const;
export type Tile = (typeof TILES)[number];

/** A compiled build, ready to be instantiated any number of times and to be sent to workers as bytes. */
export interface Build {
  readonly kernel: KernelName;
  /** Of `bytes`. */
  readonly sha256: string;
  readonly bytes: Uint8Array;
  readonly module: WebAssembly.Module;
  /** What its instances multiply on. Default: narrow. */
  readonly tile?: Tile | undefined;
}

/** One private memory with the kernels over it. `view` is cheap but not free: take views once, outside the step. */
export interface Instance {
  readonly exports: KernelExports;
  readonly memory: WebAssembly.Memory;
  readonly plan: ArenaPlan;
  view(region: Region<'f32'>): Float32Array;
  view(region: Region<'f64'>): Float64Array;
  view(region: Region<'i32'>): Int32Array;
  view(region: Region<'u32'>): Uint32Array;
}

const VIEWS = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u32: Uint32Array } as const;

/** Compiles the bytes of a build. Throws UnsupportedError where the runtime lacks what it needs. */
export function compile(kernel: KernelName, bytes: Uint8Array): WebAssembly.Module {
  requireSimd();
  if (!WebAssembly.validate(bytes as BufferSource)) {
    throw new UnsupportedError(`this runtime does not accept the ${kernel} build of the kernels`);
  }
  return new WebAssembly.Module(bytes as BufferSource);
}

/** The runtime does not give an arena the memory that it needs. */
export class MemoryError extends RangeError {
  override readonly name = 'MemoryError';
  readonly bytes: number;

  constructor(bytes: number, reason: string) {
    super(`the arena needs ${mebibytes(bytes)} MiB in one WebAssembly memory: ${reason}`);
    this.bytes = bytes;
  }
}

/** Whole MiB, rounded up. */
export function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}

/** Throws a MemoryError where the arena's memory cannot be had. */
export function instantiate(build: Pick<Build, 'module' | 'tile'>, plan: ArenaPlan): Instance {
  if (plan.bytes > MOST_ARENA_BYTES) {
    throw new MemoryError(plan.bytes, `${Math.floor(MOST_ARENA_BYTES / 2 ** 20)} MiB is the most that one can have`);
  }
  const { instance } = gettingMemory(plan.bytes, () => instantiateSync(build.module, {}));
  const exports = instance.exports as unknown as KernelExports;
  const { memory } = exports;
  const missing = plan.bytes / PAGE_BYTES - memory.buffer.byteLength / PAGE_BYTES;
  if (missing > 0) gettingMemory(plan.bytes, () => memory.grow(missing));
  const first = plan.regions[0];
  if (first !== undefined && exports.heapBase() > first.offset) {
    throw new Error(
      `the module's constants end at ${exports.heapBase()}, above the arena's first region at ${first.offset}`,
    );
  }
  exports.setWideTile(build.tile === 'wide');
  const view = (r: Region<Kind>) => new VIEWS[r.kind](memory.buffer, r.offset, r.length);
  return { exports, memory, plan, view: view as Instance['view'] };
}

/** Engines throw a RangeError of their own wording, at instantiation or at growth. */
function gettingMemory<T>(bytes: number, allocate: () => T): T {
  try {
    return allocate();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new MemoryError(bytes, `this runtime has not given it (${error.message})`);
  }
}
