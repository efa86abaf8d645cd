/**
 * What was frozen and released by hand in the course of a run, as text for a link and for a weight file: `300+NAME`
 * released NAME before step 300, `300-NAME` froze it; in order, with commas between.
 */
import { ConfigError } from '../../errors.js';
import { MOST } from './limits.js';
import type { ManualFreeze } from './messages.js';

/** In one run. */
export const MOST_MANUAL_FREEZES = 100;
const ENTRY = /^(\d{1,9})([+-])([a-z0-9_.]{1,100})$/;

export function writeManualFreezes(manualFreezes: readonly ManualFreeze[]): string {
  return manualFreezes.map(({ step, frozen, parameter }) => `${step}${frozen ? '-' : '+'}${parameter}`).join(',');
}

/** Throws a ConfigError for text of another form. Whether the model has the parameters is not known here. */
export function readManualFreezes(text: string): ManualFreeze[] {
  if (text === '') return [];
  const entries = text.split(',', MOST_MANUAL_FREEZES + 1);
  if (entries.length > MOST_MANUAL_FREEZES)
    throw new ConfigError('hand', text, `a list of at most ${MOST_MANUAL_FREEZES} entries`);
  let last = 0;
  return entries.map((entry) => {
    const [, digits, sign, parameter] = ENTRY.exec(entry) ?? [];
    const step = Number(digits);
    if (parameter === undefined || step > MOST.steps || step < last) {
      throw new ConfigError('hand', entry, 'a step, + or -, and the name of a parameter, by ascending steps');
    }
    last = step;
    return { step, parameter, frozen: sign === '-' };
  });
}
