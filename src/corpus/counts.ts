/**
 * A corpus from a counts file: `{ name, symbols, unigrams, bigrams }`, where `symbols` is one string of the N symbols
 * in code-point order, `unigrams` their N counts, and `bigrams` a list of [i, j, count]: symbol j follows symbol i so
 * often.
 */
import { FormatError, show } from '../errors.js';
import { type Corpus, checkSymbols, corpusFromTable } from './corpus.js';

/** A pair that nothing was said about. */
const NONE = -1;
const KEYS = ['name', 'symbols', 'unigrams', 'bigrams'] as const;

/**
 * The corpus of a counts file's parsed JSON. Throws FormatError, which names the place and the value, for anything that
 * is not exactly the format above: unknown or missing keys, wrong lengths, doubled symbols or pairs, counts that are
 * not whole. `check` is called with N before anything of its square is made.
 */
export function corpusFromCounts(json: unknown, check: (symbols: number) => void = () => {}): Corpus {
  const file = fields(json);
  if (typeof file.name !== 'string' || file.name === '') throw bad('name', file.name, 'a string that is not empty');
  if (typeof file.symbols !== 'string') throw bad('symbols', file.symbols, 'one string of all symbols');
  const symbols = [...file.symbols];
  checkSymbols(file.name, symbols);
  check(symbols.length);
  return corpusFromTable(
    file.name,
    symbols,
    unigramCounts(file.unigrams, symbols.length),
    bigramTable(file.bigrams, symbols.length),
  );
}

function fields(json: unknown): Record<(typeof KEYS)[number], unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new FormatError(`counts file: expected an object with the keys ${KEYS.join(', ')}, got ${show(json)}`);
  }
  const known: readonly string[] = KEYS;
  for (const key of Object.keys(json)) {
    if (!known.includes(key)) throw bad('keys', key, `${KEYS.join(', ')} alone`);
  }
  for (const key of KEYS) {
    if (!Object.hasOwn(json, key)) throw new FormatError(`counts file: ${key}: expected a value, got none`);
  }
  return json as Record<(typeof KEYS)[number], unknown>;
}

function unigramCounts(given: unknown, n: number): Float64Array {
  if (!Array.isArray(given) || given.length !== n) throw bad('unigrams', given, `a list of ${n} counts`);
  const unigrams = new Float64Array(n);
  for (let i = 0; i < n; i++) unigrams[i] = wholeCount(`unigrams[${i}]`, given[i]);
  checkTotal('unigrams', unigrams);
  return unigrams;
}

function bigramTable(given: unknown, n: number): Float64Array {
  if (!Array.isArray(given)) throw bad('bigrams', given, 'a list of [i, j, count]');
  const table = new Float64Array(n * n).fill(NONE);
  for (const [at, entry] of given.entries()) {
    const place = `bigrams[${at}]`;
    if (!Array.isArray(entry) || entry.length !== 3) throw bad(place, entry, 'a list [i, j, count]');
    const i = symbolId(`${place}[0]`, entry[0], n);
    const j = symbolId(`${place}[1]`, entry[1], n);
    if (table[i * n + j] !== NONE) throw bad(place, entry, 'a pair that no other entry has');
    table[i * n + j] = wholeCount(`${place}[2]`, entry[2]);
  }
  for (let cell = 0; cell < table.length; cell++) if (table[cell] === NONE) table[cell] = 0;
  checkTotal('bigrams', table);
  return table;
}

function symbolId(place: string, value: unknown, n: number): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) >= n) {
    throw bad(place, value, `the id of a symbol (0 to ${n - 1})`);
  }
  return value as number;
}

function wholeCount(place: string, value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw bad(place, value, 'a count (a whole number, 0 or more)');
  return value as number;
}

/** Sums of counts must be exact in float64, or the laws would depend on the order of adding. */
function checkTotal(place: string, counts: Float64Array): void {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i]!;
  if (!(total <= Number.MAX_SAFE_INTEGER)) throw bad(`the sum of ${place}`, total, 'a number below 2^53');
}

function bad(place: string, value: unknown, expected: string): FormatError {
  return new FormatError(`counts file: ${place}: expected ${expected}, got ${show(value)}`);
}
