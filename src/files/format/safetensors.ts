/**
 * The safetensors format, bytes in and bytes out:
 *
 *     0        8                 8 + n                                        end
 *     | n: u64 | JSON header, {…} | tensor | tensor | …                         |
 *       little   padded with       float32, little-endian, one after the other
 *       endian   spaces
 *
 * The writer pads the header so that the buffer starts on a multiple of 8 bytes. The reader trusts nothing: lengths are
 * compared before anything is allocated, and the tensors must cover the buffer exactly.
 */
import { FormatError, show } from '../../errors.js';
import { readHeader, type TensorEntry } from './header.js';

/** A tensor to be written. */
export interface NamedTensor {
  readonly name: string;
  /** Default: F32. C64: `data` holds real and imaginary parts in turn. */
  readonly dtype?: 'F32' | 'C64';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A tensor that was read. `bytes` is a window of the file's bytes, not a copy. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface Safetensors {
  readonly metadata: ReadonlyMap<string, string>;
  /** By name, in the order of their bytes. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Bytes of one element. */
const WIDTHS = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  C64: 8,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type Dtype = keyof typeof WIDTHS;

/** The longest header that the format allows. */
const LONGEST_HEADER = 100_000_000;
/** Can be read as float32. */
const FLOATS: readonly Dtype[] = ['F32', 'F64', 'F16', 'BF16'];
const OPENING_BRACE = 0x7b;
const CANONICAL_NAN = 0x7fc00000;

/**
 * The bytes of a file that holds the tensors as float32 in the order given. Equal input gives equal bytes: a NaN is
 * written as the one quiet NaN. Throws a FormatError on a name that comes twice, or a shape that its data does not
 * fill.
 */
export function writeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const names = new Set(['__metadata__']);
  const members = Object.keys(metadata).length > 0 ? [`"__metadata__":${JSON.stringify(metadata)}`] : [];
  let end = 0;
  for (const { name, dtype = 'F32', shape, data } of tensors) {
    if (names.has(name))
      throw new FormatError(`tensors: expected names that are distinct and not __metadata__, got ${show(name)}`);
    names.add(name);
    if (elementsOf(shape) * WIDTHS[dtype] !== data.byteLength) {
      throw new FormatError(
        `tensor ${show(name)}: expected numbers for shape [${shape.join(', ')}], got ${data.length} of them`,
      );
    }
    const offsets = [end, end + 4 * data.length];
    end = offsets[1]!;
    members.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: offsets })}`);
  }
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const start = Math.ceil((8 + json.length) / 8) * 8;
  const bytes = new Uint8Array(start + end);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, start - 8, true);
  bytes.fill(0x20, 8, start);
  bytes.set(json, 8);
  let at = start;
  for (const { data } of tensors) {
    for (let i = 0; i < data.length; i++, at += 4) {
      const value = data[i]!;
      if (Number.isNaN(value)) view.setUint32(at, CANONICAL_NAN, true);
      else view.setFloat32(at, value, true);
    }
  }
  return bytes;
}

/** Reads a file's bytes. Throws a FormatError that says which tensor is at fault and why. */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { metadata, entries } = readHeader(headerText(bytes));
  const buffer = bytes.subarray(8 + headerLength(bytes));
  const ordered = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  const tensors = new Map<string, StoredTensor>();
  let last: TensorEntry | undefined;
  for (const entry of ordered) {
    checkPlace(entry, last, buffer.length);
    const { name, shape, begin, end } = entry;
    tensors.set(name, { name, dtype: checkSpan(entry), shape, bytes: buffer.subarray(begin, end) });
    last = entry;
  }
  const covered = last?.end ?? 0;
  if (covered < buffer.length) {
    throw new FormatError(
      `file: expected ${covered} bytes after the header (where the last tensor ends), got ${buffer.length}`,
    );
  }
  return { metadata, tensors };
}

/**
 * A tensor's numbers as float32: those of F16 and BF16 as they are, those of F64 rounded. Throws a FormatError for any
 * other dtype.
 */
export function asFloat32({ name, dtype, bytes }: StoredTensor): Float32Array {
  if (!FLOATS.includes(dtype)) {
    throw new FormatError(`tensor ${show(name)}: dtype: expected one of ${FLOATS.join(', ')}, got ${dtype}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Float32Array(bytes.length / WIDTHS[dtype]);
  // A bfloat16 is the upper half of a float32.
  const bits = new Uint32Array(data.buffer);
  for (let i = 0; i < data.length; i++) {
    if (dtype === 'F32') data[i] = view.getFloat32(4 * i, true);
    else if (dtype === 'F64') data[i] = view.getFloat64(8 * i, true);
    else if (dtype === 'F16') data[i] = fromFloat16(view.getUint16(2 * i, true));
    else bits[i] = view.getUint16(2 * i, true) << 16;
  }
  return data;
}

/** 1 bit of sign, 5 of exponent (bias 15), 10 of fraction. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The header's length, compared with the file's before it is used. */
function headerLength(bytes: Uint8Array): number {
  if (bytes.length < 8) throw new FormatError(`file: expected at least 8 bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > LONGEST_HEADER) {
    throw new FormatError(
      `header: expected at most ${LONGEST_HEADER} bytes, got a length of ${length}: this may be no safetensors file`,
    );
  }
  if (length > bytes.length - 8) {
    throw new FormatError(
      `header: expected at most the ${bytes.length - 8} bytes that the file still has, got a length of ${length}`,
    );
  }
  return length;
}

function headerText(bytes: Uint8Array): string {
  const header = bytes.subarray(8, 8 + headerLength(bytes));
  if (header[0] !== OPENING_BRACE) {
    throw new FormatError(
      `header: expected { as its first byte, got ${header[0] === undefined ? 'no byte' : `0x${header[0].toString(16)}`}`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(header);
  } catch {
    throw new FormatError('header: expected UTF-8, got other bytes');
  }
}

/** A tensor starts where the one before it ends, and ends within the buffer. */
function checkPlace({ name, begin, end }: TensorEntry, last: TensorEntry | undefined, length: number): void {
  const offsets = `tensor ${show(name)}: data_offsets`;
  const got = `got [${begin}, ${end}]`;
  if (end < begin) throw new FormatError(`${offsets}: expected an end at or after the begin, ${got}`);
  const free = last?.end ?? 0;
  if (begin !== free) {
    const why = last === undefined ? '' : ` (where tensor ${show(last.name)} ends)`;
    throw new FormatError(`${offsets}: expected a begin at ${free}${why}, ${got}`);
  }
  if (end > length) {
    throw new FormatError(`${offsets}: expected an end within the ${length} bytes after the header, ${got}`);
  }
}

/** Shape and dtype ask for exactly the bytes between the offsets. */
function checkSpan({ name, dtype, shape, begin, end }: TensorEntry): Dtype {
  const tensor = `tensor ${show(name)}`;
  if (!Object.hasOwn(WIDTHS, dtype)) {
    throw new FormatError(`${tensor}: dtype: expected one of ${Object.keys(WIDTHS).join(', ')}, got ${show(dtype)}`);
  }
  const known = dtype as Dtype;
  const elements = elementsOf(shape);
  if (!Number.isSafeInteger(elements * WIDTHS[known])) {
    throw new FormatError(`${tensor}: shape: expected fewer than 2^53 bytes, got ${show(shape)}`);
  }
  if (elements * WIDTHS[known] !== end - begin) {
    const expected = `${elements * WIDTHS[known]} bytes (shape ${show(shape)} of ${dtype})`;
    throw new FormatError(`${tensor}: data_offsets: expected ${expected}, got ${end - begin}`);
  }
  return known;
}

/** The product of the shape; Infinity once it leaves the integers that float64 holds exactly. */
function elementsOf(shape: readonly number[]): number {
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (!Number.isSafeInteger(elements)) return Infinity;
  }
  return elements;
}
