/** Four float32 lanes at once: the multiply-add that every product is made of, and the sum of one vector. */

/**
 * a·b + c, four lanes. The strict build rounds the product and the sum; the fused build rounds once. Its instruction
 * leaves the choice to the runtime, so it is only loaded where the runtime is seen to round once.
 */

// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/** (lane 0 + lane 1) + (lane 2 + lane 3). */
// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}
