/** Slopes by difference quotients: what closed gradients are held against. */
import type { Matrix64 } from '../algebra/matrix64.js';

/** Balances the third derivative's share (h²) and rounding's (2^-53 / h). */
const STEP = 2 ** -17;

/** (loss(W + h) - loss(W - h)) / 2h in every entry of W; W is left as it was. */
export function centralDifferences(loss: (weights: Matrix64) => number, at: Matrix64): Matrix64 {
  const moved = { ...at, data: at.data.slice() };
  const slopes = at.data.map((w, n) => {
    moved.data[n] = w + STEP;
    const above = loss(moved);
    moved.data[n] = w - STEP;
    const below = loss(moved);
    moved.data[n] = w;
    return (above - below) / (2 * STEP);
  });
  return { ...at, data: slopes };
}

/** max|a - b| / max|b|. */
export function relativeError(a: Matrix64, b: Matrix64): number {
  let difference = 0;
  let largest = 0;
  for (let n = 0; n < b.data.length; n++) {
    difference = Math.max(difference, Math.abs(a.data[n]! - b.data[n]!));
    largest = Math.max(largest, Math.abs(b.data[n]!));
  }
  return difference / largest;
}
