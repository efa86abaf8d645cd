/** Positions as angles t · 10000^(-2i/width): the rotary tables and their use, and the fixed sinusoidal table. */
import { cos, exp, log, sin } from './math';

/** 10000^(-2i/width) in float64. */
// @ts-ignore: decorator
@inline
function frequency(i: i32, width: i32): f64 {
  return exp((-2.0 * f64(i) * log(10000.0)) / f64(width));
}

/** cosines[T, h], sines[T, h], h = ⌊e / 2⌋: of t · 10000^(-2i/e), worked out in float64 and rounded once. */
export function fillRotary(cosines: usize, sines: usize, T: i32, e: i32): void {
  const pairs = e >> 1;
  for (let i = 0; i < pairs; ++i) {
    const speed = frequency(i, e);
    for (let t = 0; t < T; ++t) {
      const at = usize(t * pairs + i) << 2;
      f32.store(cosines + at, f32(cos(f64(t) * speed)));
      f32.store(sines + at, f32(sin(f64(t) * speed)));
    }
  }
}

/**
 * Turns each pair (x[r, 2i], x[r, 2i+1]) of x[rows, e] in place by direction (+1 or -1) times the angle of its row's
 * position:
 *   (a, b) → (a cos - b sin, a sin + b cos).  Position: positions[r] (i32), or r where that pointer is 0.
 * The last column of an odd e is left alone. direction -1 is the inverse, and the backward pass.
 */
export function rotate(
  x: usize,
  stride: i32,
  rows: i32,
  e: i32,
  cosines: usize,
  sines: usize,
  positions: usize,
  direction: f32,
): void {
  const pairs = e >> 1;
  const turn = f32x4.mul(f32x4(-1, 1, -1, 1), f32x4.splat(direction));
  for (let r = 0; r < rows; ++r) {
    const position = positions ? load<i32>(positions + (usize(r) << 2)) : r;
    let cosine = cosines + (usize(position * pairs) << 2);
    let sine = sines + (usize(position * pairs) << 2);
    let at = x;
    let i = 0;
    for (; i + 2 <= pairs; i += 2) {
      const two = v128.load(at);
      const c = v128.load64_zero(cosine);
      const s = v128.load64_zero(sine);
      const straight = f32x4.mul(two, v128.shuffle<f32>(c, c, 0, 0, 1, 1));
      const crossed = f32x4.mul(v128.shuffle<f32>(two, two, 1, 0, 3, 2), v128.shuffle<f32>(s, s, 0, 0, 1, 1));
      v128.store(at, f32x4.add(straight, f32x4.mul(crossed, turn)));
      at += 16;
      cosine += 8;
      sine += 8;
    }
    if (i < pairs) {
      const a = f32.load(at);
      const b = f32.load(at, 4);
      const c = f32.load(cosine);
      const s = f32.load(sine) * direction;
      f32.store(at, a * c - b * s);
      f32.store(at, a * s + b * c, 4);
    }
    x += usize(stride) << 2;
  }
}

/** out[T, d], rows `stride` apart: out[t, 2i] = sin(t · 10000^(-2i/d)), out[t, 2i+1] = cos of the same. */
export function fillSinusoidal(out: usize, T: i32, d: i32, stride: i32): void {
  for (let c = 0; c < d; ++c) {
    const speed = frequency(c >> 1, d);
    for (let t = 0; t < T; ++t) {
      const angle = f64(t) * speed;
      f32.store(out + (usize(t * stride + c) << 2), f32(c & 1 ? cos(angle) : sin(angle)));
    }
  }
}
