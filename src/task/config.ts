/** What a task may be: the corpus, the triggers, the law of their outputs. */

export type OutputLaw = 'uniform' | 'bigram';

export interface TriggerConfig {
  /** How many triggers a sequence has (K). 0: a plain bigram source. */
  readonly count: number;
  /** fixed: the most frequent symbols, the same in every sequence. random: drawn from π_u for each sequence. */
  readonly mode: 'fixed' | 'random';
  /** Fixed triggers: how many of the most frequent symbols to skip. */
  readonly offset: number;
}

export interface TaskConfig {
  /** `sonnets`, a path to a UTF-8 text, or a path ending in `.json` to a counts file. */
  readonly corpus: string;
  /** Length of a sequence in tokens (T). */
  readonly seqLength: number;
  readonly triggers: TriggerConfig;
  readonly outputs: OutputLaw;
  /** The output law of the test split, where it differs. */
  readonly testOutputs?: OutputLaw;
  /** Forbids an output equal to its trigger. */
  readonly noRepeat: boolean;
  /** Forbids outputs that lead back to their trigger through other triggers. */
  readonly noCycles: boolean;
}
