/** The paper's task as a kind: what its settings say by themselves. */
import type { KindSettings } from '../kind.js';
import { isNoisy, TRIGGERS_DEFAULTS, type TriggersConfig } from './config.js';
import { checkLoss, losses } from './occurrences.js';

export const triggers = {
  title: 'triggers and their outputs',
  defaults: TRIGGERS_DEFAULTS,
  optional: ['kind', 'testOutputs', 'noise', 'testNoise', 'beyond'],
  needsCorpus: true,
  vocabulary: (config, corpus) => corpus!.symbols.length + (isNoisy(config) ? 1 : 0),
  losses,
  loss: 'in-context',
  marks: 'occurrences',
  asked: losses['in-context'].least,
  shown: ['acc_end', 'baseline_bag', 'baseline_bayes'],
  checkLoss,
} as const satisfies KindSettings<TriggersConfig>;
