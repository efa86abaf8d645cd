/** Lanes, seen from the thread that starts them. */
import { Worker } from 'node:worker_threads';
import type { MetricsRecord } from '../analysis/record.js';
import type { Corpus } from '../corpus/corpus.js';
import type { FromLane, LaneFault, Timed, TimeJob, ToLane, TunedBuild } from './lane-protocol.js';
import type { Outcome } from './store.js';
import type { RunJob } from './train-run.js';

export interface LaneEvents {
  step(done: number, record: MetricsRecord | null): void;
  saved?(): void;
  warn(message: string): void;
}

export interface Lane {
  /** null: it was stopped, and saved. Rejects with a LaneError; a lane whose thread has died starts another one. */
  train(job: RunJob, corpus: Corpus | null, events: LaneEvents): Promise<Outcome | null>;
  /** How fast such runs are here, beside whatever else runs. */
  time(job: TimeJob, corpus: Corpus | null): Promise<Timed>;
  /** The run that is under way finishes its step and saves. */
  stop(): void;
  /** At once, whatever is under way. */
  close(): Promise<void>;
}

/** What went wrong in a lane, under the name that it had there. */
export class LaneError extends Error {
  override readonly name: string;
  readonly held: boolean;

  constructor({ name, message, held }: LaneFault) {
    super(message);
    this.name = name;
    this.held = held;
  }
}

export function createLane(build: TunedBuild): Lane {
  let thread: Worker | null = null;
  let known: Corpus | null = null;
  let stopped = false;

  /** Sends one message, and hears what is said until the answer to it. */
  function ask<Answer>(
    message: { readonly kind: 'train'; readonly job: RunJob } | { readonly kind: 'time'; readonly job: TimeJob },
    corpus: Corpus | null,
    hear: (message: FromLane, answer: (value: Answer) => void) => void,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const isNew = thread === null;
      thread ??= new Worker(new URL('./lane.js', import.meta.url));
      const lane = thread;
      const settle = (act: () => void) => {
        lane.off('message', receive);
        lane.off('error', died);
        lane.off('exit', gone);
        act();
      };
      const fall = (reason: string) => {
        if (thread === lane) thread = null;
        settle(() => reject(new LaneError({ name: 'Error', message: reason, held: false })));
      };
      const receive = (said: FromLane) => {
        if (said.kind === 'failed') settle(() => reject(new LaneError(said.fault)));
        else hear(said, (value) => settle(() => resolve(value)));
      };
      const died = (error: Error) => fall(`the thread that trained it died: ${error.message}`);
      const gone = (code: number) => fall(`the thread that trained it ended with code ${code}`);
      lane.on('message', receive);
      lane.on('error', died);
      lane.on('exit', gone);
      const { kernel, bytes, tile } = build;
      const post = (to: ToLane) => lane.postMessage(to);
      const equipment = {
        ...(isNew || corpus !== known ? { corpus } : {}),
        build: isNew ? { kernel, bytes, tile } : null,
      };
      post({ ...message, ...equipment });
      known = corpus;
      if (stopped) post({ kind: 'stop' });
    });
  }

  return {
    train(job, corpus, events) {
      return ask<Outcome | null>({ kind: 'train', job }, corpus, (said, answer) => {
        if (said.kind === 'step') events.step(said.done, said.record);
        else if (said.kind === 'saved') events.saved?.();
        else if (said.kind === 'warn') events.warn(said.message);
        else if (said.kind === 'ended') answer(said.outcome);
      });
    },
    time(job, corpus) {
      return ask<Timed>({ kind: 'time', job }, corpus, (said, answer) => {
        if (said.kind === 'timed') answer(said.timed);
      });
    },
    stop() {
      stopped = true;
      thread?.postMessage({ kind: 'stop' } satisfies ToLane);
    },
    async close() {
      const lane = thread;
      thread = null;
      await lane?.terminate();
    },
  };
}
