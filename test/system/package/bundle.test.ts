import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as library from '../../../src/index.js';
import type { ConfigLayer } from '../../../src/train/config.js';

const laws = suite('the files that a page loads');
const DIST = new URL('../../../', import.meta.url);
const SHARED = readdirSync(DIST).filter((name) => /^shared-\w+\.js$/.test(name));
const FILES = ['ihead.js', 'engine.js', 'sonnets.js', 'worker.js', ...SHARED];
const source = (file: string) => readFileSync(new URL(file, DIST), 'utf8');
/** The start of any wasm, "\0asm" and version 1, in base64. */
const WASM = /AGFzbQEAAA/;
/** The line on which scripts/bundle.mjs puts the kernels. */
const KERNELS = /var DEFLATED_BASE64 = ["'`][\w+/]{8000,}={0,2}["'`]/g;

/** The files that a file of dist/ loads, itself among them. */
async function loadedBy(file: string): Promise<string[]> {
  const entryPoints = [fileURLToPath(new URL(file, DIST))];
  const { metafile } = await build({
    entryPoints,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    logLevel: 'error',
  });
  return Object.keys(metafile.inputs).map((path) => basename(path));
}

laws('they import one another by relative names and nothing else, so that they need no bundler', async () => {
  const loaded = new Set((await Promise.all(FILES.map(loadedBy))).flat());
  assert.equal([...loaded].sort(), [...FILES].sort());
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

laws(
  'the library and the engine carry the strict kernels once, the worker never, and the fused ones nobody',
  async () => {
    const carried = async (file: string) =>
      (await loadedBy(file)).flatMap((loaded) => [...source(loaded).matchAll(KERNELS)]).length;
    assert.is(await carried('ihead.js'), 1);
    assert.is(await carried('engine.js'), 1);
    assert.is(await carried('worker.js'), 0);
    assert.is(await carried('sonnets.js'), 0);
    const packed = readFileSync(new URL('fused.wasm', DIST)).toString('base64').slice(0, 64);
    for (const file of FILES) {
      assert.not.ok(source(file).includes(packed));
      assert.not.match(source(file), WASM);
    }
  },
);

laws('the bundled kernels are the built ones, byte for byte', async () => {
  const { loadBuild }: typeof library = await import(new URL('ihead.js', DIST).href);
  assert.equal(Buffer.from(loadBuild().bytes), readFileSync(new URL('simd.wasm', DIST)));
});

laws('the engine makes the configurations of the library, from any layers', async () => {
  const engine: typeof import('../../../src/engine.js') = await import(new URL('engine.js', DIST).href);
  const corpus = library.corpusFromText('mine', 'abcdefgh '.repeat(9));
  const stacks: ConfigLayer[][] = [
    [],
    ...Object.values(library.presets).map((preset) => [preset]),
    [library.presets.full, { training: { optimizer: { kind: 'sgd', learningRate: 0.1 } } }],
    [{ training: { optimizer: { momentum: 0.5 } } }, { training: { optimizer: { kind: 'adamw', betas: [0.8, 0.9] } } }],
    [{ task: { corpus: 'other', triggers: { count: 2 } } }, { model: { ffn: ['none', 'mlp'], dim: undefined } }],
  ];
  for (const layers of stacks) assert.equal(engine.configFor(corpus, ...layers), library.configFor(corpus, ...layers));
  for (const { configFor } of [engine, library]) {
    assert.throws(() => configFor(corpus, { model: { heads: 3 } }), /model\.heads/);
    assert.throws(() => configFor(corpus, { task: { triggers: { count: 0 } } }), /training\.lossOn/);
  }
});

laws('both train to the bits of the sources, in their own workers and without', async () => {
  const bundle: typeof library = await import(new URL('ihead.js', DIST).href);
  assert.equal(Object.keys(bundle).sort(), Object.keys(library).sort());
  const engine: typeof import('../../../src/engine.js') = await import(new URL('engine.js', DIST).href);
  const corpus = library.sonnets();
  const train = async (
    { configFor, createTrainer, presets, savedWeights }: typeof import('../../../src/engine.js'),
    threads: number,
  ) => {
    const warnings: string[] = [];
    const config = configFor(corpus, presets['fixed-quick'], {
      training: { steps: 2, batchSize: 8, testSequences: 8 },
    });
    const trainer = await createTrainer(config, corpus, { threads, warn: (message) => warnings.push(message) });
    assert.is(trainer.threads, threads);
    while (trainer.step < 2) await trainer.advance();
    trainer.close();
    assert.equal(warnings, []);
    return savedWeights(trainer);
  };
  const expected = await train(library, 0);
  for (const source of [bundle, engine])
    for (const threads of [0, 2]) assert.equal(await train(source, threads), expected);
});

laws.run();
