import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalCounts, entropies } from '../../../src/corpus/corpus.js';
import { corpusFromText, decodeUtf8 } from '../../../src/corpus/text.js';
import { FormatError } from '../../../src/errors.js';

const texts = suite('a corpus from a text');

const refused = (run: () => unknown, pattern: RegExp) =>
  assert.throws(run, (error: Error) => error instanceof FormatError && pattern.test(error.message));

texts('ids follow code-point order, not UTF-16 order', () => {
  // U+FF5E sorts after the surrogates of U+1F600 in UTF-16, and before it by code point.
  const { symbols } = corpusFromText('t', 'b\u{1f600}a\uff5eb');
  assert.equal(symbols, ['a', 'b', '\uff5e', '\u{1f600}']);
});

texts('counts, laws and frequencies of a text that can be counted by hand', () => {
  const corpus = corpusFromText('t', 'abacabd');
  assert.equal([...corpus.unigrams], [3, 2, 1, 1]);
  assert.equal(
    canonicalCounts(corpus),
    '{"symbols":"abcd","unigrams":[3,2,1,1],"bigrams":[[0,1,2],[0,2,1],[1,0,1],[1,3,1],[2,0,1]]}',
  );
  assert.equal(
    [...corpus.unigramLaw],
    [3, 2, 1, 1].map((count) => count / 7),
  );
  const row = (i: number) => [...corpus.bigramLaw.subarray(4 * i, 4 * i + 4)];
  assert.equal(row(0), [0, 2 / 3, 1 / 3, 0]);
  assert.equal(row(1), [0.5, 0, 0, 0.5]);
  assert.equal(row(2), [1, 0, 0, 0]);
  assert.equal(row(3), [...corpus.unigramLaw], 'd ends the text and continues from the unigram law');
  assert.equal([...corpus.mostFrequent], [0, 1, 2, 3]);
});

texts('of equally frequent symbols the lower id is the more frequent', () => {
  assert.equal([...corpusFromText('t', 'ddccbba').mostFrequent], [1, 2, 3, 0]);
});

texts('entropies are those of the laws', () => {
  const { unigram, bigram } = entropies(corpusFromText('t', 'abab'), Math.log);
  assert.ok(Math.abs(unigram - Math.log(2)) < 1e-15);
  assert.is(bigram, 0);
  const skewed = entropies(corpusFromText('t', 'aabaaabaab'), Math.log);
  const h = (p: number) => -p * Math.log(p) - (1 - p) * Math.log(1 - p);
  assert.ok(Math.abs(skewed.unigram - h(0.3)) < 1e-15);
  // After a: a 4 of 7, b 3 of 7. After b: always a.
  assert.ok(Math.abs(skewed.bigram - 0.7 * h(3 / 7)) < 1e-15);
});

texts('a text without two symbols is refused, and so is one of too many', () => {
  refused(() => corpusFromText('t', ''), /corpus t: expected at least 2 symbols, got ""/);
  refused(() => corpusFromText('t', 'aaa'), /corpus t: expected at least 2 symbols, got "a"/);
  const many = Array.from({ length: 8193 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join('');
  refused(() => corpusFromText('t', many), /expected at most 8192 symbols, got 8193/);
});

texts('half a surrogate pair is not a symbol', () => {
  refused(() => corpusFromText('t', 'ab\ud83d'), /lone surrogate \(U\+D83D\)/);
});

texts('decoding names the offset of the first byte that is not UTF-8', () => {
  const ascii = [0x61, 0x62];
  const broken: [string, number[]][] = [
    ['a continuation byte alone', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong three-byte form', [0xe0, 0x9f, 0xbf]],
    ['an overlong four-byte form', [0xf0, 0x8f, 0xbf, 0xbf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a five-byte lead', [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ['a character cut short by the end', [0xe2, 0x82]],
    ['a character cut short by another', [0xe2, 0x82, 0x61]],
    ['latin-1', [0xe9, 0x61]],
  ];
  for (const [what, bytes] of broken) {
    const byte = bytes[0]!.toString(16);
    refused(
      () => decodeUtf8('file x', Uint8Array.from([...ascii, ...bytes])),
      new RegExp(`file x: expected UTF-8, got 0x${byte} at byte 2`),
    );
    assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes)), undefined, what);
  }
});

texts('every boundary of UTF-8 decodes, and a byte order mark is dropped', () => {
  const edges = [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff];
  const text = String.fromCodePoint(...edges);
  assert.is(decodeUtf8('x', new TextEncoder().encode(text)), text);
  assert.is(decodeUtf8('x', new TextEncoder().encode(`\ufeff${text}`)), text);
});

texts.run();
