/** Which positions may be in the loss of the paper's task; a position's mark is its occurrence count. */
import { ConfigError } from '../../errors.js';
import type { TaskConfig } from './config.js';
import { LEAST_IN_CONTEXT } from './occurrences.js';

export const losses = {
  all: { title: 'every character', least: 0 },
  'in-context': { title: 'repeated triggers', least: LEAST_IN_CONTEXT },
} as const;

export function checkLoss({ triggers }: TaskConfig, rule: string): void {
  if (rule !== 'in-context' || triggers.count > 0) return;
  throw new ConfigError(
    'training.lossOn',
    rule,
    'all where task.triggers.count is 0 (no position would be in the loss)',
  );
}
