/** Sequences for a person: what leads to what, the text with marks, and how the model read each repeated trigger. */
import { visibleSymbol } from '../corpus/symbol-names.js';
import type { Observation } from '../model/observation.js';
import { taskKind } from '../task/kinds.js';
import type { MarkedSequence } from '../task/sequences.js';
import type { Task } from '../task/task.js';
import { markedSequence, type Paint } from './marked-sequence.js';
import { outputsOf } from './summary.js';
import { aligned } from './tables.js';

/** Of a table of positions; a sequence of the paper's size has some eighty in context. */
const MOST_ROWS = 24;
const INDENT = '  ';

/** What a model made of a sequence; `shares`: of the targets. */
export interface Read extends Pick<Observation, 'attention' | 'predictions'> {
  readonly shares: readonly number[];
}

/** The task of the sequences: how they are written, and what they are about. */
type Shown = Pick<Task, 'kind' | 'symbols'>;

export function sequenceLines(
  sequence: MarkedSequence,
  title: string,
  { kind, symbols }: Shown,
  paint: Paint,
): string[] {
  const marked = markedSequence(sequence, taskKind(kind).asked, null, symbols, paint);
  return [...heading(sequence, title, symbols), ...marked.map(indented), ''];
}

export function readingLines(
  sequence: MarkedSequence,
  read: Read,
  title: string,
  { kind, symbols }: Shown,
  paint: Paint,
): string[] {
  const { tokens, targets, marks } = sequence;
  const least = taskKind(kind).asked;
  const marked = markedSequence(sequence, least, read.predictions, symbols, paint);
  const asked = tokens.flatMap((_, t) => (marks[t]! >= least ? [t] : []));
  const right = asked.filter((t) => read.predictions[t] === targets[t]).length;
  const rows = asked
    .slice(0, MOST_ROWS)
    .map((t) => [
      String(t),
      visibleSymbol(symbols[tokens[t]!]!),
      visibleSymbol(symbols[targets[t]!]!),
      visibleSymbol(symbols[read.predictions[t]!]!),
      `${Math.round(100 * read.shares[t]!)} %`,
      ...read.attention.map((heads) => heads.map((weights) => mostAttended(weights, tokens, symbols, t)).join('  ')),
    ]);
  const layers = read.attention.map((_, layer) => `layer ${layer + 1} attends to`);
  const more = asked.length - rows.length;
  return [
    ...heading(sequence, title, symbols),
    ...marked.map(indented),
    `right at ${right} of ${asked.length} positions in context`,
    ...(rows.length === 0
      ? []
      : aligned([['at', 'after', 'should', 'predicts', 'share', ...layers], ...rows]).map(indented)),
    ...(more > 0 ? [`${INDENT}and ${more} more; --format json has them all`] : []),
    '',
  ];
}

/** What to know before the first sequence. */
export const READING_LEGEND =
  '+ below what was predicted in context and right, - below what was wrong; share: of what should come';
export const SEQUENCE_LEGEND = '^ below what can be told from the context';

function heading(sequence: MarkedSequence, title: string, symbols: readonly string[]): string[] {
  const leads = outputsOf(sequence, symbols);
  return [leads === '' ? title : `${title}: ${leads}`, ''];
}

/** `12 X 98 %`: the position that a head attends to most, what stands there, and how much of its attention it has. */
function mostAttended(weights: ArrayLike<number>, tokens: readonly number[], symbols: readonly string[], t: number) {
  const from = t * tokens.length;
  let best = 0;
  for (let s = 1; s <= t; s++) if (weights[from + s]! > weights[from + best]!) best = s;
  return `${best} ${visibleSymbol(symbols[tokens[best]!]!)} ${Math.round(100 * weights[from + best]!)} %`;
}

function indented(line: string): string {
  return `${INDENT}${line}`.trimEnd();
}
