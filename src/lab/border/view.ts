/**
 * What the panels of the lab are given: the records of a run and one moment of it, looked into. The element makes a
 * view, hands the same one to every panel, and makes a new one when anything changes; a panel only draws it.
 */
import type { MetricsRecord } from '../../analysis/record.js';
import type { Config } from '../../train/config.js';

export interface LabView {
  readonly config: Config;
  /** What each token is written as. */
  readonly symbols: readonly string[];
  /** Of the run so far, thinned, by step. */
  readonly records: readonly MetricsRecord[];
  /** Which of the records is shown; the last one while the run is followed. */
  readonly shown: number;
  /** The model at that record; null until it was looked into. */
  readonly moment: Moment | null;
}

/** The model at one step, at work on one sequence. */
export interface Moment {
  readonly step: number;
  readonly sequence: SequenceView;
  /** By layer, then by head. */
  readonly attention: readonly HeadView[];
  readonly memories: readonly MemoryView[];
}

/** Each list has an entry a position. */
export interface SequenceView {
  readonly tokens: readonly number[];
  /** Which occurrence of a trigger stands here, counted from 1; 0: no trigger. */
  readonly occurrences: readonly number[];
  /** What the model expects to follow, the likeliest first. */
  readonly next: readonly (readonly Guess[])[];
  /** Of the token that does follow; null behind the last one. */
  readonly probability: readonly (number | null)[];
}

/** A token that may follow. */
export interface Guess {
  readonly token: number;
  readonly probability: number;
  /** Its probability where every head is left out: what the weights say of the present token alone. */
  readonly fromWeights: number;
}

export interface HeadView {
  readonly layer: number;
  readonly head: number;
  /** Its output is left out of the model at present. */
  readonly silenced: boolean;
  /** [T, T]: of query t on key s; 0 for s > t. */
  readonly weights: Float32Array;
}

/** A matrix read as an associative memory: which output answers which input, and how loudly. */
export interface MemoryView {
  readonly id: 'wk0' | 'wk1' | 'wo1' | 'ff1';
  /** As in W_K². */
  readonly label: string;
  /** What it should hold, in a sentence. */
  readonly meaning: string;
  /** Names of rows (inputs) and columns (outputs). */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** v_jᵀ W u_i of input i and output j: [inputs, outputs]. */
  readonly scores: Float32Array;
  /** The same of the ideal memory. */
  readonly ideal: Float32Array;
  /** As the probes count it; null where nothing is recalled or counted. */
  readonly recall: number | null;
}
