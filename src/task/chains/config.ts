/** Markov chains whose law is drawn afresh for each sequence. */
import { ConfigError } from '../../errors.js';
import type { KindSettings } from '../kind.js';

export interface ChainsConfig {
  readonly kind: 'chains';
  readonly corpus?: undefined;
  readonly seqLength: number;
  readonly states: number;
  /** Tokens that a law is about: the next one and order - 1 before it. */
  readonly order: number;
  /** Two states that are left alike: z_{t+1} is z_t or the other one by one law for both. */
  readonly balanced: boolean;
  /** The same of the test split, where it differs. */
  readonly testBalanced?: boolean;
}

export const CHAINS_DEFAULTS: ChainsConfig = {
  kind: 'chains',
  seqLength: 100,
  states: 3,
  order: 2,
  balanced: false,
};

export const chains = {
  title: 'Markov chains',
  defaults: CHAINS_DEFAULTS,
  optional: ['testBalanced'],
  needsCorpus: false,
  vocabulary: ({ states }) => states,
  losses: { all: { title: 'every token', least: 0 } },
  loss: 'all',
  marks: 'marks',
  asked: 1,
  shown: ['excess', 'nearest', 'acc'],
  checkLoss() {},
} as const satisfies KindSettings<ChainsConfig>;

/** Throws ConfigError where settings contradict each other. */
export function checkChains({ states, order, seqLength, balanced, testBalanced = balanced }: ChainsConfig): void {
  const within = (key: string, n: number, least: number, most: number) => {
    if (Number.isInteger(n) && n >= least && n <= most) return;
    throw new ConfigError(`task.${key}`, n, `a whole number from ${least} to ${most}`);
  };
  within('states', states, 2, 16);
  within('order', order, 1, 4);
  if (!(Number.isInteger(seqLength) && seqLength >= order)) {
    throw new ConfigError('task.seqLength', seqLength, `at least task.order (${order})`);
  }
  if ((!balanced && !testBalanced) || (states === 2 && order === 2)) return;
  const key = balanced ? 'task.balanced' : 'task.testBalanced';
  const given = `task.states is ${states}, task.order ${order}`;
  throw new ConfigError(key, true, `false unless task.states and task.order are 2 (${given})`);
}
