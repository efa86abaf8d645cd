/**
 * a·b + c, four lanes. The strict build rounds twice, the same everywhere; the relaxed build lets the machine fuse, and
 * is labelled not reproducible for it.
 */

// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}
