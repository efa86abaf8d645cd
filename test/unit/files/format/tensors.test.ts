import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FormatError } from '../../../../src/errors.js';
import { decodeTensor, encodeTensor } from '../../../../src/files/format/tensors.js';

const laws = suite('tensors in JSON');

function refused(value: unknown, expected: RegExp): void {
  assert.throws(
    () => decodeTensor(value, 'logits'),
    (error: unknown) =>
      error instanceof FormatError && error.message.startsWith('logits: ') && expected.test(error.message),
  );
}

laws('the base64 is of little-endian values, as Buffer writes it', () => {
  const bytes = Buffer.alloc(16);
  bytes.writeDoubleLE(-1.5, 0);
  bytes.writeDoubleLE(1e-300, 8);
  const f64 = { shape: [2], f64: bytes.toString('base64') };
  assert.equal(decodeTensor(f64, 'a'), { shape: [2], data: Float64Array.of(-1.5, 1e-300) });
  assert.equal(encodeTensor({ shape: [2], data: Float64Array.of(-1.5, 1e-300) }), f64);
  const f32 = { shape: [1, 1], f32: Buffer.from([0, 0, 128, 63]).toString('base64') };
  assert.equal(decodeTensor(f32, 'a'), { shape: [1, 1], data: Float32Array.of(1) });
  assert.equal(encodeTensor({ shape: [1, 1], data: Float32Array.of(1) }), f32);
});

laws('a tensor larger than one call’s arguments comes back bit by bit', () => {
  const data = Float32Array.from({ length: 30_000 }, (_, i) => Math.fround(1 / (i - 15_000.5)));
  const back = decodeTensor(JSON.parse(JSON.stringify(encodeTensor({ shape: [300, 100], data }))), 'a');
  assert.equal(back, { shape: [300, 100], data });
});

laws('nested arrays are row-major', () => {
  const nested = [
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
  ];
  assert.equal(decodeTensor(nested, 'a'), { shape: [1, 3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) });
  assert.equal(decodeTensor([], 'a').shape, [0]);
  assert.equal(decodeTensor([[], []], 'a').shape, [2, 0]);
});

laws('what is not a tensor is refused with its name', () => {
  for (const value of [null, 3, 'x', undefined]) refused(value, /expected a tensor/);
  refused({}, /expected a shape.*, got undefined/);
  for (const shape of [3, [-1], [0.5], ['1'], [2 ** 53], [null]]) refused({ shape, f32: '' }, /expected a shape/);
  refused({ shape: [0] }, /expected base64 in one of f32 and f64, got/);
  refused({ shape: [0], f32: '', f64: '' }, /expected base64 in one of f32 and f64, got/);
  refused({ shape: [0], f32: [] }, /expected base64 in one of f32 and f64, got/);
  refused({ shape: [1], f32: '!!!!' }, /expected base64/);
  refused({ shape: [1], f32: 'AAAA' }, /expected base64 of 4 bytes \(shape \[1\]\), got 3/);
  refused({ shape: [2 ** 52, 2 ** 52], f64: 'AAAA' }, /expected base64 of /);
  refused([1, [2]], /expected a number.*, got \[2\]/);
  refused([[1], 2], /expected the shape \[1\], got 2/);
  refused([[1, 2], [3]], /expected the shape \[2\], got \[3\]/);
  refused(['1'], /expected a number/);
  refused(JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`), /expected arrays at most 8 deep/);
});

laws('any JSON is a tensor or refused', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      try {
        decodeTensor(value, 'a');
      } catch (error) {
        assert.instance(error, FormatError);
      }
    }),
    { numRuns: 500 },
  );
});

laws('every tensor of every golden case is read', () => {
  const folder = new URL('../../../../../test/unit/golden/', import.meta.url);
  for (const name of readdirSync(folder)) {
    const golden = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    const { model, tokens } = golden;
    assert.equal(decodeTensor(golden.logits, name).shape, [tokens.length, tokens[0].length, model.vocabSize]);
    for (const [key, value] of Object.entries(golden.parameters)) {
      const { data } = decodeTensor(value, key);
      assert.ok(data.length > 0 && data.every(Number.isFinite), key);
    }
  }
});

laws.run();
