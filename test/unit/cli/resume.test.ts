/** However a run ends, it goes on to the bits of one that was left alone. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readMetrics, readRun } from '../../../src/files/run.js';
import { BRIEF, MAIN, type Workplace, workplace } from './command.js';

const laws = suite<{ place: Workplace }>('ihead train --resume');

laws.before.each((context) => {
  context.place = workplace();
});
laws.after.each(({ place }) => place.remove());

const RUN_FILES = ['metrics.jsonl', 'model.safetensors', 'params.json'];
const OFTEN = [...BRIEF, '--steps=50', '--checkpoint-every=3'];

/** Weights, and metrics without times. */
function ofRun(place: Workplace, run: string): unknown {
  const rows = readMetrics(join(place.folder, run)).map(({ seconds, tokens_per_second, ...measured }) => measured);
  return [readFileSync(join(place.folder, run, 'model.safetensors')).toString('base64'), rows];
}

const checkpointsOf = (place: Workplace, run: string) =>
  readdirSync(join(place.folder, run)).filter((name) => name.startsWith('checkpoint'));

/** Waits until there are as many lines of metrics. */
async function lines(place: Workplace, run: string, count: number): Promise<void> {
  const path = join(place.folder, run, 'metrics.jsonl');
  for (let wait = 0; !existsSync(path) || readFileSync(path, 'utf8').split('\n').length <= count; wait++) {
    if (wait > 10_000) throw new Error(`${path}: there are not ${count} lines of metrics`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts a run that goes to `run`, and ends it after so many lines of metrics; resolves with what it ended by. */
async function stopped(place: Workplace, run: string, signal: NodeJS.Signals, count: number, args: readonly string[]) {
  const child = place.start('train', `--out=${run}`, ...args);
  child.stdout!.resume();
  let complaint = '';
  child.stderr!.on('data', (text) => {
    complaint += text;
  });
  const exit = once(child, 'exit');
  const early = exit.then(() => 'exit');
  if ((await Promise.race([lines(place, run, count), early])) === 'exit') throw new Error(`ended early: ${complaint}`);
  child.kill(signal);
  const [status, by] = await exit;
  return status ?? by;
}

laws('killed at random instants, by any threads, it ends in the same weights and metrics', async ({ place }) => {
  const adamw = [
    '--set=training.optimizer.kind=adamw',
    '--set=training.freezeUntil=[{"parameter":"*.wk.*","step":20}]',
  ];
  const args = [...OFTEN, ...adamw];
  const first = ['--eval-every=5', ...args.filter((arg) => arg !== '--threads=0')];
  assert.is(place.ihead('train', ...first, '--out=whole', '--quiet', '--threads=0').status, 0);
  assert.is(await stopped(place, 'run', 'SIGKILL', 3, [...first, '--threads=0']), 'SIGKILL');
  assert.ok(checkpointsOf(place, 'run').length > 0);
  assert.is(await stopped(place, 'run', 'SIGKILL', 6, ['--resume', '--threads=2', '--checkpoint-every=3']), 'SIGKILL');
  assert.is(await stopped(place, 'run', 'SIGKILL', 8, [...first, '--resume', '--threads=1']), 'SIGKILL');
  const { status, stderr } = place.ihead('train', '--resume', '--out=run');
  assert.is(status, 0);
  assert.match(stderr, /goes on at step \d+ of 50/);
  assert.equal(ofRun(place, 'run'), ofRun(place, 'whole'));
  assert.equal(readdirSync(join(place.folder, 'run')).sort(), RUN_FILES);
});

laws('every signal saves weights and a checkpoint, says so, and ends with its status', async ({ place }) => {
  for (const [signal, wanted] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    const args = [...BRIEF, '--steps=1000000', '--eval-every=1'];
    assert.is(await stopped(place, signal, signal, 3, args), wanted, signal);
    const { step } = readRun(join(place.folder, signal));
    assert.equal(checkpointsOf(place, signal), [`checkpoint-${step}.safetensors`]);
    const steps = `--steps=${step! + 3}`;
    assert.is(place.ihead('train', '--resume', `--out=${signal}`, steps, '--quiet').status, 0);
    assert.is(place.ihead('train', ...BRIEF, '--eval-every=1', steps, '--out=whole', '--overwrite').status, 0);
    assert.equal(ofRun(place, signal), ofRun(place, 'whole'));
  }
});

laws('a finished run says so; one that kept its checkpoint grows to the bits of a longer one', ({ place }) => {
  assert.is(place.ihead('train', ...BRIEF, '--eval-every=7', '--keep-checkpoint', '--out=run', '--quiet').status, 0);
  assert.equal(checkpointsOf(place, 'run'), ['checkpoint-20.safetensors']);
  const before = ofRun(place, 'run');
  const again = place.ihead('train', '--resume', '--out=run');
  assert.equal([again.status, again.stdout], [0, 'the run in run is done: it has its 20 steps\n']);
  assert.equal(ofRun(place, 'run'), before);
  const longer = place.ihead('train', '--resume', '--out=run', '--steps=33', '--quiet');
  assert.equal([longer.status, longer.stderr], [0, '']);
  assert.is(place.ihead('train', ...BRIEF, '--eval-every=7', '--steps=33', '--out=whole', '--quiet').status, 0);
  assert.equal(ofRun(place, 'run'), ofRun(place, 'whole'));
  const none = place.ihead('train', '--resume', '--out=run', '--steps=40');
  assert.is(none.status, 2);
  assert.match(none.stderr, /training\.steps: expected at most the 33 of the finished run .*, got 40/);
});

laws('settings may be repeated; another one is refused with both values, and nothing is touched', async ({ place }) => {
  await stopped(place, 'run', 'SIGTERM', 2, [...BRIEF, '--steps=1000000', '--eval-every=1']);
  const before = ofRun(place, 'run');
  const cases: [string[], RegExp][] = [
    [['--seed=2'], /seed: expected 1, as the saved run has it, got 2/],
    [['--set=training.batchSize=9'], /training\.batchSize: expected 8, as the saved run has it, got 9/],
    [['--set=model.dim=64'], /model\.dim: expected 128, as the saved run has it, got 64/],
    [['--preset=full'], /expected .*, as the saved run has it, got/],
    [['--steps=1'], /training\.steps: expected more than the \d+ that the run in run has done, got 1/],
    [['--overwrite'], /--resume: expected no --overwrite beside it/],
    [['--checkpoint-every=0'], /--checkpoint-every: expected a whole number from 1/],
  ];
  for (const [args, expected] of cases) {
    const { status, stderr } = place.ihead('train', '--resume', '--out=run', ...args);
    assert.is(status, 2, args[0]);
    assert.match(stderr, expected);
    assert.equal(ofRun(place, 'run'), before);
  }
  const steps = `--steps=${readRun(join(place.folder, 'run')).step! + 1}`;
  const repeated = [...BRIEF.filter((arg) => !arg.startsWith('--steps')), steps, '--eval-every=2'];
  assert.is(place.ihead('train', ...repeated, '--resume', '--out=run').status, 0);
});

laws('a damaged checkpoint is passed over with a warning for the one before it', async ({ place }) => {
  assert.is(place.ihead('train', ...OFTEN, '--eval-every=5', '--out=whole', '--quiet').status, 0);
  const damages: ((path: string) => void)[] = [
    (path) => truncateSync(path, 1000),
    (path) => truncateSync(path, 0),
    (path) => {
      const bytes = readFileSync(path);
      bytes[bytes.length - 7]! ^= 1;
      writeFileSync(path, bytes);
    },
  ];
  for (const [i, damage] of damages.entries()) {
    const run = `damaged-${i}`;
    await stopped(place, run, 'SIGKILL', 4, [...OFTEN, '--eval-every=5']);
    const steps = checkpointsOf(place, run).map((name) => Number(/\d+/.exec(name)));
    damage(join(place.folder, run, `checkpoint-${Math.max(...steps)}.safetensors`));
    const { status, stderr } = place.ihead('train', '--resume', `--out=${run}`);
    assert.is(status, 0, stderr);
    assert.match(stderr, /warning: .*checkpoint-\d+\.safetensors: .*passed over/);
    assert.match(stderr, /goes on at step \d+ of 50/);
    assert.equal(ofRun(place, run), ofRun(place, 'whole'));
  }
  // Metrics that are shorter than both checkpoints know them: from the beginning.
  await stopped(place, 'run', 'SIGKILL', 4, [...OFTEN, '--eval-every=5']);
  truncateSync(join(place.folder, 'run', 'metrics.jsonl'), 10);
  const anew = place.ihead('train', ...OFTEN, '--eval-every=5', '--resume', '--out=run');
  assert.is(anew.status, 0);
  assert.match(anew.stderr, /metrics\.jsonl does not begin as it did; passed over[\s\S]*it begins anew/);
  assert.equal(ofRun(place, 'run'), ofRun(place, 'whole'));
});

laws('where nothing was saved yet, it begins with the settings of the command line', ({ place }) => {
  assert.is(place.ihead('train', ...BRIEF, '--out=whole', '--quiet').status, 0);
  const begin = (expected: RegExp) => {
    const { status, stderr } = place.ihead('train', ...BRIEF, '--resume', '--out=run');
    assert.is(status, 0, stderr);
    assert.match(stderr, expected);
    assert.equal(ofRun(place, 'run'), ofRun(place, 'whole'));
    assert.equal(readdirSync(join(place.folder, 'run')).sort(), RUN_FILES);
    for (const name of RUN_FILES) truncateSync(join(place.folder, 'run', name), 0);
  };
  begin(/there is no run in run yet: it begins/);
  // What is left is empty, as of a disk that lost what had not been flushed.
  begin(/nothing was saved in run that a run could go on from: it begins anew/);
});

laws('a reader that leaves, or a full disk behind standard output, ends no training', ({ place }) => {
  const shell = (command: string) =>
    spawnSync('bash', ['-c', command], { cwd: place.folder, encoding: 'utf8', env: { ...process.env, MAIN } });
  const train = `"${process.execPath}" "$MAIN" train ${BRIEF.join(' ')} --json`;
  const left = shell(`${train} --out=left | head -1; exit \${PIPESTATUS[0]}`);
  assert.is(left.status, 0);
  assert.is(readRun(join(place.folder, 'left')).step, 20);
  if (!existsSync('/dev/full')) return;
  const full = shell(`${train} --out=full > /dev/full`);
  assert.is(full.status, 2);
  assert.match(full.stderr, /cannot write to standard output: ENOSPC/);
  assert.is(readRun(join(place.folder, 'full')).step, 20);
});

laws('a run that replaces another one and fails or is killed leaves that one', async ({ place }) => {
  assert.is(place.ihead('train', ...BRIEF, '--out=run', '--quiet').status, 0);
  const before = ofRun(place, 'run');
  const diverging = place.ihead(
    'train',
    ...BRIEF,
    '--overwrite',
    '--out=run',
    '--set=training.optimizer.learningRate=1e30',
  );
  assert.is(diverging.status, 3);
  assert.match(diverging.stderr, /no weights were saved, run holds the run that it held before/);
  assert.equal(ofRun(place, 'run'), before);
  const child = place.start('train', ...BRIEF, '--steps=100000', '--overwrite', '--out=run');
  for (const stream of [child.stdout, child.stderr]) stream!.resume();
  while (!readdirSync(join(place.folder, 'run')).some((name) => /^\.old-[0-9a-f]+$/.test(name))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.match(place.ihead('probe', 'run').stderr, /those of the run that is being replaced are in run.\.old-/);
  assert.is(place.ihead('train', ...BRIEF, '--out=run').status, 2);
  assert.equal(ofRun(place, 'run'), before);
});

laws.run();
