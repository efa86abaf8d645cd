/** Rows of text for a person: a label, and numbers in columns behind it. */
import type { AblationReport, GroupAblation } from '../analysis/batch/ablation.js';
import { chanceOf, measureOf, type Sizes } from '../analysis/measures.js';
import { ABSENT, type BatchMetrics, type ProbeMetrics } from '../analysis/record.js';

const GAP = '  ';

/** Lines of a table: words to the left, as many columns as `words` says, then numbers to the right. */
export function aligned(rows: readonly (readonly string[])[], words = 1): string[] {
  const widths: number[] = [];
  for (const cells of rows) {
    // A line of words alone may be longer than its column.
    if (cells.length <= words) continue;
    for (const [at, cell] of cells.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows.map((cells) => {
    const padded = cells.map((cell, at) =>
      at < words ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
    );
    return padded.join(GAP).trimEnd();
  });
}

/** – for a mean over nothing. */
export function number(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}

/** Every measure of a batch, with its key and what that means. */
export function metricsTable(metrics: BatchMetrics, about: string): string[] {
  const rows = Object.entries(metrics).map(([key, value]) => [key, titled(key), number(value)]);
  return aligned([['', about, 'value'], ...rows], 2);
}

/** The memories that the model has, beside what guessing recalls. */
export function probesTable(probes: ProbeMetrics, sizes: Sizes): string[] {
  const held = Object.entries(probes).filter(([, value]) => value !== ABSENT);
  if (held.length === 0) return ['no memories to probe: the model has one layer'];
  const rows = held.map(([key, value]) => {
    const chance = chanceOf(key, sizes);
    return [key, titled(key), number(value), ...(chance === null ? [] : [number(chance)])];
  });
  return aligned([['', 'memories', 'value', 'chance'], ...rows], 2);
}

function titled(key: string): string {
  const { title, does, symbol, unit } = measureOf(key);
  const meant = title === `recall of ${symbol}` ? `${title}: ${does}` : title;
  return unit === 'nats' ? `${meant}, nats` : meant;
}

/** Accuracy with heads left out, one by one and together. */
export function ablationTable({ accuracy, level, heads, previous, induction, all }: AblationReport): string[] {
  // With the address that --silence takes.
  const head = (layer: number, at: number) => `layer ${layer + 1}, head ${at + 1} (${layer}.${at})`;
  const together = (groups: readonly GroupAblation[]) =>
    groups.map(({ silenced, accuracy: left }) => {
      return [`  ${silenced.length === 1 ? '' : 'and '}${head(...silenced.at(-1)!)}`, number(left)];
    });
  return aligned([
    ['in-context accuracy', 'accuracy', 'previous', 'after'],
    ['every head at work', number(accuracy)],
    ['what one layer reaches', number(level)],
    ['without any attention', number(all.accuracy)],
    [''],
    ['without one head'],
    ...heads.map((one) => [
      `  ${head(one.layer, one.head)}`,
      ...[one.accuracy, one.previousMass, one.inductionMass].map(number),
    ]),
    [''],
    ['without those that attend most to the token before'],
    ...together(previous),
    ['without those that attend most to what came after the same token'],
    ...together(induction),
    [''],
    ['previous: attention to the token before; after: to what came after the same token earlier'],
  ]);
}
