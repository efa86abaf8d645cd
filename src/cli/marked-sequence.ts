/**
 * One sequence as text, with what the model made of it. A mark stands below every character that it had to predict in
 * context, where the trigger before it has occurred already: + right, - wrong; ^ where nothing was predicted.
 *
 *     the ther↵the
 *          +    -
 */
import type { WriteStream } from 'node:tty';
import { inOrder, visibleSymbol } from '../corpus/symbol-names.js';
import type { MarkedSequence } from '../task/sequences.js';

/** How the characters of right and wrong predictions are painted; plain where the terminal has no colours. */
export interface Paint {
  right(text: string): string;
  wrong(text: string): string;
}

const plain: Paint = { right: (text) => text, wrong: (text) => text };
const coloured: Paint = {
  right: (text) => `\x1b[32m${text}\x1b[39m`,
  wrong: (text) => `\x1b[31m${text}\x1b[39m`,
};

/** Colours where the stream has them and nobody asked for none. */
export function paintOf(stream: WriteStream): Paint {
  return stream.isTTY && stream.hasColors() ? coloured : plain;
}

const WIDTH = 72;
/** Characters of a longer sequence that are shown. */
const MOST = 6 * WIDTH;
/** A symbol's columns in a terminal. */
export function cellsOf(symbol: string): number {
  return WIDE.test(symbol) ? 2 : 1;
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;

/**
 * Lines of text, each followed by its marks. `least`: the mark of positions that had to predict something.
 * `predictions[t]` is about the token after position t; null: there are none.
 */
export function markedSequence(
  { tokens, targets, marks: classes }: Pick<MarkedSequence, 'tokens' | 'targets' | 'marks'>,
  least: number,
  predictions: ArrayLike<number> | null,
  symbols: readonly string[],
  paint: Paint,
): string[] {
  const shown = [...tokens.slice(0, 1), ...targets].slice(0, MOST);
  const lines: string[] = [];
  let [text, marks, width] = ['', '', 0];
  const flush = () => {
    lines.push(inOrder(text), marks.trimEnd());
    [text, marks, width] = ['', '', 0];
  };
  for (const [at, token] of shown.entries()) {
    const symbol = visible(symbols[token]!);
    const cells = cellsOf(symbol);
    if (width + cells > WIDTH) flush();
    const asked = at > 0 && classes[at - 1]! >= least;
    const verdict = asked ? verdictOf(predictions, at - 1, token) : ' ';
    text += verdict === '-' ? paint.wrong(symbol) : verdict === ' ' ? symbol : paint.right(symbol);
    marks += verdict.padEnd(cells);
    width += cells;
  }
  flush();
  return lines;
}

function verdictOf(predictions: ArrayLike<number> | null, at: number, token: number): '+' | '-' | '^' {
  if (predictions === null) return '^';
  return predictions[at] === token ? '+' : '-';
}

/** A symbol in one cell of a terminal: a space stays one, and what has no glyph of its own is �. */
export function visible(symbol: string): string {
  const glyph = symbol === ' ' ? symbol : visibleSymbol(symbol);
  return Array.from(glyph).length === 1 || /^◌\p{M}$/u.test(glyph) ? glyph : '�';
}
