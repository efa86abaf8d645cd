import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { birth } from '../../../src/experiments/birth.js';
import { experimentNamed, experiments } from '../../../src/experiments/catalogue.js';
import { before, half, metric, stepTo, stepToProgress } from '../../../src/experiments/curve-queries.js';
import { depth } from '../../../src/experiments/depth.js';
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
import { freeze } from '../../../src/experiments/freeze.js';
import { global } from '../../../src/experiments/global.js';
import { judge, verdictLine } from '../../../src/experiments/judge.js';
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

laws(
  'depth holds for one layer like words counted and two like an ideal reader, and fails where both are alike',
  () => {
    const ends = (accuracy: number) =>
      curve({ acc_end_test: () => accuracy, baseline_bag: () => 0.45, baseline_bayes: () => 0.97 });
    const runs = (one: number, two: number): Curves =>
      Object.fromEntries(
        depth.runs('quick').map(({ name, config }) => [name, ends(config.model?.layers === 1 ? one : two)]),
      );
    assert.is(failures(depth, runs(0.4, 0.96)), 0);
    assert.is(failures(depth, runs(0.4, 0.4)), 2);
    assert.is(failures(depth, runs(0.96, 0.96)), 2);
    assert.is(failures(depth, runs(0.96, 0.4)), 4);
  },
);

laws('freeze reads the evaluation before the release', () => {
  const names = freeze.runs('quick').map(({ name }) => name);
  const release = freeze.runs('quick')[1]!.config.training!.freezeUntil![0]!.step;
  const run = (name: string): Curve => {
    const learned = name === 'W_K²' ? release + 90 : release + 30;
    return Array.from({ length: 60 }, (_, n) => {
      const iter = 10 * n;
      const after = iter >= learned;
      const output = name.includes('W_O²') ? after : iter >= 30;
      return {
        iter,
        wo1_acc: output ? 1 : 0.02,
        wk1_acc: after ? 1 : 0.2,
        wk0_early_acc: after ? 1 : 0.02,
        wk0_acc: after ? 1 : 0.01,
        acc_end: after ? 0.97 : 0.4,
        baseline_bag: 0.45,
      };
    });
  };
  const held: Curves = Object.fromEntries(names.map((name) => [name, run(name)]));
  assert.is(failures(freeze, held), 0);
  assert.is(failures(freeze, { ...held, 'W_K²': held['W_K¹']! }), 1);
  assert.is(
    failures(freeze, { ...held, 'W_O²': held.none!.map((row) => ({ ...row, wk1_acc: 1, wk0_early_acc: 1 })) }),
    2,
  );
});

laws('triggers that are not learned by the end took more steps than there were', () => {
  const run = (learned: number) =>
    curve({
      loss_bigram: (step) => (step < 30 ? 4 : 2),
      loss_head: (step) => (step < Math.min(learned, 200) ? 4 : 0.2),
      acc_end: rise(learned, 0.1, 0.95),
    });
  const curves = (frequent: number, rare: number): Curves => ({
    'frequent triggers': run(frequent),
    'rare triggers': run(rare),
    'random triggers': run(150),
  });
  for (const [frequent, rare, failed] of [
    [120, 200, 0],
    [200, 120, 1],
    [120, 9999, 0],
    [390, 9999, 0],
    [9999, 120, 1],
    [9999, 9999, 1],
  ] as const) {
    assert.is(failures(global, curves(frequent, rare)), failed, `${frequent} ${rare}`);
  }
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
    assert.throws(() => experimentNamed('none'), /experiment: expected one of depth, birth.*, got "none"/);
  },
);

laws.run();
