/** Deviates from the counter-based generator: element i depends on i, the seed and the counter alone. */
import type { Region } from './arena.js';
import type { Instance } from './instance.js';

/** Where in the generator a tensor's numbers lie. Words of 32 bits; word 0 of the counter counts within the tensor. */
export interface Counter {
  /** Word 1: the sequence's index, or 0. */
  readonly sequence: number;
  /** Word 2: the step, or a parameter's stable id. */
  readonly step: number;
  /** Word 3: what the numbers are for. */
  readonly stream: number;
}

/** The seed's low and high 32 bits, the generator's key. Seeds are integers from 0 to 2^53 - 1. */
export function keyOf(seed: number): readonly [low: number, high: number] {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seed: expected an integer from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}`);
  }
  return [seed >>> 0, Math.floor(seed / 2 ** 32)];
}

/** out[i] ~ scale · N(0, 1). */
export function fillNormal(instance: Instance, out: Region<'f32'>, scale: number, seed: number, at: Counter): void {
  const [low, high] = keyOf(seed);
  instance.exports.fillNormal(out.offset, out.length, scale, low, high, at.sequence, at.step, at.stream);
}

/** out[i] ~ uniform on (-bound, bound), the ends never reached. */
export function fillUniform(instance: Instance, out: Region<'f32'>, bound: number, seed: number, at: Counter): void {
  const [low, high] = keyOf(seed);
  instance.exports.fillUniform(out.offset, out.length, bound, low, high, at.sequence, at.step, at.stream);
}
