/**
 * Text from outside, made fit to be drawn: a symbol of a corpus may be any code point, a run's name any string.
 * Escaping is not done here but where markup is written: by the SVG's serializer and by `html`.
 */

const PICTURES: Readonly<Record<string, string>> = { ' ': '␣', '\n': '↵', '\t': '⇥' };

/** Neither XML nor a reader can do anything with these: controls, lone surrogates, noncharacters. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Cn}]/u;
/** Code points that would change the direction or the place of the text around them, or show nothing at all. */
const INVISIBLE = /[\p{Cf}\p{Zs}\p{Zl}\p{Zp}]/u;

/**
 * One symbol as a glyph that can be told from its neighbours: ␣ for a space, ↵ for a line's end, U+200B for what has
 * none.
 */
export function visibleSymbol(symbol: string): string {
  return Array.from(symbol, visibleCodePoint).join('');
}

function visibleCodePoint(point: string): string {
  const picture = PICTURES[point];
  if (picture !== undefined) return picture;
  if (UNPRINTABLE.test(point) || INVISIBLE.test(point)) {
    return `U+${point.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  }
  return /\p{M}/u.test(point) ? `◌${point}` : point;
}

/** A line of text without anything that could not stand in XML, cut to a number of code points. */
export function plainLine(text: string, most = Number.POSITIVE_INFINITY): string {
  const points = Array.from(text.replace(/\s+/gu, ' ').trim(), (point) =>
    UNPRINTABLE.test(point) || /\p{Cf}/u.test(point) ? '\u{fffd}' : point,
  );
  return points.length > most ? `${points.slice(0, most - 1).join('')}…` : points.join('');
}

/** A number in at most four significant digits. */
export function shownNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return String(Math.round(value));
  return size > 0 && size < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}
