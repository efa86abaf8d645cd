import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Counter, fillNormal, fillUniform, keyOf } from '../../../bindings/random.js';
import { instance, near, openRoom } from './harness.js';

const random = suite('the generator and its deviates');

/** Enough for a word so small that the half added to it shows in the deviate. */
const SIZE = 200_000;
const AT: Counter = { sequence: 3, step: 17, stream: 3 };

/** Philox words of one counter. */
function words(key: readonly [number, number], c: readonly [number, number, number, number]): number[] {
  const out = openRoom().planner.region('words', 'u32', 4);
  instance.exports.philoxWords(out.offset, ...key, ...c);
  return [...instance.view(out)];
}

type Fill = typeof fillNormal;

function deviates(fill: Fill, n: number, scale: number, seed = 1, counter = AT): Float32Array {
  const { planner, writes } = openRoom();
  const out = planner.region('out', 'f32', n);
  writes([out], () => fill(instance, out, scale, seed, counter));
  return instance.view(out).slice();
}

random("Philox4x32-10 gives Random123's known answers", () => {
  const ones = 0xffffffff;
  assert.equal(words([0, 0], [0, 0, 0, 0]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  assert.equal(words([ones, ones], [ones, ones, ones, ones]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  const pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;
  assert.equal(words([0xa4093822, 0x299f31d0], pi), [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
});

random('a seed is split into its low and high 32 bits; others than 0 … 2^53 - 1 are refused', () => {
  assert.equal(keyOf(2 ** 53 - 1), [0xffffffff, 0x1fffff]);
  assert.equal(keyOf(2 ** 32 + 5), [5, 1]);
  for (const seed of [-1, 0.5, 2 ** 53, NaN]) assert.throws(() => keyOf(seed), /^seed: |seed/);
});

random('normal deviates are Box and Muller of the words, uniform ones their high 24 bits', () => {
  const [n, scale, seed] = [SIZE + 3, 0.37, 2 ** 40 + 9];
  const block = (b: number) => words(keyOf(seed), [b, AT.sequence, AT.step, AT.stream]);
  const all = Array.from({ length: Math.ceil(n / 4) }, (_, b) => block(b)).flat();
  const normal = Array.from({ length: n }, (_, i) => {
    const even = i - (i % 2);
    const radius = scale * Math.sqrt(-2 * Math.log((all[even]! + 0.5) / 2 ** 32));
    const angle = (2 * Math.PI * all[even + 1]!) / 2 ** 32;
    return radius * (i % 2 ? Math.sin(angle) : Math.cos(angle));
  });
  near('normal', deviates(fillNormal, n, scale, seed), normal, 1e-7);
  const uniform = all.slice(0, n).map((word) => Math.fround(scale * ((2 * (word >>> 8) + 1) / 2 ** 24 - 1)));
  assert.equal(deviates(fillUniform, n, scale, seed), Float32Array.from(uniform));
});

for (const [name, fill] of [
  ['normal', fillNormal],
  ['uniform', fillUniform],
] as const) {
  random(`${name}: element i does not depend on n, and nothing past n is written`, () => {
    const long = deviates(fill, 70, 1);
    for (let n = 0; n <= 33; n++) assert.equal(deviates(fill, n, 1), long.slice(0, n));
  });

  random(`${name}: every word of the counter and both halves of the seed count`, () => {
    const seen = new Set<number>();
    const counters = [AT, { ...AT, sequence: 4 }, { ...AT, step: 18 }, { ...AT, stream: 2 }];
    for (const seed of [1, 2, 2 ** 32 + 1]) {
      for (const counter of counters) seen.add(deviates(fill, 8, 1, seed, counter)[5]!);
    }
    assert.is(seen.size, 12);
  });
}

/** Largest distance of the sample's distribution from `cdf`, times √n: above 1.95 one time in a thousand. */
function kolmogorov(sample: Float32Array, cdf: (x: number) => number): number {
  const sorted = sample.slice().sort();
  let most = 0;
  sorted.forEach((x, i) => {
    const wanted = cdf(x);
    most = Math.max(most, Math.abs(wanted - i / sorted.length), Math.abs(wanted - (i + 1) / sorted.length));
  });
  return most * Math.sqrt(sorted.length);
}

/** Φ(x) = ½ + φ(x) (x + x³/3 + x⁵/15 + …). */
function normalCdf(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** The mean of f over the sample lies within 4 standard errors of `wanted`; `deviation` is that of one f(x). */
function meanIs(what: string, values: Float32Array, wanted: number, deviation: number): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const limit = (4 * deviation) / Math.sqrt(values.length);
  assert.ok(Math.abs(mean - wanted) <= limit, `${what}: ${mean}, ${wanted} ± ${limit} expected`);
}

random('normal deviates have the moments and the distribution of N(0, 1), and neighbours are independent', () => {
  const z = deviates(fillNormal, SIZE, 1);
  meanIs('mean', z, 0, 1);
  meanIs(
    'variance',
    z.map((x) => x * x),
    1,
    Math.sqrt(2),
  );
  meanIs(
    'skewness',
    z.map((x) => x ** 3),
    0,
    Math.sqrt(15),
  );
  meanIs(
    'kurtosis',
    z.map((x) => x ** 4),
    3,
    Math.sqrt(96),
  );
  const lagged = (lag: number, f: (x: number) => number) => z.slice(lag).map((x, i) => f(x) * f(z[i]!));
  for (const lag of [1, 2, 3, 4]) {
    meanIs(
      `product at lag ${lag}`,
      lagged(lag, (x) => x),
      0,
      1,
    );
    meanIs(
      `product of squares at lag ${lag}`,
      lagged(lag, (x) => x * x - 1),
      0,
      2,
    );
  }
  const distance = kolmogorov(z, normalCdf);
  assert.ok(distance < 1.95, `Kolmogorov-Smirnov ${distance}`);
});

random('uniform deviates fill (-bound, bound) evenly and never reach its ends', () => {
  const bound = 1 / Math.sqrt(128);
  const u = deviates(fillUniform, SIZE, bound);
  assert.ok(u.every((x) => Math.abs(x) < bound));
  assert.ok(kolmogorov(u, (x) => (x / bound + 1) / 2) < 1.95);
  meanIs('mean', u, 0, bound / Math.sqrt(3));
  meanIs(
    'variance',
    u.map((x) => x * x),
    bound ** 2 / 3,
    bound ** 2 * Math.sqrt(4 / 45),
  );
  for (let m = 1; m < 2; m += 0.01) {
    assert.ok(Math.fround(m * (1 - 2 ** -24)) < m, `the largest deviate for bound ${m}`);
  }
});

random.run();
