/** The generator's words themselves, for code that samples outside the kernels. */
import type { Region } from './arena.js';
import type { Instance } from './instance.js';
import { type Counter, keyOf } from './random.js';

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
