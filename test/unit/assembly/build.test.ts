import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBuild } from '../../../bindings/build.js';
import { SHA256 } from '../../../bindings/builds/simd.js';

const laws = suite('builds of the kernels');
const ROOT = new URL('../../../../', import.meta.url);
const TARGETS = ['simd', 'fused'] as const;
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const built = (target: string) => readFileSync(new URL(`dist/${target}.wasm`, ROOT));

/** What the compiler makes of the sources as they are now, without touching a file. */
async function compiled(target: string): Promise<Uint8Array> {
  const outputs: Uint8Array[] = [];
  const { error, stderr } = await asc.main(
    ['assembly/index.ts', '--baseDir', fileURLToPath(ROOT), '--target', target],
    {
      writeFile(name, contents) {
        if (name.endsWith('.wasm')) outputs.push(Buffer.from(contents));
      },
    },
  );
  if (error) throw new Error(stderr.toString());
  assert.is(outputs.length, 1);
  return outputs[0]!;
}

laws('the compiler makes the wasm whose sha256 is committed', async () => {
  const committed = JSON.parse(readFileSync(new URL('assembly/sha256.json', ROOT), 'utf8'));
  const fresh: Record<string, string> = {};
  for (const target of TARGETS) fresh[target] = hash(await compiled(target));
  assert.equal(
    fresh,
    committed,
    'other kernels than assembly/sha256.json says; node scripts/build-kernels.mjs --accept',
  );
});

laws('what ships is what the compiler makes, and the library carries the strict build', () => {
  const committed = JSON.parse(readFileSync(new URL('assembly/sha256.json', ROOT), 'utf8'));
  for (const target of TARGETS) {
    assert.is(hash(built(target)), committed[target], `dist/${target}.wasm is old; npm run build`);
  }
  assert.equal(SHA256, committed);
  const build = loadBuild();
  assert.ok(built('simd').equals(build.bytes));
  assert.is(build.sha256, committed.simd);
  assert.is(build.kernel, 'simd');
});

laws.run();
