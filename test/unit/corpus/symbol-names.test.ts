import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readTokens, spokenSymbol, visibleSymbol, writeTokens } from '../../../src/corpus/symbol-names.js';

const laws = suite('symbols');

laws('what is written of a sequence is read back as it was, on one line', () => {
  const point = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom(' ', '\n', '\t', '↵', '⇥'),
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(point, { minLength: 1, maxLength: 20 }),
      fc.array(fc.nat(), { maxLength: 50 }),
      (symbols, ids) => {
        // A corpus that holds both a line end and the picture of one cannot be typed without loss.
        fc.pre(
          !(symbols.includes('\n') && symbols.includes('↵')) && !(symbols.includes('\t') && symbols.includes('⇥')),
        );
        const tokens = ids.map((id) => id % symbols.length);
        const line = writeTokens(tokens, symbols);
        assert.not.match(line, /[\n\t]/);
        assert.equal(readTokens(line, symbols), { tokens, unknown: [] });
      },
    ),
  );
});

laws('what the corpus does not hold is named once each; the pictures may be typed', () => {
  const symbols = ['\n', ' ', 'a'];
  assert.equal(readTokens('a␣↵a\n', symbols).tokens, [2, 1, 0, 2, 0]);
  assert.equal(readTokens('ßaßé', symbols), { tokens: [2], unknown: ['ß', 'é'] });
  assert.equal(readTokens('↵', ['\n', '↵']).tokens, [1]);
});

laws('every symbol can be seen', () => {
  assert.equal([' ', '\n', 'a', '\u200b', '\u0301', '\u202e'].map(visibleSymbol), [
    '␣',
    '↵',
    'a',
    'U+200B',
    '◌\u0301',
    'U+202E',
  ]);
  assert.equal([' ', '\n', 'a'].map(spokenSymbol), ['space', 'line end', 'a']);
});

laws.run();
