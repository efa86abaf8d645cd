/** `npm run site`: the page with the built element, as plain files for any static host, at any path. */
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * In the bundle the element and its worker lie side by side, and the element names its worker so; here both are
 * sources.
 */
const workerSource = {
  name: 'worker-source',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('/lab/page/worker-link.ts') ? code.replace("'./lab-worker.js'", "'../worker/lab-worker.ts'") : null,
};

/** @type {import('vite').UserConfig} */
// biome-ignore lint/style/noDefaultExport: Vite reads it so.
export default {
  root: here('.'),
  base: './',
  plugins: [workerSource],
  build: { outDir: here('../../../dist/site'), emptyOutDir: true, target: 'es2022', modulePreload: false },
  worker: { format: 'es' },
};
