import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError, FormatError, show } from '../../src/errors.js';
import { loadCorpus } from '../../src/files/corpus.js';
import { readCase } from '../../src/files/format/case.js';
import { readConfigFile } from '../../src/files/run.js';
import { readLink } from '../../src/lab/border/link.js';
import { readWeightsConfig } from '../../src/train/identity.js';
import { parseSet, readLayer } from '../../src/train/resolve.js';

const laws = suite('errors');

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

laws('any value is shown in at most 80 characters', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  const values = [undefined, null, -0, NaN, 5n, 'a'.repeat(1e6), Symbol('s'), () => 1, circle, { a: 1n }, new Map()];
  for (const value of values) assert.ok(show(value).length <= 80, show(value));
  assert.equal(values.slice(0, 5).map(show), ['undefined', 'null', '0', 'NaN', '5']);
  assert.is(show(JSON.parse(nested(100_000))), 'a value nested too deep');
});

laws('a message cuts a key that somebody made long', () => {
  assert.ok(new ConfigError('k'.repeat(5000), 1, 'another').message.length < 200);
  assert.throws(
    () => readLayer({ ['k'.repeat(5000)]: 1 }),
    (error: unknown) => (error as Error).message.length < 500,
  );
});

laws('a value nested too deep is refused in words, wherever it comes from', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ihead-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  for (const depth of [4200, 100_000]) {
    const deep = nested(depth);
    const value = JSON.parse(deep);
    const weights = `{"seed":${deep},"task":{"corpus":"sonnets"}}`;
    const counts = JSON.stringify({ name: 'a', symbols: 'ab', unigrams: 0, bigrams: [] }).replace('0', deep);
    const ways: (() => unknown)[] = [
      () => readConfigFile(file('config.json', `{"seed":${deep}}`)),
      () => readConfigFile(file('list.json', deep)),
      () => loadCorpus(file('counts.json', counts)),
      () => loadCorpus(file('all.json', deep)),
      () => readCase(value, () => {}),
      () => readCase({ ...Object.fromEntries(CASE.map((key) => [key, value])) }, () => {}),
      () => parseSet(`seed=${deep}`),
      () => parseSet(`model.ffn=${deep}`),
      () => readWeightsConfig(weights),
      () => readLink(`seed=${nested(4090)}`),
    ];
    for (const [i, way] of ways.entries()) {
      assert.throws(way, (error: unknown) => error instanceof ConfigError || error instanceof FormatError, `${i}`);
    }
  }
  rmSync(folder, { recursive: true });
});

const CASE = ['model', 'freeze', 'optimizer', 'lossOn', 'tokens', 'targets', 'occurrences', 'parameters'];

laws.run();
