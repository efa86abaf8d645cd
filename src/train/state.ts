/**
 * All that a run needs to go on to the same bits. Randomness is counted by stream, step and sequence, and the schedule
 * and the test set follow from the configuration: nothing else is carried from one step to the next.
 */
import type { BetaPowers } from '../../bindings/optimizer.js';
import type { Weights } from '../model/open.js';

/** What was frozen or released by hand stays so, whatever the configuration says. */
export type ManualFreeze = 'frozen' | 'released';

export interface ParameterMoments {
  /** As many as the kind of optimizer keeps, each as long as the parameter. */
  readonly moments: readonly Float32Array[];
  /** Of AdamW, after the parameter's own steps; (1, 1) for a kind without. */
  readonly powers: BetaPowers;
}

export interface OptimizerState {
  /** Every parameter that is trained at some step, or may be released. */
  readonly parameters: ReadonlyMap<string, ParameterMoments>;
  readonly manual: ReadonlyMap<string, ManualFreeze>;
}

/** Copies: a state keeps its values while the run goes on. */
export interface TrainingState {
  /** Steps that were finished. */
  readonly step: number;
  /** What these took. */
  readonly seconds: number;
  /** sha256 of the weights that the run was given to start from; null: the seed's own. */
  readonly initialWeightsSha256: string | null;
  /** sha256 of the kernels; other kernels may go on to other bits. */
  readonly build: string;
  /** Evaluations in a row that reached what `training.stopWhen` waits for; absent without such a rule. */
  readonly reached?: number;
  readonly weights: Weights;
  readonly optimizer: OptimizerState;
}
