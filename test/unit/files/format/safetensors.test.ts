import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FormatError } from '../../../../src/errors.js';
import {
  asFloat32,
  type NamedTensor,
  readSafetensors,
  writeSafetensors,
} from '../../../../src/files/format/safetensors.js';

const laws = suite('safetensors');
const encoder = new TextEncoder();

/** A file from the text of its header and the bytes after it; `length` is what the first 8 bytes claim. */
function file(header: string | Uint8Array, buffer: number | Uint8Array = 0, length?: bigint): Uint8Array {
  const text = typeof header === 'string' ? encoder.encode(header) : header;
  const tail = typeof buffer === 'number' ? new Uint8Array(buffer) : buffer;
  const bytes = new Uint8Array(8 + text.length + tail.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(tail, 8 + text.length);
  return bytes;
}

/** One member of a header. */
function tensor(name: string, begin: number | string, end: number | string, dtype = 'F32', shape?: string): string {
  const size = shape ?? `[${(Number(end) - Number(begin)) / 4}]`;
  return `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":${size},"data_offsets":[${begin},${end}]}`;
}

function refused(bytes: Uint8Array, expected: RegExp): void {
  try {
    readSafetensors(bytes);
  } catch (error) {
    assert.instance(error, FormatError);
    assert.match((error as Error).message, expected);
    return;
  }
  throw new Error(`nothing was refused where ${expected} was expected`);
}

const numbers = (...values: number[]) => Float32Array.from(values);
const weights: NamedTensor[] = [
  { name: 'tok_embeddings.weight', shape: [2, 3], data: numbers(0, -0, 1.5, -2e-40, 3.4e38, 0.1) },
  { name: '10', shape: [0, 7], data: numbers() },
  { name: '9', shape: [], data: numbers(7) },
  { name: '__proto__', shape: [1], data: numbers(8) },
  { name: 'ünï "quoted"\n\\', shape: [1, 1, 2], data: numbers(9, 10) },
];

laws('the bytes are the ones that the format describes', () => {
  const bytes = writeSafetensors([{ name: 'pe', shape: [1, 2], data: numbers(1, -2) }], { step: '3' });
  const header = '{"__metadata__":{"step":"3"},"pe":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
  assert.equal([...bytes.subarray(0, 8)], [padded.length, 0, 0, 0, 0, 0, 0, 0]);
  assert.is(new TextDecoder().decode(bytes.subarray(8, 8 + padded.length)), padded);
  assert.equal([...bytes.subarray(8 + padded.length)], [0, 0, 128, 63, 0, 0, 0, 192]);
  assert.equal([...writeSafetensors([], {})], [8, 0, 0, 0, 0, 0, 0, 0, ...encoder.encode('{}      ')]);
});

laws('a plain reading of the header finds every tensor at its offsets', () => {
  const bytes = writeSafetensors(weights, { config: '{"a":"ü"}' });
  const view = new DataView(bytes.buffer);
  const length = Number(view.getBigUint64(0, true));
  assert.is((8 + length) % 8, 0);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  for (const { name, data } of weights) {
    const [begin, end] = Object.getOwnPropertyDescriptor(header, name)!.value.data_offsets;
    assert.is(end - begin, 4 * data.length);
    data.forEach((value, i) => {
      assert.ok(Object.is(view.getFloat32(8 + length + begin + 4 * i, true), value));
    });
  }
});

laws('what is written is read: names, order, shapes, bits and metadata', () => {
  const bytes = writeSafetensors(weights, { config: '{}', step: '12' });
  const { metadata, tensors } = readSafetensors(bytes);
  assert.equal([...metadata], [...Object.entries({ config: '{}', step: '12' })]);
  assert.equal(
    [...tensors.keys()],
    weights.map(({ name }) => name),
  );
  for (const { name, shape, data } of weights) {
    const stored = tensors.get(name)!;
    assert.equal([stored.dtype, stored.shape], ['F32', shape]);
    assert.equal(new Uint8Array(asFloat32(stored).buffer), new Uint8Array(data.buffer, 0, data.byteLength));
  }
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  const window = readSafetensors(shifted.subarray(3));
  assert.equal(asFloat32(window.tensors.get('9')!), numbers(7), 'at any alignment');
});

laws('any NaN is written as one NaN, so that equal runs give equal files', () => {
  const data = new Float32Array(Uint32Array.from([0xffc00001, 0x7f800001]).buffer);
  const bytes = writeSafetensors([{ name: 'a', shape: [2], data }], {});
  assert.equal([...bytes.subarray(-8)], [0, 0, 192, 127, 0, 0, 192, 127]);
});

laws('the writer refuses what could not be read', () => {
  const one = { name: 'a', shape: [1], data: numbers(1) };
  assert.throws(
    () => writeSafetensors([one, one], {}),
    /tensors: expected names that are distinct and not __metadata__, got "a"/,
  );
  assert.throws(
    () => writeSafetensors([{ ...one, name: '__metadata__' }], {}),
    /expected names that are distinct and not __metadata__, got "__metadata__"/,
  );
  assert.throws(
    () => writeSafetensors([{ ...one, shape: [2] }], {}),
    /expected numbers for shape \[2\], got 1 of them/,
  );
});

laws('other writers’ layouts are read: spaces, another order, other dtypes', () => {
  const two = `{ ${tensor('b', 4, 12)} ,\n\t${tensor('a', 0, 4)} }   `;
  assert.equal([...readSafetensors(file(two, 12)).tensors.keys()], ['a', 'b']);
  const wide = new Uint8Array(new Float64Array([0.1, -3]).buffer);
  const f64 = readSafetensors(file(`{${tensor('a', 0, 16, 'F64', '[2]')}}`, wide)).tensors.get('a')!;
  assert.equal(asFloat32(f64), numbers(0.1, -3));
  const sizes = { C64: 8, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1, U64: 8, F8_E4M3: 1 };
  for (const [dtype, size] of Object.entries(sizes)) {
    const stored = readSafetensors(file(`{${tensor('a', 0, 3 * size, dtype, '[3]')}}`, 3 * size)).tensors.get('a')!;
    assert.is(stored.bytes.length, 3 * size);
    assert.throws(() => asFloat32(stored), new RegExp(`tensor "a": dtype: expected one of F32, .*, got ${dtype}`));
  }
  const last =
    '{"a":{"data_offsets":[0,0],"shape":[0],"dtype":"F32"},"\\u0062":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}';
  assert.equal([...readSafetensors(file(last)).tensors.keys()], ['a', 'b']);
  assert.is(readSafetensors(file('{}')).tensors.size, 0);
});

laws('numbers of two bytes become the same numbers in float32', () => {
  const read = (dtype: string, bits: number[]) => {
    const bytes = new Uint8Array(Uint16Array.from(bits).buffer);
    const header = `{${tensor('a', 0, bytes.length, dtype, `[${bits.length}]`)}}`;
    return [...asFloat32(readSafetensors(file(header, bytes)).tensors.get('a')!)];
  };
  const halves = [0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x83ff, 0x0400, 0x3555, 0x7c00, 0xfc00, 0x7e00];
  const subnormal = 2 ** -24;
  const wanted = [
    0,
    -0,
    1,
    -2,
    65504,
    subnormal,
    -1023 * subnormal,
    2 ** -14,
    0.333251953125,
    Infinity,
    -Infinity,
    NaN,
  ];
  assert.ok(read('F16', halves).every((value, i) => Object.is(value, wanted[i])));
  const all = Array.from({ length: 0x10000 }, (_, i) => i);
  const cut = new Float32Array(Uint32Array.from(all, (i) => i << 16).buffer);
  assert.ok(read('BF16', all).every((value, i) => Object.is(value, cut[i])));
  const sixteenth = read('F16', all);
  for (let i = 1; i < 0x7c00; i++)
    assert.ok(sixteenth[i]! > sixteenth[i - 1]! && sixteenth[i + 0x8000] === -sixteenth[i]!);
});

laws('every attack is refused with its reason', () => {
  refused(new Uint8Array(0), /file: expected at least 8 bytes, got 0/);
  refused(new Uint8Array(7), /file: expected at least 8 bytes, got 7/);
  refused(file('{}', 0, 3n), /header: expected at most the 2 bytes that the file still has, got a length of 3/);
  refused(file('{}', 0, 100_000_001n), /header: expected at most 100000000 bytes/);
  refused(file('{}', 0, 2n ** 63n), /header: expected at most 100000000 bytes/);
  refused(file('{}', 0, 2n ** 64n - 1n), /header: expected at most 100000000 bytes/);
  refused(file(''), /header: expected \{ as its first byte, got/);
  refused(file(' {}'), /header: expected \{ as its first byte, got/);
  refused(file('[]'), /header: expected \{ as its first byte, got/);
  refused(file('\u{feff}{}'), /header: expected \{ as its first byte, got/);
  refused(file(Uint8Array.of(0x7b, 0xff, 0x7d)), /header: expected UTF-8, got other bytes/);
  refused(file(Uint8Array.of(0x7b, 0x22, 0xc0, 0x80, 0x22, 0x7d)), /header: expected UTF-8, got other bytes/);
  refused(file('{} x'), /expected nothing but spaces behind the closing brace/);
  refused(file('{}\n'), /expected nothing but spaces behind the closing brace/);
  refused(file('{}{}'), /expected nothing but spaces behind the closing brace/);
  refused(file('{'), /the end of the header|a key: expected a string/);
  refused(file('{"a'), /expected a closing quote, got none/);
  refused(file('{"a\\'), /expected a closing quote, got none/);
  refused(file('{"\\x":1}'), /expected a JSON string/);
  refused(file('{"a\nb":1}'), /expected a JSON string/);
  refused(file('{a:1}'), /a key: expected a string/);
  refused(file('{"a":1}'), /tensor "a": expected \{, got "1}"/);
  refused(file('{"a":null}'), /tensor "a": expected \{, got/);
  refused(file('{"a":{}}'), /tensor "a": dtype: expected a value, got none/);
  refused(file('{"a":{"dtype":"F32"}}'), /tensor "a": shape: expected a value, got none/);
  refused(file('{"a":{"dtype":"F32","shape":[]}}'), /tensor "a": data_offsets: expected a value, got none/);
  refused(file('{"a":{"dtype":4,"shape":[],"data_offsets":[0,4]}}', 4), /tensor "a": dtype: expected a string/);
  refused(file('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],}}', 4), /tensor "a": a key: expected a string/);
  refused(file('{"a":{"dtype":"F32","shape":[],"data_offsets":[0]}}', 4), /data_offsets: expected 2 numbers, got 1/);
  refused(
    file('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4,4]}}', 4),
    /data_offsets: expected 2 numbers, got 3/,
  );
  refused(file('{"a":{"dtype":"F32","shape":{},"data_offsets":[0,4]}}', 4), /tensor "a": expected \[, got/);
  refused(file('{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}', 4), /an entry of shape: expected a whole/);
  refused(
    file('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}', 4),
    /expected one of dtype, shape.*, got "x"/,
  );
  refused(
    file(`{"a":{"dtype":"F32","shape":[${'1,'.repeat(70)}1],"data_offsets":[0,4]}}`, 4),
    /shape: expected at most 64 entries, got more/,
  );
  refused(file(`{${tensor('a', 0, 4)},${tensor('a', 4, 8)}}`, 8), /expected each key once, got "a" again/);
  refused(
    file(`{"\\u0061":${tensor('', 0, 4).slice(3)},${tensor('a', 4, 8)}}`, 8),
    /expected each key once, got "a" again/,
  );
  refused(
    file('{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4),
    /tensor "a": expected each key once, got "dtype" again/,
  );
  refused(
    file(`{${tensor('__proto__', 0, 4)},${tensor('__proto__', 4, 8)}}`, 8),
    /expected each key once, got "__proto__" again/,
  );
  refused(file('{"__metadata__":{"a":1}}'), /__metadata__: the value of "a": expected a string/);
  refused(file('{"__metadata__":{"a":{"b":"c"}}}'), /the value of "a": expected a string/);
  refused(file('{"__metadata__":null}'), /__metadata__: expected \{, got/);
  refused(file('{"__metadata__":{"a":"1","a":"2"}}'), /__metadata__: expected each key once, got "a" again/);
  refused(file('{"__metadata__":{},"__metadata__":{}}'), /expected each key once, got "__metadata__" again/);
  refused(file(`{${'"a":{'.repeat(100_000)}`), /expected one of dtype.*, got "a"/);
  refused(file(`{"a":{"dtype":"F32","shape":${'['.repeat(100_000)}`), /an entry of shape: expected a whole number/);
});

laws('offsets that are no offsets are refused', () => {
  for (const wrong of ['-1', '-0', '1.0', '0.5', '1e2', '+1', '01', '0x4', 'NaN', 'Infinity', '"4"', 'null', '1_0']) {
    refused(
      file(`{${tensor('a', 0, wrong, 'F32', '[1]')}}`, 4),
      /tensor "a": an entry of data_offsets: expected a whole/,
    );
    refused(file(`{${tensor('a', 0, 4, 'F32', `[${wrong}]`)}}`, 4), /tensor "a": an entry of shape: expected a whole/);
  }
  refused(file(`{${tensor('a', 0, '9007199254740992', 'U8')}}`, 4), /expected a whole number from 0 to 2\^53 - 1/);
  refused(file(`{${tensor('a', 0, '9'.repeat(400), 'U8')}}`, 4), /expected a whole number/);
  refused(
    file(`{${tensor('a', 0, '9007199254740991', 'U8', '[9007199254740991]')}}`, 4),
    /expected an end within the \d+ bytes after the header/,
  );
});

laws('tensors that do not cover the buffer exactly are refused', () => {
  refused(
    file(`{${tensor('a', 0, 8)},${tensor('b', 4, 12)}}`, 12),
    /tensor "b": data_offsets: expected a begin at 8 \(where tensor "a" ends\), got/,
  );
  refused(
    file(`{${tensor('a', 0, 8)},${tensor('b', 0, 8)}}`, 8),
    /tensor "b": data_offsets: expected a begin at 8 \(where tensor "a" ends\)/,
  );
  refused(
    file(`{${tensor('a', 0, 4)},${tensor('b', 8, 12)}}`, 12),
    /tensor "b": data_offsets: expected a begin at 4 \(where tensor "a" ends\)/,
  );
  refused(file(`{${tensor('a', 4, 8)}}`, 8), /tensor "a": data_offsets: expected a begin at 0, got/);
  refused(
    file(`{${tensor('a', 0, 4)}}`, 5),
    /file: expected 4 bytes after the header \(where the last tensor ends\), got 5/,
  );
  refused(file('{}', 4), /file: expected \d+ bytes after the header/);
  refused(
    file(`{${tensor('a', 0, 8)}}`, 7),
    /tensor "a": data_offsets: expected an end within the 7 bytes after the header/,
  );
  refused(
    file(`{${tensor('a', 8, 4, 'F32', '[1]')}}`, 8),
    /tensor "a": data_offsets: expected an end at or after the begin, got \[8, 4\]/,
  );
});

laws('a shape that asks for other bytes than its span is refused', () => {
  refused(
    file(`{${tensor('a', 0, 8, 'F32', '[3]')}}`, 8),
    /data_offsets: expected 12 bytes \(shape \[3\] of F32\), got 8/,
  );
  refused(
    file(`{${tensor('a', 0, 8, 'F32', '[0]')}}`, 8),
    /data_offsets: expected 0 bytes \(shape \[0\] of F32\), got 8/,
  );
  refused(file(`{${tensor('a', 0, 4, 'F64', '[1]')}}`, 4), /expected 8 bytes \(shape \[1\] of F64\), got 4/);
  refused(file(`{${tensor('a', 0, 4, 'f32', '[1]')}}`, 4), /dtype: expected one of F64, F32.*, got "f32"/);
  refused(file(`{${tensor('a', 0, 4, 'constructor', '[1]')}}`, 4), /dtype: expected one of.*, got "constructor"/);
  const huge = '[4294967296,4294967296]';
  refused(file(`{${tensor('a', 0, 0, 'F32', huge)}}`), /shape: expected fewer than 2\^53 bytes/);
  refused(
    file(`{${tensor('a', 0, 0, 'F32', '[4294967296,4294967296,4294967296,0]')}}`),
    /shape: expected fewer than 2\^53 bytes/,
  );
  refused(file(`{${tensor('a', 0, 0, 'F64', '[9007199254740991]')}}`), /shape: expected fewer than 2\^53 bytes/);
});

/** Reads the bytes, allowing a FormatError and nothing else; what is accepted lies within them. */
function survives(bytes: Uint8Array): void {
  try {
    const { tensors } = readSafetensors(bytes);
    let covered = 0;
    for (const stored of tensors.values()) covered += stored.bytes.length;
    assert.ok(covered <= bytes.length);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

laws('random bytes are read or refused, never more', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), { numRuns: 1000 });
  const grammar = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    ' ',
    '"a"',
    '"dtype"',
    '"F32"',
    '"shape"',
    '0',
    '4',
    '-',
  );
  const more = fc.constantFrom('"data_offsets"', '"__metadata__"', '"', '\\', '1e9', 'null', '"\\u0000"', '\ud800');
  const header = fc.array(fc.oneof(grammar, more), { maxLength: 40 }).map((parts) => `{${parts.join('')}`);
  fc.assert(
    fc.property(header, fc.nat(16), (text, buffer) => survives(file(text, buffer))),
    { numRuns: 2000 },
  );
});

laws('a valid file with bytes changed, cut out or put in is read or refused, never more', () => {
  const valid = writeSafetensors(weights, { config: '{}', step: '1' });
  const byte = fc.integer({ min: 0, max: 255 });
  const edit = fc.record({ at: fc.nat(valid.length - 1), drop: fc.nat(3), put: fc.array(byte, { maxLength: 3 }) });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const bytes = [...valid];
      for (const { at, drop, put } of edits) bytes.splice(at, drop, ...put);
      survives(Uint8Array.from(bytes));
    }),
    { numRuns: 2000 },
  );
  for (let length = 0; length < valid.length; length++) {
    assert.throws(
      () => readSafetensors(valid.subarray(0, length)),
      (error: unknown) => error instanceof FormatError,
    );
  }
});

laws('any tensors survive the way through a file', () => {
  const shape = fc.array(fc.nat(4), { maxLength: 3 });
  const named = fc.uniqueArray(fc.tuple(fc.string({ unit: 'binary' }), shape), { selector: ([name]) => name });
  fc.assert(
    fc.property(named, fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), (list, metadata) => {
      const tensors = list
        .filter(([name]) => name !== '__metadata__')
        .map(([name, sizes]) => {
          const length = sizes.reduce((product, size) => product * size, 1);
          return { name, shape: sizes, data: Float32Array.from({ length }, (_, i) => i / 7 + sizes.length) };
        });
      const read = readSafetensors(writeSafetensors(tensors, metadata));
      assert.equal(
        [...read.tensors.values()].map((stored) => [stored.name, stored.shape, [...asFloat32(stored)]]).sort(),
        tensors.map(({ name, shape: sizes, data }) => [name, sizes, [...data]]).sort(),
      );
      assert.equal([...read.metadata].sort(), Object.entries(metadata).sort());
    }),
    { numRuns: 300 },
  );
});

laws.run();
