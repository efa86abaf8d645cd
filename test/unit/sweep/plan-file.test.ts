import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBuild } from '../../../bindings/build.js';
import { exactMath } from '../../../bindings/math.js';
import { FormatError } from '../../../src/errors.js';
import { readPlanFile } from '../../../src/sweep/plan-file.js';

const laws = suite<{ folder: string }>('plans from files');
const math = exactMath(loadBuild());
const RATE = 'training.optimizer.learningRate';

laws.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'ihead-'));
});
laws.after.each(({ folder }) => rmSync(folder, { recursive: true }));

function read(folder: string, value: unknown) {
  const path = join(folder, 'plan.json');
  writeFileSync(path, JSON.stringify(value));
  return readPlanFile(path, math);
}

laws('grids and lists follow each other, in the order of the file', ({ folder }) => {
  const { combinations, seeds, hasPreset, layers } = read(folder, {
    preset: 'quick',
    config: { training: { steps: 7 } },
    seeds: 3,
    runs: [
      { grid: { 'model.dim': [32, 64], seed: [1, 2] } },
      { list: [{ 'model.heads': 2 }, { [RATE]: 0.1, 'model.dim': 64 }] },
    ],
  });
  assert.equal(combinations, [
    ...[32, 64].flatMap((dim) => [1, 2].map((seed) => ({ 'model.dim': dim, seed }))),
    { 'model.heads': 2 },
    { [RATE]: 0.1, 'model.dim': 64 },
  ]);
  assert.equal([seeds, hasPreset, layers.length], [3, true, 2]);
});

laws('draws lie in their range, spread over it, repeat with the seed, and stay when others are added', ({ folder }) => {
  const random = (seed: number, more: object = {}, count = 400) =>
    read(folder, { runs: [{ random: { [RATE]: { from: 0.01, to: 1, scale: 'log' }, ...more }, count, seed }] })
      .combinations;
  const rates = (all: ReturnType<typeof random>) => all.map((one) => one[RATE] as number);
  const drawn = rates(random(1));
  assert.ok(drawn.every((rate) => rate >= 0.01 && rate <= 1));
  const below = drawn.filter((rate) => rate < 0.1).length;
  assert.ok(Math.abs(below - 200) < 4 * Math.sqrt(100), String(below));
  assert.equal(rates(random(1)), drawn);
  assert.is.not(rates(random(2))[0], drawn[0]);
  const more = random(1, { 'model.dim': [32, 64], 'task.triggers.count': { from: 1, to: 5, whole: true } }, 500);
  assert.equal(rates(more).slice(0, 400), drawn);
  assert.equal([...new Set(more.map((one) => one['model.dim']))].sort(), [32, 64]);
  assert.equal([...new Set(more.map((one) => one['task.triggers.count']))].sort(), [1, 2, 3, 4, 5]);
});

laws('what is no plan is refused by file and place', ({ folder }) => {
  for (const [plan, message] of [
    [[], /plan\.json: plan.*expected/],
    [{}, /plan\.runs: expected/],
    [{ runs: [], more: 1 }, /plan\.more: expected one of its settings/],
    [{ runs: [{}] }, /runs\[0\]: expected an object with grid, list or random/],
    [{ runs: [{ grid: { 'model.dim': [] } }] }, /model\.dim: expected at least one value/],
    [{ runs: [{ grid: { 'model.dims': [1] } }] }, /model\.dims: expected a known setting/],
    [{ runs: [{ list: [{ 'model.dim': 'wide' }] }] }, /model\.dim: expected .*, got "wide"/],
    [
      { runs: [{ random: { [RATE]: { from: 0, to: 1, scale: 'log' } }, count: 1 }] },
      /learningRate: expected from above 0/,
    ],
    [{ runs: [{ random: { [RATE]: { from: 2, to: 1 } }, count: 1 }] }, /learningRate: expected from at most to/],
    [{ preset: 'none', runs: [] }, /preset: expected one of/],
    [{ config: { x: 1 }, runs: [] }, /x: expected a known setting/],
  ] as const) {
    assert.throws(
      () => read(folder, plan),
      (error: unknown) => error instanceof FormatError && message.test(error.message),
      JSON.stringify(plan),
    );
  }
});

laws.run();
