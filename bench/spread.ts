/** Medians and quartiles of a few measurements. */
import type { Spread } from './report.js';

/** Linear between neighbours; throws where there is nothing to summarise. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('values: expected at least one, got none');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}
