/** Puts the runs that are missing into a queue, and takes what workers send back into the store. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { corpusIdentity } from '../../corpus/identity.js';
import { FormatError } from '../../errors.js';
import { writeAtomic } from '../../files/bytes.js';
import { readSafetensors } from '../../files/format/safetensors.js';
import { METRICS_FILE, PARAMS_FILE, WEIGHTS_FILE } from '../../files/run.js';
import { FolderHeldError, openRunFolder } from '../../files/run-folder.js';
import { nativeSha256 } from '../../files/saved-states.js';
import { weightsConfig } from '../../train/identity.js';
import type { PlannedRun } from '../plan.js';
import type { PoolWatcher, RunPool } from '../pool.js';
import type { Maker } from '../run-id.js';
import { isOutcome, keepOutcome, type Outcome, outcomeOf, runFolder } from '../store.js';
import type { Connection } from './connection.js';
import { corpusText, type JobData, jobOf, keys, QUEUE } from './job.js';
import { OTHER_BUILD } from './worker.js';

/** Milliseconds between two looks at what came back, and at whether every job is still there. */
const LOOK = 200;
const CHECK = 2000;
/** Jobs that are put in or looked at in one message. */
const CHUNK = 500;
/** Seconds that the counts of a corpus stay. */
const CORPUS_STAYS = 30 * 24 * 3600;
/** Seconds in which a job that was left behind is known as one. */
const COLLECTED_STAYS = 24 * 3600;
/** Before a job that was refused for its build is offered again. */
const OFFER_AGAIN = 2000;

export interface CoordinatorSettings {
  readonly store: string;
  readonly maker: Maker;
}

/** What a store is called in a queue: two folders share nothing there. */
function storeName(store: string): string {
  const path = join(store, '.name');
  if (!existsSync(path)) writeAtomic(path, `${randomBytes(8).toString('hex')}\n`);
  const name = readFileSync(path, 'utf8').trim();
  if (/^[0-9a-f]{16}$/.test(name)) return name;
  throw new FormatError(`${path}: expected 16 hex digits, got something else; without the file it is made anew`);
}

export function trainOnQueue(
  runs: readonly PlannedRun[],
  { redis, bullmq, lost }: Connection,
  { store, maker }: CoordinatorSettings,
  watcher: PoolWatcher,
): RunPool {
  const name = storeName(store);
  const waiting = new Map(runs.map((run) => [run.id, run]));
  const queue = new bullmq.Queue(QUEUE, { connection: redis });
  queue.on('error', () => {});
  const refusals = new Set<string>();
  let stopped = false;

  /** A run whose result lies with the queue is taken; one without a job has one made. */
  async function follow(): Promise<void> {
    let checked = -Infinity;
    for (;;) {
      await collect();
      if (stopped || waiting.size === 0) return;
      if (performance.now() - checked > CHECK) {
        await putIn();
        checked = performance.now();
      }
      await tellProgress();
      await sleep(LOOK);
    }
  }

  async function collect(): Promise<void> {
    const results = await redis.hgetall(keys.results(name));
    for (const [id, text] of Object.entries(results)) {
      const run = waiting.get(id);
      if (run === undefined) continue;
      const files = await redis.hgetallBuffer(keys.files(name, id));
      const outcome = take(run, text, files);
      if (outcome === 'held') continue;
      const taken = redis.multi().hdel(keys.results(name), id).del(keys.files(name, id));
      if (typeof outcome === 'object')
        taken.sadd(keys.collected(name), id).expire(keys.collected(name), COLLECTED_STAYS);
      await taken.exec();
      if (typeof outcome === 'string') {
        watcher.warn(`warning: ${id}: ${outcome}; it is trained again`);
        continue;
      }
      waiting.delete(id);
      watcher.end(run, { kind: 'ended', outcome, trained: true });
    }
  }

  /** Into the store, if it is what it says; else what is wrong with it. */
  function take(run: PlannedRun, text: string, files: Readonly<Record<string, Buffer>>): Outcome | string {
    const outcome: unknown = JSON.parse(text);
    const { params, metrics, weights = null } = files;
    if (!isOutcome(outcome) || outcome.id !== run.id || !params || !metrics) return 'its result is not whole';
    const { sha256 } = outcome;
    if (nativeSha256(metrics) !== sha256.metrics) return 'its metrics are not as they were sent';
    if ((weights && nativeSha256(weights)) !== sha256.weights) return 'its weights are not as they were sent';
    if (weights !== null) {
      const { metadata } = readSafetensors(weights);
      const wanted = weightsConfig(run.config, corpusIdentity(run.config.task.corpus, run.corpus));
      if (metadata.get('config') !== wanted) return 'its weights are those of other settings';
    }
    const folder = runFolder(store, run.id);
    try {
      const held = openRunFolder(folder, 'resume');
      try {
        writeAtomic(join(folder, METRICS_FILE), metrics);
        writeAtomic(join(folder, PARAMS_FILE), namedCorpus(params, run));
        if (weights !== null) writeAtomic(join(folder, WEIGHTS_FILE), weights);
        keepOutcome(folder, outcome);
      } finally {
        held.close();
      }
    } catch (error) {
      if (error instanceof FolderHeldError) return 'held';
      throw error;
    }
    return outcome;
  }

  /** Jobs for runs that have none: at the start, and where the server has forgotten them. */
  async function putIn(): Promise<void> {
    const all = [...waiting.values()];
    await putCorpora(all);
    for (let at = 0; at < all.length; at += CHUNK) {
      const some = all.slice(at, at + CHUNK);
      const found = await Promise.all(some.map(({ id }) => redis.hmget(queue.toKey(id), 'data', 'failedReason')));
      const missing: PlannedRun[] = [];
      for (const [n, [data = null, reason = null]] of found.entries()) {
        const run = some[n]!;
        if (data === null) missing.push(run);
        else if (reason !== null) await failed(run, data, reason);
      }
      if (missing.length === 0) continue;
      await redis.srem(keys.collected(name), ...missing.map(({ id }) => id));
      await queue.addBulk(missing.map((run) => bulkJob(run)));
    }
  }

  function bulkJob(run: PlannedRun, delay = 0): Parameters<Queue['addBulk']>[0][number] {
    const opts = { jobId: run.id, removeOnComplete: true, ...(delay > 0 ? { delay } : {}) };
    return { name: 'run', data: jobOf(run, name, maker), opts };
  }

  async function failed(run: PlannedRun, data: string, reason: string): Promise<void> {
    const own = (JSON.parse(data) as Partial<JobData>).store === name;
    const other = reason.startsWith(OTHER_BUILD);
    await queue.remove(run.id);
    if (own && !other) {
      waiting.delete(run.id);
      watcher.end(run, { kind: 'failed', error: reason });
      return;
    }
    if (own && !refusals.has(reason)) watcher.warn(`refused by ${reason.slice(OTHER_BUILD.length)}`);
    refusals.add(reason);
    await queue.addBulk([bulkJob(run, other ? OFFER_AGAIN : 0)]);
  }

  async function putCorpora(all: readonly PlannedRun[]): Promise<void> {
    const corpora = new Map(all.map(({ config, corpus }) => [corpus, corpusIdentity(config.task.corpus, corpus)]));
    for (const [corpus, identity] of corpora) {
      if (corpus === null || identity === null || typeof identity === 'string') continue;
      const key = keys.corpus(identity.sha256);
      const stays = (await redis.expire(key, CORPUS_STAYS)) === 1;
      if (!stays) await redis.set(key, corpusText(corpus), 'EX', CORPUS_STAYS);
    }
  }

  async function tellProgress(): Promise<void> {
    for (const [id, text] of Object.entries(await redis.hgetall(keys.progress(name)))) {
      const run = waiting.get(id);
      const { done, accuracy } = JSON.parse(text) as { readonly done: number; readonly accuracy: number | null };
      if (run !== undefined) watcher.step(run, done, accuracy);
    }
  }

  async function all(): Promise<void> {
    // What a local sweep has finished meanwhile needs no job.
    for (const run of runs) {
      const outcome = outcomeOf(store, run.id);
      if (outcome === null) continue;
      waiting.delete(run.id);
      watcher.end(run, { kind: 'ended', outcome, trained: false });
    }
    const following = follow();
    // A command that was under way when the connection ended fails as well: `lost` says why.
    following.catch(() => {});
    try {
      await Promise.race([lost, following.catch((error) => Promise.race([lost, fail(error)]))]);
      for (const run of waiting.values()) watcher.end(run, { kind: 'stopped' });
    } finally {
      stopped = true;
      await Promise.race([queue.close().catch(() => {}), sleep(LOOK)]);
    }
  }

  return {
    done: all(),
    stop() {
      stopped = true;
    },
  };
}

/** Rejects, after the time in which a connection that ended says so. */
async function fail(error: unknown): Promise<never> {
  await sleep(LOOK);
  throw error;
}

/** params.json with the corpus under the name that it has here. */
function namedCorpus(params: Uint8Array, { config }: PlannedRun): string {
  const value = JSON.parse(new TextDecoder().decode(params)) as { readonly task: object };
  return `${JSON.stringify({ ...value, task: { ...value.task, corpus: config.task.corpus } }, null, 2)}\n`;
}
