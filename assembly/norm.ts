/**
 * LayerNorm over rows of width d, forward and backward. Rows of x, out, dx and dout start `stride` elements apart;
 * weight, bias and their gradients are [d]; mean and rstd keep one number a row for the backward pass. Order of every
 * sum over a row: lanes 0..3 over columns 0, 4, 8, …, then (l0 + l1) + (l2 + l3), then the tail in order.
 */
import { sumLanes } from './lanes';

const EPS: f32 = 1e-5;

/**
 * out[r, c] = (x[r, c] - mean_r) · rstd_r · weight[c] + bias[c],  rstd = 1 / √(variance + 1e-5), the variance over all
 * d (biased) and about the mean. `out` may be `x` only where no backward pass follows, which reads x.
 */
export function layerNorm(
  out: usize,
  outStride: i32,
  x: usize,
  xStride: i32,
  weight: usize,
  bias: usize,
  mean: usize,
  rstd: usize,
  rows: i32,
  d: i32,
): void {
  const vectorBytes = usize(d & ~3) << 2;
  const rowBytes = usize(d) << 2;
  for (let r = 0; r < rows; ++r) {
    let total4 = f32x4.splat(0);
    for (let c: usize = 0; c < vectorBytes; c += 16) total4 = f32x4.add(total4, v128.load(x + c));
    let total = sumLanes(total4);
    for (let c = vectorBytes; c < rowBytes; c += 4) total += f32.load(x + c);
    const mu = total / f32(d);
    const mu4 = f32x4.splat(mu);

    let square4 = f32x4.splat(0);
    for (let c: usize = 0; c < vectorBytes; c += 16) {
      const centred = f32x4.sub(v128.load(x + c), mu4);
      square4 = f32x4.add(square4, f32x4.mul(centred, centred));
    }
    let square = sumLanes(square4);
    for (let c = vectorBytes; c < rowBytes; c += 4) {
      const centred = f32.load(x + c) - mu;
      square += centred * centred;
    }
    const inverse: f32 = <f32>1.0 / sqrt<f32>(square / f32(d) + EPS);
    const inverse4 = f32x4.splat(inverse);

    for (let c: usize = 0; c < vectorBytes; c += 16) {
      const unit = f32x4.mul(f32x4.sub(v128.load(x + c), mu4), inverse4);
      v128.store(out + c, f32x4.add(f32x4.mul(unit, v128.load(weight + c)), v128.load(bias + c)));
    }
    for (let c = vectorBytes; c < rowBytes; c += 4) {
      f32.store(out + c, (f32.load(x + c) - mu) * inverse * f32.load(weight + c) + f32.load(bias + c));
    }
    f32.store(mean, mu);
    f32.store(rstd, inverse);
    mean += 4;
    rstd += 4;
    x += usize(xStride) << 2;
    out += usize(outStride) << 2;
  }
}

/**
 * With u = (x - mean) · rstd and h = dout · weight, the means over c:
 *   dx[r, c] += rstd_r · (h - mean(h) - u · mean(h · u));  dweight[c] += Σ_r dout · u;  dbias[c] += Σ_r dout
 * r ascending.
 * A pointer of 0 for dx, dweight or dbias forms none of it.
 */
export function layerNormBackward(
  dx: usize,
  dxStride: i32,
  dweight: usize,
  dbias: usize,
  dout: usize,
  doutStride: i32,
  x: usize,
  xStride: i32,
  weight: usize,
  mean: usize,
  rstd: usize,
  rows: i32,
  d: i32,
): void {
  for (let r = 0; r < rows; ++r) {
    const mu = f32.load(mean);
    const inverse = f32.load(rstd);
    if (dx) {
      rowBackward(dx, dout, x, weight, mu, inverse, d);
      dx += usize(dxStride) << 2;
    }
    if (dweight) addWeightGradient(dweight, dout, x, mu, inverse, d);
    if (dbias) addBiasGradient(dbias, dout, d);
    mean += 4;
    rstd += 4;
    x += usize(xStride) << 2;
    dout += usize(doutStride) << 2;
  }
}

/** dx of one row. */
// @ts-ignore: decorator
@inline
function rowBackward(dx: usize, dout: usize, x: usize, weight: usize, mu: f32, inverse: f32, d: i32): void {
  const vectorBytes = usize(d & ~3) << 2;
  const rowBytes = usize(d) << 2;
  const mu4 = f32x4.splat(mu);
  const inverse4 = f32x4.splat(inverse);
  let plain4 = f32x4.splat(0);
  let along4 = f32x4.splat(0);
  for (let c: usize = 0; c < vectorBytes; c += 16) {
    const h = f32x4.mul(v128.load(dout + c), v128.load(weight + c));
    const u = f32x4.mul(f32x4.sub(v128.load(x + c), mu4), inverse4);
    plain4 = f32x4.add(plain4, h);
    along4 = f32x4.add(along4, f32x4.mul(h, u));
  }
  let plain = sumLanes(plain4);
  let along = sumLanes(along4);
  for (let c = vectorBytes; c < rowBytes; c += 4) {
    const h = f32.load(dout + c) * f32.load(weight + c);
    plain += h;
    along += h * ((f32.load(x + c) - mu) * inverse);
  }
  plain /= f32(d);
  along /= f32(d);
  plain4 = f32x4.splat(plain);
  along4 = f32x4.splat(along);
  for (let c: usize = 0; c < vectorBytes; c += 16) {
    const h = f32x4.mul(v128.load(dout + c), v128.load(weight + c));
    const u = f32x4.mul(f32x4.sub(v128.load(x + c), mu4), inverse4);
    const across = f32x4.sub(f32x4.sub(h, plain4), f32x4.mul(u, along4));
    v128.store(dx + c, f32x4.add(v128.load(dx + c), f32x4.mul(inverse4, across)));
  }
  for (let c = vectorBytes; c < rowBytes; c += 4) {
    const h = f32.load(dout + c) * f32.load(weight + c);
    const u = (f32.load(x + c) - mu) * inverse;
    f32.store(dx + c, f32.load(dx + c) + inverse * (h - plain - u * along));
  }
}

/** dweight += dout · u of one row. */
// @ts-ignore: decorator
@inline
function addWeightGradient(dweight: usize, dout: usize, x: usize, mu: f32, inverse: f32, d: i32): void {
  const vectorBytes = usize(d & ~3) << 2;
  const rowBytes = usize(d) << 2;
  for (let c: usize = 0; c < vectorBytes; c += 16) {
    const u = f32x4.mul(f32x4.sub(v128.load(x + c), f32x4.splat(mu)), f32x4.splat(inverse));
    v128.store(dweight + c, f32x4.add(v128.load(dweight + c), f32x4.mul(v128.load(dout + c), u)));
  }
  for (let c = vectorBytes; c < rowBytes; c += 4) {
    const u = (f32.load(x + c) - mu) * inverse;
    f32.store(dweight + c, f32.load(dweight + c) + f32.load(dout + c) * u);
  }
}

/** dbias += dout of one row. */
// @ts-ignore: decorator
@inline
function addBiasGradient(dbias: usize, dout: usize, d: i32): void {
  const vectorBytes = usize(d & ~3) << 2;
  const rowBytes = usize(d) << 2;
  for (let c: usize = 0; c < vectorBytes; c += 16) {
    v128.store(dbias + c, f32x4.add(v128.load(dbias + c), v128.load(dout + c)));
  }
  for (let c = vectorBytes; c < rowBytes; c += 4) {
    f32.store(dbias + c, f32.load(dbias + c) + f32.load(dout + c));
  }
}
