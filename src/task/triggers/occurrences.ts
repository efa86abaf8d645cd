/**
 * Occurrences: for each position 0, or which occurrence of its trigger stands there, counted from 1. Positions with an
 * occurrence of 2 or more are the in-context ones: the target can be read from the context. They are the marks by
 * which the task's loss chooses positions.
 */
import { ConfigError } from '../../errors.js';
import type { TriggersConfig } from './config.js';

const LEAST_IN_CONTEXT = 2;

export const losses = {
  all: { title: 'every character', least: 0 },
  'in-context': { title: 'repeated triggers', least: LEAST_IN_CONTEXT },
} as const;

export type TriggersLoss = keyof typeof losses;

export function checkLoss({ triggers }: TriggersConfig, rule: string): void {
  if (rule !== 'in-context' || triggers.count > 0) return;
  const expected = 'all where task.triggers.count is 0 (no position would be in the loss)';
  throw new ConfigError('training.lossOn', rule, expected);
}

export function inContext(occurrence: number): boolean {
  return occurrence >= LEAST_IN_CONTEXT;
}

/** The occurrences of a sequence whose triggers are known. */
export function countOccurrences(tokens: ArrayLike<number>, triggers: ArrayLike<number>): number[] {
  const seen = new Map(Array.from(triggers, (token) => [token, 0]));
  return Array.from(tokens, (token) => {
    const before = seen.get(token);
    if (before === undefined) return 0;
    seen.set(token, before + 1);
    return before + 1;
  });
}
