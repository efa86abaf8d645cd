/** Spearman's rank correlation; equal values share the mean of their ranks. NaN where one side is constant. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  const moment = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, value, n) => sum + (value - middle) * (q[n]! - middle), 0);
  return moment(x, y) / Math.sqrt(moment(x, x) * moment(y, y));
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, n) => n).sort((i, j) => values[i]! - values[j]!);
  const rank = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let at = from; at < to; at++) rank[order[at]!] = (from + to - 1) / 2;
    from = to;
  }
  return rank;
}

/** Standard deviation over the magnitude of the mean. */
export function relativeSpread(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return Math.sqrt(variance) / Math.abs(mean);
}
