/** The fused build, for tests: null where this machine does not fuse. */
import { readFileSync } from 'node:fs';
import v8 from 'node:v8';
import { loadBuild } from '../../../bindings/build.js';
import { type Build, UnsupportedError } from '../../../src/index.js';

const BYTES = new Uint8Array(readFileSync(new URL('../../../fused.wasm', import.meta.url)));

export function fusedBuild(): Build | null {
  // Node 20 has the instruction behind a flag.
  if (!WebAssembly.validate(BYTES)) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  try {
    return loadBuild('fused', BYTES);
  } catch (error) {
    if (error instanceof UnsupportedError) return null;
    throw error;
  }
}

/** a·b + c rounded once to float32. */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  // The product of two float32 is a float64; what the sum lost is one too (Knuth's two-sum).
  const product = a * b;
  const sum = product + c;
  const back = sum - product;
  const lost = product - (sum - back) + (c - back);
  if (lost === 0) return Math.fround(sum);
  // Rounded to odd, a float64 rounds to float32 as the exact sum does (Boldo and Melquiond 2008).
  const [bits] = new BigInt64Array(Float64Array.of(sum).buffer);
  const odd = (bits! & 1n) === 1n ? bits! : bits! + (lost > 0 === sum > 0 ? 1n : -1n);
  return Math.fround(new Float64Array(BigInt64Array.of(odd).buffer)[0]!);
}
