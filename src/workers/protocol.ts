/**
 * What a worker is told and what it answers. Plain data: it crosses any runtime's structured clone. A batch is cut into
 * a fixed number of shards, whatever the number of workers, so that the order of every sum is the same.
 */
import type { KernelName, Tile } from '../../bindings/instance.js';
import type { ModelConfig } from '../model/config.js';
import type { HeadAddress } from '../model/plan.js';
import type { AnyTask } from '../task/kind.js';
import type { LossRuleName } from '../task/kinds.js';
import type { SentTask } from '../task/task.js';

/** A build of the kernels: compiled, or as bytes for a runtime whose workers cannot be handed a compiled module. */
export type Kernels = { readonly kernel: KernelName; readonly tile?: Tile | undefined } & (
  | { readonly module: WebAssembly.Module }
  | { readonly bytes: Uint8Array }
);

/** Everything that a runner of shards is built from. */
export interface Setup {
  readonly wasm: Kernels;
  readonly model: ModelConfig;
  /** Tokens of a sequence. */
  readonly length: number;
  readonly circuit: boolean;
  /** Names of the parameters that are trained at some step. */
  readonly trained: readonly string[];
  readonly lossOn: LossRuleName;
  readonly seed: number;
  /** Where sequences come from; null when every job brings its own. */
  readonly task: AnyTask | null;
}

/** Sequences that are given instead of sampled. [sequence][position]. */
export interface GivenSequences {
  readonly tokens: readonly Int32Array[];
  readonly targets: readonly Int32Array[];
  /** 0 at ordinary positions; what else they say is the task's. */
  readonly marks: readonly Int32Array[];
}

/** Which sequences of which stream a shard covers: from ≤ index < to. */
export interface Span {
  readonly stream: number;
  readonly split: 'train' | 'test';
  readonly step: number;
  readonly from: number;
  readonly to: number;
  readonly given?: GivenSequences;
}

export type Job =
  /** The gradient sum of a span. */
  | { readonly kind: 'gradient'; readonly span: Span; readonly buffer?: Float32Array<ArrayBuffer> | undefined }
  /** The metric counters of a span, from a forward pass over all rows, with the output of some heads left out. */
  | { readonly kind: 'evaluate'; readonly span: Span; readonly silenced?: readonly HeadAddress[] };

export type JobResult =
  | {
      readonly kind: 'gradient';
      readonly sums: Float32Array<ArrayBuffer>;
      /** Summed cross-entropy, and over how many positions. */
      readonly loss: number;
      readonly positions: number;
    }
  | { readonly kind: 'evaluate'; readonly counters: Float64Array };

/** How much an answer holds. */
export interface AnswerSizes {
  /** Floats of a shard's gradient sums. */
  readonly sums: number;
  /** Slots of an evaluation's counters. */
  readonly counters: number;
}

/** Whether it can be the result of the job. What crosses between threads is checked like what comes from a file. */
export function isResult(result: JobResult, { kind }: Job, { sums, counters }: AnswerSizes): boolean {
  if (result?.kind !== kind) return false;
  if (result.kind === 'evaluate') return result.counters instanceof Float64Array && result.counters.length === counters;
  const { loss, positions } = result;
  if (typeof loss !== 'number' || !Number.isInteger(positions) || positions < 0) return false;
  return result.sums instanceof Float32Array && result.sums.length === sums;
}

/** All weights, or those of the trained parameters alone, as the engine's plan lays them out. */
export type WhichWeights = 'all' | 'trained';

/** A setup on its way. */
export type SentSetup = Omit<Setup, 'task'> & { readonly task: SentTask | null };

/** Main thread → worker. */
export type ToWorker =
  | { readonly type: 'setup'; readonly setup: SentSetup }
  | { readonly type: 'weights'; readonly which: WhichWeights; readonly values: Float32Array }
  | { readonly type: 'job'; readonly id: number; readonly job: Job };

/** Worker → main thread. */
export type FromWorker =
  | { readonly type: 'ready' }
  /** The setup arrived without its compiled module: it is wanted once more, with bytes. */
  | { readonly type: 'unreadable' }
  | { readonly type: 'result'; readonly id: number; readonly result: JobResult }
  /** `name`: the error's kind, which no structured clone keeps. */
  | { readonly type: 'failed'; readonly id: number; readonly name: string; readonly message: string };

const SHARDS = 16;

/** A batch of `count` sequences as spans in a fixed order: at most 16, as even as they can be. */
export function shardsOf(count: number, rest: Omit<Span, 'from' | 'to'>): Span[] {
  const shards = Math.min(SHARDS, count);
  return Array.from({ length: shards }, (_, i) => ({
    ...rest,
    from: Math.floor((i * count) / shards),
    to: Math.floor(((i + 1) * count) / shards),
  }));
}
