/**
 * A check of the runtime's compiler, for passes of it that are switched on by hand: every kernel runs on fixed numbers,
 * and all that it wrote is digested. Tests hold the kernels to plain loops; where the same kernels give other digests
 * under a pass, the pass compiles them wrongly.
 *
 *     0 ....... 16 KiB | nine blocks of 16 KiB
 *     module constants | x, y, z: numbers in [-½, ½) · out, more · ids in [0, 16) · ascending ids · targets · scratch
 */
import { PAGE_BYTES } from './arena.js';
import type { KernelExports } from './builds/kernels.js';
import { sha256 } from './sha256.js';

const BLOCK = 16384;
const [x, y, z, out, more, ids, ascending, targets, scratch] = Array.from({ length: 9 }, (_, n) => BLOCK * (n + 1)) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

/** Rows, columns and depth that leave a rest on every tile: 23 = 4·5 + 3, 61 = 16·3 + 13, 33 = 16·2 + 1. */
const [M, N, K] = [23, 61, 33] as const;
/** Floats between rows. */
const LD = 64;
/** Elements of the flat kernels. */
const FLAT = 1021;
/** Work of a kernel before its digest is taken: runtimes replace their first, quick code within some milliseconds. */
const WARM_MILLISECONDS = 8;

type Check = (kernels: KernelExports) => void;

const products = (tile: boolean): Record<string, Check> => {
  const named = (name: string) => `${name}, ${tile ? 'wide' : 'narrow'} tile`;
  const onTile =
    (check: Check): Check =>
    (k) => {
      k.setWideTile(tile);
      check(k);
    };
  return {
    [named('multiply')]: onTile((k) => {
      k.packRows(scratch, y, LD, K, N);
      k.multiply(out, LD, x, LD, 1, scratch, M, N, K, false);
      k.multiply(out, LD, z, LD, 1, scratch, M, N, K, true);
    }),
    [named('multiply, left side transposed')]: onTile((k) => {
      k.packTransposed(scratch, y, LD, K, N);
      k.multiply(out, LD, x, 1, LD, scratch, M, N, K, true);
    }),
    [named('causalScores')]: onTile((k) => {
      k.packTransposed(scratch, y, LD, K, N);
      k.causalScores(out, LD, x, LD, scratch, ascending, M, N, K);
    }),
    [named('causalMix')]: onTile((k) => {
      k.causalSoftmax(x, LD, ascending, M, 1.5);
      k.packRows(scratch, y, LD, N, N);
      k.causalMix(out, LD, x, LD, scratch, N, ascending, M, N, false);
      k.causalMix(more, LD, x, LD, scratch, N, ascending, M, N, true);
    }),
    [named('causalMixTransposed')]: onTile((k) => {
      k.causalSoftmax(x, LD, ascending, M, 1.5);
      k.packRows(scratch, y, LD, M, N);
      k.causalMixTransposed(out, LD, x, LD, scratch, ascending, M, N, N, false);
      k.causalMixTransposed(more, LD, x, LD, scratch, ascending, M, N, N, true);
    }),
  };
};

/** Every kernel that computes with floats, in at least one check. */
export const KERNEL_CHECKS: Readonly<Record<string, Check>> = {
  ...products(false),
  ...products(true),
  packRows: (k) => k.packRows(out, x, LD, K, N),
  packTransposed: (k) => k.packTransposed(out, x, LD, K, N),
  causalSoftmax: (k) => k.causalSoftmax(x, LD, ascending, M, 1.5),
  causalSoftmaxBackward: (k) => {
    k.causalSoftmax(x, LD, ascending, M, 1.5);
    k.causalSoftmaxBackward(y, x, LD, ascending, M, 1.5);
  },
  causalArgmax: (k) => k.causalArgmax(out, x, LD, ascending, M),
  rowArgmax: (k) => k.rowArgmax(out, x, LD, M, N),
  crossEntropy: (k) => k.crossEntropy(out, x, LD, targets, ascending, M, N),
  gatherRows: (k) => k.gatherRows(out, LD, x, LD, ids, M, N),
  gatherAddRows: (k) => k.gatherAddRows(out, LD, x, LD, ids, y, LD, M, N),
  scatterAddRows: (k) => k.scatterAddRows(out, LD, ids, x, LD, M, N),
  addRows: (k) => k.addRows(out, LD, x, LD, M, N),
  clear: (k) => k.clear(x, FLAT),
  copyRows: (k) => k.copyRows(out, LD, x, LD, M, N),
  relu: (k) => k.relu(x, FLAT),
  reluBackward: (k) => k.reluBackward(x, y, FLAT),
  tableScores: (k) => k.tableScores(out, LD, x, LD, 16, ids, M, 16, scratch),
  tableScoresBackward: (k) => k.tableScoresBackward(out, LD, 16, x, LD, ids, M, 16, scratch),
  layerNorm: (k) => k.layerNorm(out, LD, x, LD, y, z, more, more + 4096, M, N),
  layerNormBackward: (k) => {
    k.layerNorm(out, LD, x, LD, y, z, scratch, scratch + 4096, M, N);
    k.layerNormBackward(out, LD, more, more + 4096, z, LD, x, LD, y, scratch, scratch + 4096, M, N);
  },
  stepSgd: (k) => k.stepSgd(x, y, z, FLAT, 0.1, 0.2, 0.9, 1e-4),
  stepAdamW: (k) => {
    k.relu(z, FLAT);
    k.stepAdamW(x, y, z, more, FLAT, 0.1, 0.9, 0.1, 0.95, 0.05, 0.003, 0.3, 1e-8, 0.01);
  },
  sumSquares: (k) => f64(k, k.sumSquares(x, FLAT)),
  allFinite: (k) => f64(k, k.allFinite(x, FLAT)),
  addInto: (k) => k.addInto(out, x, FLAT),
  'fillRotary, rotate': (k) => {
    k.fillRotary(out, more, M, 32);
    k.rotate(x, LD, M, 32, out, more, ascending, 1);
  },
  fillSinusoidal: (k) => k.fillSinusoidal(out, M, N, LD),
  expInto: (k) => k.expInto(out, x, FLAT),
  'exp, log, sin, cos': (k) => {
    for (let i = 0; i < 64; i++) f64(k, k.exp(i / 8), k.log(1 + i), k.sin(i), k.cos(i));
  },
  fillNormal: (k) => k.fillNormal(out, FLAT, 0.5, 1, 2, 3, 4, 5),
  fillUniform: (k) => k.fillUniform(out, FLAT, 0.5, 1, 2, 3, 4, 5),
  philoxWords: (k) => k.philoxWords(out, 1, 2, 3, 4, 5, 6),
};

function f64({ memory }: KernelExports, ...values: number[]): void {
  const sums = new Float64Array(memory.buffer, out, values.length);
  values.forEach((value, i) => {
    sums[i] = sums[i]! + value;
  });
}

/** The sha256 of all that each check leaves in memory, by its name. Takes about half a second. */
export function kernelDigests(module: WebAssembly.Module): Record<string, string> {
  const kernels = new WebAssembly.Instance(module).exports as unknown as KernelExports;
  kernels.memory.grow(Math.ceil((scratch + BLOCK) / PAGE_BYTES));
  const { buffer } = kernels.memory;
  const run = (check: Check) => {
    fill(buffer);
    check(kernels);
  };
  for (const check of Object.values(KERNEL_CHECKS)) {
    const until = performance.now() + WARM_MILLISECONDS;
    do run(check);
    while (performance.now() < until);
  }
  const digests: Record<string, string> = {};
  for (const [name, check] of Object.entries(KERNEL_CHECKS)) {
    run(check);
    digests[name] = sha256(new Uint8Array(buffer, x, scratch - x));
  }
  return digests;
}

/** The same numbers each time, from a linear congruence. */
function fill(buffer: ArrayBufferLike): void {
  const numbers = new Float32Array(buffer, x, (scratch + BLOCK - x) / 4);
  let state = 1;
  for (let i = 0; i < (ids - x) / 4; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    numbers[i] = state / 2 ** 32 - 0.5;
  }
  numbers.fill(0, (scratch - x) / 4);
  const integers = (at: number) => new Int32Array(buffer, at, BLOCK / 4);
  integers(ids).forEach((_, i, all) => {
    all[i] = (i * 7) % 16;
  });
  integers(ascending).forEach((_, i, all) => {
    all[i] = Math.min(2 * i + (i % 3 === 0 ? 1 : 0), N - 1);
  });
  integers(targets).forEach((_, i, all) => {
    all[i] = (i * 11) % N;
  });
}
