/** `ihead repro`: one line of JSON an experiment, its files, and refusals; curves on disk come back as they went. */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { curveStore } from '../../../src/files/curve-cache.js';
import { jsonLines, type Workplace, workplace } from './command.js';

const laws = suite<{ place: Workplace }>('ihead repro');

laws.before.each((context) => {
  context.place = workplace();
});
laws.after.each(({ place }) => place.remove());

laws('an experiment prints its verdicts as one line of JSON and writes figure and curves', ({ place }) => {
  const { status, stdout } = place.ihead('repro', 'memory', '--json', '--out=results/here');
  const [result, ...more] = jsonLines(stdout) as { verdicts: { holds: boolean }[]; files: string[] }[];
  assert.equal(more, []);
  assert.is(status, result!.verdicts.every(({ holds }) => holds) ? 0 : 1);
  assert.ok(result!.verdicts.length > 5);
  assert.is(result!.files.length, 3);
  const [svg, png, json] = result!.files.map((file) => readFileSync(join(place.folder, file)));
  assert.match(svg!.toString(), /^<svg .*<\/svg>\n$/s);
  assert.equal([...png!.subarray(1, 4)], [...Buffer.from('PNG')]);
  assert.equal(JSON.parse(json!.toString()).verdicts, result!.verdicts);
});

laws('--list names experiments, all of them or those of a figure, and trains nothing', ({ place }) => {
  const { status, stdout } = place.ihead('repro', '--list', '--json');
  assert.is(status, 0);
  const rows = JSON.parse(stdout) as { id: string; title: string; source: string; runs: number; minutes: number }[];
  const [left] = rows.filter(({ source }) => source.startsWith('Figure 4, left'));
  assert.equal([left!.id, left!.runs, left!.minutes > 0], ['context-later', 15, true]);
  assert.equal(Object.keys(left!), ['id', 'title', 'source', 'runs', 'minutes']);
  assert.match(
    place.ihead('repro', 'figure-9', '--list').stdout,
    /^one-step {2}One gradient step .* \(Figure 9; .*\n$/,
  );
  assert.not.ok(existsSync(join(place.folder, 'runs')));
});

laws('what is no experiment, no scale or no folder is refused', ({ place }) => {
  writeFileSync(join(place.folder, 'file'), '');
  const most = `--seed=${Number.MAX_SAFE_INTEGER}`;
  for (const [args, expected] of [
    [['nothing'], /experiment: expected all, one of two-layers, .*, got "nothing"/],
    [[], /experiment: expected a name, or --list/],
    [['memory', '--runs=missing'], /cannot read missing/],
    [['memory', '--scale=huge'], /--scale: expected one of quick, paper.*, got "huge"/],
    [['memory', '--seeds=0'], /--seeds: expected .*, got 0/],
    [['memory', '--out=file/inside'], /cannot make file\/inside/],
    [['birth', '--out=file'], /cannot make file: it, or a part of its path, is not a folder/],
    [['birth', most], /--seed: expected .*, got 9007199254740991/],
    [['memory', '--corpus=missing.txt'], /missing\.txt/],
  ] as const) {
    const { status, stdout, stderr } = place.ihead('repro', ...args);
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, expected);
  }
  assert.not.ok(existsSync(join(place.folder, 'runs')));
});

laws('Ctrl-C ends it with 130, and no result is left half written', async ({ place }) => {
  const child = place.start('repro', 'triggers', '--threads=1', '--out=results');
  let told = '';
  child.stderr!.on('data', (piece) => {
    told += piece;
    if (told.endsWith('seed 1\n')) child.kill('SIGINT');
  });
  const [status] = await once(child, 'exit');
  assert.is(status, 130);
  assert.match(told, /stopped; curves of finished runs are kept in results\/curves/);
  assert.equal(
    readdirSync(join(place.folder, 'results')).filter((name) => name !== 'curves'),
    [],
  );
});

laws('curves come back from disk; a broken file counts as none', async ({ place }) => {
  const folder = join(place.folder, 'curves');
  const told: string[] = [];
  const store = curveStore(folder, (message) => told.push(message));
  assert.is(await store.get('a'), undefined);
  await store.set('a', [{ iter: 0, acc_end: 0.25 }]);
  assert.equal(await store.get('a'), [{ iter: 0, acc_end: 0.25 }]);
  assert.equal(told, []);
  const whole = readFileSync(join(folder, 'a.json'), 'utf8');
  const rows = ['[1]', '[null]', '[[]]', '[{"iter":"x"}]', '{}'].map((text) => `{"key":"b","rows":${text}}`);
  for (const broken of ['[{', '{}', 'null', '[]', ...rows, whole]) {
    writeFileSync(join(folder, 'b.json'), broken);
    assert.is(await store.get('b'), undefined, broken);
    assert.match(told.pop()!, /b\.json.*: its run is trained again/);
  }
  writeFileSync(join(folder, 'a.json'), whole.replace('0.25', '0.75'));
  assert.is(await store.get('a'), undefined);
  assert.match(told.pop()!, /sha256: expected that of its rows/);
});

laws.run();
