/**
 * A sweep over a Redis gives the bytes of a sweep on this machine, whoever dies on the way. KILLS=20 kills as many
 * workers, and a coordinator for every four of them; the default is 4 and 1.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { jsonLines, type Workplace, workplace } from '../../unit/cli/command.js';
import { hasRedis, type RedisServer, startRedis } from './server.js';

const laws = suite<{ place: Workplace; server: RedisServer; children: ChildProcess[] }>('a sweep over Redis');
const KILLS = Number(process.env.KILLS ?? 4);

const RUNS = [
  ...['--preset=fixed-quick', '--steps=60', '--eval-every=20', '--set=training.batchSize=8'],
  ...['--set=training.testSequences=8', '--vary=task.triggers.count=1,2,3'],
  ...['--vary=training.optimizer.learningRate=.05,.1', '--seeds=4', '--json'],
];
const FEW = [...RUNS.slice(0, 5), '--vary=training.optimizer.learningRate=.05,.1', '--seeds=2', '--json'];

laws.before(() => {
  if (!hasRedis()) throw new Error('redis-server: expected to be installed (apt-get install redis-server)');
});
laws.before.each(async (context) => {
  context.place = workplace();
  context.server = await startRedis();
  context.children = [];
});
laws.after.each(async ({ place, server, children }) => {
  for (const child of children) child.kill('SIGKILL');
  await server.stop();
  place.remove();
});

interface Line {
  readonly id: string;
  readonly directory: string;
  readonly status: string;
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way, and what becomes of it. */
function start(context: { place: Workplace; children: ChildProcess[] }, ...args: string[]) {
  const child = context.place.start(...args);
  context.children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk) => (stdout += chunk));
  child.stderr!.on('data', (chunk) => (stderr += chunk));
  const ended = once(child, 'close').then(([status]): Ended => ({ status: status as number | null, stdout, stderr }));
  return { child, ended, said: () => stderr };
}

function lines(text: string): Line[] {
  return (jsonLines(text) as unknown as Line[]).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Weights byte for byte; metrics but for what time decides. */
function contents(all: readonly Line[]): unknown[] {
  return all.map(({ id, directory, status }) => {
    const metrics = jsonLines(readFileSync(join(directory, 'metrics.jsonl'), 'utf8'));
    const timeless = metrics.map(({ seconds, tokens_per_second, ...rest }) => rest);
    return [id, status, readFileSync(join(directory, 'model.safetensors')).toString('base64'), timeless];
  });
}

laws(
  'one worker, three, and workers and coordinators killed: the same bytes, no finished run trained twice',
  async (context) => {
    const { place, server } = context;
    const local = place.ihead('sweep', ...RUNS, '--out=local');
    assert.is(local.status, 0, local.stderr);
    const expected = contents(lines(local.stdout));
    assert.is(expected.length, 24);
    const queue = `--queue=${server.url}`;
    for (const count of [1, 3]) {
      const workers = Array.from({ length: count }, () => start(context, 'worker', queue, '--concurrency=1'));
      const { status, stdout, stderr } = await start(context, 'sweep', ...RUNS, queue, `--out=by-${count}`).ended;
      assert.is(status, 0, stderr);
      assert.match(stderr, /24 trained, 0 stood already, 0 failed/);
      assert.equal(contents(lines(stdout)), expected);
      for (const { child } of workers) child.kill('SIGTERM');
      for (const { ended } of workers) assert.is((await ended).status, 143);
    }
    const worker = () => start(context, 'worker', queue, '--concurrency=1');
    const coordinator = () => start(context, 'sweep', ...RUNS, queue, '--out=killed');
    const workers = [worker(), worker(), worker()];
    const said: (() => string)[] = workers.map((one) => one.said);
    let sweep = coordinator();
    let seed = 1;
    const random = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    for (let n = 0; n < KILLS; n++) {
      await sleep(500 + 1500 * random());
      const at = Math.floor(random() * workers.length);
      workers[at]!.child.kill('SIGKILL');
      workers[at] = worker();
      said.push(workers[at]!.said);
      if (n % 4 !== 3) continue;
      sweep.child.kill('SIGKILL');
      sweep = coordinator();
    }
    const { status, stdout, stderr } = await sweep.ended;
    assert.is(status, 0, stderr);
    assert.equal(contents(lines(stdout)), expected);
    const finished = said.flatMap((text) => [...text().matchAll(/([0-9a-f]{8}) finished/g)].map(([, id]) => id!));
    assert.equal(finished.length, new Set(finished).size, `trained twice: ${finished.sort().join(' ')}`);
  },
);

laws('a Redis that comes back empty is gone on with; one that stays away ends the sweep in words', async (context) => {
  const { place, server } = context;
  const queue = `--queue=${server.url}`;
  const worker = start(context, 'worker', queue, '--concurrency=1');
  const sweep = start(context, 'sweep', ...FEW, queue, '--out=store');
  while (!/1\/4/.test(sweep.said())) await sleep(50);
  await server.restart();
  const { status, stdout, stderr } = await sweep.ended;
  assert.is(status, 0, stderr);
  assert.equal(contents(lines(stdout)), contents(lines(place.ihead('sweep', ...FEW, '--out=local').stdout)));
  const more = start(context, 'sweep', ...FEW, '--seed=10', queue, '--out=store');
  while (!/1\/4/.test(more.said())) await sleep(50);
  await server.stop();
  const lost = await more.ended;
  assert.is(lost.status, 2);
  assert.match(lost.stderr, /--queue: expected a Redis that answers \(ECONNREFUSED\), got "redis:/);
  const kept = lines(lost.stdout).filter(({ status }) => status === 'finished');
  assert.ok(kept.length >= 1);
  assert.equal(contents(kept).length, kept.length);
  assert.is((await worker.ended).status, 2);
});

laws('jobs that are none, too large, or of another build are refused, and the worker lives', async (context) => {
  const { place, server } = context;
  const queue = `--queue=${server.url}`;
  const worker = start(context, 'worker', queue, '--concurrency=1');
  const dry = lines(place.ihead('sweep', ...FEW, '--dry-run').stdout);
  assert.is(dry.length, 4);
  const sweep = start(context, 'sweep', ...FEW, queue);
  while (!/begins/.test(worker.said())) await sleep(50);
  const connection = new Redis(server.url, { maxRetriesPerRequest: null });
  connection.on('error', () => {});
  context.children.push({ kill: () => connection.disconnect() } as unknown as ChildProcess);
  const jobs = new Queue('ihead', { connection });
  const [sound] = await jobs.getJobs(['waiting', 'active']);
  const data = sound!.data as { maker: object; config: { task: object; model: object } };
  const hostile: readonly (readonly [unknown, RegExp])[] = [
    [{}, /store/],
    [[], /expected|data/i],
    [{ ...data, path: '/etc/passwd' }, /path/],
    [{ ...data, config: { ...data.config, evil: 1 } }, /evil: expected a known setting/],
    [{ ...data, config: { ...data.config, task: { ...data.config.task, corpus: '/etc/passwd' } } }, /no path/],
    [{ ...data, corpus: { name: '../x', sha256: '0'.repeat(64) } }, /expected its counts beside the queue/],
    [{ ...data, corpus: '/etc/passwd' }, /corpus/],
    [{ ...data, store: '../../x' }, /store/],
    [{ ...data, config: { ...data.config, model: { ...data.config.model, dim: 1e9 } } }, /model\.dim: expected/],
    [{ ...data, config: { ...data.config, seed: 99 } }, /id: expected [0-9a-f]{32}, the hash of these settings/],
    [{ ...data, maker: { ...data.maker, build: 'ab'.repeat(32) } }, /build: expected ihead .*, got a job for ihead/],
    [{ ...data, config: { pad: 'x'.repeat(2 ** 21) } }, /at most/],
  ];
  for (const [n, [bad, reason]] of hostile.entries()) {
    const jobId = n.toString(16).padStart(32, 'f');
    await jobs.add('run', bad, { jobId });
    for (;;) {
      const { failedReason } = (await jobs.getJob(jobId))!;
      if (failedReason !== undefined) {
        assert.match(failedReason, reason);
        break;
      }
      await sleep(50);
    }
  }
  const { status, stderr } = await sweep.ended;
  assert.is(status, 0, stderr);
  assert.is(worker.child.exitCode, null);
});

laws('a password is never printed, and an address that is none is refused', async (context) => {
  const secret = await startRedis('hush5ecret');
  try {
    const worker = start(context, 'worker', `--queue=${secret.url}`);
    while (!/at a time/.test(worker.said())) await sleep(50);
    worker.child.kill('SIGTERM');
    const { stderr } = await worker.ended;
    assert.not.match(stderr, /hush5ecret/);
    for (const url of ['http://:hush5ecret@127.0.0.1/', 'hush5ecret', 'redis://:hush5ecret@127.0.0.1:1/0']) {
      const { status, stdout, stderr: refused } = context.place.ihead('worker', `--queue=${url}`);
      assert.is(status, 2);
      assert.not.match(stdout + refused, /hush5ecret/);
      assert.match(refused, /--queue: expected /);
    }
  } finally {
    await secret.stop();
  }
});

laws('two stores share nothing: each has its runs trained for itself', async (context) => {
  const queue = `--queue=${context.server.url}`;
  start(context, 'worker', queue, '--concurrency=2');
  const both = ['a', 'b'].map((out) => start(context, 'sweep', ...FEW, queue, `--out=${out}`));
  const [a, b] = await Promise.all(both.map(({ ended }) => ended));
  for (const { status, stderr } of [a!, b!]) {
    assert.is(status, 0, stderr);
    assert.match(stderr, /4 trained/);
  }
  assert.equal(contents(lines(a!.stdout)), contents(lines(b!.stdout)));
});

laws.run();
