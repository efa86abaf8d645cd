/** Does the jobs of a queue, one run in each of its lanes, and sends back what came of them. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import type { Job } from 'bullmq';
import { readBytes, writeAtomic } from '../../files/bytes.js';
import { checkpointsIn } from '../../files/checkpoint.js';
import { METRICS_FILE, type Surroundings } from '../../files/run.js';
import type { TunedBuild } from '../lane-protocol.js';
import { createLane, type Lane, LaneError } from '../lanes.js';
import { CHECKPOINT_PAUSE } from '../pool.js';
import type { Maker } from '../run-id.js';
import { type Outcome, readRunFiles } from '../store.js';
import type { Connection } from './connection.js';
import { type CheckedJob, keys, OtherBuildError, QUEUE, readJob } from './job.js';

export interface QueueWorker {
  /** Every lane finishes its step, sends its checkpoint, and gives its job back. */
  stop(): Promise<void>;
  /** The connection is gone, and with it whatever is under way. */
  abandon(): void;
}

export interface QueueWorkerSettings {
  readonly concurrency: number;
  readonly build: TunedBuild;
  readonly surroundings: Surroundings;
  readonly maker: Maker;
  readonly name: string;
  note(message: string): void;
}

/** Milliseconds: a dead worker's job is somebody else's after the first and up to two of the second. */
const LOCK = 20_000;
const STALLED = 5000;
/** Deaths of workers that a job survives. */
const MOST_STALLS = 1000;
/** After a job of another build: others shall have it first. */
const REFUSAL_PAUSE = 5000;
const PROGRESS_PAUSE = 500;
const MOST_BYTES = 2 ** 31 - 1;

export async function startWorker(connection: Connection, settings: QueueWorkerSettings): Promise<QueueWorker> {
  const { redis, bullmq } = connection;
  const { concurrency, build, surroundings, maker, name, note } = settings;
  const scratch = mkdtempSync(join(tmpdir(), 'ihead-worker-'));
  const idle: Lane[] = Array.from({ length: concurrency }, () => createLane(build));
  const lanes = [...idle];
  const most = totalmem() / 2 / concurrency;

  async function work(job: Job, token?: string): Promise<void> {
    const id = job.id ?? '';
    const short = id.slice(0, 8);
    let checked: CheckedJob;
    try {
      checked = await readJob(id, job.data, maker, (sha256) => redis.get(keys.corpus(sha256)), most);
    } catch (error) {
      const { message } = error as Error;
      note(`refused ${short}: ${message}`);
      if (error instanceof OtherBuildError) rest();
      throw new bullmq.UnrecoverableError(`${error instanceof OtherBuildError ? OTHER_BUILD : ''}${name}: ${message}`);
    }
    const { store } = checked;
    const [waits, taken] = await Promise.all([
      redis.hexists(keys.results(store), id),
      redis.sismember(keys.collected(store), id),
    ]);
    // Whoever finished it was killed before the queue had heard of it.
    if (waits + taken > 0) return;
    const lane = idle.shift()!;
    const folder = join(scratch, id);
    try {
      const outcome = await trained(lane, id, folder, checked);
      if (outcome === null) {
        await job.moveToDelayed(Date.now(), token);
        throw new bullmq.DelayedError();
      }
      note(`${short} ${outcome.status} after ${outcome.steps} steps`);
    } catch (error) {
      if (error instanceof LaneError) throw new bullmq.UnrecoverableError(`${name}: ${error.message}`);
      throw error;
    } finally {
      rmSync(folder, { recursive: true, force: true });
      idle.push(lane);
    }
  }

  async function trained(
    lane: Lane,
    id: string,
    folder: string,
    { store, config, corpus }: CheckedJob,
  ): Promise<Outcome | null> {
    const from = await fetchCheckpoint(folder, store, id);
    note(`${id.slice(0, 8)} ${from === null ? 'begins' : `goes on, from ${from}`}`);
    let told = -Infinity;
    let sending: Promise<unknown> = Promise.resolve();
    const send = () => {
      sending = sending.then(() => sendCheckpoint(folder, store, id));
    };
    const job = { id, folder, config, threads: 0, surroundings, pause: CHECKPOINT_PAUSE };
    const outcome = await lane.train(job, corpus, {
      step(done, record) {
        const now = performance.now();
        if (now - told < PROGRESS_PAUSE) return;
        told = now;
        const progress = { done, accuracy: record?.acc_end ?? null, worker: name };
        void redis.hset(keys.progress(store), id, JSON.stringify(progress)).catch(() => {});
      },
      saved: send,
      warn: note,
    });
    await sending;
    if (outcome === null) return null;
    const { params, metrics, weights } = readRunFiles(folder);
    const files = { params: Buffer.from(params), metrics: Buffer.from(metrics) };
    await redis
      .multi()
      .hset(keys.files(store, id), weights === null ? files : { ...files, weights: Buffer.from(weights) })
      .hset(keys.results(store), id, JSON.stringify(outcome))
      .hdel(keys.progress(store), id)
      .del(keys.checkpoint(store, id))
      .exec();
    return outcome;
  }

  /** The name of the checkpoint that is in the folder now; null: there was none. */
  async function fetchCheckpoint(folder: string, store: string, id: string): Promise<string | null> {
    mkdirSync(folder, { recursive: true });
    const { step, state, metrics } = await redis.hgetallBuffer(keys.checkpoint(store, id));
    if (step === undefined || state === undefined || metrics === undefined) return null;
    if (!/^[0-9]{1,16}$/.test(step.toString())) return null;
    const file = `checkpoint-${Number(step.toString())}.safetensors`;
    writeAtomic(join(folder, METRICS_FILE), metrics);
    writeAtomic(join(folder, file), state);
    return file;
  }

  /** The newest one, with the metrics that it belongs to at their beginning. */
  async function sendCheckpoint(folder: string, store: string, id: string): Promise<void> {
    const [path] = checkpointsIn(folder);
    if (path === undefined) return;
    const state = Buffer.from(readBytes(path, MOST_BYTES));
    const metrics = Buffer.from(readBytes(join(folder, METRICS_FILE), MOST_BYTES));
    const step = /[0-9]+/.exec(basename(path))![0];
    await redis.hset(keys.checkpoint(store, id), { step, state, metrics });
  }

  const worker = new bullmq.Worker(QUEUE, work, {
    connection: redis,
    name,
    concurrency,
    lockDuration: LOCK,
    stalledInterval: STALLED,
    maxStalledCount: MOST_STALLS,
  });
  // What goes wrong with the connection is told by `lost`; a lock that was lost costs a second training at most.
  worker.on('error', () => {});

  /** The next job waits a little. */
  function rest(): void {
    void worker.pause(true);
    setTimeout(() => worker.resume(), REFUSAL_PAUSE).unref();
  }

  return {
    async stop() {
      for (const lane of lanes) lane.stop();
      await worker.close();
      await Promise.all(lanes.map((lane) => lane.close()));
      rmSync(scratch, { recursive: true, force: true });
    },
    abandon() {
      for (const lane of lanes) void lane.close();
      void worker.close(true).catch(() => {});
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** Begins the reason of a job that failed for its build. */
export const OTHER_BUILD = 'other build: ';
