/**
 * The passes over a parameter after a step: the optimizers, and the sums and checks around them. Each is elementwise in
 * float32 with the four lanes independent, so that the cut between the vector loop and the tail changes no bit. `g` is
 * the sum of the gradient over the batch; `scale` = 1 / (number of loss positions) makes it the mean in the same pass.
 */

/**
 * SGD with momentum over w[n], m[n], g[n]:
 *   g' = scale · g + weightDecay · w;  m = momentum · m + g';  w -= rate · m.
 * m is all zeros before a parameter's first step, which makes it m = g' then.
 */
export function stepSgd(
  w: usize,
  m: usize,
  g: usize,
  n: i32,
  scale: f32,
  rate: f32,
  momentum: f32,
  weightDecay: f32,
): void {
  const end = n & ~3;
  for (let i = 0; i < end; i += 4) {
    const at = usize(i) << 2;
    const weights = v128.load(w + at);
    const gradient = f32x4.add(
      f32x4.mul(f32x4.splat(scale), v128.load(g + at)),
      f32x4.mul(f32x4.splat(weightDecay), weights),
    );
    const moment = f32x4.add(f32x4.mul(f32x4.splat(momentum), v128.load(m + at)), gradient);
    v128.store(m + at, moment);
    v128.store(w + at, f32x4.sub(weights, f32x4.mul(f32x4.splat(rate), moment)));
  }
  for (let i = end; i < n; ++i) {
    const at = usize(i) << 2;
    const weight = f32.load(w + at);
    const moment = momentum * f32.load(m + at) + (scale * f32.load(g + at) + weightDecay * weight);
    f32.store(m + at, moment);
    f32.store(w + at, weight - rate * moment);
  }
}

/**
 * AdamW over w[n], m[n], v[n], g[n], at the parameter's own step t (from 1), g' = scale · g:
 *   m = keep1 · m + take1 · g';  v = keep2 · v + take2 · g'²;  w = (w - decay · w) - rate · m / (root · √v + eps),
 * keep = β, take = 1 - β, decay = lr · weightDecay, rate = lr / (1 - β1^t), root = 1 / √(1 - β2^t). m and v start as
 * zeros.
 */
export function stepAdamW(
  w: usize,
  m: usize,
  v: usize,
  g: usize,
  n: i32,
  scale: f32,
  keep1: f32,
  take1: f32,
  keep2: f32,
  take2: f32,
  rate: f32,
  root: f32,
  eps: f32,
  decay: f32,
): void {
  const end = n & ~3;
  for (let i = 0; i < end; i += 4) {
    const at = usize(i) << 2;
    const gradient = f32x4.mul(f32x4.splat(scale), v128.load(g + at));
    const first = f32x4.add(f32x4.mul(f32x4.splat(keep1), v128.load(m + at)), f32x4.mul(f32x4.splat(take1), gradient));
    const second = f32x4.add(
      f32x4.mul(f32x4.splat(keep2), v128.load(v + at)),
      f32x4.mul(f32x4.splat(take2), f32x4.mul(gradient, gradient)),
    );
    const weights = v128.load(w + at);
    const kept = f32x4.sub(weights, f32x4.mul(f32x4.splat(decay), weights));
    const scaled = f32x4.add(f32x4.mul(f32x4.splat(root), f32x4.sqrt(second)), f32x4.splat(eps));
    v128.store(m + at, first);
    v128.store(v + at, second);
    v128.store(w + at, f32x4.sub(kept, f32x4.div(f32x4.mul(f32x4.splat(rate), first), scaled)));
  }
  for (let i = end; i < n; ++i) {
    const at = usize(i) << 2;
    const gradient = scale * f32.load(g + at);
    const first = keep1 * f32.load(m + at) + take1 * gradient;
    const second = keep2 * f32.load(v + at) + take2 * (gradient * gradient);
    const weight = f32.load(w + at);
    f32.store(m + at, first);
    f32.store(v + at, second);
    f32.store(w + at, weight - decay * weight - (rate * first) / (root * sqrt<f32>(second) + eps));
  }
}

/**
 * Σ x[i]² in float64, i < n. Order: two lanes over the pairs (0, 1), (4, 5), … and two over (2, 3), (6, 7), …, the
 * pairs added lane by lane, then the two lanes, then the tail in order.
 */
export function sumSquares(x: usize, n: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = n & ~3;
  for (let i = 0; i < end; i += 4) {
    const four = v128.load(x + (usize(i) << 2));
    const a = f64x2.promote_low_f32x4(four);
    const b = f64x2.promote_low_f32x4(v128.shuffle<u64>(four, four, 1, 1));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const lanes = f64x2.add(low, high);
  let sum = f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
  for (let i = end; i < n; ++i) {
    const value = <f64>f32.load(x + (usize(i) << 2));
    sum += value * value;
  }
  return sum;
}

/** 1 if no x[i], i < n, is infinite or NaN (an exponent of all ones), else 0. */
export function allFinite(x: usize, n: i32): i32 {
  const exponent = i32x4.splat(0x7f800000);
  let found = i32x4.splat(0);
  const end = n & ~3;
  for (let i = 0; i < end; i += 4) {
    found = v128.or(found, i32x4.eq(v128.and(v128.load(x + (usize(i) << 2)), exponent), exponent));
  }
  if (v128.any_true(found)) return 0;
  for (let i = end; i < n; ++i) {
    if ((load<i32>(x + (usize(i) << 2)) & 0x7f800000) == 0x7f800000) return 0;
  }
  return 1;
}
