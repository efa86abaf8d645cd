/**
 * What a kind of task is: its settings, the task that they make with a corpus, and what is measured on its sequences.
 * Each kind is one folder; kinds.ts and task.ts hold the tables.
 */
import type { MathFunctions } from '../../bindings/math.js';
import type { SamplerSpec, SequenceAddress, Split } from '../../bindings/sampler.js';
import type { Corpus } from '../corpus/corpus.js';

/** The settings that every kind has. */
export interface TaskSettings {
  /** Left out: the default kind. */
  readonly kind?: string;
  /** T. */
  readonly seqLength: number;
  /** Where the kind needs one. */
  readonly corpus?: string | undefined;
}

/** Positions that are in the loss: those whose mark is at least `least`, or the last one alone. */
export interface LossRule {
  readonly title: string;
  readonly least: number;
  readonly only?: 'last';
}

/** What a kind says of its settings alone. */
export interface KindSettings<C> {
  readonly title: string;
  readonly defaults: C;
  /** Settings without a default. */
  readonly optional: readonly string[];
  readonly needsCorpus: boolean;
  /** Symbols of the model: those of the corpus, and special tokens. */
  vocabulary(config: C, corpus: Pick<Corpus, 'symbols'> | null): number;
  /** What training.lossOn may be. */
  readonly losses: Readonly<Record<string, LossRule>>;
  /** The rule where none is asked for. */
  readonly loss: string;
  /** What printed sequences call the marks. */
  readonly marks: string;
  /** Positions with at least this mark are those that the task is about, in texts that are shown. */
  readonly asked: number;
  /** Keys of a record that are shown while a run is under way, the most important first. */
  readonly shown: readonly string[];
  /** Throws ConfigError where a task of these settings has no position that the rule takes. */
  checkLoss(config: C, rule: string): void;
}

/** A task as it runs: its settings joined with a corpus. Plain data, fit for a worker. */
export interface AnyTask {
  readonly kind: string;
  readonly config: TaskSettings;
  readonly corpus: Corpus | null;
  /** What tokens are called in text; as many as the model's vocabulary. Special tokens come behind the corpus's. */
  readonly symbols: readonly string[];
  readonly seqLength: number;
  /** Triggers that are the same in every sequence, by which memories are probed. */
  readonly fixedTriggers: Int32Array | null;
  /** null: sequences are given. */
  readonly sampler: SamplerSpec | null;
}

/** One head's attention weights: entry (t, s) at t·stride + s, for s ≤ t. */
export interface AttentionView {
  readonly values: Float32Array;
  readonly stride: number;
}

/** One evaluated sequence of T tokens, lent for the call: all of it may be filled again after. */
export interface MeasuredSequence {
  /** z_0 … z_T: [T + 1]. */
  readonly tokens: Int32Array;
  /** [T]. */
  readonly marks: Int32Array;
  readonly latents: Readonly<Record<string, Int32Array>>;
  /** What the sampler said of the sequence. */
  readonly flag: number;
  /** Cross-entropy in nats, [T], and argmax of the logits, [T]. */
  readonly losses: Float32Array;
  readonly predictions: Int32Array;
  /** Of the model at position t, by token. Overwritten by the next call. */
  logProbabilities(t: number): Float64Array;
  /** attention[layer][head], and attended[layer][head][t] = argmax over the keys s ≤ t. */
  readonly attention: readonly (readonly AttentionView[])[];
  readonly attended: readonly (readonly Int32Array[])[];
  /** |W_O^h W_V^h y_t|, y what the layer's attention reads; null in a layer that computes in circuit form. */
  valueNorm(layer: number, head: number, t: number): number | null;
  /** Norm of the residual stream behind a layer; null where the layer makes the logits itself. */
  streamNorm(layer: number, t: number): number | null;
}

/** A mean, or null where nothing was counted. */
export type Mean = number | null;

/** Sums over sequences, which add up by slot, and the keys that are formed from them at the end. */
export interface Meter {
  readonly slots: number;
  /** logits: it asks for log-probabilities. */
  readonly reads: 'losses' | 'logits';
  add(sums: Float64Array, sequence: MeasuredSequence): void;
  /** In the record's order; `loss` first. */
  keys(sums: Float64Array): Record<string, Mean>;
}

export interface MeterSettings {
  readonly layers: number;
  readonly heads: number;
  /** The rule of the loss. */
  readonly lossOn: string;
  readonly split: Split;
}

/** How the tasks of a kind run. */
export interface RunningKind<C, T extends AnyTask> {
  /** Throws ConfigError, with the key's path, where settings contradict each other or the corpus. */
  join(config: C, corpus: Corpus | null): T;
  /** Why the sampler gave back a number below 0. */
  refusal(task: T, code: number, at: SequenceAddress): string;
  meter(task: T, math: MathFunctions, settings: MeterSettings): Meter;
  /**
   * What the keys of a record are measured on: the training batch with the weights before the step, or the test set
   * with the weights after it.
   */
  readonly measuredOn: 'batch' | 'test';
  /** Memory probes that mean something here; the others are -1. */
  readonly probes: readonly ('wo1' | 'wk1' | 'wk0' | 'ff1')[];
}

export function inLoss({ least, only }: LossRule, marks: ArrayLike<number>, t: number): boolean {
  return only === 'last' ? t === marks.length - 1 : marks[t]! >= least;
}
