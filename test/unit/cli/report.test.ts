/** `ihead report`: one page about what is in runs' folders, and clear words where a folder holds no run. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BRIEF, type Workplace, workplace } from './command.js';

const laws = suite<{ place: Workplace }>('ihead report');

laws.before.each((context) => {
  context.place = workplace();
});
laws.after.each(({ place }) => place.remove());

laws('two runs stand on one page, with their differences, samples and memories', ({ place }) => {
  for (const seed of [1, 2]) {
    assert.is(place.ihead('train', ...BRIEF, '--quiet', `--seed=${seed}`, `--out=run-${seed}`).status, 0);
  }
  const { status, stdout } = place.ihead('report', 'run-1', 'run-2/', '--count=1', '--out=page.html');
  assert.equal([status, stdout], [0, '']);
  const page = readFileSync(join(place.folder, 'page.html'), 'utf8');
  for (const words of ['run-1', 'run-2', 'seed', 'fresh sequence 1', 'W_O of layer 2', 'W_K of layer 1']) {
    assert.ok(page.includes(words), words);
  }
  assert.not.match(page, /https?:\/\/(?!www\.w3\.org)/);
  assert.ok(page.length < 500_000, `${page.length} characters`);
  assert.is(place.ihead('report', 'run-1', '--count=0', '--out=page.html').status, 0);
  assert.ok(readFileSync(join(place.folder, 'page.html'), 'utf8').length < page.length);
});

laws('what a lab saves piece by piece is reported, for weights know their settings', ({ place }) => {
  assert.is(place.ihead('train', ...BRIEF, '--quiet', '--out=run').status, 0);
  rmSync(join(place.folder, 'run/params.json'));
  const { status, stderr } = place.ihead('report', 'run', '--count=0', '--out=page.html');
  assert.equal([status, stderr], [0, 'ihead: written: page.html\n']);
  assert.match(readFileSync(join(place.folder, 'page.html'), 'utf8'), /training\.optimizer\.learningRate/);
});

laws('a text by hand is shown like a drawn one, and one that the model cannot read is named', ({ place }) => {
  assert.is(place.ihead('train', ...BRIEF, '--quiet', '--out=run').status, 0);
  const page = () => readFileSync(join(place.folder, 'page.html'), 'utf8');
  assert.is(place.ihead('report', 'run', '--count=0', '--text=to be', '--text=or not', '--out=page.html').status, 0);
  assert.match(page(), /written by hand, “to be”.*written by hand, “or not”/s);
  // A space is followed by one thing here and by another there: that text tells nothing of it.
  assert.is(place.ihead('report', 'run', '--count=0', '--text=a b c d e', '--out=page.html').status, 0);
  assert.match(page(), /In this text nothing can be told from the context.*the model expects/s);
  assert.is(place.ihead('report', 'run', '--count=0', '--text=a ba ba b', '--out=page.html').status, 0);
  assert.match(page(), /The model predicts it at \d of [1-9]/);
  const before = page();
  for (const [text, expected] of [
    ['ж', /--text: expected a text of the corpus.s symbols \("ж" is none\).*, got "ж"/],
    ['e', /2 to \d+ symbols/],
    ['e'.repeat(5000), /2 to \d+ symbols \(given: 5000\)/],
  ] as const) {
    const { status, stderr } = place.ihead('report', 'run', `--text=${text}`, '--out=page.html');
    assert.is(status, 2);
    assert.match(stderr, expected);
  }
  assert.is(page(), before);
});

laws('runs whose folders have the same name are told apart, and the same run twice is refused', ({ place }) => {
  for (const out of ['a/run', 'b/run']) {
    assert.is(place.ihead('train', ...BRIEF, '--quiet', `--out=${out}`).status, 0);
  }
  assert.is(place.ihead('report', 'a/run', 'b/run', '--count=0', '--out=page.html').status, 0);
  assert.match(readFileSync(join(place.folder, 'page.html'), 'utf8'), /<title>ihead report: a\/run, b\/run<\/title>/);
  const { status, stderr } = place.ihead('report', 'a/run', 'b/../a/run');
  assert.is(status, 2);
  assert.match(stderr, /folders: expected a run that is not named already, got ".*run"/);
});

laws('what the weights were made with is shown, whatever params.json was made to say', ({ place }) => {
  assert.is(place.ihead('train', ...BRIEF, '--quiet', '--out=run').status, 0);
  const path = join(place.folder, 'run', 'params.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace(/"learningRate": *[\d.]+/, '"learningRate": 77'));
  const { status, stderr } = place.ihead('report', 'run', '--count=0', '--out=page.html');
  assert.is(status, 0);
  assert.match(stderr, /params.json has training.optimizer.learningRate as 77; the weights were made with 0.2/);
  const page = readFileSync(join(place.folder, 'page.html'), 'utf8');
  assert.match(page, /training.optimizer.learningRate<\/th><td><code>0.2</);
});

laws('a run that saved no weights is shown by its curves, and says so', ({ place }) => {
  assert.is(place.ihead('train', ...BRIEF, '--out=run', '--set=training.optimizer.learningRate=1e12').status, 3);
  const { status, stderr } = place.ihead('report', 'run', '--out=page.html');
  assert.is(status, 0);
  assert.match(stderr, /run: no weights were saved; the page shows its settings and curves alone/);
  assert.match(readFileSync(join(place.folder, 'page.html'), 'utf8'), /How it learned/);
});

laws('a corpus that was moved with its run is found beside it, and --set names any other place', ({ place }) => {
  const { folder } = place;
  writeFileSync(join(folder, 'text.txt'), 'the quick brown fox jumps over the lazy dog. '.repeat(9));
  const run = [...BRIEF, '--quiet', '--set=task.corpus=text.txt', '--set=task.triggers.count=3', '--out=run'];
  assert.is(place.ihead('train', ...run).status, 0);
  renameSync(join(folder, 'text.txt'), join(folder, 'run', 'text.txt'));
  for (const command of ['probe', 'evaluate']) assert.is(place.ihead(command, 'run').status, 0, command);
  renameSync(join(folder, 'run', 'text.txt'), join(folder, 'other.txt'));
  for (const command of ['report', 'probe', 'evaluate']) {
    assert.is(place.ihead(command, 'run').status, 2, command);
    assert.is(place.ihead(command, 'run', '--set=task.corpus=other.txt').status, 0, command);
  }
});

laws('weights that compute no finite numbers are told of: probe ends with 3, a page has dashes', ({ place }) => {
  assert.is(place.ihead('train', ...BRIEF, '--quiet', '--out=run').status, 0);
  const path = join(place.folder, 'run', 'model.safetensors');
  const bytes = readFileSync(path);
  const header = Number(bytes.readBigUInt64LE(0));
  for (let at = 8 + header; at < bytes.length; at += 4) bytes.writeFloatLE(1e15 * bytes.readFloatLE(at), at);
  writeFileSync(path, bytes);
  const { status, stderr } = place.ihead('probe', 'run');
  assert.is(status, 3);
  assert.match(stderr, /diverged at step 20: a logit is (NaN|-?Infinity)/);
  assert.match(
    place.ihead('report', 'run', '--count=0', '--out=page.html').stderr,
    /warning: run: diverged at step 20: a logit is/,
  );
  const page = readFileSync(join(place.folder, 'page.html'), 'utf8').replaceAll(/base64,[^"]*/g, '');
  assert.not.match(page, /NaN|Infinity/);
});

laws('a folder without a run is named, and nothing is written', ({ place }) => {
  mkdirSync(join(place.folder, 'empty'));
  for (const folder of ['empty', 'missing']) {
    const { status, stderr } = place.ihead('report', folder);
    assert.is(status, 2);
    assert.match(stderr, `cannot read ${folder}/metrics.jsonl`);
  }
  assert.is(place.ihead('report').status, 2);
  assert.not.ok(existsSync(join(place.folder, 'report.html')));
});

laws.run();
