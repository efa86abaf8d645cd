import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import { comparisonTable, describeMachines } from '../../../bench/comparison.js';
import { runProfile } from '../../../bench/profile.js';
import { benchReportSchema, profileReportSchema, REST, scalingReportSchema } from '../../../bench/report.js';
import { runScaling } from '../../../bench/scaling.js';
import type { StepCase } from '../../../bench/steps.js';
import { runBench } from '../../../bench/suite.js';
import { benchTable, profileTable, scalingTable } from '../../../bench/table.js';
import { loadBuild } from '../../../bindings/build.js';

const laws = suite('bench');
const build = loadBuild();
const tiny: StepCase = {
  name: 'tiny',
  layers: [
    { task: { seqLength: 32, triggers: { count: 3 } }, model: { dim: 16 }, training: { batchSize: 8, lossOn: 'all' } },
  ],
};
/** An odd number of rounds: the median is one of them, and so the same round for a time and for its rate. */
const settings = {
  rounds: 3,
  taskMilliseconds: 1,
  stepRounds: 2,
  stepMilliseconds: 1,
  warmUpSteps: 1,
  startupRounds: 2,
};

laws('a report survives JSON, obeys its schema, and its parts agree with each other', async () => {
  const report = await runBench({ builds: [build], version: '1.2.3', threads: 0, steps: [tiny], settings });
  assert.equal(v.parse(benchReportSchema, JSON.parse(JSON.stringify(report))), report);
  assert.equal(report.builds, [{ kernel: 'simd', sha256: build.sha256 }]);
  assert.equal(
    report.steps.map(({ threads }) => threads),
    [1, 0],
  );
  for (const { name, flop, microseconds, gflops } of report.products) {
    const ratio = gflops.median / (flop / microseconds.median / 1e3);
    assert.ok(Math.abs(ratio - 1) < 1e-9, `${name}: ${ratio}`);
  }
  const table = benchTable(report);
  for (const { name } of [...report.products, ...report.elements, ...report.steps])
    assert.ok(table.includes(name), name);
});

laws('every committed result obeys the schema, and all were measured on the kernels of this version', () => {
  const results = new URL('../../../../bench/results/', import.meta.url);
  const files = readdirSync(results).filter((name) => name.endsWith('.json'));
  assert.ok(files.length > 0);
  for (const name of files) {
    const report = v.parse(benchReportSchema, JSON.parse(readFileSync(new URL(name, results), 'utf8')));
    assert.is(report.builds[0]!.sha256, build.sha256, name);
  }
});

laws('the time of a step is measured size by size, and each exponent is that of two neighbours', async () => {
  const sizes = { T: [8, 16, 64], d: [8, 16], N: [8, 16], layers: [1, 2] };
  const report = await runScaling({ build, batchSize: 2, threads: 1, rounds: 1, sizes });
  assert.equal(v.parse(scalingReportSchema, JSON.parse(JSON.stringify(report))), report);
  const measured = report.rows.map(({ size, value }) => `${size} ${value}`);
  assert.equal(measured, [
    ...Object.entries(sizes).flatMap(([size, values]) => values.map((n) => `${size} ${n}`)),
    'threads 1',
  ]);
  for (const [i, { size, value, milliseconds, exponent }] of report.rows.entries()) {
    const before = report.rows[i - 1];
    assert.is(exponent === null, before?.size !== size);
    if (exponent === null) continue;
    const grown = (value / before!.value) ** exponent;
    assert.ok(Math.abs(grown / (milliseconds.median / before!.milliseconds.median) - 1) < 1e-9);
  }
  // What a size takes of memory follows from it alone.
  const arenas = report.rows.filter(({ size }) => size === 'T').map(({ arenaBytes }) => arenaBytes.worker);
  assert.ok(arenas[0]! <= arenas[1]! && arenas[1]! < arenas[2]!);
  for (const { size } of report.rows) assert.ok(scalingTable(report).includes(size));
});

laws('a report with a figure that is no figure is refused', async () => {
  const report = await runBench({ builds: [build], threads: 1, steps: [], settings });
  assert.ok(v.is(benchReportSchema, report));
  assert.not.ok(v.is(benchReportSchema, { ...report, version: 1 }));
  const { tokensPerSecond } = report.sampler;
  const broken = { ...report.sampler, tokensPerSecond: { ...tokensPerSecond, median: Number.NaN } };
  assert.not.ok(v.is(benchReportSchema, { ...report, sampler: broken }));
});

const flat = (value: number) => ({ median: value, low: value, high: value });

laws('reports side by side: a row each, with the medians that they hold', async () => {
  const one = await runBench({ threads: 0, steps: [{ ...tiny, name: 'quick' }], settings });
  const other = { ...one, environment: { ...one.environment, runtime: 'Other 1.0', processor: null } };
  const [head, , ...rows] = comparisonTable([one, other]).split('\n');
  assert.is(rows.length, 2);
  const cells = (line: string) => line.split('|').map((text) => text.trim());
  const at = cells(head!).indexOf('quick step, 1 thread, ms');
  const median = one.steps.find(({ threads }) => threads === 0)!.milliseconds.median;
  for (const row of rows) assert.ok(cells(row)[at]!.startsWith(median.toFixed(1)), row);
  assert.match(rows[1]!, /Other 1\.0/);
  // With vectors joined: columns of the runtime's own row, and dashes where nobody measured.
  const paper = one.steps.map((step) => ({ ...step, name: 'paper, in-context loss' }));
  const fused = paper.map((step) => ({ ...step, kernel: 'fused' as const, milliseconds: flat(77) }));
  const plain = { ...one, steps: [...paper.map((step) => ({ ...step, milliseconds: flat(99) })), ...fused] };
  const wide = {
    ...one,
    method: { ...one.method, wideVectors: true },
    steps: paper.map((step) => ({ ...step, milliseconds: flat(55) })),
  };
  const [names, , joined, alone] = comparisonTable([plain, wide, other]).split('\n').map(cells);
  const of = (row: readonly string[] | undefined, name: string) => row![names!.indexOf(name)];
  assert.equal(
    ['paper step, 1 thread, ms', 'all, fused', 'all, wide', 'all, wide and fused'].map((name) => of(joined, name)),
    ['99', '77', '55', '—'],
  );
  assert.is(of(alone, 'all, wide'), '—');
  assert.match(describeMachines([one, other]), /unknown processor/);
  assert.throws(() => comparisonTable([]), RangeError);
});

laws('a profile adds up to the step, and counts every call and every operation', async () => {
  const report = await runProfile({ build, stepCase: tiny, steps: 8 });
  assert.equal(v.parse(profileReportSchema, JSON.parse(JSON.stringify(report))), report);
  const total = report.rows.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const ratio = total / 1000 / report.milliseconds.mean;
  assert.ok(Math.abs(ratio - 1) < 0.01, `rows add up to ${ratio} of the step`);
  for (const { where, kernel, microseconds } of report.rows) assert.ok(microseconds >= 0, `${where}, ${kernel}`);
  assert.equal(report.rows.filter(({ kernel }) => kernel === REST).length, 2);

  const calls = (kernel: string) =>
    report.rows
      .filter((row) => row.kernel === kernel && row.where === 'shards')
      .reduce((sum, row) => sum + row.calls, 0);
  const sequences = report.batchSize;
  assert.is(calls('sampleTriggers'), sequences);
  assert.is(calls('crossEntropy'), sequences);
  assert.is(calls('causalSoftmax'), 2 * sequences);
  assert.is(calls('tableScoresBackward'), sequences);

  // Mixing of the first layer's values and its transpose: T (T + 1) / 2 pairs, d columns, a product and an addition.
  const mix = report.rows.find((row) => row.kernel === 'causalMix' && row.detail.endsWith('width 16'))!;
  const flop = mix.gflops! * mix.microseconds * 1e3;
  const columns = 16;
  const each = 32 * 33 * columns;
  assert.ok(Math.abs(flop / each - Math.round(flop / each)) < 1e-6, `${flop} is no multiple of ${each}`);
  assert.ok(profileTable(report).includes(REST));
});

laws.run();
