/**
 * A corpus is two laws over N symbols: the unigram law π_u and the bigram law π_b(j|i), both counts over the whole
 * text, normalised and not smoothed. A symbol is one Unicode code point; ids follow code-point order.
 */
import { FormatError, show } from '../errors.js';
import { type BigramCounts, bigramLawOf, sum } from './bigrams.js';

/** The tables of laws are N × N: at this size one of them takes 512 MiB. */
export const MAX_SYMBOLS = 8192;

export interface Corpus {
  readonly name: string;
  /** The N symbols in id order. */
  readonly symbols: readonly string[];
  /** [N] how often each symbol stands in the text. */
  readonly unigrams: Float64Array;
  readonly bigrams: BigramCounts;
  /** π_u, [N]. */
  readonly unigramLaw: Float64Array;
  /** π_b, [N, N] row-major; row i is the law after symbol i. A symbol with no successor has π_u as its row. */
  readonly bigramLaw: Float64Array;
  /** The ids from the most frequent symbol to the rarest; of equal counts the lower id comes first. */
  readonly mostFrequent: Int32Array;
}

/**
 * The corpus of counted symbols. `table` [N, N] holds the bigram counts and is taken over: it becomes the bigram law.
 * Throws FormatError unless there are 2 to 8192 distinct symbols in code-point order and something was counted.
 */
export function corpusFromTable(
  name: string,
  symbols: readonly string[],
  unigrams: Float64Array,
  table: Float64Array,
): Corpus {
  const total = sum(unigrams);
  if (total === 0) throw new FormatError(`corpus ${name}: expected a count above 0, got none`);
  const bigrams = rowsOfCounts(table, symbols.length);
  const unigramLaw = unigrams.map((count) => count / total);
  return {
    name,
    symbols,
    unigrams,
    bigrams,
    unigramLaw,
    bigramLaw: bigramLawOf(bigrams, unigramLaw, table),
    mostFrequent: byFrequency(unigrams),
  };
}

/** Throws unless `symbols` can be a corpus's alphabet: 2 to 8192 distinct code points in ascending order. */
export function checkSymbols(name: string, symbols: readonly string[]): void {
  const refused = (expected: string, got: string) =>
    new FormatError(`corpus ${name}: expected ${expected}, got ${got}`);
  if (symbols.length < 2) throw refused('at least 2 symbols', show(symbols.join('')));
  if (symbols.length > MAX_SYMBOLS) throw refused(`at most ${MAX_SYMBOLS} symbols`, String(symbols.length));
  for (const [id, symbol] of symbols.entries()) {
    if (/\p{Surrogate}/u.test(symbol)) {
      const unit = symbol.charCodeAt(0).toString(16).toUpperCase();
      throw refused('characters', `a lone surrogate (U+${unit}) as symbol ${id}`);
    }
    const before = symbols[id - 1];
    if (before === undefined || before.codePointAt(0)! < symbol.codePointAt(0)!) continue;
    throw refused('distinct symbols in code-point order', `${show(before)} before ${show(symbol)}`);
  }
}

/** Everything of a corpus that decides what is sampled, as one string; its name is left out. */
export function canonicalCounts(corpus: Corpus): string {
  const { starts, successors, counts } = corpus.bigrams;
  const bigrams: [number, number, number][] = [];
  for (let i = 0; i < corpus.symbols.length; i++) {
    for (let k = starts[i]!; k < starts[i + 1]!; k++) bigrams.push([i, successors[k]!, counts[k]!]);
  }
  return JSON.stringify({ symbols: corpus.symbols.join(''), unigrams: [...corpus.unigrams], bigrams });
}

/** Both entropies in nats: H(π_u), and H(π_b|prev) = Σ_i π_u(i) H(π_b(·|i)). `log` is the natural logarithm to use. */
export function entropies(corpus: Corpus, log: (x: number) => number): { unigram: number; bigram: number } {
  const n = corpus.symbols.length;
  const entropy = (law: Float64Array) => law.reduce((h, p) => (p > 0 ? h - p * log(p) : h), 0);
  const bigram = corpus.unigramLaw.reduce(
    (h, p, i) => (p > 0 ? h + p * entropy(corpus.bigramLaw.subarray(i * n, (i + 1) * n)) : h),
    0,
  );
  return { unigram: entropy(corpus.unigramLaw), bigram };
}

function rowsOfCounts(table: Float64Array, n: number): BigramCounts {
  const filled = table.reduce((cells, count) => (count > 0 ? cells + 1 : cells), 0);
  const starts = new Uint32Array(n + 1);
  const successors = new Uint16Array(filled);
  const counts = new Float64Array(filled);
  let k = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const count = table[i * n + j]!;
      if (count === 0) continue;
      successors[k] = j;
      counts[k] = count;
      k++;
    }
    starts[i + 1] = k;
  }
  return { starts, successors, counts };
}

function byFrequency(unigrams: Float64Array): Int32Array {
  const ids = Int32Array.from(unigrams.keys());
  return ids.sort((a, b) => unigrams[b]! - unigrams[a]! || a - b);
}
