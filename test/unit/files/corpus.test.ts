import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { corpusIdentity } from '../../../src/corpus/identity.js';
import { ConfigError, FormatError } from '../../../src/errors.js';
import { loadCorpus } from '../../../src/files/corpus.js';

const laws = suite<{ folder: string }>('corpus files');

laws.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'ihead-'));
});
laws.after.each(({ folder }) => rmSync(folder, { recursive: true }));

function refused(setting: string, kind: typeof ConfigError | typeof FormatError, expected: RegExp): void {
  assert.throws(
    () => loadCorpus(setting),
    (error: unknown) => {
      assert.instance(error, kind);
      assert.match((error as Error).message, expected);
      return true;
    },
  );
}

const counts = { name: 'two', symbols: 'ab', unigrams: [3, 2], bigrams: [[0, 1, 2]] };

laws('the built-in corpus is known by its name alone', () => {
  const corpus = loadCorpus('sonnets');
  assert.is(corpus.symbols.length, 61);
  assert.is(corpusIdentity('sonnets', corpus), 'sonnets');
});

laws('a text is called after its file, a counts file says its own name', ({ folder }) => {
  writeFileSync(join(folder, 'some.text'), 'abäb');
  const text = loadCorpus(join(folder, 'some.text'));
  assert.equal([text.name, text.symbols], ['some.text', ['a', 'b', 'ä']]);
  writeFileSync(join(folder, 'some.json'), JSON.stringify(counts));
  assert.is(loadCorpus(join(folder, 'some.json')).name, 'two');
});

laws('the identity depends on the counts and on nothing that surrounds them', ({ folder }) => {
  const path = (name: string) => join(folder, name);
  const sha256 = (name: string) => {
    const identity = corpusIdentity(path(name), loadCorpus(path(name)));
    return typeof identity === 'string' ? identity : identity.sha256;
  };
  writeFileSync(path('a.txt'), 'ababa');
  const bigrams = [
    [1, 0, 2],
    [0, 1, 2],
  ];
  writeFileSync(path('b.json'), JSON.stringify({ bigrams, unigrams: [3, 2], symbols: 'ab', name: 'b' }, null, 2));
  writeFileSync(path('c.txt'), 'ababb');
  assert.match(sha256('a.txt'), /^[0-9a-f]{64}$/);
  assert.is(sha256('a.txt'), sha256('b.json'));
  assert.is.not(sha256('a.txt'), sha256('c.txt'));
});

laws('what cannot be read, or be a corpus, is refused with its path', ({ folder }) => {
  refused(
    join(folder, 'none.txt'),
    ConfigError,
    /^task\.corpus: expected sonnets or .*no such file.*, got .*none\.txt"/,
  );
  refused(folder, ConfigError, /^task\.corpus: .*it is a folder/);
  const file = (name: string, contents: string | Uint8Array) => {
    writeFileSync(join(folder, name), contents);
    return join(folder, name);
  };
  refused(file('a.txt', ''), FormatError, /a\.txt: expected at least 2 symbols, got ""/);
  refused(file('a.txt', Uint8Array.of(0x61, 0xff)), FormatError, /a\.txt: expected UTF-8, got 0xff at byte 1/);
  refused(file('a.json', '{'), FormatError, /a\.json: /);
  refused(file('a.json', '[]'), FormatError, /a\.json: counts file: expected an object.*, got \[\]/);
  refused(
    file('a.json', JSON.stringify({ ...counts, unigrams: [1] })),
    FormatError,
    /a\.json: .*unigrams: expected a list of 2 counts/,
  );
});

laws.run();
