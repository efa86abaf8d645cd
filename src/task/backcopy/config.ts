/** The bigram source with copies: behind a trigger comes the token before it. */
import { ConfigError } from '../../errors.js';
import type { KindSettings } from '../kind.js';

export interface BackcopyConfig {
  readonly kind: 'backcopy';
  readonly corpus: string;
  readonly seqLength: number;
  /** The most frequent symbols, `offset` of them skipped. */
  readonly triggers: { readonly count: number; readonly offset: number };
  /** Whether sequences begin with a token of their own. */
  readonly start: boolean;
  /** How often a trigger copies, in (0, 1]; else the bigram law follows. */
  readonly mix: number;
}

export const BACKCOPY_DEFAULTS: BackcopyConfig = {
  kind: 'backcopy',
  corpus: 'sonnets',
  seqLength: 256,
  triggers: { count: 3, offset: 0 },
  start: true,
  mix: 1,
};

export const backcopy = {
  title: 'copies behind triggers',
  defaults: BACKCOPY_DEFAULTS,
  optional: [],
  needsCorpus: true,
  vocabulary: ({ start }, corpus) => corpus!.symbols.length + (start ? 1 : 0),
  losses: {
    all: { title: 'every character', least: 0 },
    'in-context': { title: 'triggers', least: 1 },
  },
  loss: 'all',
  marks: 'marks',
  asked: 1,
  shown: ['acc_copy', 'kl_bigram', 'sink_dormant_l0_h0', 'drain_l0_h0'],
  checkLoss({ triggers }, rule) {
    if (rule !== 'in-context' || triggers.count > 0) return;
    const expected = 'all where task.triggers.count is 0 (no position would be in the loss)';
    throw new ConfigError('training.lossOn', rule, expected);
  },
} as const satisfies KindSettings<BackcopyConfig>;
