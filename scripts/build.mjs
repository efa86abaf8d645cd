/**
 * Builds dist/, step by step; with names, those steps alone, in the order given.
 *
 *     npm run build                     # all that the package has
 *     npm run build kernels types       # after a change in assembly/
 *     npm run build bench-page          # bench/index.html, the benchmark in a page
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));

function run(script, ...args) {
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
}

function bundlePage(entryPoints, options) {
  const page = { bundle: true, format: 'esm', platform: 'browser', target: 'es2022', logLevel: 'warning' };
  return build({ absWorkingDir: root, entryPoints, outdir: 'dist', ...page, ...options });
}

const STEPS = {
  kernels: () => run('scripts/build-kernels.mjs'),
  types: () => run('node_modules/typescript/bin/tsc', '-b'),
  bundles: () => run('scripts/bundle.mjs'),
  lab: async () => {
    await bundlePage({ 'lab-worker': 'dist/src/lab/worker/lab-worker.js' }, { minify: true });
    await bundlePage({ lab: 'dist/src/lab/lab.js' }, { minify: true, inject: ['dist/src/lab/without-dom.js'] });
  },
  manifest: () =>
    run(
      'node_modules/@custom-elements-manifest/analyzer/cem.js',
      ...['analyze', '--quiet', '--config', 'scripts/manifest.config.mjs'],
    ),
};
const EXTRA = {
  'bench-page': () => bundlePage({ 'bench-page': 'dist/bench/page.js' }),
};

const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : Object.keys(STEPS)) {
  const step = { ...STEPS, ...EXTRA }[name];
  if (step === undefined) {
    const names = Object.keys({ ...STEPS, ...EXTRA }).join(', ');
    console.error(`step: expected one of ${names}, got ${name}`);
    process.exit(2);
  }
  await step();
}
