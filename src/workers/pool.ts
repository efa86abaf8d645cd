/**
 * Runs jobs on workers, or in the calling thread, with the same results. Results are handed over in the order of the
 * jobs, whoever finishes first: sums are added in that order and no other. A worker that dies, answers nothing for too
 * long or answers what cannot be right is replaced and its jobs are done again; where none can be started, the calling
 * thread does them.
 */
import { CallError } from '../errors.js';
import { type Batch, createBatch } from './batch.js';
import { createPatience } from './patience.js';
import { type AnswerSizes, isResult, type Job, type JobResult, type WhichWeights } from './protocol.js';
import { createShardRunner, type ShardRunner } from './runner.js';
import { type PoolSetup, startWorker, type WorkerHandle, type WorkerMaker } from './start.js';

export interface ShardPool {
  /** How many workers run now; 0: the calling thread does the work. */
  readonly threads: number;
  /** Replaces all weights, or the trained ones alone, everywhere. */
  setWeights(which: WhichWeights, values: Float32Array): void;
  /**
   * Runs the jobs; hands over result i once results 0 … i - 1 have been. `sums` are only lent for the call. Rejects
   * with a CallError while other jobs run, after `close`, and when the pool is closed on the way.
   */
  run(jobs: readonly Job[], receive: (result: JobResult, index: number) => void): Promise<void>;
  close(): void;
}

export interface PoolOptions {
  readonly threads: number;
  readonly createWorker?: WorkerMaker | undefined;
  /** Told when workers cannot be started or had to be replaced. */
  readonly warn?: ((message: string) => void) | undefined;
  /** Milliseconds that a worker is waited for at least before it counts as dead; default: 30,000. */
  readonly patience?: number | undefined;
}

/** Jobs that lie ready at a worker, so that it never waits for a message. */
const AHEAD = 2;
/** How often dead workers are replaced before the others, or the calling thread, take over. */
const REPLACEMENTS = 8;
/** The calling thread lets other events in after this many milliseconds of work. */
const YIELD_AFTER = 40;
const PATIENCE = 30_000;

interface Member {
  readonly worker: WorkerHandle;
  /** The jobs that it has been given, by their ids. */
  readonly jobs: Map<number, Job>;
}

/** `sizes`: what a right answer holds. */
export async function createPool(setup: PoolSetup, sizes: AnswerSizes, options: PoolOptions): Promise<ShardPool> {
  const { warn = () => {}, createWorker, patience: least = PATIENCE } = options;
  const members = new Set<Member>();
  /** Buffers for sums that travel between the threads, so that a step allocates none. */
  const buffers: Float32Array<ArrayBuffer>[] = [];
  /** The last of each: all weights, and the trained ones that came after them. */
  const weights = new Map<WhichWeights, Float32Array>();
  const patience = createPatience<Member>(least, (member, seconds) =>
    dismiss(member, `it has not answered for ${seconds.toFixed(0)} s`),
  );
  let local: ShardRunner | null = null;
  let batch: Batch | null = null;
  let nextId = 0;
  let replaced = 0;
  let replacing = 0;
  let working = false;
  let closed = false;

  async function addMember(): Promise<void> {
    let member: Member | null = null;
    const worker = await startWorker(createWorker, setup, least, {
      message(message) {
        const job = member?.jobs.get(message.id);
        if (batch === null || member === null || job === undefined) return;
        const { id } = message;
        if (message.type === 'result' && !isResult(message.result, job, sizes)) {
          return dismiss(member, 'its answer is none');
        }
        member.jobs.delete(id);
        if (member.jobs.size > 0) patience.waitFor(member);
        else patience.rest(member);
        if (message.type === 'result') batch.finish(id, message.result);
        else batch.fail(id, Object.assign(new Error(message.message), { name: message.name }));
        feed();
      },
      died(reason) {
        if (member !== null) dismiss(member, reason);
      },
    });
    if (closed) {
      worker.terminate();
      return;
    }
    member = { worker, jobs: new Map() };
    for (const [which, values] of weights) worker.post({ type: 'weights', which, values });
    members.add(member);
    if (batch === null) worker.rest?.();
  }

  /** Ends a worker that is of no more use, and puts another one in its place. */
  function dismiss(member: Member, reason: string): void {
    if (closed || !members.delete(member)) return;
    patience.rest(member);
    member.worker.terminate();
    warn(`a worker died (${reason}); its shards are done again`);
    batch?.putBack(member.jobs.keys());
    void replace();
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
      for (const member of members) {
        const { worker, jobs } = member;
        if (batch === null || jobs.size >= room) continue;
        const next = batch.take();
        if (next === null) return;
        const { id, job } = next;
        if (jobs.size === 0) patience.waitFor(member);
        jobs.set(id, job);
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
      if (closed) return Promise.reject(new CallError('run', 'a pool that is open'));
      if (batch !== null) return Promise.reject(new CallError('run', 'a pool with no jobs under way'));
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
          for (const { worker } of members) worker.rest?.();
          if (error === null) resolve();
          else reject(error);
        });
        for (const { worker } of members) worker.work?.();
        feed();
      });
    },
    close() {
      closed = true;
      patience.stop();
      for (const { worker } of members) worker.terminate();
      members.clear();
      batch?.abandon(new CallError('run', 'a pool that is open'));
    },
  };
}
