/** Settings of chains from outside, checked. */
import * as v from 'valibot';
import { boolean, integer, settings } from '../../schema.js';
import { LONGEST } from '../triggers/schema.js';
import { CHAINS_DEFAULTS, type ChainsConfig } from './config.js';

export const chainsSchema = settings({
  kind: v.literal('chains'),
  seqLength: v.optional(integer(1, LONGEST), CHAINS_DEFAULTS.seqLength),
  states: v.optional(integer(2, 16), CHAINS_DEFAULTS.states),
  order: v.optional(integer(1, 4), CHAINS_DEFAULTS.order),
  balanced: v.optional(boolean, CHAINS_DEFAULTS.balanced),
  testBalanced: v.exactOptional(boolean),
}) satisfies v.GenericSchema<unknown, ChainsConfig>;
