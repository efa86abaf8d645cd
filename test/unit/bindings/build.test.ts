import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBuild } from '../../../bindings/build.js';
import { UnsupportedError } from '../../../src/errors.js';

const laws = suite('a runtime without what the kernels need');
const host = globalThis.WebAssembly;

laws.after.each(() => {
  globalThis.WebAssembly = host;
});

function unsupported(load: () => unknown, expected: RegExp): void {
  assert.throws(load, (error: unknown) => {
    assert.instance(error, UnsupportedError);
    assert.match((error as Error).message, expected);
    return true;
  });
}

laws('no WebAssembly, no SIMD and a build that is refused are told apart', () => {
  const { bytes } = loadBuild();
  unsupported(() => loadBuild('fused', bytes.subarray(0, 100)), /does not accept the fused build/);
  Object.assign(globalThis, { WebAssembly: { ...host, validate: () => false } });
  unsupported(() => loadBuild(), /no WebAssembly SIMD/);
  Object.assign(globalThis, { WebAssembly: undefined });
  unsupported(() => loadBuild(), /no WebAssembly$/);
});

laws('the library carries the strict build alone', () => {
  assert.throws(() => Reflect.apply(loadBuild, null, ['fused']), /bytes: expected those of the fused build/);
});

laws.run();
