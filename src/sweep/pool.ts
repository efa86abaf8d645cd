/** Trains runs on this machine, several at a time, into a store. */
import type { Surroundings } from '../files/run.js';
import type { TunedBuild } from './lane-protocol.js';
import { createLane, type Lane, LaneError } from './lanes.js';
import type { PlannedRun } from './plan.js';
import { type Outcome, outcomeOf, runFolder } from './store.js';

/** How a run that was asked for came out. */
export type Ending =
  /** `trained`: here and now; else another process did. */
  | { readonly kind: 'ended'; readonly outcome: Outcome; readonly trained: boolean }
  | { readonly kind: 'stopped' }
  /** What no second try of the same would mend. */
  | { readonly kind: 'failed'; readonly error: string };

export interface PoolWatcher {
  /** `accuracy`: of the last evaluation, where there is one since the last word. */
  step(run: PlannedRun, done: number, accuracy: number | null): void;
  end(run: PlannedRun, ending: Ending): void;
  warn(message: string): void;
}

/** Runs under way, here or elsewhere. */
export interface RunPool {
  /** Resolves once every run has ended or the pool was stopped. Rejects for what would befall every run. */
  readonly done: Promise<void>;
  /** Every run that is under way finishes its step and saves; no other one begins. */
  stop(): void;
}

export interface PoolSettings {
  readonly store: string;
  readonly build: TunedBuild;
  /** How many workers each of the runs at a time has; 0: its lane's own thread. */
  readonly shares: readonly number[];
  readonly surroundings: Surroundings;
}

/** Milliseconds of work that a killed process loses at most. */
export const CHECKPOINT_PAUSE = 5000;
/** Before a run that another process holds is looked at again. */
const HELD_PAUSE = 1000;
/** Of a fault of the store: it would befall every run. Any other is one of the run. */
const OF_THE_STORE = 'FormatError';

/** Shares of the threads: of more lanes than threads every one trains in its own. */
export function sharesOf(threads: number, lanes: number): number[] {
  return Array.from({ length: lanes }, (_, n) => {
    const share = Math.floor((threads + n) / lanes);
    return share > 1 ? share : 0;
  });
}

export function trainLocally(
  runs: readonly PlannedRun[],
  { store, build, shares, surroundings }: PoolSettings,
  watcher: PoolWatcher,
): RunPool {
  const waiting = [...runs];
  const lanes: Lane[] = [];
  let stopped = false;

  async function follow(lane: Lane, threads: number): Promise<void> {
    for (let run = waiting.shift(); run !== undefined && !stopped; run = waiting.shift()) {
      watcher.end(run, await trained(lane, run, threads));
    }
  }

  async function trained(lane: Lane, run: PlannedRun, threads: number): Promise<Ending> {
    for (;;) {
      const standing = outcomeOf(store, run.id);
      if (standing !== null) return { kind: 'ended', outcome: standing, trained: false };
      if (stopped) return { kind: 'stopped' };
      const { id, config, corpus } = run;
      const job = { id, folder: runFolder(store, id), config, threads, surroundings, pause: CHECKPOINT_PAUSE };
      try {
        const outcome = await lane.train(job, corpus, {
          step: (done, record) => watcher.step(run, done, record?.acc_end ?? null),
          warn: watcher.warn,
        });
        return outcome === null ? { kind: 'stopped' } : { kind: 'ended', outcome, trained: true };
      } catch (error) {
        if (!(error instanceof LaneError)) throw error;
        if (error.held) await new Promise((resolve) => setTimeout(resolve, HELD_PAUSE));
        else if (error.name === OF_THE_STORE) throw error;
        else return { kind: 'failed', error: error.message };
      }
    }
  }

  function stop(): void {
    stopped = true;
    for (const lane of lanes) lane.stop();
  }

  async function all(): Promise<void> {
    try {
      await Promise.all(
        shares.slice(0, runs.length).map(async (threads) => {
          const lane = createLane(build);
          lanes.push(lane);
          await follow(lane, threads);
        }),
      );
    } catch (error) {
      stop();
      throw error;
    } finally {
      await Promise.all(lanes.map((lane) => lane.close()));
    }
  }

  return { done: all(), stop };
}
