/**
 * Compiles the kernels: assembly/ → dist/simd.wasm and dist/relaxed.wasm, and the strict build once more as base64 in
 * bindings/builds/simd.ts, from where the library carries it into any bundler, page or runtime.
 * `--accept` writes the sha256 of each build to assembly/sha256.json; a test holds later builds to it.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = new URL('../', import.meta.url);
process.chdir(fileURLToPath(root));
mkdirSync('dist', { recursive: true });
mkdirSync('bindings/builds', { recursive: true });

const sha256 = {};
for (const target of ['simd', 'relaxed']) {
  const { error, stderr } = await asc.main(['assembly/index.ts', '--target', target]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  const bytes = readFileSync(`dist/${target}.wasm`);
  sha256[target] = createHash('sha256').update(bytes).digest('hex');
  console.log(`dist/${target}.wasm  ${bytes.length} bytes  sha256 ${sha256[target]}`);
}

const base64 = readFileSync('dist/simd.wasm').toString('base64');
writeFileSync(
  'bindings/builds/simd.ts',
  `/** Written by scripts/build-kernels.mjs: the strict SIMD build. */\nexport const SIMD_WASM_BASE64 =\n  '${base64}';\n` +
    `/** Of every build of this version. */\nexport const SHA256 = ${JSON.stringify(sha256)};\n`,
);
if (process.argv.includes('--accept')) {
  writeFileSync('assembly/sha256.json', `${JSON.stringify(sha256, null, 2)}\n`);
}
