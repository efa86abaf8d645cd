/** Where a head looks, in words. */
import type { HeadView, Moment } from '../../border/view.js';
import { type Entry, largest } from './ranks.js';
import { followers, percent } from './reading.js';

/** Keys that are named, and the least weight that is worth naming. */
const MOST_KEYS = 3;
const LEAST_WEIGHT = 0.05;

/** How a token is written. */
export type Write = (token: number) => string;

/** The keys that a row looks at most, from the most; at least one. */
export function keysOf(weights: Float32Array, T: number, row: number): readonly Entry[] {
  return largest(weights, T, row, row + 1, MOST_KEYS).filter(({ value }, n) => n === 0 || value >= LEAST_WEIGHT);
}

/** `heads`: in a layer. */
export function headName({ layer, head }: Pick<HeadView, 'layer' | 'head'>, heads: number): string {
  return heads === 1 ? `Layer ${layer + 1}` : `Layer ${layer + 1}, head ${head + 1}`;
}

export function looksAt(tokens: readonly number[], { weights }: HeadView, row: number, write: Write): string {
  const T = tokens.length;
  const named = keysOf(weights, T, row).map(({ column, value }) => {
    const where = column === row ? 'itself' : column === row - 1 ? 'the one before' : `position ${column}`;
    const follows = column > 0 && column < row - 1 ? `, after “${write(tokens[column - 1]!)}”` : '';
    return `“${write(tokens[column]!)}” (${where}${follows}) ${percent(value)}`;
  });
  return `looks at ${named.join('; ')}.`;
}

/** More than this is a choice; less is a look around. */
const CHOSEN = 0.4;

/** What the whole model does at a row, in one or two sentences: where it looks, by which note, what it puts out. */
export function readingSentence({ attention, sequence }: Moment, row: number, write: Write): string {
  const { tokens, next } = sequence;
  const T = tokens.length;
  const here = `“${write(tokens[row]!)}”`;
  const guess = next[row]![0]!;
  const puts = `expects “${write(guess.token)}” (${percent(guess.probability)})`;
  const last = attention.at(-1)!;
  const [key] = keysOf(last.weights, T, row);
  if (key === undefined || key.value < CHOSEN) return `${here} looks at nothing in particular and ${puts}.`;
  const seen = `“${write(tokens[key.column]!)}”`;
  const noted = noteOf(attention, T, key.column);
  const copies = guess.token === tokens[key.column];
  const act = copies ? `copies it: the model ${puts}` : `the model ${puts}`;
  if (noted !== null && tokens[noted] === tokens[row] && last.layer > 0) {
    return `${here} looks for a character whose note says “after ${write(tokens[row]!)}”, finds ${seen} (${percent(key.value)}), and ${act}.`;
  }
  const repeats = followers(tokens, row).length > 0 ? '' : ' Nothing in the text tells what follows here.';
  return `${here} looks at ${seen} (${percent(key.value)}), and ${act}.${repeats}`;
}

/** The place that the first layer has noted at a place: the one before, where it looks there above all; else null. */
function noteOf(attention: readonly HeadView[], T: number, place: number): number | null {
  const [first] = attention;
  if (first === undefined || first.layer > 0) return null;
  const [key] = keysOf(first.weights, T, place);
  return key !== undefined && key.value >= CHOSEN && key.column === place - 1 ? key.column : null;
}
