/** A read text as an SVG file. Its characters come from outside: they are escaped here. */
import { type Place, percent, scoreOf } from '../wording/reading.js';

const ACROSS = 33;
const CELL = 24;
const LINE = 62;
const LEFT = 14;
const TOP = 74;

/** `names`: what each token is written as, nothing in it that cannot be seen. */
export function sequenceSvg(places: readonly Place[], names: readonly string[], step: number): string {
  const { right, of } = scoreOf(places, true);
  const lines = Math.ceil(places.length / ACROSS);
  const width = 2 * LEFT + ACROSS * CELL;
  const height = TOP + lines * LINE + 8;
  const parts = places.map((place) => drawn(place, names));
  const heading = `A text at step ${step}: ${right} of ${of} outputs read from the text`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" text-anchor="middle" fill="#1d1d1f">` +
    `<title>${heading}</title><rect width="100%" height="100%" fill="#fff"/>` +
    `<g font-family="system-ui, sans-serif" text-anchor="start"><text x="${LEFT}" y="24" font-size="15" ` +
    `font-weight="bold">${heading}</text><text x="${LEFT}" y="46" font-size="12" fill="#55555c">Black: a trigger; ` +
    `framed: its output, which an earlier one has told. Below: ✓ or what was expected, and the probability of the right one.` +
    `</text></g>${parts.join('')}</svg>\n`
  );
}

function drawn(
  { position, token, occurrence, kind, expected, right, probability }: Place,
  names: readonly string[],
): string {
  const x = LEFT + (position % ACROSS) * CELL;
  const y = TOP + Math.floor(position / ACROSS) * LINE;
  const middle = x + CELL / 2 - 1;
  const inContext = kind === 'in-context';
  const frame = inContext ? 'stroke="#0b5cad" stroke-width="2"' : '';
  const box = `<rect x="${x}" y="${y - 18}" width="${CELL - 2}" height="24" rx="3" fill="${occurrence > 0 ? '#1d1d1f' : 'none'}" ${frame}/>`;
  const letter = `<text x="${middle}" y="${y}" font-size="16" fill="${occurrence > 0 ? '#fff' : '#1d1d1f'}">${escaped(names[token]!)}</text>`;
  if (expected === null || probability === null) return box + letter;
  const ink = inContext ? (right ? '#00694e' : '#a8430b') : '#55555c';
  const verdict = right ? '✓' : `✗${escaped(names[expected]!)}`;
  return (
    `<g><title>${escaped(percent(probability))}</title>${box}${letter}<text x="${middle}" y="${y + 20}" font-size="11" fill="${ink}">` +
    `${verdict}</text><rect x="${x}" y="${y + 26}" width="${(probability * (CELL - 2)).toFixed(1)}" height="4" fill="${inContext ? '#0068a5' : '#6b6b72'}"/></g>`
  );
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
