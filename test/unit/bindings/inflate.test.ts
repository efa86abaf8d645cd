/** Inflating against the runtime's own DEFLATE. */
import { constants, deflateRawSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inflate } from '../../../bindings/inflate.js';
import { uniforms } from '../uniforms.js';

const laws = suite('DEFLATE');

/** Bytes that repeat themselves over short and long distances. */
function bytesOf(length: number, seed: number): Uint8Array {
  const random = uniforms(seed);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const back = Math.floor(random() * Math.min(i, 2 ** 15));
    bytes[i] = random() < 0.8 && back > 0 ? bytes[i - back]! : Math.floor(random() * 40);
  }
  return bytes;
}

laws('what was deflated comes back, with codes of its own and with the fixed ones', () => {
  for (const strategy of [constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY]) {
    for (const length of [1, 2, 100, 5000, 100_000]) {
      const bytes = bytesOf(length, length);
      assert.equal(inflate(deflateRawSync(bytes, { strategy, level: 9 }), length), bytes);
    }
  }
});

laws('other sizes, blocks that are not compressed and cut data are refused', () => {
  const bytes = bytesOf(5000, 1);
  const deflated = deflateRawSync(bytes);
  assert.throws(() => inflate(deflated, 4999), /expected 4999 bytes, got 5000/);
  assert.throws(() => inflate(deflateRawSync(bytes, { level: 0 }), 5000), /a block of kind 1 or 2, got 0/);
  assert.throws(() => inflate(deflated.subarray(0, 100), 5000), RangeError);
});

laws.run();
