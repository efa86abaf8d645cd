/**
 * Runs jobs on workers, or in the calling thread, with the same results. Results are handed over in the order of the
 * jobs, whoever finishes first: sums are added in that order and no other. A worker that dies is replaced and its jobs
 * are done again; where none can be started, the calling thread does them.
 */
import type { Job, JobResult, WhichWeights } from './protocol.js';
import { createShardRunner, type ShardRunner } from './runner.js';
import { type PoolSetup, startWorker, type WorkerHandle, type WorkerMaker } from './start.js';

export interface ShardPool {
  /** How many workers run now; 0: the calling thread does the work. */
  readonly threads: number;
  /** Replaces all weights, or the trained ones alone, everywhere. */
  setWeights(which: WhichWeights, values: Float32Array): void;
  /** Runs the jobs; hands over result i once results 0 … i - 1 have been. `sums` are only lent for the call. */
  run(jobs: readonly Job[], receive: (result: JobResult, index: number) => void): Promise<void>;
  close(): void;
}

export interface PoolOptions {
  readonly threads: number;
  readonly createWorker?: WorkerMaker | undefined;
  /** Told when workers cannot be started or had to be replaced. */
  readonly warn?: ((message: string) => void) | undefined;
}

/** Jobs that lie ready at a worker, so that it never waits for a message. */
const AHEAD = 2;
/** How often dead workers are replaced before the others, or the calling thread, take over. */
const REPLACEMENTS = 8;
/** The calling thread lets other events in after this many milliseconds of work. */
const YIELD_AFTER = 40;

interface Member {
  readonly worker: WorkerHandle;
  /** Ids of the jobs that it has been given. */
  readonly jobs: Set<number>;
}

/** The jobs of one call of `run`. Ids are never used twice: an answer to an abandoned batch is known as one. */
interface Batch {
  /** The waiting job that comes first; null: none waits. */
  take(): { readonly id: number; readonly job: Job } | null;
  /** These jobs have to be done again. */
  putBack(ids: Iterable<number>): void;
  finish(id: number, result: JobResult): void;
  fail(id: number, error: Error): void;
}

/** Hands results over in the order of the jobs; `settle` comes after the last one, or at the first error. */
function createBatch(
  jobs: readonly Job[],
  first: number,
  receive: (result: JobResult, index: number) => void,
  settle: (error: Error | null) => void,
): Batch {
  /** Ids, the next one last. */
  const waiting = jobs.map((_, i) => first + jobs.length - 1 - i);
  const results: (JobResult | undefined)[] = [];
  let handedOver = 0;
  return {
    take() {
      const id = waiting.pop();
      return id === undefined ? null : { id, job: jobs[id - first]! };
    },
    putBack(ids) {
      waiting.push(...[...ids].filter((id) => id >= first).sort((a, b) => b - a));
    },
    finish(id, result) {
      if (id < first) return;
      results[id - first] = result;
      while (handedOver < jobs.length) {
        const next = results[handedOver];
        if (next === undefined) return;
        results[handedOver] = undefined;
        receive(next, handedOver++);
      }
      settle(null);
    },
    fail(id, error) {
      if (id >= first) settle(error);
    },
  };
}

export async function createPool(setup: PoolSetup, options: PoolOptions): Promise<ShardPool> {
  const { warn = () => {}, createWorker } = options;
  const members = new Set<Member>();
  /** Buffers for sums that travel between the threads, so that a step allocates none. */
  const buffers: Float32Array<ArrayBuffer>[] = [];
  /** The last of each: all weights, and the trained ones that came after them. */
  const weights = new Map<WhichWeights, Float32Array>();
  let local: ShardRunner | null = null;
  let batch: Batch | null = null;
  let nextId = 0;
  let replaced = 0;
  let replacing = 0;
  let working = false;
  let closed = false;

  async function addMember(): Promise<void> {
    const jobs = new Set<number>();
    let member: Member | null = null;
    const worker = await startWorker(createWorker, setup, {
      message(message) {
        if (batch === null || !jobs.delete(message.id)) return;
        const { id } = message;
        if (message.type === 'result') batch.finish(id, message.result);
        else batch.fail(id, Object.assign(new Error(message.message), { name: message.name }));
        feed();
      },
      died(reason) {
        if (closed || member === null || !members.delete(member)) return;
        warn(`a worker died (${reason}); its shards are done again`);
        batch?.putBack(jobs);
        void replace();
      },
    });
    if (closed) {
      worker.terminate();
      return;
    }
    member = { worker, jobs };
    for (const [which, values] of weights) worker.post({ type: 'weights', which, values });
    members.add(member);
  }

  async function replace(): Promise<void> {
    if (replaced < REPLACEMENTS) {
      replaced++;
      replacing++;
      await addMember().catch((error: Error) => warn(`a worker could not be replaced (${error.message})`));
      replacing--;
    }
    feed();
  }

  /** Gives waiting jobs to the workers that have room; without workers the calling thread does them. */
  function feed(): void {
    if (members.size === 0 && replacing === 0) void workHere();
    for (let room = 1; room <= AHEAD; room++) {
      for (const { worker, jobs } of members) {
        if (batch === null || jobs.size >= room) continue;
        const next = batch.take();
        if (next === null) return;
        const { id, job } = next;
        jobs.add(id);
        const buffer = job.kind === 'gradient' ? buffers.pop() : undefined;
        if (buffer === undefined) worker.post({ type: 'job', id, job });
        else worker.post({ type: 'job', id, job: { ...job, buffer } as Job }, [buffer.buffer]);
      }
    }
  }

  async function workHere(): Promise<void> {
    if (working) return;
    working = true;
    let since = performance.now();
    while (batch !== null && members.size === 0) {
      const next = batch.take();
      if (next === null) break;
      const { id, job } = next;
      try {
        batch.finish(id, runnerHere().run(job.kind === 'gradient' ? { ...job, buffer: buffers.pop() } : job));
      } catch (error) {
        batch?.fail(id, error instanceof Error ? error : new Error(String(error)));
      }
      if (performance.now() - since > YIELD_AFTER) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        since = performance.now();
      }
    }
    working = false;
  }

  function runnerHere(): ShardRunner {
    if (local === null) {
      local = createShardRunner(setup);
      for (const [which, values] of weights) local.setWeights(which, values);
    }
    return local;
  }

  for (let i = 0; i < options.threads; i++) {
    try {
      await addMember();
    } catch (error) {
      warn(`no worker could be started (${(error as Error).message}): the calling thread does the work`);
      break;
    }
  }

  return {
    get threads() {
      return members.size;
    },
    setWeights(which, values) {
      if (which === 'all') weights.clear();
      weights.set(which, values.slice());
      for (const { worker } of members) worker.post({ type: 'weights', which, values: values.slice() });
      local?.setWeights(which, values);
    },
    run(jobs, receive) {
      if (batch !== null) return Promise.reject(new Error('a pool runs one batch of jobs at a time'));
      if (jobs.length === 0) return Promise.resolve();
      const first = nextId;
      nextId += jobs.length;
      return new Promise((resolve, reject) => {
        const handOver = (result: JobResult, index: number) => {
          receive(result, index);
          if (result.kind === 'gradient') buffers.push(result.sums);
        };
        batch = createBatch(jobs, first, handOver, (error) => {
          batch = null;
          if (error === null) resolve();
          else reject(error);
        });
        feed();
      });
    },
    close() {
      closed = true;
      for (const { worker } of members) worker.terminate();
      members.clear();
    },
  };
}
