/** The counter-based generator: its words, and deviates whose element i depends on i, seed and counter alone. */
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

/** The generator's words themselves, for code that samples outside the kernels. */
export interface Words {
  /** Goes to the first word of a counter: words 0 … 3 of blocks 0, 1, 2, … in order. */
  seek(at: Counter): void;
  /** The next word as an integer from 0 to n - 1, n ≤ 2^21: ⌊word · n / 2^32⌋. */
  below(n: number): number;
}

const BLOCK = 4;

/** A stream of words of one seed. `block` is where the kernel leaves four words at a time. */
export function createWords(instance: Instance, block: Region<'u32'>, seed: number): Words {
  const [low, high] = keyOf(seed);
  const words = instance.view(block);
  let at: Counter = { sequence: 0, step: 0, stream: 0 };
  let next = 0;

  function word(): number {
    if (next % BLOCK === 0) {
      instance.exports.philoxWords(block.offset, low, high, next / BLOCK, at.sequence, at.step, at.stream);
    }
    return words[next++ % BLOCK]!;
  }

  return {
    seek(counter) {
      at = counter;
      next = 0;
    },
    // Below 2^53, so the product is exact.
    below: (n) => Math.floor((word() * n) / 2 ** 32),
  };
}
