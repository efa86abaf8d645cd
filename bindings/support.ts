/** What the engine needs of a runtime, and the error of one that lacks it. */

/** The runtime lacks something that the engine needs. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError';
}

/** The smallest module that uses a 128-bit vector: (func (result v128) i32.const 0 i8x16.splat). */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

/** Throws UnsupportedError, which names the feature, unless the runtime has WebAssembly with fixed-width SIMD. */
export function requireSimd(): void {
  if (typeof WebAssembly !== 'object') throw new UnsupportedError('this runtime has no WebAssembly');
  if (!WebAssembly.validate(SIMD_PROBE)) {
    throw new UnsupportedError(
      'this runtime has no WebAssembly SIMD (fixed-width 128-bit vectors), which the kernels are made of; ' +
        'Chrome 91, Firefox 89, Safari 16.4, Node 16.4 and later have it',
    );
  }
}
