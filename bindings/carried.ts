/**
 * The strict build as the compiled sources carry it. In the bundles, src/bundle.mjs puts a compressed one in its place.
 */
import { SIMD_WASM_BASE64 } from './builds/simd.js';

export function carriedBytes(): Uint8Array {
  return decodeBase64(SIMD_WASM_BASE64);
}

export function decodeBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
