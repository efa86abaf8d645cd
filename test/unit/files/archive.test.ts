/** A run as one .zip: what goes in comes out, and nothing else does. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ARCHIVED, packRun, unpackRun } from '../../../src/files/format/archive.js';
import { BRIEF, type Workplace, workplace } from '../cli/command.js';

const laws = suite<{ place: Workplace }>('a run as one file');

laws.before((context) => {
  context.place = workplace();
  assert.is(context.place.ihead('train', ...BRIEF, '--out=run', '--quiet').status, 0);
  const files = ARCHIVED.slice(0, 3).map((name) => [name, readFileSync(join(context.place.folder, 'run', name))]);
  writeFileSync(join(context.place.folder, 'run.zip'), packRun(Object.fromEntries(files)));
});
laws.after(({ place }) => place.remove());

const bytes = (text: string) => new TextEncoder().encode(text);

laws('what is packed is unpacked, and the same files make the same bytes', () => {
  const files = Object.fromEntries(ARCHIVED.map((name, n) => [name, bytes(name.repeat(1000 * n + 1))]));
  const archive = packRun(files);
  assert.equal(packRun(files), archive);
  const found = unpackRun(archive, 2 ** 20);
  for (const name of ARCHIVED) assert.is(Buffer.compare(found[name]!, files[name]!), 0, name);
});

laws('names that lead out of the folder, and files that are none of a run, are not written', ({ place }) => {
  const weights = bytes('w');
  const hostile = { '../../params.json': bytes('{}'), 'a/model.safetensors': weights, '/etc/passwd': bytes('x') };
  assert.equal(Object.keys(unpackRun(zipSync(hostile), 100)).sort(), ['model.safetensors', 'params.json']);
  for (const [archive, expected] of [
    [zipSync({ 'a/params.json': weights, 'params.json': weights }), /params\.json: expected one of them, got two/],
    [zipSync({ 'metrics.jsonl': weights }), /expected a \.zip of a run, got one without/],
    [zipSync({ 'params.json': new Uint8Array(200) }), /params\.json: expected at most 100 bytes, got 200/],
    [bytes('PK or not'), /expected a \.zip of a run, got one that cannot be read/],
    [packRun({ 'params.json': new Uint8Array(90) }).subarray(0, 60), /that cannot be read/],
  ] as const) {
    assert.throws(() => unpackRun(archive, 100), expected);
  }
  writeFileSync(join(place.folder, 'bad.zip'), 'no zip');
  const { status, stderr } = place.ihead('probe', 'bad.zip');
  assert.is(status, 2);
  assert.match(stderr, /^ihead: bad\.zip: expected a \.zip of a run/);
});

laws('probe, report and --init read it as they read the folder, and leave nothing behind', ({ place }) => {
  const temporaries = () => readdirSync(tmpdir()).filter((name) => name.startsWith('ihead-run-'));
  const before = temporaries();
  assert.is(place.ihead('probe', 'run.zip').stdout, place.ihead('probe', 'run').stdout);
  for (const [path, name] of [
    ['run', 'folder'],
    ['run.zip', 'archive'],
  ]) {
    assert.is(place.ihead('report', path!, '--count=1', `--out=${name}.html`).status, 0);
    assert.is(
      place.ihead(
        'train',
        ...BRIEF,
        `--init=${path === 'run' ? 'run/model.safetensors' : path}`,
        '--quiet',
        `--out=${name}`,
      ).status,
      0,
    );
  }
  const read = (path: string) => readFileSync(join(place.folder, path), 'utf8');
  assert.is(read('archive.html').replaceAll('run.zip', 'run'), read('folder.html'));
  assert.is(read('archive/model.safetensors'), read('folder/model.safetensors'));
  assert.equal(temporaries(), before);
});

laws('a text of one’s own lies beside the settings that name it', ({ place }) => {
  const folder = join(place.folder, 'own');
  mkdirSync(folder);
  const text = 'to be or not to be that is the question\n'.repeat(30);
  writeFileSync(join(folder, 'mine.txt'), text);
  const set = ['--set=task.corpus=own/mine.txt', '--set=task.triggers.count=2'];
  assert.is(place.ihead('train', ...BRIEF, ...set, '--out=own/run', '--quiet').status, 0);
  const params = JSON.parse(readFileSync(join(folder, 'run/params.json'), 'utf8'));
  params.task.corpus = 'corpus.txt';
  const archive = packRun({
    'params.json': bytes(JSON.stringify(params)),
    'metrics.jsonl': readFileSync(join(folder, 'run/metrics.jsonl')),
    'model.safetensors': readFileSync(join(folder, 'run/model.safetensors')),
    'corpus.txt': bytes(text),
  });
  writeFileSync(join(place.folder, 'own.zip'), archive);
  const { status, stderr } = place.ihead('report', 'own.zip', '--text=to be', '--count=0', '--out=own.html');
  assert.equal([status, stderr], [0, 'ihead: written: own.html\n']);
});

laws.run();
