import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FormatError } from '../../../src/errors.js';
import type { Config, ConfigLayer } from '../../../src/train/config.js';
import { withCorpus } from '../../../src/train/config.js';
import { canonicalJson, readWeightsConfig, weightsConfig } from '../../../src/train/identity.js';
import { resolveConfig } from '../../../src/train/resolve.js';

const laws = suite('what decides the weights');
const identity = { name: 'tiny.txt', sha256: '0123456789abcdef'.repeat(4) };
const config = (layer: ConfigLayer = {}): Config =>
  withCorpus(resolveConfig([layer]), { symbols: { length: 61 } as string[] });

laws('keys are sorted at every depth and lists keep their order', () => {
  assert.is(
    canonicalJson({ b: [2, { d: 1, c: null }], a: 'ü"', B: undefined }),
    '{"a":"ü\\"","b":[2,{"c":null,"d":1}]}',
  );
});

laws('what only watches the run, and where it ran, is left out', () => {
  const line = weightsConfig(config(), 'sonnets');
  for (const layer of [{ threads: 3 }, { kernel: 'simd' }, { training: { evalEvery: 7, testSequences: 3 } }] as const) {
    assert.is(weightsConfig(config(layer), 'sonnets'), line);
  }
  for (const layer of [{ seed: 2 }, { kernel: 'fused' }, { training: { steps: 7 } }, { model: { dim: 64 } }] as const) {
    assert.is.not(weightsConfig(config(layer), 'sonnets'), line);
  }
  assert.not.match(line, /threads|evalEvery|testSequences|auto/);
});

laws('a corpus given by path is named without the path', () => {
  const line = weightsConfig(config({ task: { corpus: '/home/me/tiny.txt' } }), identity);
  assert.is(line, weightsConfig(config({ task: { corpus: '../tiny.txt' } }), identity));
  assert.not.match(line, /home/);
});

laws('the line gives the settings back', () => {
  const wide = config({
    model: { dim: 64 },
    training: { optimizer: { kind: 'adamw' } },
    task: { testOutputs: 'bigram' },
  });
  const read = readWeightsConfig(weightsConfig(wide, 'sonnets'));
  assert.is(read.corpus, 'sonnets');
  assert.equal(resolveConfig([read.layer]), { ...wide, kernel: 'simd' });
  const byPath = readWeightsConfig(weightsConfig(wide, identity));
  assert.equal(byPath.corpus, identity);
  assert.is(byPath.layer.task?.corpus, undefined);
  for (const line of ['', '{', '[]', '{}', '{"task":{}}', '{"task":{"corpus":{"name":"a","sha256":"b"}}}']) {
    assert.throws(
      () => readWeightsConfig(line),
      (error: unknown) => error instanceof FormatError,
    );
  }
});

laws('files and configurations of before say relaxed for fused', () => {
  assert.is(config({ kernel: 'relaxed' as 'fused' }).kernel, 'fused');
  const line = weightsConfig(config({ kernel: 'fused' }), 'sonnets').replace('"fused"', '"relaxed"');
  assert.match(line, '"kernel":"relaxed"');
  assert.is(readWeightsConfig(line).layer.kernel, 'fused');
});

laws('a line with settings that command resources is refused', () => {
  const value = JSON.parse(weightsConfig(config({}), 'sonnets'));
  const cases: [object, string][] = [
    [{ ...value, threads: 256 }, 'threads'],
    [{ ...value, training: { ...value.training, evalEvery: 1 } }, 'training.evalEvery'],
    [{ ...value, training: { ...value.training, testSequences: 1e6 } }, 'training.testSequences'],
  ];
  for (const [line, key] of cases) {
    assert.throws(
      () => readWeightsConfig(JSON.stringify(line)),
      (error: unknown) => error instanceof FormatError && error.message.endsWith(`got ${key}`),
    );
  }
});

laws.run();
