/** exp, log, sin and cos to 250 bits in BigInt fixed point, and the distance of a float64 from them. */

const FRACTION = 320n;
const ONE = 1n << FRACTION;
const LN2 = 2n * atanhInverse(3n);
/** Machin: π = 16 atan(1/5) - 4 atan(1/239). */
const PI = 16n * atanInverse(5n) - 4n * atanInverse(239n);

/** value · 2^(shift - FRACTION) */
export interface Exact {
  readonly value: bigint;
  readonly shift: number;
}

export function exactExp(x: number): Exact {
  const fixed = toFixed(x);
  const n = (2n * fixed + LN2) / (2n * LN2) - (2n * fixed + LN2 < 0n ? 1n : 0n);
  const r = fixed - n * LN2;
  let term = ONE;
  let sum = ONE;
  for (let k = 1n; term !== 0n; k++) {
    term = (term * r) / (ONE * k);
    sum += term;
  }
  return { value: sum, shift: Number(n) };
}

export function exactLog(x: number): Exact {
  const [mantissa, exponent] = parts(x);
  const bits = mantissa.toString(2).length;
  const m = (mantissa << FRACTION) >> BigInt(bits - 1);
  const s = ((m - ONE) << FRACTION) / (m + ONE);
  const square = (s * s) >> FRACTION;
  let power = s;
  let sum = 0n;
  for (let k = 1n; power !== 0n && power !== -1n; k += 2n) {
    sum += power / k;
    power = (power * square) >> FRACTION;
  }
  return { value: 2n * sum + BigInt(exponent + bits - 1) * LN2, shift: 0 };
}

export function exactSin(x: number): Exact {
  return { value: circular(toFixed(x), 0n), shift: 0 };
}

export function exactCos(x: number): Exact {
  return { value: circular(toFixed(x), 1n), shift: 0 };
}

/** |y - exact| in units of the exact value's last place as a float64; subnormal places are 2^-1074. */
export function ulps(y: number, { value, shift }: Exact): number {
  const top = (value < 0n ? -value : value).toString(2).length - 1 + shift - Number(FRACTION);
  const place = Math.max(top - 52, -1074);
  const [mantissa, exponent] = parts(y);
  const common = Math.min(exponent, shift - Number(FRACTION), place - 64);
  const given = mantissa << BigInt(exponent - common);
  const wanted = value << BigInt(shift - Number(FRACTION) - common);
  const scaled = (given - wanted) >> BigInt(place - 20 - common);
  return Math.abs(Number(scaled)) / 2 ** 20;
}

/** sin(x + quarter · π/2) by the Taylor series about the nearest multiple of π/2. */
function circular(fixed: bigint, quarter: bigint): bigint {
  const n = (2n * fixed + PI / 2n) / PI - (2n * fixed + PI / 2n < 0n ? 1n : 0n);
  const r = fixed - (n * PI) / 2n;
  const quadrant = (((n + quarter) % 4n) + 4n) % 4n;
  const square = (r * r) >> FRACTION;
  const odd = quadrant % 2n === 0n;
  let term = odd ? r : ONE;
  let sum = 0n;
  for (let k = odd ? 2n : 1n; term !== 0n && term !== -1n; k += 2n) {
    sum += term;
    term = -((term * square) >> FRACTION) / (k * (k + 1n));
  }
  return quadrant >= 2n ? -sum : sum;
}

/** x = mantissa · 2^exponent, exactly. */
function parts(x: number): [mantissa: bigint, exponent: number] {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  const word = bits.getBigUint64(0);
  const field = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  const mantissa = field === 0 ? fraction : fraction | (1n << 52n);
  return [word >> 63n ? -mantissa : mantissa, Math.max(field, 1) - 1075];
}

function toFixed(x: number): bigint {
  const [mantissa, exponent] = parts(x);
  const shift = BigInt(exponent) + FRACTION;
  return shift >= 0n ? mantissa << shift : mantissa >> -shift;
}

function atanhInverse(n: bigint): bigint {
  return series(n, false);
}

function atanInverse(n: bigint): bigint {
  return series(n, true);
}

/** Σ (±1)^k / ((2k + 1) n^(2k + 1)). */
function series(n: bigint, alternate: boolean): bigint {
  let power = ONE / n;
  let sum = 0n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k;
    power /= alternate ? -(n * n) : n * n;
  }
  return sum;
}
