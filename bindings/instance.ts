/**
 * Instantiates a build of the kernels over a planned arena. The only place that touches WebAssembly's own interface; the
 * kernels are called through `instance.exports`, since the loader's `exports` wraps every call.
 */
import { instantiateSync } from '@assemblyscript/loader';
import type { ArenaPlan, Kind, Region } from './arena.js';
import { PAGE_BYTES } from './arena.js';
import { SHA256, SIMD_WASM_BASE64 } from './builds/simd.js';
import type { KernelExports } from './exports.js';

export type KernelName = 'simd' | 'relaxed';

/** A compiled build, ready to be instantiated any number of times and to be sent to workers as bytes. */
export interface Build {
  readonly kernel: KernelName;
  readonly sha256: string;
  readonly bytes: Uint8Array;
  readonly module: WebAssembly.Module;
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

/** The smallest module that uses a 128-bit vector: (func (result v128) i32.const 0 i8x16.splat). */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

/** The strict build that the library carries, or the bytes of another. Throws where the runtime has no SIMD. */
export function loadBuild(kernel: KernelName = 'simd', bytes?: Uint8Array): Build {
  if (typeof WebAssembly === 'undefined') throw new Error('this runtime has no WebAssembly');
  if (!WebAssembly.validate(SIMD_PROBE)) {
    throw new Error('this runtime has no WebAssembly SIMD (fixed-width 128-bit), which the kernels need');
  }
  const source = bytes ?? decodeBase64(SIMD_WASM_BASE64);
  if (!WebAssembly.validate(source as BufferSource))
    throw new Error(`this runtime does not accept the ${kernel} build of the kernels`);
  return { kernel, sha256: SHA256[kernel], bytes: source, module: new WebAssembly.Module(source as BufferSource) };
}

export function instantiate(build: Build, plan: ArenaPlan): Instance {
  const { instance } = instantiateSync(build.module, {});
  const exports = instance.exports as unknown as KernelExports;
  const { memory } = exports;
  const missing = plan.bytes / PAGE_BYTES - memory.buffer.byteLength / PAGE_BYTES;
  if (missing > 0) memory.grow(missing);
  const first = plan.regions[0];
  if (first !== undefined && exports.heapBase() > first.offset) {
    throw new Error(
      `the module's constants end at ${exports.heapBase()}, above the arena's first region at ${first.offset}`,
    );
  }
  const view = (r: Region<Kind>) => new VIEWS[r.kind](memory.buffer, r.offset, r.length);
  return { exports, memory, plan, view: view as Instance['view'] };
}

function decodeBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
