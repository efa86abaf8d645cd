import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { birth } from '../../../src/experiments/birth.js';
import { experimentNamed, experiments, experimentsNamed } from '../../../src/experiments/catalogue.js';
import { contextLater } from '../../../src/experiments/context-later.js';
import { before, half, metric, stepTo, stepToProgress } from '../../../src/experiments/curve-queries.js';
import {
  atLeast,
  atMost,
  between,
  type Curve,
  type Curves,
  claim,
  type Experiment,
  tableOf,
} from '../../../src/experiments/experiment.js';
import { heldBack } from '../../../src/experiments/held-back.js';
import { judge, verdictLine } from '../../../src/experiments/judge.js';
import { memoriesCompete } from '../../../src/experiments/memories-compete.js';
import { outputLaws } from '../../../src/experiments/output-laws.js';
import { rankCorrelation } from '../../../src/experiments/statistics.js';
import { storedScores } from '../../../src/experiments/stored-scores.js';
import { twoLayers } from '../../../src/experiments/two-layers.js';
import { resolveConfig } from '../../../src/train/resolve.js';

const laws = suite('experiments and their judge');

/** A probe that goes from `low` to `high` at step `at`, over 40 evaluations. */
function rise(at: number, low: number, high: number): (step: number) => number {
  return (step) => (step < at ? low : high);
}

function curve(keys: Readonly<Record<string, (step: number) => number | null>>): Curve {
  return Array.from({ length: 40 }, (_, n) => ({
    iter: 10 * n,
    ...Object.fromEntries(Object.entries(keys).map(([key, at]) => [key, at(10 * n)])),
  }));
}

const joint = (order: { output: number; key: number; early: number; all: number; accuracy?: number }) =>
  curve({
    wo1_acc: rise(order.output, 0.02, 1),
    wk1_acc: rise(order.key, 0.2, 1),
    wk0_early_acc: rise(order.early, 0.01, 1),
    wk0_64_acc: rise(order.early, 0.01, 1),
    wk0_acc: rise(order.all, 0.01, 1),
    acc_end: rise(order.all, 0.1, order.accuracy ?? 0.97),
  });

const born: Curves = {
  'fixed triggers': joint({ output: 50, key: 60, early: 100, all: 140 }),
  'random triggers': joint({ output: 50, key: 160, early: 100, all: 140 }),
};

function failures(experiment: Experiment, curves: Curves): number {
  return judge(experiment, [curves], 'quick').verdicts.filter(({ holds }) => !holds).length;
}

laws('t½ is the first evaluation at half of the final level, and nothing for a probe that does not rise', () => {
  assert.is(half(curve({ x: rise(70, 0.1, 0.8) }), 'x'), 70);
  assert.is(half(curve({ x: rise(70, 0.5, 0.8) }), 'x'), 0);
  assert.ok(Number.isNaN(half(curve({ x: () => 0.3 }), 'x')));
  assert.ok(Number.isNaN(half(curve({ x: rise(70, 0.8, 0.1) }), 'x')));
  assert.ok(Number.isNaN(half(curve({ x: () => null }), 'x')));
  assert.ok(Number.isNaN(half(curve({}), 'x')));
  // -1 says that the model has no such memory: no recall of it is small.
  assert.ok(Number.isNaN(metric(curve({ wk0_acc: () => -1 })[0], 'wk0_acc')));
});

laws('steps to a level, progress to the floor, the last row before a step', () => {
  const falling = curve({ loss: (step) => 4 - step / 130 });
  assert.is(stepTo(curve({ x: rise(90, 0, 1) }), 'x', 1), 90);
  assert.ok(Number.isNaN(stepTo(curve({ x: rise(90, 0, 0.9) }), 'x', 1)));
  assert.is(stepToProgress(falling, 'loss', 0.5), 200);
  assert.ok(Number.isNaN(stepToProgress(curve({ loss: () => 2 }), 'loss', 0.9)));
  assert.is(before(falling, 101)!.iter, 100);
  assert.is(before(falling, 100)!.iter, 90);
  assert.is(before(falling, 0), undefined);
});

laws('a wish is met with slack 0, not below, and never by NaN', () => {
  const held = (measurement: ReturnType<typeof atMost>) =>
    judge({ ...birth, claims: [claim('c', () => measurement)] }, [born], 'quick').verdicts[0]!.holds;
  assert.is(held(atMost(3, 3)), true);
  assert.is(held(atMost(3.1, 3)), false);
  assert.is(held(atLeast(3, 3)), true);
  assert.is(held(atLeast(2.9, 3)), false);
  assert.is(held(between(2, 1, 3)), true);
  assert.is(held(between(3.1, 1, 3)), false);
  for (const wish of [atMost(NaN, 3), atMost(3, NaN), atLeast(NaN, 3), between(NaN, 1, 3), between(2, NaN, 3)]) {
    assert.is(held(wish), false);
  }
});

laws('the median seed decides; one that measured nothing counts as the worst', () => {
  const verdict = (values: readonly number[]) => {
    const seeds = values.map((x) => ({ run: [{ x }] }));
    const wish = claim('x', (curves) => atLeast(curves.run![0]!.x!, 5));
    return judge({ ...birth, claims: [wish], findings: [] }, seeds, 'quick').verdicts[0]!;
  };
  assert.equal(verdict([4, 6, 9]), {
    claim: 'x',
    measured: 6,
    lowest: 4,
    highest: 9,
    wanted: '≥ 5',
    holds: true,
    held: 2,
    seeds: 3,
  });
  assert.is(verdict([4, 4.5, 9]).holds, false);
  assert.is(verdict([NaN, 6, 9]).holds, true);
  assert.is(verdict([NaN, NaN, 9]).holds, false);
  assert.is(verdict([4, 9]).holds, false);
  assert.match(verdictLine(verdict([4, 6, 9])), /^holds {2}x: 6 \(4 to 9; 2 of 3 seeds\), wanted ≥ 5$/);
});

laws('birth holds for the order of the paper and fails for every other', () => {
  assert.is(failures(birth, born), 0);
  const fixed = (order: Parameters<typeof joint>[0]) => failures(birth, { ...born, 'fixed triggers': joint(order) });
  assert.is(fixed({ output: 50, key: 110, early: 100, all: 140 }), 1);
  assert.is(fixed({ output: 150, key: 60, early: 100, all: 140 }), 1);
  assert.is(fixed({ output: 50, key: 60, early: 100, all: 90 }), 1);
  assert.is(fixed({ output: 50, key: 60, early: 100, all: 140, accuracy: 0.9 }), 1);
  const random = (order: Parameters<typeof joint>[0]) => failures(birth, { ...born, 'random triggers': joint(order) });
  assert.is(random({ output: 170, key: 160, early: 100, all: 140 }), 2);
});

laws('birth fails where nothing is learned', () => {
  const still = curve({
    wo1_acc: () => 0.02,
    wk1_acc: () => 0.2,
    wk0_early_acc: () => 0.01,
    wk0_acc: () => 0.004,
    acc_end: () => 0.1,
  });
  assert.is(failures(birth, { 'fixed triggers': still, 'random triggers': still }), birth.claims.length);
});

laws('held-back reads the evaluation before the release, and wants the order of the paper after it', () => {
  const run = (name: string): Curve => {
    const learned = name === 'W_K¹' ? 350 : 390;
    return Array.from({ length: 100 }, (_, n) => {
      const iter = 10 * n;
      const after = iter >= learned;
      const output = name === 'W_O²' ? after : iter >= 30;
      const second = after ? 1 : name === 'W_K¹' && iter >= 100 ? 0.6 : 0.02;
      return {
        iter,
        wo1_acc: output ? 1 : 0.02,
        wk1_acc: second,
        wk1_freq_acc: second,
        wk0_early_acc: after ? 0.9 : 0.05,
        wk0_acc: after ? 0.3 : 0.01,
        acc_end: after ? 0.96 : name === 'W_O²' ? 0.02 : 0.35,
        baseline_bag: 0.5,
      };
    });
  };
  const names = heldBack.runs('quick').map(({ name }) => name);
  const held: Curves = Object.fromEntries(names.map((name) => [name, run(name)]));
  assert.is(failures(heldBack, held), 0);
  const leak = { ...held, 'W_O²': held['W_O²']!.map((row) => ({ ...row, wk1_acc: 1, wk0_early_acc: 0.7 })) };
  assert.is(failures(heldBack, leak), 2);
  // The frozen first layer learns last: the order of release, and what W_K² holds before it.
  assert.is(failures(heldBack, { ...held, 'W_K¹': held['W_K²']! }), 2);
  // Better than the paper's numbers by far is another thing than the paper's, too.
  const perfect = held['W_K²']!.map((row) => ({ ...row, acc_end: row.iter! < 900 ? row.acc_end! : 1 }));
  assert.is(failures(heldBack, { ...held, 'W_K²': perfect }), 1);
  const counts = { ...held, 'W_K¹ and W_K²': held['W_K¹ and W_K²']!.map((row) => ({ ...row, baseline_bag: 0.4 })) };
  assert.is(failures(heldBack, counts), 1);
});

laws('context-later wants random triggers to cost keys and nothing else, and the bigram law first', () => {
  const run = (loss: number, key: number, output: number, globalAt = 40) =>
    curve({
      loss_bigram: (step) => (step < globalAt ? 4 : 2.4),
      loss_head: () => loss,
      wk1_acc: () => key,
      wo1_acc: () => output,
      wk0_early_acc: () => 0.5,
    });
  const curves: Curves = {
    'K = 1, space': run(0.5, 1, 0.4),
    'K = 5, rare': run(1, 1, 0.2),
    'K = 1, random': run(2.5, 0.1, 0.2),
    'K = 5, random': run(1.4, 0.3, 0.5),
    'K = 5, frequent': run(0.6, 1, 0.55),
  };
  assert.is(failures(contextLater, curves), 0);
  assert.is(failures(contextLater, { ...curves, 'K = 5, frequent': run(2, 1, 0.55) }), 2);
  assert.is(failures(contextLater, { ...curves, 'K = 5, frequent': run(0.6, 1, 0.9) }), 1);
  assert.is(failures(contextLater, { ...curves, 'K = 5, random': run(1.4, 0.8, 0.5) }), 1);
  assert.is(failures(contextLater, { ...curves, 'K = 1, space': run(1, 1, 0.4) }), 1);
  assert.is(failures(contextLater, { ...curves, 'K = 1, space': run(0.5, 1, 0.4, 300) }), 1);
});

laws('output-laws wants bigram outputs to fail on uniform ones alone', () => {
  const run = (own: number, other: number, recall: number) =>
    Array.from({ length: 51 }, (_, n) => ({
      iter: 10 * n,
      acc_end: own,
      acc_end_test: other,
      wo1_acc: recall,
      wk1_acc: recall,
      wk0_early_acc: 0.7,
    }));
  assert.is(failures(outputLaws, { uniform: run(0.8, 0.82, 0.5), bigram: run(0.88, 0.4, 0.35) }), 0);
  assert.is(failures(outputLaws, { uniform: run(0.8, 0.5, 0.5), bigram: run(0.88, 0.4, 0.35) }), 1);
  assert.is(failures(outputLaws, { uniform: run(0.8, 0.82, 0.5), bigram: run(0.88, 0.8, 0.35) }), 1);
  assert.is(failures(outputLaws, { uniform: run(0.8, 0.82, 0.3), bigram: run(0.88, 0.4, 0.35) }), 2);
  assert.is(failures(outputLaws, { uniform: run(0.9, 1, 0.5), bigram: run(0.88, 0.1, 0.35) }), 1);
  assert.is(failures(outputLaws, { uniform: run(0.8, 0.82, 1), bigram: run(0.88, 0.4, 0.2) }), 2);
});

laws('memories-compete wants W_F least early and W_O² past its best', () => {
  const run = (turns: 'turns' | 'stays') =>
    curve({
      ff1_loss: (step) => (step < 30 ? 2.2 : turns === 'turns' ? 0.9 + step / 1000 : 0.9),
      wo1_acc: (step) => (step < 50 ? 0.1 : turns === 'turns' ? 0.6 - step / 2000 : 0.6),
    });
  assert.is(failures(memoriesCompete, { uniform: run('turns') }), 0);
  assert.is(failures(memoriesCompete, { uniform: run('stays') }), 2);
  const collapses = run('turns').map((row) => ({ ...row, ff1_loss: row.iter! < 200 ? row.ff1_loss! : 3 }));
  assert.is(failures(memoriesCompete, { uniform: collapses }), 1);
});

laws('stored-scores asks who is stored strongly', () => {
  const table = (score: (i: number) => number): Curve =>
    Array.from({ length: 20 }, (_, i) => ({ input: i, frequency: 1 / (i + 1), [`c${i}`]: score(i) }));
  const tables = (output: (i: number) => number, key: (i: number) => number): Curves => ({
    'in context': curve({ wo1_acc: () => 1 }),
    'in context: W_K¹': table((i) => 5 - i / 5),
    'in context: W_K²': table(key),
    'in context: W_O²': table(output),
  });
  const even = (i: number) => 3 + 0.1 * ((7 * i) % 5);
  assert.is(
    failures(
      storedScores,
      tables(even, (i) => 4 / (i + 1)),
    ),
    0,
  );
  assert.is(
    failures(
      storedScores,
      tables(even, (i) => i + 1),
    ),
    1,
  );
  assert.is(
    failures(
      storedScores,
      tables(
        (i) => 9 / (i + 1),
        (i) => 4 / (i + 1),
      ),
    ),
    2,
  );
});

laws('two-layers holds one layer to counting words on both sides, and looks where the second is active', () => {
  const scope = (triggers: number, others: number): Curve => [{ triggers, others }];
  const ends = (accuracy: number) => curve({ acc_end: () => accuracy, baseline_bag: () => 0.5 });
  const curves: Curves = {
    'fixed triggers, 1 layer': ends(0.52),
    'fixed triggers, 2 layers': ends(0.99),
    'fixed triggers, 2 layers: scope': scope(0.9, 0.1),
    'fixed triggers, 2 layers: map': [{}],
    'random triggers, 1 layer': ends(0.3),
    'random triggers, 2 layers': ends(0.95),
    'random triggers, 2 layers: scope': scope(0.9, 0.8),
    'random triggers, 2 layers: map': [{}],
  };
  assert.is(failures(twoLayers, curves), 0);
  assert.is(failures(twoLayers, { ...curves, 'fixed triggers, 1 layer': ends(0.3) }), 1);
  assert.is(failures(twoLayers, { ...curves, 'fixed triggers, 1 layer': ends(0.9) }), 1);
  assert.is(failures(twoLayers, { ...curves, 'random triggers, 2 layers': ends(1) }), 1);
  assert.is(failures(twoLayers, { ...curves, 'random triggers, 2 layers: scope': scope(0.9, 0.1) }), 1);
});

laws('an experiment is found by its id, by its figure and by the part of it', () => {
  const ids = (name: string) => experimentsNamed(name).map(({ id }) => id);
  assert.equal(ids('figure-3'), ['held-back']);
  assert.equal(ids('figure-4'), ['context-later', 'output-laws', 'memories-compete']);
  assert.equal(ids('figure-4-left'), ['context-later']);
  assert.equal(ids('figure-5'), ['context-later']);
  assert.equal(ids('figure-2'), ['two-layers']);
  assert.equal(ids('appendix-d'), ['beyond-linear']);
  assert.equal(ids('birth'), ['birth']);
  assert.is(experimentsNamed('all'), experiments);
  assert.ok(ids('ours').includes('width'));
  assert.throws(
    () => experimentsNamed('figure-1'),
    /experiment: expected all, one of two-layers,.*figure-3.*, got "figure-1"/,
  );
});

laws('ranks correlate as Spearman has them, equal values with the mean of theirs', () => {
  assert.is(rankCorrelation([1, 2, 3, 4], [10, 20, 30, 99]), 1);
  assert.is(rankCorrelation([1, 2, 3, 4], [9, 7, 5, 3]), -1);
  assert.ok(Math.abs(rankCorrelation([1, 2, 3, 4], [1, 2, 2, 3]) - 4.5 / Math.sqrt(5 * 4.5)) < 1e-12);
  assert.ok(Number.isNaN(rankCorrelation([1, 2, 3], [5, 5, 5])));
});

laws(
  'every experiment has its own id, runs with names of their own and settings that resolve, claims and a figure',
  () => {
    assert.equal(new Set(experiments.map(({ id }) => id)).size, experiments.length);
    for (const experiment of experiments) {
      assert.ok(experiment.claims.length > 0, experiment.id);
      assert.is(experimentNamed(experiment.id), experiment);
      if (!('runs' in experiment)) continue;
      for (const scale of ['quick', 'paper'] as const) {
        const runs = experiment.runs(scale);
        assert.is(new Set(runs.map(({ name }) => name)).size, runs.length);
        for (const { config } of runs) resolveConfig([config]);
        const flat: Record<string, Curve> = {};
        for (const { name, looks = {} } of runs) {
          flat[name] = curve({ acc_end: () => 0.1 });
          for (const table of Object.keys(looks)) flat[tableOf(name, table)] = [{}];
        }
        const { verdicts } = judge(experiment, [flat], scale);
        assert.is(
          verdicts.some(({ holds }) => !holds),
          true,
          `${experiment.id} fails on curves of nothing`,
        );
        const { panels } = experiment.figure(flat, scale);
        for (const { lines } of panels) for (const { run } of lines) assert.ok(run in flat, `${experiment.id}: ${run}`);
      }
    }
    assert.throws(() => experimentNamed('none'), /experiment: expected one of two-layers, .*, got "none"/);
  },
);

laws.run();
