import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError, FormatError } from '../../../src/errors.js';
import { readBytes, readJson, writeAtomic } from '../../../src/files/bytes.js';
import { asFloat32, writeSafetensors } from '../../../src/files/format/safetensors.js';
import * as run from '../../../src/files/run.js';
import { openRunFolder } from '../../../src/files/run-folder.js';
import type { TriggersConfig } from '../../../src/task/kinds.js';
import { withCorpus } from '../../../src/train/config.js';
import { weightsConfig } from '../../../src/train/identity.js';
import { presets } from '../../../src/train/presets.js';
import { resolveConfig } from '../../../src/train/resolve.js';

const laws = suite<{ folder: string }>('runs');

laws.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'ihead-'));
});
laws.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const sha256 = 'ab'.repeat(32);
const surroundings = { versions: { ihead: '0.1.0', node: '20.20.2' }, runtime: 'Node 20.20.2', sha256 };
const settled = withCorpus(resolveConfig([presets['fixed-quick'], { threads: 2, kernel: 'simd' }]), {
  symbols: { length: 61 } as string[],
});
const tensors = [{ name: 'pe', shape: [2], data: Float32Array.of(1, 2) }];

function refused(act: () => unknown, kind: typeof ConfigError | typeof FormatError, expected: RegExp): void {
  assert.throws(act, (error: unknown) => {
    assert.instance(error, kind);
    assert.match((error as Error).message, expected);
    return true;
  });
}

laws('a run goes where preset and seed say', () => {
  assert.is(run.defaultDirectory('paper', 3), join('runs', 'paper-3'));
});

laws('what a run writes is read back', ({ folder }) => {
  const directory = join(folder, 'a', 'b');
  const open = openRunFolder(directory, 'new');
  open.writeParams(settled, surroundings);
  open.appendMetrics({ iter: 0, loss: 4.5, acc_end: null });
  open.appendMetrics({ iter: 10, loss: 0.1 + 0.2, acc_end: -1 });
  open.writeWeights(writeSafetensors(tensors, { config: weightsConfig(settled, 'sonnets'), step: '300' }));
  open.close();

  assert.equal(readdirSync(directory).sort(), ['metrics.jsonl', 'model.safetensors', 'params.json']);
  assert.equal(JSON.parse(readFileSync(join(directory, 'params.json'), 'utf8')), { ...settled, ...surroundings });
  assert.equal(resolveConfig([run.readConfigFile(join(directory, 'params.json'))]), settled);
  assert.equal(run.readMetrics(directory), [
    { iter: 0, loss: 4.5, acc_end: null },
    { iter: 10, loss: 0.1 + 0.2, acc_end: -1 },
  ]);
  for (const path of [directory, join(directory, 'model.safetensors')]) {
    const saved = run.readRun(path);
    assert.equal([saved.step, saved.corpus], [300, 'sonnets']);
    assert.equal(resolveConfig([{ threads: 2 }, saved.layer!]), settled);
    assert.equal(asFloat32(saved.tensors.get('pe')!), tensors[0]!.data);
  }
});

laws('a failed write leaves the old contents and nothing else', ({ folder }) => {
  const path = join(folder, 'target');
  mkdirSync(join(path, 'full'), { recursive: true });
  refused(() => writeAtomic(path, 'new'), FormatError, /^cannot write .*target: /);
  assert.equal(readdirSync(folder), ['target']);
  refused(() => writeAtomic(join(folder, 'none', 'a'), 'new'), FormatError, /no such file or folder/);
  writeAtomic(join(folder, 'ü'), Uint8Array.of(1, 2));
  writeAtomic(join(folder, 'ü'), 'ü');
  assert.is(readFileSync(join(folder, 'ü'), 'utf8'), 'ü');
  assert.equal(readdirSync(folder).sort(), ['target', 'ü']);
  const long = 'l'.repeat(255);
  writeAtomic(join(folder, long), 'long');
  assert.is(readFileSync(join(folder, long), 'utf8'), 'long');
});

laws('a line cut off in the middle is passed over, a broken one is named', ({ folder }) => {
  const write = (text: string) => writeFileSync(join(folder, 'metrics.jsonl'), text);
  write('{"iter":0}\n{"iter":10,"lo');
  assert.equal(run.readMetrics(folder), [{ iter: 0 }]);
  write('');
  assert.equal(run.readMetrics(folder), []);
  for (const line of ['{"iter":', '[]', 'null', '3', '{"iter":"0"}', '{"a":{}}', '']) {
    write(`{"iter":0}\n${line}\n`);
    refused(() => run.readMetrics(folder), FormatError, /metrics\.jsonl: line 2: expected an object of numbers/);
  }
});

laws('files that cannot be read say why', ({ folder }) => {
  refused(() => run.readRun(join(folder, 'none')), FormatError, /cannot read .*none: there is no such file or folder/);
  refused(() => run.readRun(folder), FormatError, /cannot read .*model\.safetensors: there is no such file/);
  refused(() => readBytes(folder, 10), FormatError, /it is a folder/);
  refused(() => readBytes('/dev/null', 10), FormatError, /not a regular file/);
  const path = join(folder, 'a.json');
  writeFileSync(path, '{"seed": 2,}');
  refused(() => readBytes(path, 11), FormatError, /expected at most 11 bytes, got 12/);
  refused(() => run.readConfigFile(path), FormatError, /cannot read .*a\.json: /);
  writeFileSync(path, Uint8Array.of(0x22, 0xff, 0x22));
  refused(() => readJson(path, 100), FormatError, /it is not UTF-8/);
  writeFileSync(path, '{"seed": "two"}');
  refused(() => run.readConfigFile(path), ConfigError, /^seed: expected a whole number.*, got "two"/);
  writeFileSync(path, '[]');
  refused(() => run.readConfigFile(path), ConfigError, /^config: expected an object.*, got \[\]/);
});

laws('weights without our metadata are read, weights with a broken one are refused', ({ folder }) => {
  const path = join(folder, 'foreign.safetensors');
  const write = (metadata: Record<string, string>) => writeFileSync(path, writeSafetensors(tensors, metadata));
  write({ format: 'pt' });
  const { layer, step, corpus } = run.readRun(path);
  assert.equal([layer, step, corpus], [undefined, undefined, undefined]);
  const config = weightsConfig(settled, 'sonnets');
  write({ config, step: '-1' });
  refused(
    () => run.readRun(path),
    FormatError,
    /foreign\.safetensors: metadata: step: expected a whole number, got "-1"/,
  );
  write({ config: '{' });
  refused(() => run.readRun(path), FormatError, /foreign\.safetensors: metadata: config: expected JSON/);
  write({ config: config.replace('"dim":128', '"dim":-128') });
  refused(() => run.readRun(path), FormatError, /foreign\.safetensors: model\.dim: expected .*, got -128/);
  writeFileSync(path, 'not a tensor in sight');
  refused(() => run.readRun(path), FormatError, /foreign\.safetensors: header: expected at most/);
});

laws('a folder tells where a corpus given by path lies; a file alone does not', ({ folder }) => {
  const byPath = { ...settled, task: { ...(settled.task as TriggersConfig), corpus: 'texts/tiny.txt' } };
  const identity = { name: 'tiny.txt', sha256 };
  const open = openRunFolder(folder, 'new');
  open.writeWeights(writeSafetensors(tensors, { config: weightsConfig(byPath, identity), step: '1' }));
  assert.is(run.readRun(folder).layer?.task?.corpus, undefined);
  open.writeParams(byPath, surroundings);
  open.close();
  assert.is(run.readRun(folder).layer?.task?.corpus, 'texts/tiny.txt');
  assert.is(run.readRun(join(folder, 'model.safetensors')).layer?.task?.corpus, undefined);
  assert.equal(run.readRun(folder).corpus, identity);
  assert.ok(existsSync(join(folder, 'metrics.jsonl')));
});

laws.run();
