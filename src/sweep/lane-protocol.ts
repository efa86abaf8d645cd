/** What a lane and the thread that started it say to each other. A lane trains one run at a time. */
import type { Build, KernelName, Tile } from '../../bindings/instance.js';
import type { MetricsRecord } from '../analysis/record.js';
import type { Corpus } from '../corpus/corpus.js';
import type { Config } from '../train/config.js';
import type { Outcome } from './store.js';
import type { RunJob } from './train-run.js';

/** A build whose products run on a tile that was chosen for this machine. */
export type TunedBuild = Build & { readonly tile: Tile };

/** A build as it travels: a lane compiles it anew. */
export interface BuildBytes {
  readonly kernel: KernelName;
  readonly bytes: Uint8Array;
  readonly tile: Tile;
}

/** How fast runs of these settings are: steps are timed, and nothing is saved. */
export interface TimeJob {
  readonly config: Config;
  readonly threads: number;
  /** Steps are timed for so long; at least one is. */
  readonly milliseconds: number;
}

/** Seconds of one sequence. */
export interface Timed {
  readonly trained: number;
  readonly evaluated: number;
}

interface Equipment {
  /** Left out: the one before. null: the run has none. */
  readonly corpus?: Corpus | null;
  /** null: the one before. */
  readonly build: BuildBytes | null;
}

export type ToLane =
  | (Equipment & { readonly kind: 'train'; readonly job: RunJob })
  | (Equipment & { readonly kind: 'time'; readonly job: TimeJob })
  /** Finish the step and save. */
  | { readonly kind: 'stop' };

/** What went wrong in a lane; `held`: another process trains the run. */
export interface LaneFault {
  readonly name: string;
  readonly message: string;
  readonly held: boolean;
}

export type FromLane =
  | { readonly kind: 'step'; readonly done: number; readonly record: MetricsRecord | null }
  | { readonly kind: 'saved' }
  | { readonly kind: 'warn'; readonly message: string }
  /** null: stopped, and saved. */
  | { readonly kind: 'ended'; readonly outcome: Outcome | null }
  | { readonly kind: 'timed'; readonly timed: Timed }
  | { readonly kind: 'failed'; readonly fault: LaneFault };
