/** The builds of the kernels: the strict one, which the library carries, and any other as bytes. */
import type { KernelExports } from './builds/kernels.js';
import { DEFLATED_BASE64, SIZE } from './builds/simd.js';
import { inflate } from './inflate.js';
import { type Build, compile, type KernelName } from './instance.js';
import { sha256 } from './sha256.js';
import { UnsupportedError } from './support.js';

/**
 * The strict build that the library carries, or any build from the bytes of its wasm. Throws UnsupportedError where the
 * runtime has no WebAssembly or no SIMD, does not accept the bytes, or does not fuse what the fused build wants fused.
 */
export function loadBuild(kernel?: 'simd', bytes?: Uint8Array): Build;
export function loadBuild(kernel: KernelName, bytes: Uint8Array): Build;
export function loadBuild(kernel: KernelName = 'simd', bytes?: Uint8Array): Build {
  if (bytes === undefined && kernel !== 'simd') {
    throw new RangeError(`bytes: expected those of the ${kernel} build, got none`);
  }
  const source = bytes ?? inflate(decodeBase64(DEFLATED_BASE64), SIZE);
  const module = compile(kernel, source);
  if (kernel === 'fused' && !fuses(module)) {
    throw new UnsupportedError(`${globalThis.navigator?.userAgent} does not fuse multiply and add`);
  }
  return { kernel, sha256: sha256(source), bytes: source, module };
}

/** x² - 1 - 2⁻¹¹ for x = 1 + 2⁻¹² is 2⁻²⁴; where the square is rounded first it is 0. */
function fuses(module: WebAssembly.Module): boolean {
  const { heapBase, memory, multiply } = new WebAssembly.Instance(module).exports as unknown as KernelExports;
  const at = heapBase();
  const numbers = new Float32Array(memory.buffer, at, 96);
  // Two rows of a panel, the row [1, x], which three rows read (a tile of two, one of one), and results.
  numbers.fill(1 + 2 ** -12).fill(-1 - 2 ** -11, 0, 16)[32] = 1;
  multiply(at + 192, 16, at + 128, 0, 1, at, 3, 16, 2, false);
  return numbers.subarray(48).every((value) => value === 2 ** -24);
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
