/** Golden cases through the built command, against PyTorch. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomCase } from '../twin/cases.js';
import {
  compareWithTruth,
  disagreements,
  float32Tolerances,
  goldenFile,
  goldenNames,
  readGolden,
} from '../twin/golden.js';
import { type CaseJson, decodeTruth, encodeCase, type Truth } from '../twin/tensor.js';
import { twinTruth } from '../twin/training.js';
import { type Workplace, workplace } from './command.js';

const laws = suite<{ place: Workplace }>('ihead grad');

laws.before.each((context) => {
  context.place = workplace();
});
laws.after.each(({ place }) => place.remove());

function resultOf(place: Workplace, file: string, ...args: string[]): Truth {
  const { status, stdout, stderr } = place.ihead('grad', '--case', file, ...args);
  assert.equal([status, stderr], [0, '']);
  return decodeTruth(JSON.parse(stdout));
}

function write(place: Workplace, json: unknown): string {
  const file = join(place.folder, 'case.json');
  writeFileSync(file, JSON.stringify(json));
  return file;
}

for (const name of goldenNames()) {
  laws(`${name} agrees with its truth, with and without workers`, ({ place }) => {
    const { data, truth } = readGolden(name);
    const [alone, together] = ['0', '2'].map((threads) =>
      resultOf(place, fileURLToPath(goldenFile(name)), '--threads', threads),
    );
    assert.is(disagreements(compareWithTruth(alone!, truth, float32Tolerances(data.optimizer.kind))), '');
    assert.equal(together, alone);
    assert.is(alone!.attention === null, truth.attention === null);
    assert.equal(Object.keys(alone!.gradients), Object.keys(alone!.parametersAfterThreeSteps));
    assert.equal(Object.keys(alone!.gradients).sort(), Object.keys(truth.gradients).sort());
  });
}

laws('the plain path, nested arrays and a case without a truth are as good', ({ place }) => {
  const json = JSON.parse(readFileSync(goldenFile('simplified'), 'utf8')) as CaseJson;
  const { data, truth } = readGolden('simplified');
  const parameters = Object.entries(data.parameters).map(([name, { shape, values }]) => {
    const width = shape[1]!;
    return [name, Array.from({ length: shape[0]! }, (_, r) => [...values.subarray(r * width, (r + 1) * width)])];
  });
  const { model, freeze, optimizer, lossOn, tokens, targets, occurrences } = json;
  const bare = { model, freeze, optimizer, lossOn, tokens, targets, occurrences };
  const file = write(place, { ...bare, circuit: false, parameters: Object.fromEntries(parameters) });
  const result = resultOf(place, file, '--threads=0');
  assert.is(disagreements(compareWithTruth(result, truth, float32Tolerances('sgd'))), '');
});

laws('a batch without an in-context position has no loss and makes no step', ({ place }) => {
  const data = randomCase({ lossOn: 'in-context', freeze: ['output.weight'] }, 1, 2, 1);
  const truth = twinTruth(data);
  assert.is(truth.loss, null);
  const result = resultOf(place, write(place, encodeCase(data)), '--threads=0');
  assert.is(disagreements(compareWithTruth(result, truth, float32Tolerances('sgd'))), '');
  assert.equal(result.lossesOverThreeSteps, [null, null, null]);
});

laws('more sequences than shards, all of whose steps agree', ({ place }) => {
  const data = randomCase({ lossOn: 'all' }, 5, 37, 6);
  const result = resultOf(place, write(place, encodeCase(data)), '--threads=2');
  assert.is(disagreements(compareWithTruth(result, twinTruth(data), float32Tolerances('sgd'))), '');
});

laws('a case that its model cannot take is refused with the file and the field', ({ place }) => {
  const good = encodeCase(randomCase({}, 2, 1, 3));
  const refused: [unknown, RegExp][] = [
    [{ ...good, tokens: [[0, 1, 7]] }, /case\.json: tokens\[0\]\[2\]: expected a whole number from 0 to 6, got 7\n/],
    [
      { ...good, model: { ...good.model, heads: 3 } },
      /case\.json: model\.heads: expected a divisor of model\.dim \(8\), got 3\n/,
    ],
  ];
  for (const [json, expected] of refused) {
    const { status, stdout, stderr } = place.ihead('grad', '--case', write(place, json));
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, expected);
  }
  const { status, stderr } = place.ihead('grad', '--case', write(place, { ...good, extra: 1 }), '--threads=0');
  assert.is(status, 0);
  assert.match(stderr, /warning: .*"extra" is no field of a case and is passed over\n$/);
});

laws('steps that leave the finite numbers end with 3', ({ place }) => {
  const optimizer = { kind: 'sgd', learningRate: 1e38, momentum: 0, weightDecay: 0 } as const;
  const { status, stdout, stderr } = place.ihead(
    'grad',
    '--case',
    write(place, encodeCase(randomCase({ optimizer }, 3, 2, 4))),
  );
  assert.equal([status, stdout], [3, '']);
  assert.match(stderr, /^ihead: diverged at step [0-2]: /);
});

laws.run();
