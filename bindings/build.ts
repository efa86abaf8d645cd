/** The builds of the kernels: the strict one, which the library carries, and any other as bytes. */
import { DEFLATED_BASE64, SIZE } from './builds/simd.js';
import { inflate } from './inflate.js';
import { type Build, compile, type KernelName } from './instance.js';
import { sha256 } from './sha256.js';

/**
 * The strict build that the library carries, or any build from the bytes of its wasm. Throws UnsupportedError where the
 * runtime has no WebAssembly or no SIMD, or does not accept the bytes.
 */
export function loadBuild(kernel?: 'simd', bytes?: Uint8Array): Build;
export function loadBuild(kernel: KernelName, bytes: Uint8Array): Build;
export function loadBuild(kernel: KernelName = 'simd', bytes?: Uint8Array): Build {
  if (bytes === undefined && kernel !== 'simd') {
    throw new RangeError(`bytes: expected those of the ${kernel} build (the library holds simd alone), got none`);
  }
  const source = bytes ?? inflate(decodeBase64(DEFLATED_BASE64), SIZE);
  return { kernel, sha256: sha256(source), bytes: source, module: compile(kernel, source) };
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
