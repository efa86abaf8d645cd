/** The jobs of one call of a pool: which of them wait, and results in the order of the jobs, whoever finishes first. */
import type { Job, JobResult } from './protocol.js';

/** Ids of jobs are never used twice: an answer to an abandoned batch is known as one. */
export interface Batch {
  /** The waiting job that comes first; null: none waits. */
  take(): { readonly id: number; readonly job: Job } | null;
  /** These jobs have to be done again. */
  putBack(ids: Iterable<number>): void;
  finish(id: number, result: JobResult): void;
  fail(id: number, error: Error): void;
  /** Gives it up, with all its jobs. */
  abandon(error: Error): void;
}

/** `first`: the id of the first job. `settle` is called once, behind the last result or at the first error. */
export function createBatch(
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
    abandon: settle,
  };
}
