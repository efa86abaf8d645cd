/** The strict build as the compiled sources carry it. Bundles take compressed.ts instead (scripts/bundle.mjs). */
import { decodeBase64 } from './base64.js';
import { SIMD_WASM_BASE64 } from './builds/simd.js';

export function carriedBytes(): Uint8Array {
  return decodeBase64(SIMD_WASM_BASE64);
}
