/**
 * Bundles what a page loads, from the compiled sources: dist/ihead.js (the library), dist/engine.js (training and
 * sampling alone), dist/sonnets.js (the built-in corpus) and dist/worker.js. What they share is in dist/shared-*.js, so
 * that a page gets it once. They import one another and nothing else.
 *
 *     node scripts/bundle.mjs             # dist/, readable
 *     node scripts/bundle.mjs --minify    # to be weighed, as a page would serve them: the engine and its worker, in
 *                                         # dist/size/all/, and in dist/size/ without the kinds of task but the paper's
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = new URL('../', import.meta.url);
const minify = process.argv.includes('--minify');

const entryPoints = {
  engine: 'dist/src/engine.js',
  worker: 'dist/src/workers/worker.js',
  ...(minify ? {} : { ihead: 'dist/src/index.js', sonnets: 'dist/src/corpus/sonnets.js' }),
};

/**
 * The loader wraps an instance's exports for managed objects. The kernels have none, import nothing and are called past
 * the wrapping; in a page those 2 KB would be one part in twenty of the engine.
 */
const bareLoader = {
  name: 'loader without its wrapping',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]@assemblyscript[\\/]loader[\\/]index\.js$/ }, () => ({
      contents: 'export const instantiateSync = (module) => ({ instance: new WebAssembly.Instance(module) });',
    }));
  },
};

const OPTIONS = {
  absWorkingDir: fileURLToPath(ROOT),
  entryPoints,
  bundle: true,
  splitting: true,
  chunkNames: 'shared-[hash]',
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  minify,
  logLevel: 'warning',
};

/** Kinds of task as they are named, and without what they do: only for weighing what is left. */
const otherKinds = {
  name: 'kinds of task but the first',
  setup({ onLoad }) {
    onLoad({ filter: /dist[\\/]src[\\/]task[\\/]\w+[\\/]\w+\.js$/ }, ({ path }) => {
      if (/triggers[\\/]\w+\.js$/.test(path)) return undefined;
      const exported = /^export (?:const|(?:async )?function\*?) (\w+)/gm;
      const names = [...readFileSync(path, 'utf8').matchAll(exported)].map(([, name]) => name);
      const stubs = names.map((name) => `export const ${name} = { defaults: {}, optional: [], losses: {} };`);
      return { contents: stubs.join('\n') };
    });
  },
};

await bundle(minify ? 'dist/size/all/' : 'dist/', [bareLoader]);
if (minify) await bundle('dist/size/', [bareLoader, otherKinds]);

async function bundle(folder, plugins) {
  const out = new URL(folder, ROOT);
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(out)) if (/^shared-\w+\.js$/.test(name)) rmSync(new URL(name, out));
  await build({ ...OPTIONS, outdir: fileURLToPath(out), plugins });
}

/** What a runtime that imports WebAssembly as a module gives for `ihead/simd.wasm`: every kernel by its name. */
function kernelTypes(wasm) {
  const lines = WebAssembly.Module.exports(new WebAssembly.Module(wasm)).map(
    ({ name, kind }) =>
      `export declare const ${name}: ${kind === 'memory' ? 'WebAssembly.Memory' : `KernelExports['${name}']`};`,
  );
  return `import type { KernelExports } from './bindings/builds/kernels.js';\n\n${lines.join('\n')}\n`;
}

if (!minify) {
  for (const kernel of ['simd', 'fused']) {
    // The builds export the same names; a runtime without relaxed SIMD could not read those of the other one.
    const types = kernelTypes(readFileSync(new URL('dist/simd.wasm', ROOT)));
    writeFileSync(new URL(`dist/${kernel}.wasm.d.ts`, ROOT), types);
  }
}
