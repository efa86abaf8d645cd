/**
 * exp, log, sin and cos of our own, so that no result depends on the engine that runs it: float64 one at a time, and
 * exp in float32 four at a time.
 *
 * The coefficients are minimax fits of ours: a Remez exchange in 60-digit arithmetic on the reduced range, the leading
 * Taylor terms held fixed and the error weighted to be relative to the function; then rounded once to the format they
 * are used in. The parts of ln 2 and π/2 are those constants cut to as many bits as keep n · part exact.
 */

const LN2_HIGH: f64 = 0.6931471805592082; // the first 40 bits: n · LN2_HIGH is exact for |n| < 2^13
const LN2_LOW: f64 = 7.371002565167799e-13;
const LOG2_E: f64 = 1.4426950408889634;

/** Adding and subtracting it rounds a float64 below 2^51 in magnitude to the nearest integer. */
const ROUND: f64 = 6755399441055744.0; // 1.5 · 2^52

/**
 * e^x. x = n ln 2 + r, |r| ≤ ln 2 / 2; e^r = 1 + r + r² q(r), q of degree 9 (2^-57.9), summed from the small end with
 * the rounding error of 1 + r carried along. 0 below -745.14, infinity above 709.79, subnormal results rounded once.
 */
export function exp(x: f64): f64 {
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  if (x != x) return x;
  const n = x * LOG2_E + ROUND - ROUND;
  const high = x - n * LN2_HIGH;
  const low = n * LN2_LOW;
  const r = high - low;
  let q: f64 = 2.4999075163067254e-8;
  q = q * r + 2.7629875334820083e-7;
  q = q * r + 2.7557588116084917e-6;
  q = q * r + 2.4801494243009185e-5;
  q = q * r + 1.984126950667504e-4;
  q = q * r + 1.3888888942401032e-3;
  q = q * r + 8.333333333493103e-3;
  q = q * r + 4.16666666665355e-2;
  q = q * r + 0.1666666666666642;
  q = q * r + 0.500000000000001;
  const sum = 1.0 + high;
  const lost = 1.0 - sum + high;
  const y = sum + (lost + (r * r * q - low));
  const k = i32(n);
  if (k > -1021 && k < 1024) return y * powerOfTwo(k);
  return k > 0 ? y * 2.0 * powerOfTwo(k - 1) : y * powerOfTwo(k + 1000) * powerOfTwo(-1000);
}

/** 2^k for -1022 ≤ k ≤ 1023. */
// @ts-ignore: decorator
@inline
function powerOfTwo(k: i32): f64 {
  return reinterpret<f64>((<i64>k + 1023) << 52);
}

/**
 * ln x. x = 2^k m, m in [√½, √2), f = m - 1, s = f / (2 + f): ln m = f - (f²/2 - s (f²/2 + s² p(s²))), p of degree 6
 * (2^-59.5). -infinity at 0, NaN below it.
 */
export function log(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN;
  if (x == Infinity) return x;
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984.0; // 2^54
    k = -54;
  }
  // The bits of √½ taken off before and added back after let the exponent field change at √½ instead of at 1.
  const bits = reinterpret<u64>(x) - 0x3fe6a09e667f3bcd;
  k += i32((<i64>bits) >> 52);
  const f = reinterpret<f64>((bits & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd) - 1.0;
  const s = f / (2.0 + f);
  const z = s * s;
  let p: f64 = 0.1479210757321091;
  p = p * z + 0.15314463803967288;
  p = p * z + 0.18183546737444078;
  p = p * z + 0.2222219894773577;
  p = p * z + 0.2857142873825145;
  p = p * z + 0.3999999999943656;
  p = p * z + 0.6666666666666731;
  const half = 0.5 * f * f;
  const n = <f64>k;
  return n * LN2_HIGH - (half - (s * (half + z * p) + n * LN2_LOW) - f);
}

const TWO_OVER_PI: f64 = 0.6366197723675814;
const HALF_PI_1: f64 = 1.5707963267923333; // 36 bits each, then the rest:
const HALF_PI_2: f64 = 2.5633441515839558e-12; // n · part is exact for |n| < 2^17
const HALF_PI_3: f64 = 1.0562999066987428e-23;

/** The largest |x| that sin and cos take; NaN beyond it, rather than a value whose digits are gone. */
const ANGLE_LIMIT: f64 = 131072.0;

/** sin x for |x| ≤ 131072; NaN beyond. */
export function sin(x: f64): f64 {
  return circular(x, 0);
}

/** cos x for |x| ≤ 131072; NaN beyond. */
export function cos(x: f64): f64 {
  return circular(x, 1);
}

/**
 * sin(x + quarter · π/2). x = n π/2 + (r + t), |r| ≤ π/4, t the part of the remainder below r's last bit (Cody and
 * Waite, three parts); then the sine or the cosine of r + t with the sign of the quadrant.
 */
function circular(x: f64, quarter: i32): f64 {
  if (!(abs(x) <= ANGLE_LIMIT)) return NaN;
  if (abs(x) < 7.450580596923828e-9 && quarter == 0) return x; // 2^-27: also keeps -0
  const n = x * TWO_OVER_PI + ROUND - ROUND;
  const first = x - n * HALF_PI_1; // exact
  const second = n * HALF_PI_2; // exact
  const high = first - second;
  const shift = high - first;
  const low = first - (high - shift) - (second + shift) - n * HALF_PI_3;
  const r = high + low;
  const t = high - r + low;
  const quadrant = (i32(n) + quarter) & 3;
  const y = quadrant & 1 ? cosine(r, t) : sine(r, t);
  return quadrant & 2 ? -y : y;
}

/** sin(r + t) = r + r³ p(r²) + t cos r, p of degree 5 (2^-58). */
// @ts-ignore: decorator
@inline
function sine(r: f64, t: f64): f64 {
  const z = r * r;
  let p: f64 = 1.5897004741243218e-10;
  p = p * z - 2.5050762096873273e-8;
  p = p * z + 2.7557313720571718e-6;
  p = p * z - 1.9841269829903673e-4;
  p = p * z + 8.333333333322559e-3;
  p = p * z - 0.16666666666666632;
  return r + (r * z * p + t * (1.0 - 0.5 * z));
}

/** cos(r + t) = 1 - r²/2 + r⁴ p(r²) - t sin r, p of degree 5 (2^-64), the rounding error of 1 - r²/2 carried along. */
// @ts-ignore: decorator
@inline
function cosine(r: f64, t: f64): f64 {
  const z = r * r;
  let p: f64 = -1.1361314951289416e-11;
  p = p * z + 2.0875758279647947e-9;
  p = p * z - 2.7557314635879273e-7;
  p = p * z + 2.4801587290581108e-5;
  p = p * z - 1.3888888888876141e-3;
  p = p * z + 4.1666666666666616e-2;
  const half = 0.5 * z;
  const sum = 1.0 - half;
  return sum + (1.0 - sum - half + (z * z * p - r * t));
}

/**
 * The constants of exp4, in the order of their use. Read from memory at each use: with four vectors in flight they do
 * not fit in V8's fifteen registers, and a broadcasting load costs less than a spilled constant (2.0 against 1.6
 * Gelem/s).
 */
const EXP4: usize = memory.data<f32>([
  1.44269504, // log2 e
  12582912.0, // 1.5 · 2^23: rounds to an integer and leaves it in the low bits
  0.693145751953125, // ln 2, 15 bits: n times it is exact
  1.428606765330187e-6, // ln 2, the rest
  0.008312494494020939, // t^5
  0.04189012199640274, // t^4
  0.16667114198207855, // t^3
  0.499992311000824, // t^2
  1.0, // t and 1
  -87.3, // below it the results would be subnormal
]);

/**
 * Four e^x in float32, for x ≤ 88.3; exactly 0 for x < -87.3; NaN stays NaN.
 * x = n ln 2 + t; e^t = 1 + t + t² q(t), q of degree 3 (1.8 · 2^-24 relative).
 * n is rounded by adding 1.5 · 2^23 and so stands in the low bits of the sum: shifted to the exponent's place it is
 * added to e^t as an integer. No min, max, floor or truncation: those are several instructions each on x86.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const biased = f32x4.add(f32x4.mul(x, v128.load32_splat(EXP4)), v128.load32_splat(EXP4, 4));
  const n = f32x4.sub(biased, v128.load32_splat(EXP4, 4));
  let t = f32x4.sub(x, f32x4.mul(n, v128.load32_splat(EXP4, 8)));
  t = f32x4.sub(t, f32x4.mul(n, v128.load32_splat(EXP4, 12)));
  let p = f32x4.add(f32x4.mul(t, v128.load32_splat(EXP4, 16)), v128.load32_splat(EXP4, 20));
  p = f32x4.add(f32x4.mul(p, t), v128.load32_splat(EXP4, 24));
  p = f32x4.add(f32x4.mul(p, t), v128.load32_splat(EXP4, 28));
  p = f32x4.add(f32x4.mul(p, t), v128.load32_splat(EXP4, 32));
  p = f32x4.add(f32x4.mul(p, t), v128.load32_splat(EXP4, 32));
  const y = i32x4.add(p, i32x4.shl(biased, 23));
  return v128.andnot(y, f32x4.lt(x, v128.load32_splat(EXP4, 36)));
}

/** out[i] = e^in[i], i < n (float32). `out` may be `in`. Element i is the same number whatever n and its place are. */
export function expInto(out: usize, input: usize, n: i32): void {
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    const a = exp4(v128.load(input));
    const b = exp4(v128.load(input, 16));
    const c = exp4(v128.load(input, 32));
    const d = exp4(v128.load(input, 48));
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
    input += 64;
    out += 64;
  }
  for (; i + 4 <= n; i += 4) {
    v128.store(out, exp4(v128.load(input)));
    input += 16;
    out += 16;
  }
  for (; i < n; ++i) {
    f32.store(out, f32x4.extract_lane(exp4(v128.load32_zero(input)), 0));
    input += 4;
    out += 4;
  }
}
