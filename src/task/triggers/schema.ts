/** Settings of the paper's task from outside, checked. */
import * as v from 'valibot';
import { boolean, integer, oneOf, settings, text } from '../../schema.js';
import { OUTPUT_LAWS, TASK_DEFAULTS, type TaskConfig, TRIGGER_MODES } from './config.js';

const LONGEST = 8192;
/** More symbols than this would make the table of the bigram law larger than a page can hold. */
const MOST_SYMBOLS = 8192;

const outputLaw = oneOf(...OUTPUT_LAWS);

export const taskSchema = settings({
  corpus: v.optional(text('a corpus: sonnets, or a path to a text or a counts file', 4096), TASK_DEFAULTS.corpus),
  seqLength: v.optional(integer(1, LONGEST), TASK_DEFAULTS.seqLength),
  triggers: v.optional(
    settings({
      count: v.optional(integer(0, MOST_SYMBOLS), TASK_DEFAULTS.triggers.count),
      mode: v.optional(oneOf(...TRIGGER_MODES), TASK_DEFAULTS.triggers.mode),
      offset: v.optional(integer(0, MOST_SYMBOLS), TASK_DEFAULTS.triggers.offset),
    }),
    {},
  ),
  outputs: v.optional(outputLaw, TASK_DEFAULTS.outputs),
  testOutputs: v.exactOptional(outputLaw),
  noRepeat: v.optional(boolean, TASK_DEFAULTS.noRepeat),
  noCycles: v.optional(boolean, TASK_DEFAULTS.noCycles),
}) satisfies v.GenericSchema<unknown, TaskConfig>;
