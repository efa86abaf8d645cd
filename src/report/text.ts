/**
 * Text from outside, made fit to be drawn: a symbol of a corpus may be any code point, a run's name any string.
 * Escaping is not done here but where markup is written: by the SVG's serializer and by `html`.
 */

/** Neither XML nor a reader can do anything with these: controls, lone surrogates, noncharacters. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Cn}]/u;

/** A line of text without anything that could not stand in XML, cut to a number of code points. */
export function plainLine(text: string, most = Number.POSITIVE_INFINITY): string {
  const points = Array.from(text.replace(/\s+/gu, ' ').trim(), (point) =>
    UNPRINTABLE.test(point) || /\p{Cf}/u.test(point) ? '\u{fffd}' : point,
  );
  return points.length > most ? `${points.slice(0, most - 1).join('')}…` : points.join('');
}

/** A number in at most four significant digits; – for what is none. */
export function shownNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1000) return String(Math.round(value));
  return size > 0 && size < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}
