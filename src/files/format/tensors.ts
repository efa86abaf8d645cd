/**
 * Tensors inside JSON: `{ "shape": [2, 3], "f64": "base64 of little-endian values" }`, or nested arrays of numbers.
 * Golden cases are written in these forms, and what is compared with them is printed in the first.
 */
import { FormatError, show } from '../../errors.js';

/** Row-major numbers and their shape. */
export interface DenseTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** The JSON form. Exactly one of f32 and f64 is there. */
export type EncodedTensor =
  | { readonly shape: readonly number[]; readonly f32: string }
  | { readonly shape: readonly number[]; readonly f64: string };

const DEEPEST = 8;
/** fromCharCode takes its arguments from the stack. */
const CHUNK = 8192;

/** float32 stays float32, float64 stays float64. */
export function encodeTensor({ shape, data }: DenseTensor): EncodedTensor {
  const wide = data instanceof Float64Array;
  const width = wide ? 8 : 4;
  const bytes = new Uint8Array(width * data.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) {
    if (wide) view.setFloat64(8 * i, data[i]!, true);
    else view.setFloat32(4 * i, data[i]!, true);
  }
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK) binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  const base64 = btoa(binary);
  return wide ? { shape: [...shape], f64: base64 } : { shape: [...shape], f32: base64 };
}

/** Either form, read. Nested arrays become float64. Throws a FormatError that starts with `name`. */
export function decodeTensor(value: unknown, name: string): DenseTensor {
  if (Array.isArray(value)) return fromNested(value, name);
  if (typeof value !== 'object' || value === null) {
    throw new FormatError(`${name}: expected a tensor ({ shape, f32 | f64 } or nested arrays), got ${show(value)}`);
  }
  const { shape, f32, f64 } = value as { shape?: unknown; f32?: unknown; f64?: unknown };
  if (!isShape(shape)) throw new FormatError(`${name}: expected a shape, got ${show(shape)}`);
  const base64 = f64 ?? f32;
  if ((f32 === undefined) === (f64 === undefined) || typeof base64 !== 'string') {
    throw new FormatError(`${name}: expected base64 in one of f32 and f64, got ${show({ f32, f64 })}`);
  }
  const width = f64 === undefined ? 4 : 8;
  const view = decodeBase64(base64, name);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (view.byteLength !== width * elements) {
    const expected = `base64 of ${width * elements} bytes (shape ${show(shape)})`;
    throw new FormatError(`${name}: expected ${expected}, got ${view.byteLength}`);
  }
  const data = width === 4 ? new Float32Array(elements) : new Float64Array(elements);
  for (let i = 0; i < elements; i++)
    data[i] = width === 4 ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true);
  return { shape, data };
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function decodeBase64(base64: string, name: string): DataView {
  let binary: string;
  try {
    binary = atob(base64);
  } catch {
    throw new FormatError(`${name}: expected base64, got other text`);
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return new DataView(bytes.buffer);
}

/** The shape is read off the first entry of every level; all others must agree. */
function fromNested(value: readonly unknown[], name: string): DenseTensor {
  const shape: number[] = [];
  for (let level: unknown = value; Array.isArray(level); level = level[0]) {
    if (shape.length === DEEPEST)
      throw new FormatError(`${name}: expected arrays at most ${DEEPEST} deep, got deeper ones`);
    shape.push(level.length);
  }
  const numbers: number[] = [];
  const flatten = (level: unknown, depth: number): void => {
    if (depth === shape.length) {
      if (typeof level !== 'number') throw new FormatError(`${name}: expected a number, got ${show(level)}`);
      numbers.push(level);
    } else if (Array.isArray(level) && level.length === shape[depth]) {
      for (const inner of level) flatten(inner, depth + 1);
    } else {
      throw new FormatError(`${name}: expected the shape [${shape.slice(depth).join(', ')}], got ${show(level)}`);
    }
  };
  flatten(value, 0);
  return { shape, data: Float64Array.from(numbers) };
}
