/** Bad input of every kind: one line that names what is wrong, exit status 2, nothing on standard output, no folder. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeSafetensors } from '../../../src/files/format/safetensors.js';
import { BRIEF, type Workplace, workplace } from './command.js';

const laws = suite<{ place: Workplace }>('bad input');

laws.before.each((context) => {
  context.place = workplace();
});
laws.after.each(({ place }) => place.remove());

function refused(place: Workplace, args: readonly string[], expected: RegExp): void {
  const { status, stdout, stderr } = place.ihead(...args);
  const what = `ihead ${args.join(' ')}\n${stderr}`;
  assert.equal([status, stdout], [2, ''], what);
  assert.match(stderr, /^ihead: [^\n]+\n$/, what);
  assert.match(stderr, expected, what);
  assert.not(existsSync(join(place.folder, 'runs')), what);
}

laws('commands and options that do not exist', ({ place }) => {
  refused(place, ['trian'], /unknown command 'trian' \(Did you mean train\?\) \(ihead --help\)/);
  refused(place, ['train', '--stps=3'], /unknown option '--stps=?3?' \(Did you mean --steps\?\)/);
  refused(place, ['train', 'more'], /too many arguments/);
  refused(place, ['train', '--steps'], /option '--steps <n>' argument missing/);
  refused(place, ['grad'], /required option '--case <file>' not specified/);
  refused(place, ['probe'], /missing required argument 'path' \(ihead probe --help\)/);
  const { status, stdout, stderr } = place.ihead();
  assert.equal([status, stdout], [2, '']);
  assert.match(stderr, /^Usage: ihead/);
  assert.match(stderr, /\nihead: a command is missing\n$/);
});

laws('values that an option cannot take are said of the option', ({ place }) => {
  const options: [string, RegExp][] = [
    ['--steps=0', /--steps: expected a whole number from 1 to .*, got 0/],
    ['--steps=many', /--steps: expected a whole number.*, got "many"/],
    ['--steps=', /--steps: expected a whole number.*, got ""/],
    ['--eval-every=1.5', /--eval-every: expected a whole number.*, got 1\.5/],
    ['--seed=-1', /--seed: expected a whole number from 0 to 9007199254740991.*, got -1/],
    ['--seed=9007199254740993', /--seed: expected a whole number.*, got \d+/],
    ['--threads=1e999', /--threads: expected a whole number from 0 to 256.*, got "1e999"/],
    ['--kernel=fast', /--kernel: expected one of auto, simd, fused.*, got "fast"/],
    ['--preset=big', /--preset: expected one of paper, quick.*, got "big"/],
    ['--config=none.json', /cannot read none\.json: there is no such file/],
    ['--init=none.safetensors', /cannot read none\.safetensors: there is no such file/],
    ['--set=model', /--set: expected path\.to\.key=value, got "model"/],
  ];
  for (const [option, expected] of options) refused(place, ['train', option], expected);
  refused(place, ['sample', '--count=0'], /--count: expected a whole number from 1.*, got 0/);
  refused(place, ['sample', '--split=both'], /--split: expected one of train, test.*, got "both"/);
});

laws('what would take more memory than is allowed is refused before anything is made of it', ({ place }) => {
  refused(place, ['train', '--memory=much'], /--memory: expected a size in bytes, like 4G or 512M, got "much"/);
  refused(place, ['train', '--memory=0'], /--memory: expected a size in bytes/);
  refused(place, ['train', '--memory=100M'], /--memory: expected at least \d+M \(.*\), got "100M"/);
  refused(place, ['train', '--memory=1K'], /--memory: expected at least \d+M \(.*\), got "1K"/);
  refused(place, ['train', '--memory=1'], /--memory: expected at least \d+M \(.*\), got "1"/);
  // 8192 symbols in 120 kB: a law of 512 MiB, in each of 4 workers as well.
  const N = 8192;
  const symbols = Array.from({ length: N }, (_, i) => String.fromCodePoint(0x4e00 + i)).join('');
  const file = { name: 'wide', symbols, unigrams: Array.from({ length: N }, () => 1), bigrams: [[0, 1, 1]] };
  writeFileSync(join(place.folder, 'wide.json'), JSON.stringify(file));
  const wide = ['--set=task.corpus=wide.json', '--set=model.dim=4', '--set=task.seqLength=8'];
  const law = /--memory: expected at least 512M \(the bigram law of 8192 symbols 512M\), got "500M"/;
  for (const command of ['train', 'sample']) refused(place, [command, ...wide, '--memory=500M'], law);
  refused(place, ['repro', 'birth', '--corpus=wide.json', '--memory=500M'], law);
  const workers = /--memory: expected at least \d+G? ?.*\(.*4 workers \d+M?G?.*\), got "1024M"/;
  refused(place, ['train', ...wide, '--threads=4', '--memory=1G'], workers);
});

laws('settings that are unknown, impossible or at odds', ({ place }) => {
  const sets: [string[], RegExp][] = [
    [
      ['task.triggers.cuont=3'],
      /task\.triggers\.cuont: expected a known setting \(did you mean task\.triggers\.count\?\).*, got 3/,
    ],
    [['task.triggers.count=100'], /task\.triggers\.count: expected 0 to 61 \(the symbols of sonnets\), got 100/],
    [['model.heads=3'], /model\.heads: expected a divisor of model\.dim \(128\).*, got 3/],
    [
      ['task.seqLength=65', 'model.maxLength=64'],
      /task\.seqLength: expected at most model\.maxLength \(64\).*, got 65/,
    ],
    [['model.vocabSize=60'], /model\.vocabSize: expected the number of symbols in sonnets \(61\).*, got 60/],
    [['training.optimizer.learningRate=NaN'], /learningRate: expected a finite number of at least 0.*, got "NaN"/],
    [
      ['training.optimizer.learningRate=1e999'],
      /learningRate: expected a finite number of at least 0.*, got .*Infinity/,
    ],
    [['task.triggers.count=0'], /training\.lossOn: expected all where task\.triggers\.count is 0 .*, got "in-context"/],
    [
      ['model.dim=4096', 'task.seqLength=8192', 'model.layers=8', 'model.heads=8'],
      /the arena does not fit into memory/,
    ],
    [['task.corpus="\\u001b]0;title\\u0007"'], /task\.corpus: expected sonnets or the path of a file.*, got .*/],
  ];
  for (const [assignments, expected] of sets) {
    refused(
      place,
      ['train', '--preset=fixed-quick', '--threads=0', ...assignments.map((set) => `--set=${set}`)],
      expected,
    );
  }
});

laws('config files that are no configuration', ({ place }) => {
  const files: [string, RegExp][] = [
    ['{', /cannot read config\.json: /],
    ['[]', /config\.json: config: expected an object of settings.*, got \[\]/],
    ['{"training":{"steps":"10"}}', /config\.json: training\.steps: expected a whole number.*, got "10"/],
    ['{"__proto__":{"seed":1}}', /config\.json: __proto__: expected a known setting.*, got .*/],
  ];
  for (const [contents, expected] of files) {
    writeFileSync(join(place.folder, 'config.json'), contents);
    refused(place, ['train', '--config=config.json'], expected);
  }
});

laws('corpora that are none', ({ place }) => {
  const counts = (unigrams: number[]) => JSON.stringify({ name: 'c', symbols: 'ab', unigrams, bigrams: [[0, 1, 1]] });
  const files: [string, string | Uint8Array, RegExp][] = [
    ['empty.txt', '', /corpus empty\.txt: expected at least 2 symbols, got ""/],
    ['one.txt', 'aaaa', /corpus one\.txt: expected at least 2 symbols, got "a"/],
    ['latin.txt', Uint8Array.of(97, 98, 0xe9, 97), /latin\.txt: expected UTF-8, got 0xe9 at byte 2/],
    ['negative.json', counts([2, -1]), /negative\.json: counts file: unigrams\[1\]: expected a count.*, got -1/],
    ['fraction.json', counts([2, 0.5]), /fraction\.json: counts file: unigrams\[1\]: expected a count.*, got 0\.5/],
    ['broken.json', '{"name":', /broken\.json: /],
  ];
  for (const [name, contents, expected] of files) {
    writeFileSync(join(place.folder, name), contents);
    refused(place, ['sample', `--set=task.corpus=${name}`], expected);
  }
  refused(place, ['train', '--set=task.corpus=latin.txt'], /latin\.txt: expected UTF-8/);
  writeFileSync(join(place.folder, 'cycle.txt'), 'abababab');
  const forced = ['--set=task.corpus=cycle.txt', '--set=task.outputs=bigram', '--set=task.noCycles=true'];
  refused(
    place,
    ['train', ...forced, '--set=task.triggers.count=2'],
    /task\.noCycles: expected false where every symbol is a trigger.*, got true/,
  );
});

laws('rules that no draw can meet leave no folder either', ({ place }) => {
  // Both triggers are only ever followed by each other.
  writeFileSync(join(place.folder, 'loop.txt'), `c${'ab'.repeat(20)}`);
  const settings = ['corpus=loop.txt', 'outputs=bigram', 'noCycles=true', 'triggers.count=2'];
  const args = settings.map((set) => `--set=task.${set}`);
  refused(
    place,
    ['train', ...BRIEF, ...args],
    /task\.noCycles: expected outputs without cycles, got 10,000 joint draws/,
  );
});

laws('a rule that only some sequences cannot meet ends the run with 2, from a worker too', ({ place }) => {
  // The triggers a and b lead to each other; c and d have a way out. The first sequence of this seed is possible.
  writeFileSync(join(place.folder, 'halves.txt'), 'cd'.repeat(20) + 'ab'.repeat(20));
  const settings = ['corpus=halves.txt', 'outputs=bigram', 'noCycles=true', 'triggers={"count":2,"mode":"random"}'];
  const args = settings.map((set) => `--set=task.${set}`);
  for (const threads of [0, 2]) {
    const { status, stderr } = place.ihead('train', ...BRIEF, ...args, `--threads=${threads}`, `--out=run-${threads}`);
    assert.is(status, 2, stderr);
    assert.match(stderr, /\bihead: task\.noCycles: expected outputs without cycles, got 10,000 joint draws .*\n$/);
    assert.not(existsSync(join(place.folder, `run-${threads}`, 'model.safetensors')));
    assert.ok(existsSync(join(place.folder, `run-${threads}`, 'params.json')));
  }
});

laws('weight files that lie', ({ place }) => {
  const header = (json: string, bytes = 0) => {
    const text = new TextEncoder().encode(json);
    const file = new Uint8Array(8 + text.length + bytes);
    new DataView(file.buffer).setUint32(0, text.length, true);
    file.set(text, 8);
    return file;
  };
  const tensor = (begin: number, end: number) => `{"dtype":"F32","shape":[1],"data_offsets":[${begin},${end}]}`;
  const whole = writeSafetensors([{ name: 'pe', shape: [2], data: Float32Array.of(1, 2) }], {});
  const huge = header('{}');
  new DataView(huge.buffer).setUint32(4, 1, true);
  const files: [string, Uint8Array, RegExp][] = [
    [
      'cut',
      whole.subarray(0, -1),
      /cut: tensor "pe": data_offsets: expected an end within the 7 bytes after the header, got \[0, 8\]/,
    ],
    ['short', whole.subarray(0, 5), /short: file: expected at least 8 bytes, got 5/],
    ['huge', huge, /huge: header: expected at most 100000000 bytes, got a length of 4294967298/],
    [
      'overlap',
      header(`{"a":${tensor(0, 4)},"b":${tensor(0, 4)}}`, 4),
      /overlap: tensor "b": data_offsets: expected a begin at 4/,
    ],
    [
      'gap',
      header(`{"a":${tensor(0, 4)},"b":${tensor(8, 12)}}`, 12),
      /gap: tensor "b": data_offsets: expected a begin at 4/,
    ],
    [
      'span',
      header(`{"a":${tensor(0, 8)}}`, 8),
      /span: tensor "a": data_offsets: expected 4 bytes \(shape \[1\] of F32\), got 8/,
    ],
    [
      'twice',
      header(`{"a":${tensor(0, 4)},"a":${tensor(4, 8)}}`, 8),
      /twice: header: expected each key once, got "a" again/,
    ],
    [
      'proto',
      header(`{"__proto__":${tensor(0, 4)}}`, 4),
      /proto: tensors: expected the parameters of the model, got "__proto__"/,
    ],
    ['nan', writeSafetensors([{ name: 'pe', shape: [1], data: Float32Array.of(NaN) }], {}), /nan: tensor "/],
  ];
  for (const [i, [name, bytes, expected]] of files.entries()) {
    writeFileSync(join(place.folder, name), bytes);
    refused(
      place,
      i % 2 === 0 ? ['probe', name, '--preset=fixed-quick'] : ['train', ...BRIEF, `--init=${name}`],
      expected,
    );
  }
  writeFileSync(join(place.folder, 'bare'), whole);
  refused(
    place,
    ['evaluate', 'bare'],
    /bare: metadata: expected config, got none: --config or --preset must give the model/,
  );
  refused(place, ['inspect', '.'], /cannot read model\.safetensors: there is no such file/);
});

laws.run();
