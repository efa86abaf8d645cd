import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalCounts } from '../../../src/corpus/corpus.js';
import { corpusIdentity } from '../../../src/corpus/identity.js';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { corpusFromText } from '../../../src/corpus/text.js';

const laws = suite('the identity of a corpus');

laws('the built-in corpus is known by its name, a file with the same counts is not', () => {
  assert.is(corpusIdentity('sonnets', sonnets()), 'sonnets');
  assert.is.not(corpusIdentity('copy-of-sonnets.json', sonnets()), 'sonnets');
});

laws('any other is its name and the sha256 of its counts', () => {
  const corpus = corpusFromText('some.txt', 'ababäb');
  const sha256 = createHash('sha256').update(canonicalCounts(corpus)).digest('hex');
  assert.equal(corpusIdentity('folder/some.txt', corpus), { name: 'some.txt', sha256 });
});

laws('other counts are not taken for the built-in ones, whatever the setting and the name', () => {
  const corpus = corpusFromText('sonnets', 'ababab');
  assert.type(corpusIdentity('sonnets', corpus), 'object');
});

laws.run();
