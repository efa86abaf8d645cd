import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { asFloat32, readSafetensors } from '../../../src/files/format/safetensors.js';
import { BRIEF, type Workplace, workplace } from './command.js';

const laws = suite<{ place: Workplace }>('ihead export');
const reference = (name: string) =>
  fileURLToPath(new URL(`../../../../test/unit/files/reference/${name}.safetensors`, import.meta.url));

laws.before((context) => {
  context.place = workplace();
});
laws.after(({ place }) => place.remove());

const tensorsIn = (path: string) => readSafetensors(readFileSync(path)).tensors;

laws("a run gets the buffers of the paper's code, and keeps its numbers", ({ place }) => {
  assert.is(place.ihead('train', ...BRIEF, '--steps=1', '--out=run', '--quiet').status, 0);
  const { status, stdout, stderr } = place.ihead('export', 'run', '--for=reference', '--out=out.safetensors');
  assert.equal([status, stdout, stderr], [0, '', 'ihead: written: out.safetensors\n']);
  const own = tensorsIn(join(place.folder, 'run', 'model.safetensors'));
  const written = tensorsIn(join(place.folder, 'out.safetensors'));
  assert.equal([...written.keys()].slice(0, 3), ['pe', 'freqs_cis', 'tok_embeddings.weight']);
  assert.equal(written.get('freqs_cis')!.shape, [64, 64]);
  for (const [name, tensor] of own) assert.equal(asFloat32(written.get(name)!), asFloat32(tensor), name);
  assert.is(written.size, own.size + 1);
});

laws('a file of that code comes back as it was, whatever its symbols are', ({ place }) => {
  const full = { dim: 8, maxLength: 8, heads: 2, projections: { query: true }, positional: 'learned', norm: 'pre' };
  const model = { ...full, ffn: 'mlp', ffnPlacement: 'parallel' };
  for (const [name, tieOutput] of [
    ['full', false],
    ['full-tied', true],
    ['full-tied-under-output', true],
  ] as const) {
    const config = JSON.stringify({ model: { ...model, tieOutput }, task: { seqLength: 8 } });
    writeFileSync(join(place.folder, 'config.json'), config);
    const args = ['--config=config.json', '--for=reference', '--out=back.safetensors'];
    assert.is(place.ihead('export', reference(name), ...args).status, 0);
    const written = tensorsIn(join(place.folder, 'back.safetensors'));
    assert.equal([...written], [...tensorsIn(reference(name))], name);
  }
});

laws('what cannot be exported is refused in words, and nothing is written', ({ place }) => {
  const cases: [string[], RegExp][] = [
    [['--for=numpy', '--out=a'], /^ihead: --for: expected one of reference, got "numpy"$/m],
    [['--out=a'], /--for/],
    [['--for=reference'], /--out/],
    [
      ['--for=reference', '--out=a', '--preset=fixed-quick'],
      /expected the parameters of the model, got|expected shape/,
    ],
  ];
  for (const [args, expected] of cases) {
    const { status, stderr } = place.ihead('export', reference('full'), ...args);
    assert.is(status, 2);
    assert.match(stderr, expected);
    assert.throws(() => readFileSync(join(place.folder, 'a')));
  }
});

laws.run();
