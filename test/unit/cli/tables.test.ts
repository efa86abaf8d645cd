/** What a person is shown of numbers that a program gets as JSON. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measures } from '../../../src/analysis/measures.js';
import type { BatchMetrics, ProbeMetrics } from '../../../src/analysis/record.js';
import { chosenFormat } from '../../../src/cli/format.js';
import { aligned, metricsTable, probesTable } from '../../../src/cli/tables.js';
import { BRIEF, jsonLines, type Workplace, workplace } from './command.js';

const laws = suite<{ place: Workplace }>('tables');

laws.before((context) => {
  context.place = workplace();
  assert.is(context.place.ihead('train', ...BRIEF, '--out=run', '--quiet').status, 0);
});
laws.after(({ place }) => place.remove());

laws('columns of numbers end together, and words of a line alone widen none', () => {
  const lines = aligned([
    ['', 'fresh', 'test'],
    ['accuracy', '0.9', '–'],
    ['a line that is much longer than any label'],
  ]);
  assert.equal(lines, ['          fresh  test', 'accuracy    0.9     –', 'a line that is much longer than any label']);
});

laws('a terminal gets tables, anything else JSON, and whoever asks what they ask for', () => {
  const { isTTY } = process.stdout;
  try {
    process.stdout.isTTY = true;
    assert.is(chosenFormat({}), 'table');
    assert.is(chosenFormat({ format: 'json' }), 'json');
    process.stdout.isTTY = false;
    assert.is(chosenFormat({}), 'json');
    assert.is(chosenFormat({ format: 'table' }), 'table');
  } finally {
    process.stdout.isTTY = isTTY;
  }
});

laws('every number of the JSON stands in the table, under a title of its own', ({ place }) => {
  const pair = (...args: string[]) => {
    const json = place.ihead(...args);
    const table = place.ihead(...args, '--format=table');
    assert.equal([json.status, table.status, table.stderr], [0, 0, '']);
    return { values: jsonLines(json.stdout)[0] as Record<string, number | null>, lines: table.stdout.split('\n') };
  };
  for (const args of [
    ['evaluate', 'run', '--count=8', '--threads=0'],
    ['probe', 'run'],
  ]) {
    const { values, lines } = pair(...args);
    for (const [key, value] of Object.entries(values)) {
      if (value === -1) continue;
      const line = lines.find((text) => text.startsWith(`${key} `));
      assert.ok(line?.includes(value === null ? '–' : value.toFixed(3)), `${key}: ${line}`);
      assert.ok(!(key in measures) || line?.includes(measures[key as keyof typeof measures].title), line);
    }
  }
  const { values, lines } = pair('evaluate', 'run', '--count=8', '--threads=0', '--ablation');
  assert.ok(lines.some((line) => line.startsWith('every head at work') && line.includes(values.accuracy!.toFixed(3))));
});

laws('inspect says of each position in context what was predicted, and sample marks them', ({ place }) => {
  const [seen] = jsonLines(place.ihead('inspect', 'run').stdout) as unknown as [
    { occurrences: number[]; predictions: number[]; targets: number[]; probabilities: number[] },
  ];
  const asked = seen.occurrences.flatMap((count, t) => (count >= 2 ? [t] : []));
  const right = asked.filter((t) => seen.predictions[t] === seen.targets[t]).length;
  const { stdout } = place.ihead('inspect', 'run', '--format=table');
  assert.match(stdout, `right at ${right} of ${asked.length} positions in context`);
  for (const t of asked.slice(0, 24)) {
    const row = new RegExp(`^ +${t} .* ${Math.round(100 * seen.probabilities[t]!)} %`, 'm');
    assert.match(stdout, row);
  }
  const [drawn] = jsonLines(place.ihead('sample', '--preset=fixed-quick').stdout) as unknown as [typeof seen];
  const sample = place.ihead('sample', '--preset=fixed-quick', '--format=table').stdout;
  const marks = sample.split('\n').filter((line) => /^[ ^]*\^[ ^]*$/.test(line));
  assert.is(marks.join('').match(/\^/g)!.length, drawn.occurrences.filter((count) => count >= 2).length);
});

laws('measures without a baseline or a model’s memory are told in words', () => {
  assert.equal(
    probesTable({ wo1_acc: -1 } as unknown as ProbeMetrics, { vocabSize: 9, maxLength: 8, fixedTriggers: 1 }),
    ['no memories to probe: the model has one layer'],
  );
  const [, second] = metricsTable({ acc_end_h1: null } as unknown as BatchMetrics, 'on 1 sequence');
  assert.match(second!, /^acc_end_h1 {2}in-context accuracy, head 2 +–$/);
});

laws.run();
