/** Settings of copies behind triggers from outside, checked. */
import * as v from 'valibot';
import { boolean, finite, integer, settings, text } from '../../schema.js';
import { CORPUS, LONGEST, MOST_SYMBOLS } from '../triggers/schema.js';
import { BACKCOPY_DEFAULTS, type BackcopyConfig } from './config.js';

const { triggers } = BACKCOPY_DEFAULTS;

export const backcopySchema = settings({
  kind: v.literal('backcopy'),
  corpus: v.optional(text(CORPUS, 4096), BACKCOPY_DEFAULTS.corpus),
  seqLength: v.optional(integer(1, LONGEST), BACKCOPY_DEFAULTS.seqLength),
  triggers: v.optional(
    settings({
      count: v.optional(integer(0, MOST_SYMBOLS), triggers.count),
      offset: v.optional(integer(0, MOST_SYMBOLS), triggers.offset),
    }),
    {},
  ),
  start: v.optional(boolean, BACKCOPY_DEFAULTS.start),
  mix: v.optional(
    finite('a number in (0, 1]', (p) => p > 0 && p <= 1),
    BACKCOPY_DEFAULTS.mix,
  ),
}) satisfies v.GenericSchema<unknown, BackcopyConfig>;
