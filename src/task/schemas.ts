/** Settings of any kind of task from outside, checked: one schema a kind. */
import * as v from 'valibot';
import { backcopySchema } from './backcopy/schema.js';
import { chainsSchema } from './chains/schema.js';
import { graphSchema } from './graph/schema.js';
import type { TaskConfig } from './kinds.js';
import { triggersSchema } from './triggers/schema.js';

/** The default kind first. */
export const taskSchemas = [triggersSchema, chainsSchema, backcopySchema, graphSchema] as const;

export const taskSchema = v.variant('kind', [...taskSchemas]) as unknown as v.VariantSchema<
  'kind',
  [typeof triggersSchema, typeof chainsSchema, typeof backcopySchema, typeof graphSchema],
  undefined
> &
  v.GenericSchema<unknown, TaskConfig>;
