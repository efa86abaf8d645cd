/**
 * The draws of the samplers, in plain TypeScript: the same words from the same address (assembly/draws.ts). For tasks
 * without a kernel and for what is drawn once.
 */

/** One pair of words a draw, in order: what a sequence is drawn from depends on its address alone. */
export interface Words {
  /** Two words of 32 bits. */
  pair(): readonly [a: number, b: number];
  /** Uniform on 0 .. n - 1; n up to 2^32. */
  below(n: number): number;
  /** True with probability p, to 2^-32. */
  coin(p: number): boolean;
  /** j with probability weights[j] / Σ weights: whole numbers, their sum at least 1 and below 2^32. */
  weighted(weights: ArrayLike<number>): number;
}

export interface WordsAddress {
  /** 0 to 2^53 - 1. */
  readonly seed: number;
  readonly stream: number;
  readonly step: number;
  readonly sequence: number;
}

export function createWords({ seed, stream, step, sequence }: WordsAddress): Words {
  let draws = 0;
  let block: readonly [number, number, number, number] = [0, 0, 0, 0];
  const pair = (): readonly [number, number] => {
    const n = draws++;
    if (n % 2 === 0) block = philox(seed, n >>> 1, sequence, step, stream);
    return n % 2 === 0 ? [block[0], block[1]] : [block[2], block[3]];
  };
  const below = (n: number) => high(pair()[0], n);
  return {
    pair,
    below,
    coin: (p) => pair()[0] < Math.round(p * 2 ** 32),
    weighted(weights) {
      let sum = 0;
      for (let j = 0; j < weights.length; j++) sum += weights[j]!;
      if (!(Number.isInteger(sum) && sum >= 1 && sum < 2 ** 32)) {
        throw new RangeError(`weights: expected whole numbers with a sum of 1 to 2^32 - 1, got a sum of ${sum}`);
      }
      const at = below(sum);
      let running = 0;
      for (let j = 0; j < weights.length; j++) {
        running += weights[j]!;
        if (running > at) return j;
      }
      return weights.length - 1;
    },
  };
}

/** Philox4x32-10 (Salmon et al., SC 2011): key from the seed, counter (c0, c1, c2, c3). */
function philox(seed: number, c0: number, c1: number, c2: number, c3: number): [number, number, number, number] {
  let k0 = (seed % 2 ** 32) >>> 0;
  let k1 = Math.floor(seed / 2 ** 32) >>> 0;
  for (let round = 0; round < 10; round++) {
    const [low0, high0] = [Math.imul(c0, 0xd2511f53) >>> 0, high(c0, 0xd2511f53)];
    const [low1, high1] = [Math.imul(c2, 0xcd9e8d57) >>> 0, high(c2, 0xcd9e8d57)];
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** floor(a · b / 2^32) for a below 2^32 and b up to it. */
function high(a: number, b: number): number {
  const low = a * (b % 65536);
  const upper = a * Math.floor(b / 65536);
  // upper · 2^16 + low, in units of 2^32: both stay below 2^53.
  return Math.floor((upper + Math.floor(low / 65536)) / 65536);
}
