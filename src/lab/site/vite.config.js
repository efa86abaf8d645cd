/** `npm run site`: the page with the built element, as plain files for any static host, at any path. */
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** @type {import('vite').UserConfig} */
// biome-ignore lint/style/noDefaultExport: Vite reads it so.
export default {
  root: here('.'),
  base: './',
  build: { outDir: here('../../../dist/site'), emptyOutDir: true, target: 'es2022', modulePreload: false },
  worker: { format: 'es' },
};
