/** Settings of the paper's task from outside, checked. */
import * as v from 'valibot';
import { boolean, finite, integer, oneOf, settings, text } from '../../schema.js';
import { OUTPUT_LAWS, TRIGGER_MODES, TRIGGERS_DEFAULTS, type TriggersConfig } from './config.js';

export const LONGEST = 8192;
export const CORPUS = 'a corpus: sonnets, or a path to a text or a counts file';
/** More symbols than this would make the table of the bigram law larger than a page can hold. */
export const MOST_SYMBOLS = 8192;

const share = finite('a number in [0, 1)', (p) => p >= 0 && p < 1);
const outputLaw = oneOf(...OUTPUT_LAWS);

export const triggersSchema = settings({
  kind: v.optional(v.literal('triggers'), 'triggers'),
  corpus: v.optional(text(CORPUS, 4096), TRIGGERS_DEFAULTS.corpus),
  seqLength: v.optional(integer(1, LONGEST), TRIGGERS_DEFAULTS.seqLength),
  triggers: v.optional(
    settings({
      count: v.optional(integer(0, MOST_SYMBOLS), TRIGGERS_DEFAULTS.triggers.count),
      mode: v.optional(oneOf(...TRIGGER_MODES), TRIGGERS_DEFAULTS.triggers.mode),
      offset: v.optional(integer(0, MOST_SYMBOLS), TRIGGERS_DEFAULTS.triggers.offset),
    }),
    {},
  ),
  outputs: v.optional(outputLaw, TRIGGERS_DEFAULTS.outputs),
  testOutputs: v.exactOptional(outputLaw),
  noRepeat: v.optional(boolean, TRIGGERS_DEFAULTS.noRepeat),
  noCycles: v.optional(boolean, TRIGGERS_DEFAULTS.noCycles),
  noise: v.exactOptional(share),
  testNoise: v.exactOptional(share),
  beyond: v.exactOptional(integer(0, LONGEST)),
}) satisfies v.GenericSchema<unknown, TriggersConfig>;
