/** Settings of a hidden graph from outside, checked. */
import * as v from 'valibot';
import { integer, settings } from '../../schema.js';
import { LONGEST } from '../triggers/schema.js';
import { GRAPH_DEFAULTS, GRAPHS, type GraphConfig, MOST_GRAPH_SYMBOLS, MOST_WEIGHT } from './config.js';

const PARENTS = `one of ${GRAPHS.join(', ')}, or a list of positions`;

export const graphSchema = settings({
  kind: v.literal('graph'),
  seqLength: v.optional(integer(1, LONGEST), GRAPH_DEFAULTS.seqLength),
  symbols: v.optional(integer(2, MOST_GRAPH_SYMBOLS), GRAPH_DEFAULTS.symbols),
  weight: v.optional(integer(1, MOST_WEIGHT), GRAPH_DEFAULTS.weight),
  parents: v.optional(
    v.custom<GraphConfig['parents']>(
      (value) =>
        (GRAPHS as readonly unknown[]).includes(value) ||
        (Array.isArray(value) && value.length < LONGEST && value.every((p) => Number.isInteger(p) && p >= -1)),
      PARENTS,
    ),
    GRAPH_DEFAULTS.parents,
  ),
  graphSeed: v.optional(integer(0, Number.MAX_SAFE_INTEGER), GRAPH_DEFAULTS.graphSeed),
}) satisfies v.GenericSchema<unknown, GraphConfig>;
