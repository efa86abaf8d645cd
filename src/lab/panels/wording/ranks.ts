/** Rows of a matrix as a reader sees them: what stands out in each, and the few entries that matter. */
import type { MemoryView } from '../../border/view.js';
import { percent } from './reading.js';

/** An entry of a row. */
export interface Entry {
  readonly column: number;
  readonly value: number;
}

/** The `most` largest entries of a row among the first `count` columns, from the largest; of equals the lower first. */
export function largest(
  values: ArrayLike<number>,
  columns: number,
  row: number,
  count: number,
  most: number,
): readonly Entry[] {
  const entries: Entry[] = [];
  for (let column = 0; column < count; column++) {
    const value = values[row * columns + column]!;
    let place = entries.length;
    while (place > 0 && entries[place - 1]!.value < value) place--;
    if (place >= most) continue;
    entries.splice(place, 0, { column, value });
    if (entries.length > most) entries.pop();
  }
  return entries;
}

/**
 * How far each entry stands above the mean of its own row, in standard deviations of the row: [rows, columns]. A row of
 * n entries that names one and no other reaches √(n - 1); a row of equal entries is all 0.
 */
export function standingOut(scores: ArrayLike<number>, columns: number): Float32Array {
  const out = new Float32Array(scores.length);
  for (let from = 0; from < scores.length; from += columns) {
    let sum = 0;
    for (let n = from; n < from + columns; n++) sum += scores[n]!;
    const mean = sum / columns;
    let squares = 0;
    for (let n = from; n < from + columns; n++) squares += (scores[n]! - mean) ** 2;
    const deviation = Math.sqrt(squares / columns);
    if (!(deviation > 0)) continue;
    for (let n = from; n < from + columns; n++) out[n] = (scores[n]! - mean) / deviation;
  }
  return out;
}

/** softmax of each row: [rows, columns]. */
export function rowProbabilities(logits: ArrayLike<number>, columns: number): Float32Array {
  const out = new Float32Array(logits.length);
  for (let from = 0; from < logits.length; from += columns) {
    let highest = Number.NEGATIVE_INFINITY;
    for (let n = from; n < from + columns; n++) highest = Math.max(highest, logits[n]!);
    let total = 0;
    for (let n = from; n < from + columns; n++) total += Math.exp(logits[n]! - highest);
    for (let n = from; n < from + columns; n++) out[n] = Math.exp(logits[n]! - highest) / total;
  }
  return out;
}

/** A matrix ready to be drawn: `levels` from 0 to 1, `values` for reading. */
export interface MemoryReading {
  readonly levels: Float32Array;
  readonly values: Float32Array;
}

/** A share of the most that a row can stand out by is as strong as a colour gets. */
const STRONG = 0.75;

/**
 * Memories are read by what stands out in each row, whatever the matrix's scale; the bigram memory by the probabilities
 * that it gives, drawn by their square root, so that small ones show.
 */
export function readMemory({ id, outputs }: MemoryView, scores: Float32Array): MemoryReading {
  const columns = outputs.length;
  if (id === 'ff1') {
    const values = rowProbabilities(scores, columns);
    return { values, levels: values.map(Math.sqrt) };
  }
  const values = standingOut(scores, columns);
  const strong = STRONG * Math.sqrt(Math.max(columns - 1, 1));
  return { values, levels: values.map((value) => Math.min(Math.max(value / strong, 0), 1)) };
}

/** A value of a memory as it is read out. */
function loudness({ id }: MemoryView, value: number): string {
  return id === 'ff1' ? percent(value) : value.toFixed(1);
}

/** One cell in a sentence. */
export function cellSentence(memory: MemoryView, values: Float32Array, row: number, column: number): string {
  const { inputs, outputs } = memory;
  const value = values[row * outputs.length + column] ?? 0;
  return `Asked with “${inputs[row]!}”, it answers “${outputs[column] ?? ''}” this loudly: ${loudness(memory, value)}.`;
}

/** Row `row` in a sentence: what it answers, and whether that is what it should. */
export function memorySentence(memory: MemoryView, { values }: MemoryReading, row: number): string {
  const { id, inputs, outputs } = memory;
  const answers = largest(values, outputs.length, row, outputs.length, 3).filter(
    ({ value }, n) => n === 0 || value > 0,
  );
  const [first, ...others] = answers.map(({ column, value }) => `“${outputs[column]!}” (${loudness(memory, value)})`);
  const then = others.length === 0 ? '' : `, then ${others.join(', ')}`;
  const asked = `Asked with “${inputs[row]!}”, it answers ${first}${then}.`;
  if (id === 'ff1') return asked;
  const right = answers[0]!.column === row;
  return right ? `${asked} ✓ Right.` : `${asked} ✗ It should be “${outputs[row]!}”.`;
}
