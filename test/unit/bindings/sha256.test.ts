import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha256 } from '../../../bindings/sha256.js';

const laws = suite('sha256');

laws('the examples of FIPS 180-4 come out', () => {
  assert.is(sha256(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  assert.is(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.is(
    sha256('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  );
  assert.is(sha256('a'.repeat(1e6)), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
});

laws("every length around a block's edges gives Node's hash, in a window of a buffer too", () => {
  const buffer = Uint8Array.from({ length: 300 }, (_, i) => (i * 167 + 13) % 256);
  for (let length = 0; length < 260; length++) {
    const window = buffer.subarray(length % 7, (length % 7) + length);
    assert.is(sha256(window), createHash('sha256').update(window).digest('hex'));
  }
});

laws('a string is hashed as UTF-8', () => {
  for (const text of ['ä', '漢字', '😀'.repeat(40)]) {
    assert.is(sha256(text), createHash('sha256').update(text).digest('hex'));
  }
});

laws.run();
