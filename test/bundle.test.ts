import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as library from '../src/index.js';

const laws = suite('the files that a page loads');
const DIST = new URL('../', import.meta.url);
const FILES = ['ihead.js', 'worker.js'] as const;
const source = (file: string) => readFileSync(new URL(file, DIST), 'utf8');

/** The start of any wasm, "\0asm" and version 1, in base64. */
const WASM = 'AGFzbQEAAA';

laws('they import nothing, so that they need no bundler and no server of ours', async () => {
  for (const file of FILES) {
    const { metafile } = await build({
      stdin: { contents: source(file), sourcefile: file },
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      external: ['*'],
    });
    assert.equal(metafile.inputs[file]?.imports, []);
  }
});

laws("Node's modules are asked for at run time alone, and nothing is evaluated", () => {
  for (const file of FILES) {
    const text = source(file);
    const named = text.match(/["'`]node:[a-z_/]+["'`]/g) ?? [];
    const asked = text.match(/process\.getBuiltinModule\(["']node:[a-z_/]+["']\)/g) ?? [];
    assert.is(named.length, asked.length);
    assert.not.match(text, /\b(eval|Function)\(/);
  }
});

laws('the worker is sent the kernels and does not carry them', () => {
  assert.ok(source('ihead.js').includes(WASM));
  assert.not.ok(source('worker.js').includes(WASM));
});

laws('the bundle trains to the bits of the sources, in its own workers and without', async () => {
  const bundle: typeof library = await import(new URL('ihead.js', DIST).href);
  assert.equal(Object.keys(bundle), Object.keys(library));
  const train = async (
    { createTrainer, presetNamed, resolveConfig, sonnets, withCorpus }: typeof library,
    threads: number,
  ) => {
    const corpus = sonnets();
    const open = resolveConfig([presetNamed('quick'), { training: { steps: 2, batchSize: 8, testSequences: 8 } }]);
    const config = withCorpus(open, { size: corpus.symbols.length });
    const warnings: string[] = [];
    const trainer = await createTrainer(config, corpus, { threads, warn: (message) => warnings.push(message) });
    assert.is(trainer.threads, threads);
    while (trainer.step < 2) await trainer.advance();
    trainer.close();
    assert.equal(warnings, []);
    return trainer.parameters();
  };
  const expected = await train(library, 0);
  assert.equal(await train(bundle, 0), expected);
  assert.equal(await train(bundle, 2), expected);
});

laws.run();
