/** What an input costs grows as its size says, and no command takes more memory than it has counted beforehand. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { corpusFromText } from '../../../src/corpus/text.js';
import { readSafetensors, writeSafetensors } from '../../../src/files/format/safetensors.js';
import { openRunFolder } from '../../../src/files/run-folder.js';
import { CHECKPOINT_PAUSE, saveState } from '../../../src/files/saved-states.js';
import { presets } from '../../../src/train/presets.js';
import { configFor } from '../../../src/train/resolve.js';
import { createTrainer } from '../../../src/train/trainer.js';
import { MAIN, type Workplace, workplace } from '../../unit/cli/command.js';

const laws = suite<{ place: Workplace }>('cost against size');

laws.before((context) => {
  context.place = workplace();
});
laws.after(({ place }) => place.remove());

const PRELOAD = new URL('./preload.js', import.meta.url).href;
/** What stays below it is no square, on a machine that does other work as well. */
const LINEAR = 1.75;
const FIRST_LETTER = 0x4e00;

/** A counts file of N symbols, each followed by the next one: a few bytes a symbol. */
function countsFile(place: Workplace, N: number): string {
  const symbols = Array.from({ length: N }, (_, i) => String.fromCodePoint(FIRST_LETTER + i)).join('');
  const bigrams = Array.from({ length: N - 1 }, (_, i) => [i, i + 1, 1]);
  const path = join(place.folder, `${N}.json`);
  writeFileSync(path, JSON.stringify({ name: 'n', symbols, unigrams: Array.from({ length: N }, () => 1), bigrams }));
  return path;
}

/** MiB, and seconds; the status has to be 0. */
function costOf(place: Workplace, args: readonly string[]): { mebibytes: number; seconds: number } {
  const file = join(place.folder, 'cost');
  const began = performance.now();
  const env = { ...process.env, COST_FILE: file };
  const given = ['--import', PRELOAD, MAIN, ...args];
  const { status, stderr } = spawnSync(process.execPath, given, { cwd: place.folder, env, encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return { mebibytes: Number(readFileSync(file, 'utf8')) / 1024, seconds: (performance.now() - began) / 1000 };
}

/** What the command says it needs where it may take the law of N symbols, and no more. */
function counted(place: Workplace, args: readonly string[], N: number): number {
  const { status, stderr } = place.ihead(...args, `--memory=${Math.max(64, (8 * N ** 2) / 2 ** 20)}M`);
  assert.is(status, 2, stderr);
  const [, size, unit] = /--memory: expected at least (\d+)([MG]) /.exec(stderr) ?? [];
  return Number(size) * (unit === 'G' ? 1024 : 1);
}

/** The slope of a line through the logarithms: k of a cost that grows with size^k. */
function exponent(points: readonly (readonly [size: number, cost: number])[]): number {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const);
  const mean = (of: (point: readonly [number, number]) => number) =>
    logs.reduce((sum, point) => sum + of(point), 0) / logs.length;
  const [x, y] = [mean(([a]) => a), mean(([, b]) => b)];
  const slope = mean(([a, b]) => (a - x) * (b - y)) / mean(([a]) => (a - x) ** 2);
  return slope;
}

/** The least of five: what the machine does beside it only adds. */
function fastest(act: () => void): number {
  const times = [0, 1, 2, 3, 4].map(() => {
    const began = performance.now();
    act();
    return performance.now() - began;
  });
  return Math.min(...times);
}

laws('a corpus of N symbols takes what was counted, which grows with N², and time that does as well', ({ place }) => {
  const small = ['--preset=fixed-quick', '--set=model.dim=4', '--set=task.seqLength=8', '--set=training.batchSize=2'];
  const brief = ['--set=training.testSequences=2', '--steps=2', '--quiet', '--overwrite'];
  for (const threads of [0, 2]) {
    const points: [number, number][] = [];
    for (const N of [512, 1024, 2048, 4096]) {
      const args = ['train', ...small, ...brief, `--threads=${threads}`, `--set=task.corpus=${countsFile(place, N)}`];
      const said = counted(place, args, N);
      const { mebibytes, seconds } = costOf(place, args);
      console.log(
        `N = ${N}, ${threads} workers: counted ${said} MiB, held ${mebibytes.toFixed(0)}; ${seconds.toFixed(1)} s`,
      );
      assert.ok(mebibytes <= said, `N = ${N}, ${threads} workers: counted ${said} MiB, held ${mebibytes}`);
      points.push([N, seconds]);
    }
    const growth = exponent(points.slice(1));
    assert.ok(growth < 2.4, `${threads} workers: time grows with N^${growth.toFixed(2)}`);
  }
});

laws('whatever looks at weights takes no more than was counted', ({ place }) => {
  const corpus = countsFile(place, 1024);
  const args = ['--preset=fixed-quick', '--set=model.dim=8', '--set=task.seqLength=32', '--set=training.batchSize=2'];
  const run = [
    ...args,
    `--set=task.corpus=${corpus}`,
    '--steps=1',
    '--quiet',
    '--out=seen',
    '--overwrite',
    '--threads=0',
  ];
  assert.is(place.ihead('train', ...run).status, 0);
  for (const look of ['probe', 'inspect', 'evaluate', 'report']) {
    const said = counted(place, [look, 'seen'], 1024);
    const { mebibytes } = costOf(place, [look, 'seen']);
    console.log(`${look}: counted ${said} MiB, held ${mebibytes.toFixed(0)}`);
    assert.ok(mebibytes <= said, `${look}: counted ${said} MiB, held ${mebibytes}`);
  }
});

laws("at the paper's size the checkpoint of a minute takes less than a hundredth of it", async ({ place }) => {
  for (const preset of ['paper', 'full'] as const) {
    const corpus = sonnets();
    const trainer = await createTrainer(configFor(corpus, presets[preset]), corpus, { threads: 0 });
    const folder = openRunFolder(join(place.folder, `kept-${preset}`), 'new');
    const milliseconds = Array.from({ length: 21 }, () => {
      const began = performance.now();
      saveState(trainer, folder);
      return performance.now() - began;
    }).sort((a, b) => a - b);
    folder.close();
    trainer.close();
    const [median, most] = [milliseconds[10]!, milliseconds[20]!];
    console.log(`${preset}: a checkpoint takes ${median.toFixed(0)} ms, at most ${most.toFixed(0)}`);
    assert.ok(median < CHECKPOINT_PAUSE / 100, `${preset}: ${median.toFixed(0)} ms`);
  }
});

laws('reading a text, or a weight file of many tensors, takes time in proportion to its length', () => {
  const text = 'the quick brown fox jumps over the lazy dog\n';
  const texts = [1, 2, 4, 8].map((n): [number, number] => {
    const long = text.repeat(20_000 * n);
    return [long.length, fastest(() => corpusFromText('t', long))];
  });
  assert.ok(exponent(texts) < LINEAR, `texts: ${exponent(texts).toFixed(2)}`);
  const files = [1000, 2000, 4000, 8000].map((count): [number, number] => {
    const tensors = Array.from({ length: count }, (_, i) => ({ name: `t${i}`, shape: [1], data: new Float32Array(1) }));
    const bytes = writeSafetensors(tensors, {});
    return [count, fastest(() => readSafetensors(bytes))];
  });
  assert.ok(exponent(files) < LINEAR, `tensors: ${exponent(files).toFixed(2)}`);
});

laws.run();
