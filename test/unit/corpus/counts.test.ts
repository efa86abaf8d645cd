import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalCounts } from '../../../src/corpus/corpus.js';
import { corpusFromCounts } from '../../../src/corpus/counts.js';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { corpusFromText } from '../../../src/corpus/text.js';
import { FormatError } from '../../../src/errors.js';

const counts = suite('a corpus from counts');

const valid = {
  name: 'v',
  symbols: 'abc',
  unigrams: [3, 2, 1],
  bigrams: [
    [0, 1, 2],
    [1, 0, 1],
  ],
};

counts('counts of a text give the corpus of the text, whatever the order of the pairs', () => {
  const text = corpusFromText('same', 'the quick brown fox jumps over the lazy dog\n');
  const file = { name: 'same', ...JSON.parse(canonicalCounts(text)) };
  file.bigrams.reverse();
  assert.equal(corpusFromCounts(file), text);
});

counts('a zero is as good as a pair that is not there', () => {
  const padded = { ...valid, bigrams: [...valid.bigrams, [2, 2, 0]] };
  assert.equal(corpusFromCounts(padded), corpusFromCounts(valid));
});

counts('the canonical counts leave the name out', () => {
  assert.is(canonicalCounts(corpusFromCounts(valid)), canonicalCounts(corpusFromCounts({ ...valid, name: 'w' })));
});

const errors: [string, unknown, RegExp][] = [
  ['null', null, /expected an object.*, got null/],
  ['a list', [], /expected an object.*, got \[\]/],
  ['an unknown key', { ...valid, trigrams: [] }, /keys: expected .*, got "trigrams"/],
  ['a missing key', { name: 'v', symbols: 'ab', unigrams: [1, 1] }, /bigrams: expected a value, got none/],
  ['an empty name', { ...valid, name: '' }, /name: expected a string.*, got ""/],
  ['symbols as a list', { ...valid, symbols: ['a', 'b'] }, /symbols: expected one string.*, got \["a","b"\]/],
  ['no symbols', { ...valid, symbols: '' }, /expected at least 2 symbols, got ""/],
  ['one symbol', { ...valid, symbols: 'a' }, /expected at least 2 symbols, got "a"/],
  [
    'a doubled symbol',
    { ...valid, symbols: 'aba' },
    /expected distinct symbols in code-point order, got "b" before "a"/,
  ],
  ['symbols out of order', { ...valid, symbols: 'acb' }, /code-point order, got "c" before "b"/],
  ['a lone surrogate', { ...valid, symbols: 'ab\udc00' }, /lone surrogate/],
  ['unigrams as an object', { ...valid, unigrams: {} }, /unigrams: expected a list of 3 counts.*, got \{\}/],
  ['too few unigrams', { ...valid, unigrams: [3, 2] }, /unigrams: expected a list of 3 counts, got \[3,2\]/],
  ['a negative count', { ...valid, unigrams: [3, -2, 1] }, /unigrams\[1\]: expected a count.*, got -2/],
  ['a fractional count', { ...valid, unigrams: [3, 2, 0.5] }, /unigrams\[2\]: expected a count.*, got 0.5/],
  ['a count that is no number', { ...valid, unigrams: [3, 2, '1'] }, /unigrams\[2\]: expected a count.*, got "1"/],
  ['not a number', { ...valid, unigrams: [Number.NaN, 2, 1] }, /unigrams\[0\]: expected a count.*, got NaN/],
  [
    'an infinite count',
    { ...valid, unigrams: [Number.POSITIVE_INFINITY, 2, 1] },
    /unigrams\[0\]: expected a count.*, got Infinity/,
  ],
  [
    'a count above 2^53',
    { ...valid, unigrams: [2 ** 53, 2, 1] },
    /unigrams\[0\]: expected a count.*, got 9007199254740992/,
  ],
  ['a sum above 2^53', { ...valid, unigrams: [2 ** 52, 2 ** 52, 1] }, /the sum of unigrams: expected .*below 2\^53/],
  ['nothing counted', { ...valid, unigrams: [0, 0, 0] }, /expected a count above 0, got none/],
  ['bigrams as a string', { ...valid, bigrams: 'x' }, /bigrams: expected a list.*, got "x"/],
  ['a pair without a count', { ...valid, bigrams: [[0, 1]] }, /bigrams\[0\]: expected .*, got \[0,1\]/],
  [
    'an id past the end',
    { ...valid, bigrams: [[0, 3, 1]] },
    /bigrams\[0\]\[1\]: expected the id of a symbol \(0 to 2\).*, got 3/,
  ],
  ['a negative id', { ...valid, bigrams: [[-1, 0, 1]] }, /bigrams\[0\]\[0\]: expected the id.*, got -1/],
  ['a fractional id', { ...valid, bigrams: [[0.5, 0, 1]] }, /bigrams\[0\]\[0\]: expected the id.*, got 0.5/],
  [
    'a doubled pair',
    { ...valid, bigrams: [...valid.bigrams, [0, 1, 1]] },
    /bigrams\[2\]: expected a pair that no other entry has, got \[0,1,1\]/,
  ],
  ['a negative bigram count', { ...valid, bigrams: [[0, 1, -1]] }, /bigrams\[0\]\[2\]: expected a count.*, got -1/],
  ['a fractional bigram count', { ...valid, bigrams: [[0, 1, 1.5]] }, /bigrams\[0\]\[2\]: expected a count.*, got 1.5/],
];
for (const [what, json, pattern] of errors) {
  counts(`refused: ${what}`, () => {
    assert.throws(
      () => corpusFromCounts(json),
      (error: Error) => error instanceof FormatError && pattern.test(error.message),
    );
  });
}

counts('the sonnets are 94,039 characters of 61 kinds', () => {
  const corpus = sonnets();
  assert.is(corpus.name, 'sonnets');
  assert.is(corpus.symbols.length, 61);
  assert.is(
    corpus.unigrams.reduce((sum, count) => sum + count, 0),
    94039,
  );
  assert.is(sonnets(), corpus, 'unpacked once');
});

counts('the bigrams of the sonnets are those of one walk through the whole text, from F to a newline', () => {
  const { symbols, unigrams, bigrams } = sonnets();
  const leaving = new Float64Array(symbols.length);
  const entering = new Float64Array(symbols.length);
  for (let i = 0; i < symbols.length; i++) {
    for (let k = bigrams.starts[i]!; k < bigrams.starts[i + 1]!; k++) {
      leaving[i]! += bigrams.counts[k]!;
      entering[bigrams.successors[k]!]! += bigrams.counts[k]!;
    }
  }
  leaving[symbols.indexOf('\n')]! += 1;
  entering[symbols.indexOf('F')]! += 1;
  assert.equal(leaving, unigrams);
  assert.equal(entering, unigrams);
});

counts('each row of a bigram law sums to 1', () => {
  const { bigramLaw, symbols } = sonnets();
  for (let i = 0; i < symbols.length; i++) {
    const row = bigramLaw.subarray(i * symbols.length, (i + 1) * symbols.length);
    const total = row.reduce((sum, p) => sum + p, 0);
    assert.ok(Math.abs(total - 1) < 1e-14);
  }
});

counts.run();
