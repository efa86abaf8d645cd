/** The same page through each bundler: the unpacked package is a dependency in node_modules, as a user has it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { requireBundler } from './places.js';

export interface Bundled {
  readonly name: string;
  readonly version: string;
  /** Where its page is: a path of the folder, or an address of its own server. */
  readonly page: string;
  close(): Promise<void>;
}

export interface Bundler {
  readonly name: string;
  build(folder: string): Promise<Bundled>;
}

/** A page that loads one script. */
export const pageOf = (script: string) =>
  `<!doctype html><title>asked</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;

const nothing = async () => {};

// Bundlers are not part of the project's own dependencies, and so are not known to its types.
// biome-ignore lint/suspicious/noExplicitAny: what a bundler's module exports is the bundler's affair
async function load(name: string): Promise<any> {
  return import(pathToFileURL(requireBundler.resolve(name)).href);
}

function versionOf(name: string): string {
  return (requireBundler(`${name}/package.json`) as { version: string }).version;
}

function built(name: string, folder: string, version: string): Bundled {
  writeFileSync(join(folder, 'out', name, 'index.html'), pageOf('./page.js'));
  return { name, version, page: `/out/${name}/index.html`, close: nothing };
}

/** The dependency keeps its own place, so that its worker does: the one line that Vite's server needs. */
const EXCLUDED = { optimizeDeps: { exclude: ['ihead'] } };

export const BUNDLERS: readonly Bundler[] = [
  {
    name: 'Vite, dev',
    async build(folder) {
      const { createServer } = await load('vite');
      const server = await createServer({
        ...{ root: folder, configFile: false, logLevel: 'error', server: { host: '127.0.0.1', port: 0 } },
        ...EXCLUDED,
      });
      await server.listen();
      const { port } = server.httpServer.address();
      const page = `http://127.0.0.1:${port}/bundled.html`;
      return { name: 'Vite, dev', version: versionOf('vite'), page, close: () => server.close() };
    },
  },
  {
    name: 'Vite, build',
    async build(folder) {
      const { build } = await load('vite');
      await build({
        ...{ root: folder, base: './', configFile: false, logLevel: 'error', worker: { format: 'es' } },
        build: { outDir: 'out/vite', target: 'es2022', rolldownOptions: { input: join(folder, 'bundled.html') } },
      });
      return { name: 'Vite, build', version: versionOf('vite'), page: '/out/vite/bundled.html', close: nothing };
    },
  },
  {
    name: 'webpack',
    async build(folder) {
      const { default: webpack } = await load('webpack');
      const output = { path: join(folder, 'out/webpack'), filename: 'page.js', publicPath: 'auto' };
      const entry = join(folder, 'bundled.mjs');
      const compiler = webpack({ mode: 'production', context: folder, entry, output, performance: false });
      await new Promise<void>((resolve, reject) => {
        compiler.run((error: Error | null, stats: { hasErrors(): boolean; toString(): string } | undefined) => {
          if (error !== null) reject(error);
          else if (stats!.hasErrors()) reject(new Error(stats!.toString()));
          else compiler.close(() => resolve());
        });
      });
      return built('webpack', folder, versionOf('webpack'));
    },
  },
  {
    name: 'esbuild',
    async build(folder) {
      const { build } = await load('esbuild');
      await build({
        entryPoints: { page: join(folder, 'bundled.mjs'), worker: 'ihead/worker.js' },
        ...{ absWorkingDir: folder, outdir: 'out/esbuild', bundle: true, splitting: true, format: 'esm', minify: true },
        ...{ target: 'es2022', logLevel: 'error' },
      });
      return built('esbuild', folder, versionOf('esbuild'));
    },
  },
  {
    name: 'Rollup',
    async build(folder) {
      const [{ rollup }, { nodeResolve }] = [await load('rollup'), await load('@rollup/plugin-node-resolve')];
      const bundle = await rollup({
        input: { page: join(folder, 'bundled.mjs'), worker: 'ihead/worker.js' },
        plugins: [nodeResolve({ rootDir: folder })],
      });
      await bundle.write({ dir: join(folder, 'out/rollup'), format: 'es', chunkFileNames: '[name]-[hash].js' });
      await bundle.close();
      const { name: _, ...page } = built('rollup', folder, versionOf('rollup'));
      return { name: 'Rollup', ...page };
    },
  },
];
