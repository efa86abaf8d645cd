/** Symbols of a corpus as they are shown and typed: a symbol is any one code point, and some of them cannot be seen. */

const PICTURES: ReadonlyMap<string, string> = new Map([
  [' ', '␣'],
  ['\n', '↵'],
  ['\t', '⇥'],
]);
const NAMES: ReadonlyMap<string, string> = new Map([
  [' ', 'space'],
  ['\n', 'line end'],
  ['\t', 'tab'],
]);

/** Nothing to see, or a change of the text around it. */
const INVISIBLE = /[\p{C}\p{Z}]/u;

/** One symbol as a visible glyph: ␣ for a space, ↵ for a line's end, U+200B for what has none. */
export function visibleSymbol(symbol: string): string {
  const picture = PICTURES.get(symbol);
  if (picture !== undefined) return picture;
  if (INVISIBLE.test(symbol)) return codePoint(symbol);
  return /\p{M}/u.test(symbol) ? `◌${symbol}` : symbol;
}

const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}]/u;

/** Whether a text holds letters of a script that is written from right to left. */
export function runsRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(text);
}

/** A row of symbols in the order of their positions: whoever shows it is told to leave that order alone. */
export function inOrder(row: string): string {
  return runsRightToLeft(row) ? `\u202d${row}\u202c` : row;
}

/** The same for a voice or a sentence: space, line end, else the glyph. */
export function spokenSymbol(symbol: string): string {
  return NAMES.get(symbol) ?? visibleSymbol(symbol);
}

function codePoint(symbol: string): string {
  return `U+${symbol.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A sequence as one line that `readTokens` reads back: spaces stay, all else that cannot be seen is a picture. */
export function writeTokens(tokens: ArrayLike<number>, symbols: readonly string[]): string {
  return Array.from(tokens, (token) => {
    const symbol = symbols[token]!;
    return symbol === ' ' ? symbol : (PICTURES.get(symbol) ?? symbol);
  }).join('');
}

/**
 * A typed line as tokens. A picture stands for its symbol unless the corpus holds the picture itself. What the corpus
 * does not hold comes back as `unknown`, each once, in the line's order.
 */
export function readTokens(
  line: string,
  symbols: readonly string[],
): { readonly tokens: readonly number[]; readonly unknown: readonly string[] } {
  const ids = new Map<string, number>();
  for (const [symbol, picture] of PICTURES) {
    const id = symbols.indexOf(symbol);
    if (id >= 0) ids.set(picture, id);
  }
  for (const [id, symbol] of symbols.entries()) ids.set(symbol, id);
  const tokens: number[] = [];
  const unknown = new Set<string>();
  for (const point of line) {
    const id = ids.get(point);
    if (id === undefined) unknown.add(point);
    else tokens.push(id);
  }
  return { tokens, unknown: [...unknown] };
}
