/** A corpus counted from a text. */
import { FormatError } from '../errors.js';
import { type Corpus, checkSymbols, corpusFromTable } from './corpus.js';

const CODE_POINTS = 0x110000;

/**
 * The corpus of a text: every code point is a symbol, the last one has no successor.
 * Throws FormatError for a text of fewer than 2 or more than 8192 different symbols, and for lone surrogates.
 * `check` is called with their number before anything of its square is made.
 */
export function corpusFromText(name: string, text: string, check: (symbols: number) => void = () => {}): Corpus {
  const ids = new Int32Array(CODE_POINTS).fill(-1);
  const points: number[] = [];
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at)!;
    if (ids[point] === -1) {
      ids[point] = 0;
      points.push(point);
    }
    at += point > 0xffff ? 2 : 1;
  }
  points.sort((a, b) => a - b);
  for (const [id, point] of points.entries()) ids[point] = id;
  const symbols = points.map((point) => String.fromCodePoint(point));
  checkSymbols(name, symbols);
  check(symbols.length);

  const n = symbols.length;
  const unigrams = new Float64Array(n);
  const table = new Float64Array(n * n);
  let previous = -1;
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at)!;
    const id = ids[point]!;
    unigrams[id]! += 1;
    if (previous >= 0) table[previous * n + id]! += 1;
    previous = id;
    at += point > 0xffff ? 2 : 1;
  }
  return corpusFromTable(name, symbols, unigrams, table);
}

/**
 * Bytes as text. A byte order mark at the start is an encoding's signature and no part of the text.
 * Throws FormatError with the offset of the first byte that is not UTF-8; `name` says whose bytes they are.
 */
export function decodeUtf8(name: string, bytes: Uint8Array): string {
  const broken = brokenUtf8(bytes);
  if (broken >= 0) {
    const byte = bytes[broken]!.toString(16).padStart(2, '0');
    throw new FormatError(`${name}: expected UTF-8, got 0x${byte} at byte ${broken}, which starts no whole character`);
  }
  return new TextDecoder('utf-8').decode(bytes);
}

/** Where the first malformed sequence starts, or -1. The ranges are those of the Unicode standard, table 3-7. */
function brokenUtf8(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at]!;
    if (first < 0x80) {
      at++;
      continue;
    }
    const length =
      first >= 0xc2 && first <= 0xdf ? 2 : (first & 0xf0) === 0xe0 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
    if (length === 0 || at + length > bytes.length) return at;
    // The second byte's range shuts out overlong forms, surrogates and what lies above U+10FFFF.
    const second = bytes[at + 1]!;
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return at;
    for (let k = 2; k < length; k++) if ((bytes[at + k]! & 0xc0) !== 0x80) return at;
    at += length;
  }
  return -1;
}
