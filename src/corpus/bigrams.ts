/** Counts of pairs by rows, which travel, and the law that follows from them, which is square in their symbols. */

/** Bigram counts by rows: of symbol i `successors[k]`, `counts[k]` for starts[i] ≤ k < starts[i + 1], ids ascending. */
export interface BigramCounts {
  readonly starts: Uint32Array;
  readonly successors: Uint16Array;
  readonly counts: Float64Array;
}

/** π_b from counts by rows, into a table [N, N] that is 0 where nothing was counted; equal counts, equal bits. */
export function bigramLawOf(
  { starts, successors, counts }: BigramCounts,
  unigramLaw: Float64Array,
  table: Float64Array = new Float64Array(unigramLaw.length ** 2),
): Float64Array {
  const n = unigramLaw.length;
  for (let i = 0; i < n; i++) {
    const row = table.subarray(i * n, (i + 1) * n);
    const [from, to] = [starts[i]!, starts[i + 1]!];
    const total = sum(counts.subarray(from, to));
    if (total === 0) row.set(unigramLaw);
    else for (let k = from; k < to; k++) row[successors[k]!] = counts[k]! / total;
  }
  return table;
}

export function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
