/** A run in words: what stands above its panels, and what is announced. */

import type { LabState } from '../border/lab-state.js';
import type { LabView } from '../border/view.js';

/** The last one, as it is announced. */
export function milestoneLine({ milestones }: LabState): string {
  const last = milestones.at(-1);
  return last === undefined ? '' : `Step ${last.step}: ${last.text}`;
}

/** The numbers of the step that is shown, in words. */
export function statusLine({ status }: LabState, view: LabView | null): string {
  const record = view?.records[view.shown];
  if (record === undefined) return status === 'starting' ? 'The model is made ready.' : '';
  const share = (value: number | null) => (value === null ? 'not measured' : `${(100 * value).toFixed(0)} %`);
  const { iter, acc_end: accuracy, baseline_bag: bag, baseline_bayes: ideal } = record;
  return `Step ${iter}: in-context accuracy ${share(accuracy)} (bag of words ${share(bag)}, ideal reader ${share(ideal)})`;
}
