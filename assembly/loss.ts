/** Softmax cross-entropy over rows of logits, with its gradient. */
import { sumLanes } from './lanes';
import { exp4, log } from './math';

/**
 * losses[i] = log Σ_j exp(x_ij - max) + max - x_iy for target y = targets[positions[i]]; in place x[i, :] becomes the
 * gradient of the summed loss, softmax - one-hot; the target's share less 1 is minus the sum of all other shares, which
 * keeps its digits where the model is sure. Rows are `columns` wide, `stride` floats apart, stride a multiple of 4;
 * places from `columns` to the next multiple of 4 are overwritten with zeros.
 * Order of both sums over j: four running sums over j ≡ 0..3 (mod 4), then (lane 0 + lane 1) + (lane 2 + lane 3).
 */
export function crossEntropy(
  losses: usize,
  x: usize,
  stride: i32,
  targets: usize,
  positions: usize,
  rows: i32,
  columns: i32,
): void {
  const lowest = f32x4.splat(-f32.MAX_VALUE);
  const padded = (columns + 3) & ~3;
  const last = padded - 4;
  const mask = i32x4.lt_s(i32x4.add(i32x4.splat(last), i32x4(0, 1, 2, 3)), i32x4.splat(columns));
  for (let i = 0; i < rows; ++i) {
    const row = x + ((usize(i) * usize(stride)) << 2);
    const end = row + (usize(padded) << 2);
    const target = load<i32>(targets + (usize(load<i32>(positions + (usize(i) << 2))) << 2));
    const right = row + (usize(target) << 2);
    const wanted = load<f32>(right);
    const tail = row + (usize(last) << 2);
    v128.store(tail, v128.bitselect(v128.load(tail), lowest, mask));

    let m = lowest;
    for (let at = row; at < end; at += 16) m = f32x4.pmax(m, v128.load(at));
    m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
    m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2));
    let sum4 = f32x4.splat(0);
    for (let at = row; at < end; at += 16) {
      const e = exp4(f32x4.sub(v128.load(at), m));
      v128.store(at, e);
      sum4 = f32x4.add(sum4, e);
    }
    const sum = sumLanes(sum4);
    const share = f32x4.splat(1 / sum);
    store<f32>(right, 0);
    let others = f32x4.splat(0);
    for (let at = row; at < end; at += 16) {
      const p = f32x4.mul(v128.load(at), share);
      v128.store(at, p);
      others = f32x4.add(others, p);
    }
    store<f32>(right, -sumLanes(others));
    store<f32>(losses + (usize(i) << 2), f32(log(f64(sum)) + f64(f32x4.extract_lane(m, 0)) - f64(wanted)));
  }
}
