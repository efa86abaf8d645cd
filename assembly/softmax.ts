/**
 * Causal softmax over the rows of attention scores, forward and backward. Row i belongs to position positions[i] (i32,
 * ascending) and holds length = positions[i] + 1 scores. Rows start `stride` floats apart, stride a multiple of 16.
 *
 * Past its length a row is filled with zeros up to the next multiple of 16 of the longest of its four rows (4r … 4r +
 * 3): the products read rows in pairs or fours. What lies behind that is neither written nor read.
 *
 * Order of a sum over a row: sixteen running sums over s ≡ 0..15 (mod 16), held in four vectors v0..v3; then
 * (v0 + v1) + (v2 + v3), then ((lane 0 + lane 1) + (lane 2 + lane 3)). Places past the length count as +0.
 */
import { sumLanes } from './lanes';
import { exp4 } from './math';

/** All ones in the lanes whose place first + lane lies below length. */
// @ts-ignore: decorator
@inline
function below(first: i32, length: i32): v128 {
  return i32x4.lt_s(i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3)), i32x4.splat(length));
}

/** Zeros from place `from` up to place `to`, both multiples of 16. */
// @ts-ignore: decorator
@inline
function fillZeros(row: usize, from: i32, to: i32): void {
  for (let s = from; s < to; s += 4) v128.store(row + (usize(s) << 2), f32x4.splat(0));
}

/** End of row i's zeros: the longest length of its four rows, rounded up to 16. */
// @ts-ignore: decorator
@inline
function tileEnd(positions: usize, i: i32, rows: i32): i32 {
  const longest = min(i | 3, rows - 1);
  return (load<i32>(positions + (usize(longest) << 2)) + 16) & ~15;
}

/** In place: scores[rows, stride] → weights, weights[i, s] = exp(scale·(x_s - max)) / Σ over s < length. */
export function causalSoftmax(scores: usize, stride: i32, positions: usize, rows: i32, scale: f32): void {
  const lowest = f32x4.splat(-f32.MAX_VALUE);
  const zero = f32x4.splat(0);
  const factor = f32x4.splat(scale);
  for (let i = 0; i < rows; ++i) {
    const row = scores + ((usize(i) * usize(stride)) << 2);
    const length = load<i32>(positions + (usize(i) << 2)) + 1;
    const whole = length & ~15;
    const padded = (length + 15) & ~15;
    // Mask the last group once, in memory; from here on every group of 16 is a full one.
    for (let s = whole; s < padded; s += 4) {
      const at = row + (usize(s) << 2);
      v128.store(at, v128.bitselect(v128.load(at), lowest, below(s, length)));
    }
    const end = row + (usize(padded) << 2);

    let m0 = lowest,
      m1 = lowest,
      m2 = lowest,
      m3 = lowest;
    for (let at = row; at < end; at += 64) {
      // pmax: one instruction on x86, max is six. A NaN score stays a NaN in the exponential below.
      m0 = f32x4.pmax(m0, v128.load(at));
      m1 = f32x4.pmax(m1, v128.load(at, 16));
      m2 = f32x4.pmax(m2, v128.load(at, 32));
      m3 = f32x4.pmax(m3, v128.load(at, 48));
    }
    m0 = f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3));
    m0 = f32x4.pmax(m0, v128.shuffle<f32>(m0, m0, 2, 3, 0, 1));
    m0 = f32x4.pmax(m0, v128.shuffle<f32>(m0, m0, 1, 0, 3, 2));

    let s0 = zero,
      s1 = zero,
      s2 = zero,
      s3 = zero;
    for (let at = row; at < end; at += 64) {
      const e0 = exp4(f32x4.mul(f32x4.sub(v128.load(at), m0), factor));
      const e1 = exp4(f32x4.mul(f32x4.sub(v128.load(at, 16), m0), factor));
      const e2 = exp4(f32x4.mul(f32x4.sub(v128.load(at, 32), m0), factor));
      const e3 = exp4(f32x4.mul(f32x4.sub(v128.load(at, 48), m0), factor));
      v128.store(at, e0);
      v128.store(at, e1, 16);
      v128.store(at, e2, 32);
      v128.store(at, e3, 48);
      s0 = f32x4.add(s0, e0);
      s1 = f32x4.add(s1, e1);
      s2 = f32x4.add(s2, e2);
      s3 = f32x4.add(s3, e3);
    }
    const share = f32x4.splat(1 / sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))));
    for (let at = row; at < end; at += 64) {
      v128.store(at, f32x4.mul(v128.load(at), share));
      v128.store(at, f32x4.mul(v128.load(at, 16), share), 16);
      v128.store(at, f32x4.mul(v128.load(at, 32), share), 32);
      v128.store(at, f32x4.mul(v128.load(at, 48), share), 48);
    }
    fillZeros(row, padded, tileEnd(positions, i, rows));
  }
}

/**
 * In place: dweights[rows, stride] → dscores = scale · weights ∘ (dweights - Σ_s weights·dweights). weights: what
 * causalSoftmax left, same layout.
 */
export function causalSoftmaxBackward(
  dweights: usize,
  weights: usize,
  stride: i32,
  positions: usize,
  rows: i32,
  scale: f32,
): void {
  const zero = f32x4.splat(0);
  const factor = f32x4.splat(scale);
  for (let i = 0; i < rows; ++i) {
    const offset = (usize(i) * usize(stride)) << 2;
    const row = dweights + offset;
    const length = load<i32>(positions + (usize(i) << 2)) + 1;
    const whole = length & ~15;
    const padded = (length + 15) & ~15;
    for (let s = whole; s < padded; s += 4) {
      const at = row + (usize(s) << 2);
      v128.store(at, v128.and(v128.load(at), below(s, length)));
    }
    const end = row + (usize(padded) << 2);
    const shift = weights + offset - row;

    let s0 = zero,
      s1 = zero,
      s2 = zero,
      s3 = zero;
    for (let at = row; at < end; at += 64) {
      s0 = f32x4.add(s0, f32x4.mul(v128.load(at), v128.load(at + shift)));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(at, 16), v128.load(at + shift, 16)));
      s2 = f32x4.add(s2, f32x4.mul(v128.load(at, 32), v128.load(at + shift, 32)));
      s3 = f32x4.add(s3, f32x4.mul(v128.load(at, 48), v128.load(at + shift, 48)));
    }
    const mean = f32x4.splat(sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))));
    for (let at = row; at < end; at += 64) {
      v128.store(at, f32x4.mul(f32x4.mul(v128.load(at + shift), factor), f32x4.sub(v128.load(at), mean)));
      v128.store(at, f32x4.mul(f32x4.mul(v128.load(at + shift, 16), factor), f32x4.sub(v128.load(at, 16), mean)), 16);
      v128.store(at, f32x4.mul(f32x4.mul(v128.load(at + shift, 32), factor), f32x4.sub(v128.load(at, 32), mean)), 32);
      v128.store(at, f32x4.mul(f32x4.mul(v128.load(at + shift, 48), factor), f32x4.sub(v128.load(at, 48), mean)), 48);
    }
    fillZeros(row, padded, tileEnd(positions, i, rows));
  }
}

/** out[i] (i32) = place of the largest weights[i, s], s ≤ positions[i]; the lowest of equal ones. */
export function causalArgmax(out: usize, weights: usize, stride: i32, positions: usize, rows: i32): void {
  for (let i = 0; i < rows; ++i) {
    const row = weights + ((usize(i) * usize(stride)) << 2);
    store<i32>(out + (usize(i) << 2), argmax(row, load<i32>(positions + (usize(i) << 2)) + 1));
  }
}

/** out[i] (i32) = column of the largest x[i, :]; the lowest of equal ones. */
export function rowArgmax(out: usize, x: usize, stride: i32, rows: i32, columns: i32): void {
  for (let i = 0; i < rows; ++i) {
    store<i32>(out + (usize(i) << 2), argmax(x + ((usize(i) * usize(stride)) << 2), columns));
  }
}

function argmax(row: usize, length: i32): i32 {
  let best = load<f32>(row);
  let place = 0;
  for (let s = 1; s < length; ++s) {
    const x = load<f32>(row + (usize(s) << 2));
    if (x > best) {
      best = x;
      place = s;
    }
  }
  return place;
}
