import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { entropies } from '../../../../src/corpus/corpus.js';
import { corpusFromCounts } from '../../../../src/corpus/counts.js';
import { sonnets } from '../../../../src/corpus/sonnets.js';
import { createTask } from '../../../../src/task/task.js';
import { createBaselines } from '../../../../src/task/triggers/baselines.js';
import type { TriggersConfig } from '../../../../src/task/triggers/config.js';
import type { TriggersTask } from '../../../../src/task/triggers/task.js';
import { uniforms } from '../../uniforms.js';
import { address, engine, PLAIN_TASK, plainSequence, type Sampled } from './plain.js';

const laws = suite('the laws of the task');

const SEQUENCES = 1024;
const fixed = (count: number, offset = 0) => ({ triggers: { count, mode: 'fixed', offset } }) as const;
const random = { triggers: { count: 5, mode: 'random', offset: 0 } } as const;
const bigram = { outputs: 'bigram' } as const;

type Statistic = 'any' | 'first' | 'inContext' | 'repeated' | 'bag';

/** One standard deviation of each over 512 sequences. */
const DEVIATION: Record<Statistic, number> = { any: 0.011, first: 0.0002, inContext: 0.011, repeated: 0.04, bag: 0.02 };

/**
 * The fractions of positions with occurrences ≥ 1, = 1, ≥ 2, of repeats among the first, of both baselines and of
 * absorbed sequences.
 */
function statistics(task: TriggersTask, count: number, sample: (s: number) => Sampled) {
  const T = task.laws.seqLength;
  const { predict } = createBaselines(task, Math.exp);
  const guess = { bag: new Int32Array(T), bayes: new Int32Array(T) };
  const sums = { any: 0, first: 0, inContext: 0, repeated: 0, bag: 0, bayes: 0, absorbed: 0 };
  const second = { right: 0, all: 0 };
  const third = { right: 0, all: 0 };
  for (let s = 0; s < count; s++) {
    const { tokens, occurrences, absorbed } = sample(s);
    predict(Int32Array.from(tokens.slice(0, T)), Int32Array.from(occurrences), guess);
    if (absorbed) sums.absorbed++;
    for (let t = 0; t < T; t++) {
      const occurrence = occurrences[t]!;
      if (occurrence === 0) continue;
      sums.any++;
      if (tokens[t] === tokens[t + 1]) sums.repeated++;
      if (occurrence === 1) sums.first++;
      if (occurrence < 2) continue;
      sums.inContext++;
      if (guess.bag[t] === tokens[t + 1]) sums.bag++;
      const right = guess.bayes[t] === tokens[t + 1] ? 1 : 0;
      sums.bayes += right;
      if (occurrence > 3) continue;
      const tally = occurrence === 2 ? second : third;
      tally.right += right;
      tally.all++;
    }
  }
  const positions = count * T;
  return {
    any: sums.any / positions,
    first: sums.first / positions,
    inContext: sums.inContext / positions,
    repeated: sums.repeated / sums.any,
    bag: sums.bag / sums.inContext,
    bayes: sums.bayes / sums.inContext,
    absorbed: sums.absorbed / count,
    second: second.right / second.all,
    third: third.right / third.all,
  };
}

function measure(task: TriggersTask, count: number) {
  const { sample } = engine(task);
  return statistics(task, count, (s) => sample(address(s)));
}

function near(what: string, measured: number, truth: number, allowance: number): void {
  assert.ok(Math.abs(measured - truth) <= allowance, `${what}: ${measured}, ${truth} ± ${allowance} expected`);
}

const tasks: [string, Partial<TriggersConfig>][] = [
  ['K=5 fixed', fixed(5)],
  ['K=5 random', random],
  ['K=5 random, noRepeat', { ...random, noRepeat: true }],
  ['K=5 fixed, offset 5', fixed(5, 5)],
  ['K=5 random, noCycles', { ...random, noCycles: true }],
  ['K=5 fixed, bigram outputs', { ...fixed(5), ...bigram }],
  ['K=5 random, bigram outputs, noRepeat', { ...random, ...bigram, noRepeat: true }],
  ['K=3 fixed, bigram outputs, noCycles', { ...fixed(3), ...bigram, noCycles: true }],
];
for (const [name, options] of tasks) {
  laws(`sonnets, ${name}: the sampler and an independent one agree`, () => {
    const task = createTask({ ...PLAIN_TASK, seqLength: 128, ...options }, sonnets());
    const measured = measure(task, SEQUENCES);
    const uniform = uniforms(2025);
    const truth = statistics(task, SEQUENCES, () => plainSequence(task, uniform));
    // Both are samples, so the variances add; half the length varies by √2 more, and has twice the share of first ones.
    const scale = 4 * Math.sqrt((2 * 2 * 512) / SEQUENCES);
    for (const key of Object.keys(DEVIATION) as Statistic[]) {
      near(key, measured[key], truth[key], DEVIATION[key] * scale * (key === 'first' ? 2 : 1));
    }
    near('absorbed', measured.absorbed, truth.absorbed, 4 * Math.sqrt((2 * 0.15 * 0.85) / SEQUENCES));
  });
}

/**
 * How far counts are from a law, in standard deviations of a normal: χ² over the cells that expect 5 or more (the
 * others taken together), through Wilson and Hilferty's cube root.
 */
function deviation(seen: Float64Array, law: Float64Array): number {
  const total = seen.reduce((sum, count) => sum + count, 0);
  const rare = { seen: 0, expected: 0 };
  const cells = [rare];
  for (let j = 0; j < law.length; j++) {
    const expected = total * law[j]!;
    if (expected === 0) assert.is(seen[j], 0, `symbol ${j} cannot come`);
    if (expected >= 5) cells.push({ seen: seen[j]!, expected });
    else {
      rare.seen += seen[j]!;
      rare.expected += expected;
    }
  }
  const counted = cells.filter((cell) => cell.expected >= 5);
  const freedom = counted.length - 1;
  if (freedom < 1) return 0;
  const chiSquare = counted.reduce((sum, cell) => sum + (cell.seen - cell.expected) ** 2 / cell.expected, 0);
  const spread = 2 / (9 * freedom);
  return (Math.cbrt(chiSquare / freedom) - (1 - spread)) / Math.sqrt(spread);
}

laws('first tokens follow π_u, successors follow their rows of π_b', () => {
  const corpus = sonnets();
  const N = corpus.symbols.length;
  const { sample } = engine(createTask({ ...PLAIN_TASK, ...fixed(0) }, corpus));
  const firsts = new Float64Array(N);
  const pairs = new Float64Array(N * N);
  for (let s = 0; s < 4000; s++) {
    const { tokens } = sample(address(s));
    firsts[tokens[0]!]! += 1;
    for (let t = 0; t < 256; t++) pairs[tokens[t]! * N + tokens[t + 1]!]! += 1;
  }
  assert.ok(Math.abs(deviation(firsts, corpus.unigramLaw)) < 4);
  const rows = corpus.symbols.map((_, i) => {
    const [seen, law] = [pairs, corpus.bigramLaw].map((table) => table.subarray(i * N, (i + 1) * N));
    return deviation(seen!, law!);
  });
  for (const [i, z] of rows.entries())
    assert.ok(Math.abs(z) < 4.5, `${z} σ after ${JSON.stringify(corpus.symbols[i])}`);
  const together = rows.reduce((sum, z) => sum + z, 0) / Math.sqrt(rows.filter((z) => z !== 0).length);
  assert.ok(Math.abs(together) < 4, `${together} σ over all rows`);
});

laws('random triggers are drawn without replacement; outputs follow their law', () => {
  const corpus = sonnets();
  const N = corpus.symbols.length;
  const sequences = 20000;
  for (const outputs of ['uniform', 'bigram'] as const) {
    const config = { ...PLAIN_TASK, seqLength: 1, triggers: { count: 2, mode: 'random', offset: 0 }, outputs } as const;
    const { sample } = engine(createTask({ ...config, noRepeat: true }, corpus));
    const first = new Float64Array(N);
    const second = new Float64Array(N);
    const afterSpace = new Float64Array(N);
    const space = corpus.symbols.indexOf(' ');
    for (let s = 0; s < sequences; s++) {
      const { triggers, outputs: drawn } = sample(address(s));
      first[triggers[0]!]! += 1;
      second[triggers[1]!]! += 1;
      for (const [k, q] of triggers.entries()) if (q === space) afterSpace[drawn[k]!]! += 1;
    }
    const p = corpus.unigramLaw;
    // P(second = j) = Σ_{i ≠ j} p_i p_j / (1 - p_i).
    const secondLaw = p.map((pj, j) => p.reduce((sum, pi, i) => (i === j ? sum : sum + (pi * pj) / (1 - pi)), 0));
    const weights = corpus.bigramLaw.slice(space * N, (space + 1) * N).map((w) => (outputs === 'uniform' ? 1 : w));
    weights[space] = 0;
    const total = weights.reduce((sum, w) => sum + w, 0);
    assert.ok(Math.abs(deviation(first, p)) < 4, 'first trigger');
    assert.ok(Math.abs(deviation(second, secondLaw)) < 4, 'second trigger');
    assert.ok(
      Math.abs(
        deviation(
          afterSpace,
          weights.map((w) => w / total),
        ),
      ) < 4,
      `${outputs} outputs of the space`,
    );
  }
});

/** What is known of tiny Shakespeare at T = 256. */
const SHAKESPEARE: [string, Partial<TriggersConfig>, Record<Statistic, number>][] = [
  ['K=5 fixed', fixed(5), { any: 0.314, first: 0.0186, inContext: 0.295, repeated: 0.215, bag: 0.508 }],
  ['K=5 random', random, { any: 0.249, first: 0.0176, inContext: 0.231, repeated: 0.238, bag: 0.584 }],
  [
    'K=5 random, noRepeat',
    { ...random, noRepeat: true },
    { any: 0.201, first: 0.0181, inContext: 0.183, repeated: 0, bag: 0.468 },
  ],
  ['K=5 fixed, offset 5', fixed(5, 5), { any: 0.223, first: 0.0189, inContext: 0.204, repeated: 0.303, bag: 0.495 }],
  ['K=3 fixed', fixed(3), { any: 0.242, first: 0.0114, inContext: 0.231, repeated: 0.171, bag: 0.594 }],
  [
    'K=5 fixed, bigram outputs',
    { ...fixed(5), ...bigram },
    { any: 0.476, first: 0.0183, inContext: 0.458, repeated: 0.169, bag: 0.509 },
  ],
  [
    'K=5 random, bigram outputs',
    { ...random, ...bigram },
    { any: 0.34, first: 0.017, inContext: 0.323, repeated: 0.289, bag: 0.613 },
  ],
];

const path = process.env.IHEAD_TINY_SHAKESPEARE;
if (path === undefined) {
  console.log('laws of tiny Shakespeare: skipped, IHEAD_TINY_SHAKESPEARE names no counts file');
} else {
  const count = 2048;
  const corpus = corpusFromCounts(JSON.parse(readFileSync(path, 'utf8')));

  laws('tiny Shakespeare: entropies and most frequent symbols', () => {
    const { unigram, bigram: conditional } = entropies(corpus, Math.log);
    near('H(π_u)', unigram, 3.3128, 5e-5);
    near('H(π_b|prev)', conditional, 2.4526, 5e-5);
    const top = [...corpus.mostFrequent.subarray(0, 5)];
    assert.equal(
      top.map((id) => corpus.symbols[id]),
      [' ', 'e', 't', 'o', 'a'],
    );
    for (const [k, p] of [0.1523, 0.0848, 0.0601, 0.059, 0.0498].entries()) {
      near(`π_u of ${k}`, corpus.unigramLaw[top[k]!]!, p, 5e-5);
    }
  });

  for (const [name, options, truth] of SHAKESPEARE) {
    laws(`tiny Shakespeare, ${name}`, () => {
      const measured = measure(createTask({ ...PLAIN_TASK, ...options }, corpus), count);
      for (const key of Object.keys(truth) as Statistic[]) {
        // Half a unit of the last digit printed in the table comes on top.
        const rounding = key === 'first' ? 5e-5 : 5e-4;
        near(key, measured[key], truth[key], 4 * DEVIATION[key] * Math.sqrt(512 / count) + rounding);
      }
    });
  }

  laws('tiny Shakespeare: the Bayes reader', () => {
    const bayes: [Partial<TriggersConfig>, number][] = [
      [random, 0.99],
      [{ ...random, noRepeat: true }, 0.987],
      [{ ...random, seqLength: 64 }, 0.975],
      [{ ...random, noRepeat: true, seqLength: 64 }, 0.969],
    ];
    for (const [options, truth] of bayes) {
      const measured = measure(createTask({ ...PLAIN_TASK, ...options }, corpus), count);
      near(JSON.stringify(options), measured.bayes, truth, 0.004);
    }
    const { second, third } = measure(createTask({ ...PLAIN_TASK, ...random }, corpus), count);
    near('at the second occurrence', second, 0.868, 0.01);
    near('at the third occurrence', third, 0.994, 0.004);
  });
}

laws.run();
