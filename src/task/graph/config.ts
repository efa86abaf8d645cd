/** Tokens that follow their parents in a hidden graph over positions, by one chain drawn afresh for each sequence. */
import { STREAMS } from '../../../bindings/streams.js';
import { ConfigError } from '../../errors.js';
import type { KindSettings } from '../kind.js';
import { createWords } from '../words.js';

export const GRAPHS = ['chain', 'pairs', 'skip', 'random'] as const;

export interface GraphConfig {
  readonly kind: 'graph';
  readonly corpus?: undefined;
  readonly seqLength: number;
  readonly symbols: number;
  /** Rows of the chain are Dirichlet(1 / weight): the greater, the surer. */
  readonly weight: number;
  /** The position that each of 0 … seqLength - 2 depends on, or -1; or the graph's name. */
  readonly parents: (typeof GRAPHS)[number] | readonly number[];
  /** What a random graph is drawn from. */
  readonly graphSeed: number;
}

export const GRAPH_DEFAULTS: GraphConfig = {
  kind: 'graph',
  seqLength: 20,
  symbols: 10,
  weight: 10,
  parents: 'chain',
  graphSeed: 1,
};

export const MOST_GRAPH_SYMBOLS = 256;
export const MOST_WEIGHT = 10_000;

export const graph = {
  title: 'a hidden graph',
  defaults: GRAPH_DEFAULTS,
  optional: [],
  needsCorpus: false,
  vocabulary: ({ symbols }) => symbols,
  losses: { last: { title: 'the last position', least: 0, only: 'last' } },
  loss: 'last',
  marks: 'marks',
  asked: 1,
  shown: ['kl_ideal', 'graph_acc', 'children_mass'],
  checkLoss() {},
} as const satisfies KindSettings<GraphConfig>;

/** The parent of each position but the last, or -1. Throws ConfigError where the graph cannot be. */
export function parentsOf(config: GraphConfig): Int32Array {
  const { seqLength, parents, graphSeed } = config;
  checkSizes(config);
  const count = seqLength - 1;
  if (typeof parents !== 'string') {
    if (parents.length !== count) {
      const expected = `a list of task.seqLength - 1 (${count}) parents`;
      throw new ConfigError('task.parents', `${parents.length} parents`, expected);
    }
    for (const [t, parent] of parents.entries()) {
      if (Number.isInteger(parent) && parent >= -1 && parent < t) continue;
      throw new ConfigError(`task.parents[${t}]`, parent, `a position below ${t}, or -1`);
    }
    return Int32Array.from(parents);
  }
  const words = createWords({ seed: graphSeed, stream: STREAMS.graphs, step: 0, sequence: 0 });
  const named: Record<(typeof GRAPHS)[number], (t: number) => number> = {
    chain: (t) => t - 1,
    pairs: (t) => (t % 2 === 1 ? t - 1 : -1),
    skip: (t) => (t < 2 ? -1 : t - 2),
    random: (t) => words.below(t + 1) - 1,
  };
  return Int32Array.from({ length: count }, (_, t) => named[parents](t));
}

function checkSizes({ seqLength, symbols, weight }: GraphConfig): void {
  if (!(Number.isInteger(seqLength) && seqLength >= 3)) {
    throw new ConfigError('task.seqLength', seqLength, 'at least 3 (a graph, and the last two tokens)');
  }
  if (!(Number.isInteger(symbols) && symbols >= 2 && symbols <= MOST_GRAPH_SYMBOLS)) {
    throw new ConfigError('task.symbols', symbols, `a whole number from 2 to ${MOST_GRAPH_SYMBOLS}`);
  }
  if (!(Number.isInteger(weight) && weight >= 1 && weight <= MOST_WEIGHT)) {
    throw new ConfigError('task.weight', weight, `a whole number from 1 to ${MOST_WEIGHT}`);
  }
}
