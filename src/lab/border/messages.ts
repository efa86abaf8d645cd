/**
 * What a lab says to its worker and hears from it. Plain data, so that it crosses any structured clone: the same in a
 * page, in another worker and in Node. The worker answers in the order in which it was asked, between two steps of the
 * training.
 */
import type { MetricsRecord } from '../../analysis/record.js';
import type { HeadAddress } from '../../model/plan.js';
import type { Config, OpenConfig } from '../../train/config.js';
import type { Moment } from './view.js';

/** A text to train on instead of the built-in corpus. */
export interface OwnCorpus {
  readonly name: string;
  readonly text: string;
}

/** A parameter frozen or released while the run went on: from this step on. */
export interface ManualFreeze {
  readonly step: number;
  readonly parameter: string;
  readonly frozen: boolean;
}

/** Everything that decides the bits of a run. */
export interface LabRun {
  readonly config: OpenConfig;
  /** null: the built-in one. */
  readonly corpus: OwnCorpus | null;
  readonly manualFreezes: readonly ManualFreeze[];
}

/** Which sequence the model is watched on. */
export interface Watched {
  /** Number of the sample. */
  readonly sample: number;
  /** Tokens that stand there instead, from the first to the last that is read. */
  readonly edited: readonly number[] | null;
}

/** A matrix that can be frozen and released while it is trained. */
export interface Freezable {
  readonly parameter: string;
  readonly frozen: boolean;
}

/** Page → worker. */
export type ToLab =
  /** Makes the run ready at step 0, in place of any other, and trains until a step; 0: it stands still. */
  | { readonly type: 'start'; readonly run: LabRun; readonly threads: number; readonly until: number }
  /** Trains until step `until` is reached; a step beyond the end of the run makes the run longer. */
  | { readonly type: 'resume'; readonly until: number }
  | { readonly type: 'pause' }
  | { readonly type: 'step' }
  /** Back to step 0 of the run that was started, without what was done by hand. */
  | { readonly type: 'reset' }
  /** At most so many steps in a second; null: as fast as it goes. */
  | { readonly type: 'pace'; readonly stepsPerSecond: number | null }
  | { readonly type: 'save' }
  /** The weight file of another run, whose settings replace these. `corpus`: the text at hand, which it may be of. */
  | {
      readonly type: 'load';
      readonly bytes: Uint8Array;
      readonly corpus: OwnCorpus | null;
      readonly threads: number;
    }
  | { readonly type: 'freeze'; readonly parameter: string; readonly frozen: boolean }
  /** Leaves a head out of what is looked into, or takes it in again. It goes on being trained. */
  | { readonly type: 'ablate'; readonly layer: number; readonly head: number; readonly silenced: boolean }
  /**
   * Looks into the model: at a record's step, or as it is now (null). `parts`: the text alone, which is answered while
   * somebody types, or the memories too; default: all.
   */
  | {
      readonly type: 'inspect';
      readonly step: number | null;
      readonly watched: Watched;
      readonly parts?: 'all' | 'text';
    };

/** Worker → page. */
export type FromLab =
  | Ready
  /** A run stands at a step, or goes on. */
  | { readonly type: 'progress'; readonly step: number; readonly running: boolean }
  /** `dropped`: steps of earlier records that are kept no longer. */
  | { readonly type: 'record'; readonly record: MetricsRecord; readonly dropped: readonly number[] }
  | ({ readonly type: 'milestone' } & Milestone)
  | { readonly type: 'moment'; readonly moment: Moment }
  | {
      readonly type: 'matrices';
      readonly matrices: readonly Freezable[];
      readonly manualFreezes: readonly ManualFreeze[];
    }
  | { readonly type: 'heads'; readonly silenced: readonly HeadAddress[] }
  | { readonly type: 'saved'; readonly bytes: Uint8Array; readonly step: number }
  | { readonly type: 'done'; readonly step: number }
  /**
   * `during`: the message that could not be followed; null: the training itself. After these and `start` there is no
   * run that could go on; after any other message the run is what it was.
   */
  | { readonly type: 'fail'; readonly during: ToLab['type'] | null; readonly name: string; readonly message: string };

export interface Ready {
  readonly type: 'ready';
  readonly config: Config;
  /** What each token is written as. */
  readonly symbols: readonly string[];
  readonly matrices: readonly Freezable[];
  readonly manualFreezes: readonly ManualFreeze[];
  readonly step: number;
  /** Workers at work; 0: the lab's own. */
  readonly threads: number;
  /** Of all arenas. */
  readonly bytes: number;
}

export interface Milestone {
  readonly id: string;
  readonly step: number;
  /** A sentence. */
  readonly text: string;
}
