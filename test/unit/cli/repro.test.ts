/** `ihead repro`: one line of JSON an experiment, its files, and refusals; curves on disk come back as they went. */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBuild } from '../../../bindings/build.js';
import { sonnets } from '../../../src/corpus/sonnets.js';
import type { Curves, TrainedExperiment } from '../../../src/experiments/experiment.js';
import { type RunProgress, runExperiment } from '../../../src/experiments/runner.js';
import { overSteps, panelOf } from '../../../src/experiments/shared-panels.js';
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
  assert.match(told, /stopped; runs go on from what is kept in results\/curves/);
  assert.ok(readdirSync(join(place.folder, 'results', 'curves')).some((name) => name.endsWith('.part')));
  assert.equal(
    readdirSync(join(place.folder, 'results')).filter((name) => name !== 'curves'),
    [],
  );
});

laws(
  'curves come back from disk; what is damaged, edited or of another build counts as none, and that is said',
  async ({ place }) => {
    const folder = join(place.folder, 'curves');
    const said: string[] = [];
    const store = curveStore(folder, 'build', (message) => said.push(message));
    assert.is(await store.get('a'), undefined);
    const rows = [{ iter: 0, loss: null, acc_end: 0.25 }];
    await store.set('a', rows);
    assert.equal(await store.get('a'), rows);
    assert.equal(said, []);
    const whole = readFileSync(join(folder, 'a.json'), 'utf8');
    const other = [whole.replace('0.25', '0.75'), whole.replace('"build"', '"other"'), whole.replace('"a"', '"b"')];
    for (const broken of ['[{', '{}', 'null', '[1]', whole.slice(0, -3), JSON.stringify(rows), ...other]) {
      writeFileSync(join(folder, 'a.json'), broken);
      assert.is(await store.get('a'), undefined, broken);
      assert.match(said.pop()!, /a\.json is not believed \(/);
    }
  },
);

laws('a run that is stopped goes on from the cache to the curve of one that was not', async ({ place }) => {
  const settings = { scale: 'quick', corpus: sonnets(), seed: 7, seeds: 1, threads: 0 } as const;
  const { sha256 } = loadBuild();
  const [whole] = (await runExperiment(brief, settings)).curves;
  const folder = join(place.folder, 'curves');
  let trained = 0;
  for (const until of [3, 5, 11, 40]) {
    const stop = new AbortController();
    const progress = ({ step, steps }: RunProgress) => {
      if (step < steps) trained++;
      if (step >= until) stop.abort(new Error('stopped'));
    };
    const cache = curveStore(folder, sha256);
    const run = runExperiment(brief, { ...settings, cache, progress, signal: stop.signal });
    if (until < 40) {
      const outcome = await run.catch((error: Error) => error);
      assert.is((outcome as Error).message, 'stopped');
      assert.equal(readdirSync(folder).length, 1);
    } else assert.equal(measured((await run).curves[0]!), measured(whole!));
  }
  // Each stop comes behind one more step, which is kept and not told.
  assert.is(trained, 20 - 1 - 3);
  assert.ok(readdirSync(folder).every((name) => name.endsWith('.json')));
});

const brief: TrainedExperiment = {
  id: 'brief',
  title: 'One run',
  source: 'none',
  seeds: { quick: 1, paper: 1 },
  runs: () => [
    {
      name: 'run',
      config: {
        task: { seqLength: 16 },
        model: { dim: 8 },
        training: { steps: 20, batchSize: 4, evalEvery: 2, testSequences: 4, optimizer: { kind: 'adamw' } },
      },
    },
  ],
  claims: [],
  findings: [],
  figure: () => overSteps([panelOf('Loss', 'nats', 'loss', ['run'])]),
};

/** Without what a clock measured. */
function measured(curves: Curves): unknown {
  return Object.entries(curves).map(([name, curve]) => [
    name,
    curve.map(({ seconds, tokens_per_second, ...row }) => row),
  ]);
}

laws.run();
