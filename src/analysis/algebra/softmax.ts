/** Softmax in float64, over the exponential and logarithm that are the same on every host. */
export interface Transcendentals {
  exp(x: number): number;
  log(x: number): number;
}

/** row[from … to - 1] → its softmax, in place; returns log Σ exp. Sums run upwards. */
export function softmax(row: Float64Array, from: number, to: number, { exp, log }: Transcendentals): number {
  let top = -Infinity;
  let bottom = Infinity;
  for (let k = from; k < to; k++) {
    const score = row[k]!;
    if (score > top) top = score;
    if (score < bottom) bottom = score;
  }
  // A memory that is still zero answers alike everywhere: e^0 = 1, not asked for.
  if (top === bottom) {
    row.fill(1 / (to - from), from, to);
    return top + log(to - from);
  }
  let total = 0;
  for (let k = from; k < to; k++) {
    const weight = exp(row[k]! - top);
    row[k] = weight;
    total += weight;
  }
  for (let k = from; k < to; k++) row[k] = row[k]! / total;
  return top + log(total);
}
