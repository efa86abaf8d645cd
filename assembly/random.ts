/**
 * Deviates for initial weights. Element i depends on i, the key (k0, k1) and the counter words c1, c2, c3 alone: words
 * 4b .. 4b + 3 are Philox block c0 = b, so a tensor may be filled anywhere and to any length.
 */
import { cos, log, sin } from './math';
import { philox4x32 } from './philox';

const TWO_PI: f64 = 6.283185307179586;
const TO_UNIT: f64 = 2.3283064365386963e-10; // 2^-32

/**
 * out[n] (float32) = scale · N(0, 1). Box and Muller in float64, rounded once: from words (a, b),
 *   r = √(-2 ln((a + ½) 2^-32)), φ = 2π b 2^-32; the even element is r cos φ, the odd one r sin φ. |deviate| ≤ 6.77.
 */
export function fillNormal(out: usize, n: i32, scale: f64, k0: u32, k1: u32, c1: u32, c2: u32, c3: u32): void {
  for (let i = 0; i < n; i += 4) {
    const words = philox4x32(k0, k1, u32(i) >> 2, c1, c2, c3);
    storePair(out, n - i, scale, i32x4.extract_lane(words, 0), i32x4.extract_lane(words, 1));
    storePair(out + 8, n - i - 2, scale, i32x4.extract_lane(words, 2), i32x4.extract_lane(words, 3));
    out += 16;
  }
}

/** The two deviates of words (a, b), as many as `left` leaves room for. */
function storePair(out: usize, left: i32, scale: f64, a: u32, b: u32): void {
  if (left <= 0) return;
  const radius = scale * sqrt<f64>(-2.0 * log((f64(a) + 0.5) * TO_UNIT));
  const angle = TWO_PI * (f64(b) * TO_UNIT);
  f32.store(out, f32(radius * cos(angle)));
  if (left > 1) f32.store(out, f32(radius * sin(angle)), 4);
}

/**
 * out[n] (float32) uniform on (-bound, bound): bound · ((2h + 1) 2^-24 - 1), h the high 24 bits of word i. The factor
 * is at most 1 - 2^-24 in magnitude, so that rounding never reaches the bound.
 */
export function fillUniform(out: usize, n: i32, bound: f64, k0: u32, k1: u32, c1: u32, c2: u32, c3: u32): void {
  let words = i32x4.splat(0);
  for (let i = 0; i < n; ++i) {
    words = i & 3 ? v128.shuffle<u32>(words, words, 1, 2, 3, 0) : philox4x32(k0, k1, u32(i) >> 2, c1, c2, c3);
    const h = u32(i32x4.extract_lane(words, 0)) >> 8;
    f32.store(out + (usize(i) << 2), f32(bound * (f64(2 * h + 1) * 5.9604644775390625e-8 - 1.0)));
  }
}
