/** `ihead report`: one page about what is in runs' folders, and clear words where a folder holds no run. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
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
  assert.not.match(page, /<script|https?:\/\/(?!www\.w3\.org)/);
  assert.is(place.ihead('report', 'run-1', '--count=0', '--out=page.html').status, 0);
  assert.ok(readFileSync(join(place.folder, 'page.html'), 'utf8').length < page.length);
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
