/** The paper's task: the corpus, the triggers, the law of their outputs. */

export const OUTPUT_LAWS = ['uniform', 'bigram'] as const;
export type OutputLaw = (typeof OUTPUT_LAWS)[number];

export const TRIGGER_MODES = ['fixed', 'random'] as const;

export interface TriggerConfig {
  /** How many triggers a sequence has (K). 0: a plain bigram source. */
  readonly count: number;
  /** fixed: the most frequent symbols, the same in every sequence. random: drawn from π_u for each sequence. */
  readonly mode: (typeof TRIGGER_MODES)[number];
  /** Fixed triggers: how many of the most frequent symbols to skip. */
  readonly offset: number;
}

export interface TriggersConfig {
  /** Left out where it is given: it is the default kind. */
  readonly kind?: 'triggers';
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
  /** How often the noise token, one more symbol, takes the place of a trigger's output: in [0, 1). Default: 0. */
  readonly noise?: number;
  /** The same of the test split, where it differs. */
  readonly testNoise?: number;
  /**
   * acc_beyond counts in-context positions whose trigger stands nowhere before this position. 0: there is no such key.
   */
  readonly beyond?: number;
}

export const TRIGGERS_DEFAULTS: TriggersConfig = {
  corpus: 'sonnets',
  seqLength: 256,
  triggers: { count: 5, mode: 'fixed', offset: 0 },
  outputs: 'uniform',
  noRepeat: false,
  noCycles: false,
};

/** Whether there is a noise token. */
export function isNoisy({ noise = 0, testNoise = noise }: TriggersConfig): boolean {
  return noise > 0 || testNoise > 0;
}
