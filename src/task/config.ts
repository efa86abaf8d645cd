/** What a task may be: the corpus, the triggers, the law of their outputs. */
import * as v from 'valibot';
import { boolean, integer, oneOf, settings, text } from '../schema.js';
import { TASK_DEFAULTS } from './defaults.js';

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

const LONGEST = 8192;
/** More symbols than this would make the table of the bigram law larger than a page can hold. */
const MOST_SYMBOLS = 8192;

const outputLaw = oneOf('uniform', 'bigram');

export const taskSchema = settings({
  corpus: v.optional(text('a corpus: sonnets, or a path to a text or a counts file', 4096), TASK_DEFAULTS.corpus),
  seqLength: v.optional(integer(1, LONGEST), TASK_DEFAULTS.seqLength),
  triggers: v.optional(
    settings({
      count: v.optional(integer(0, MOST_SYMBOLS), TASK_DEFAULTS.triggers.count),
      mode: v.optional(oneOf('fixed', 'random'), TASK_DEFAULTS.triggers.mode),
      offset: v.optional(integer(0, MOST_SYMBOLS), TASK_DEFAULTS.triggers.offset),
    }),
    {},
  ),
  outputs: v.optional(outputLaw, TASK_DEFAULTS.outputs),
  testOutputs: v.exactOptional(outputLaw),
  noRepeat: v.optional(boolean, TASK_DEFAULTS.noRepeat),
  noCycles: v.optional(boolean, TASK_DEFAULTS.noCycles),
}) satisfies v.GenericSchema<unknown, TaskConfig>;
