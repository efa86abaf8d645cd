/**
 * DEFLATE (RFC 1951) to bytes. The library carries its kernels compressed; the runtime's own DecompressionStream is
 * asynchronous, and loading a build is not. Written for data of our own: what does not fit is an error, and no more.
 */

/** A canonical Huffman code: how many codes each length has, and the symbols in the order of their codes. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

const MOST_BITS = 15;
const END = 256;

/** Bases and extra bits of the lengths 257 … 285 and of the distances 0 … 29, as the RFC lists them. */
const LENGTHS = bases(29, 4, 3);
const DISTANCES = bases(30, 2, 1);
/** In which order the lengths of the code over lengths are sent. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** `size`: bytes of the result. Throws RangeError unless the data makes exactly as many. */
export function inflate(data: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let at = 0;
  let bit = 0;
  const bits = (count: number) => {
    let value = 0;
    if (bit + count > 8 * data.length) throw new RangeError(`compressed data: expected ${size} bytes, got fewer`);
    for (let i = 0; i < count; i++, bit++) value |= ((data[bit >> 3]! >> (bit & 7)) & 1) << i;
    return value;
  };
  const symbol = ({ counts, symbols }: Code) => {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MOST_BITS; length++) {
      code |= bits(1);
      const count = counts[length]!;
      if (code - count < first) return symbols[index + code - first]!;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new RangeError('compressed data: expected a code of the table, got another');
  };
  const dynamic = (): [Code, Code] => {
    const literals = bits(5) + 257;
    const distances = bits(5) + 1;
    const lengths = new Uint8Array(literals + distances);
    const overLengths = new Uint8Array(ORDER.length);
    for (let i = 0, sent = bits(4) + 4; i < sent; i++) overLengths[ORDER[i]!] = bits(3);
    const code = codeOf(overLengths);
    for (let i = 0; i < lengths.length; ) {
      const kind = symbol(code);
      if (kind < 16) lengths[i++] = kind;
      else {
        const repeated = kind === 16 ? lengths[i - 1]! : 0;
        const times = kind === 16 ? 3 + bits(2) : kind === 17 ? 3 + bits(3) : 11 + bits(7);
        lengths.fill(repeated, i, i + times);
        i += times;
      }
    }
    return [codeOf(lengths.subarray(0, literals)), codeOf(lengths.subarray(literals))];
  };

  for (let last = 0; last === 0; ) {
    last = bits(1);
    const kind = bits(2);
    if (kind !== 1 && kind !== 2) throw new RangeError(`compressed data: expected a block of kind 1 or 2, got ${kind}`);
    const [literals, distances] = kind === 1 ? fixed() : dynamic();
    for (let next = symbol(literals); next !== END; next = symbol(literals)) {
      if (next < END) out[at++] = next;
      else {
        const length = next === 285 ? 258 : LENGTHS.base[next - 257]! + bits(LENGTHS.extra[next - 257]!);
        const far = symbol(distances);
        const from = at - DISTANCES.base[far]! - bits(DISTANCES.extra[far]!);
        for (let k = 0; k < length; k++) out[at++] = out[from + k]!;
      }
    }
  }
  if (at !== size) throw new RangeError(`compressed data: expected ${size} bytes, got ${at}`);
  return out;
}

/** The codes of a block that brings none. */
function fixed(): [Code, Code] {
  const lengths = new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280);
  return [codeOf(lengths), codeOf(new Uint8Array(30).fill(5))];
}

function codeOf(lengths: Uint8Array): Code {
  const counts = new Uint16Array(MOST_BITS + 1);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  const next = new Uint16Array(MOST_BITS + 2);
  for (let length = 1; length <= MOST_BITS; length++) next[length + 1] = next[length]! + counts[length]!;
  const symbols = new Uint16Array(lengths.length);
  for (const [value, length] of lengths.entries()) if (length > 0) symbols[next[length]!++] = value;
  return { counts, symbols };
}

/** Values from `first` on: `group` of them with no extra bits twice over, then as many with each further extra bit. */
function bases(count: number, group: number, first: number): { base: number[]; extra: number[] } {
  const base: number[] = [];
  const extra: number[] = [];
  for (let i = 0, value = first; i < count; i++) {
    const more = Math.max(0, Math.floor(i / group) - 1);
    base.push(value);
    extra.push(more);
    value += 1 << more;
  }
  return { base, extra };
}
