/**
 * Compiles the kernels: assembly/ → dist/simd.wasm and dist/fused.wasm, and for the bindings, into bindings/builds/:
 *   simd.ts     the strict build, compressed, from where the library carries it into any bundler, page or runtime
 *   kernels.ts  the signatures of all kernels, as the compiler writes them
 * `--accept` writes the sha256 of each build to assembly/sha256.json; a test holds later builds to it.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import zopfli from '@gfx/zopfli';
import asc from 'assemblyscript/asc';

const root = new URL('../', import.meta.url);
process.chdir(fileURLToPath(root));
mkdirSync('dist', { recursive: true });
mkdirSync('bindings/builds', { recursive: true });

const sha256 = {};
for (const target of ['simd', 'fused']) {
  const { error, stderr } = await asc.main(['assembly/index.ts', '--target', target]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  const bytes = readFileSync(`dist/${target}.wasm`);
  sha256[target] = createHash('sha256').update(bytes).digest('hex');
  console.log(`dist/${target}.wasm  ${bytes.length} bytes  sha256 ${sha256[target]}`);
}

// The compiler's raw bindings: their declarations are wanted, their loader is not.
const declarations = readFileSync('dist/simd.d.ts', 'utf8');
for (const name of ['dist/simd.d.ts', 'dist/simd.js']) rmSync(name);
const signatures = [...declarations.matchAll(/^ {2}export function (\w+\(.*\): \w+);$/gm)].map(
  ([, text]) => `  ${text};\n`,
);
writeFileSync(
  'bindings/builds/kernels.ts',
  `/** Written by scripts/build-kernels.mjs: what every build exports. Pointers are byte offsets. */\n` +
    `export interface KernelExports {\n  readonly memory: WebAssembly.Memory;\n${signatures.join('')}}\n`,
);

const wasm = readFileSync('dist/simd.wasm');
// Half a kilobyte less than zlib's best.
const deflated = Buffer.from(await zopfli.deflateAsync(wasm, { numiterations: 60 })).toString('base64');
writeFileSync(
  'bindings/builds/simd.ts',
  `/** Written by scripts/build-kernels.mjs: the strict SIMD build under deflate, and the bytes that it comes to. */\n` +
    `export const DEFLATED_BASE64 =\n  '${deflated}';\nexport const SIZE = ${wasm.length};\n` +
    `/** Of every build of this version. */\nexport const SHA256 = ${JSON.stringify(sha256)};\n`,
);
if (process.argv.includes('--accept')) {
  writeFileSync('assembly/sha256.json', `${JSON.stringify(sha256, null, 2)}\n`);
}
