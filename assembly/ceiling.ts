/**
 * How fast this machine multiplies and adds: register-only chains, no memory touched. What the products are measured
 * against. In the strict build a pair is a multiplication and an addition, in the relaxed one the machine may fuse it.
 */
import { multiplyAdd } from './multiply-add';

// @ts-ignore: decorator
@inline
function first(v: v128): f32 {
  return f32x4.extract_lane(v, 0);
}

/** 6 chains: 48 operations a round. Returns a sum so that nothing is left out. */
export function chains6(rounds: i32, x: f32): f32 {
  const m = f32x4.splat(x);
  let a = f32x4.splat(1);
  let b = f32x4.splat(2);
  let c = f32x4.splat(3);
  let d = f32x4.splat(4);
  let e = f32x4.splat(5);
  let f = f32x4.splat(6);
  for (let r = 0; r < rounds; ++r) {
    a = multiplyAdd(m, a, m);
    b = multiplyAdd(m, b, m);
    c = multiplyAdd(m, c, m);
    d = multiplyAdd(m, d, m);
    e = multiplyAdd(m, e, m);
    f = multiplyAdd(m, f, m);
  }
  return first(a) + first(b) + first(c) + first(d) + first(e) + first(f);
}

/** 8 chains: 64 operations a round. Returns a sum so that nothing is left out. */
export function chains8(rounds: i32, x: f32): f32 {
  const m = f32x4.splat(x);
  let a = f32x4.splat(1);
  let b = f32x4.splat(2);
  let c = f32x4.splat(3);
  let d = f32x4.splat(4);
  let e = f32x4.splat(5);
  let f = f32x4.splat(6);
  let g = f32x4.splat(7);
  let h = f32x4.splat(8);
  for (let r = 0; r < rounds; ++r) {
    a = multiplyAdd(m, a, m);
    b = multiplyAdd(m, b, m);
    c = multiplyAdd(m, c, m);
    d = multiplyAdd(m, d, m);
    e = multiplyAdd(m, e, m);
    f = multiplyAdd(m, f, m);
    g = multiplyAdd(m, g, m);
    h = multiplyAdd(m, h, m);
  }
  return first(a) + first(b) + first(c) + first(d) + first(e) + first(f) + first(g) + first(h);
}

/** 10 chains: 80 operations a round. Returns a sum so that nothing is left out. */
export function chains10(rounds: i32, x: f32): f32 {
  const m = f32x4.splat(x);
  let a = f32x4.splat(1);
  let b = f32x4.splat(2);
  let c = f32x4.splat(3);
  let d = f32x4.splat(4);
  let e = f32x4.splat(5);
  let f = f32x4.splat(6);
  let g = f32x4.splat(7);
  let h = f32x4.splat(8);
  let i = f32x4.splat(9);
  let j = f32x4.splat(10);
  for (let r = 0; r < rounds; ++r) {
    a = multiplyAdd(m, a, m);
    b = multiplyAdd(m, b, m);
    c = multiplyAdd(m, c, m);
    d = multiplyAdd(m, d, m);
    e = multiplyAdd(m, e, m);
    f = multiplyAdd(m, f, m);
    g = multiplyAdd(m, g, m);
    h = multiplyAdd(m, h, m);
    i = multiplyAdd(m, i, m);
    j = multiplyAdd(m, j, m);
  }
  return first(a) + first(b) + first(c) + first(d) + first(e) + first(f) + first(g) + first(h) + first(i) + first(j);
}

/** 12 chains: 96 operations a round. Returns a sum so that nothing is left out. */
export function chains12(rounds: i32, x: f32): f32 {
  const m = f32x4.splat(x);
  let a = f32x4.splat(1);
  let b = f32x4.splat(2);
  let c = f32x4.splat(3);
  let d = f32x4.splat(4);
  let e = f32x4.splat(5);
  let f = f32x4.splat(6);
  let g = f32x4.splat(7);
  let h = f32x4.splat(8);
  let i = f32x4.splat(9);
  let j = f32x4.splat(10);
  let k = f32x4.splat(11);
  let l = f32x4.splat(12);
  for (let r = 0; r < rounds; ++r) {
    a = multiplyAdd(m, a, m);
    b = multiplyAdd(m, b, m);
    c = multiplyAdd(m, c, m);
    d = multiplyAdd(m, d, m);
    e = multiplyAdd(m, e, m);
    f = multiplyAdd(m, f, m);
    g = multiplyAdd(m, g, m);
    h = multiplyAdd(m, h, m);
    i = multiplyAdd(m, i, m);
    j = multiplyAdd(m, j, m);
    k = multiplyAdd(m, k, m);
    l = multiplyAdd(m, l, m);
  }
  return (
    first(a) +
    first(b) +
    first(c) +
    first(d) +
    first(e) +
    first(f) +
    first(g) +
    first(h) +
    first(i) +
    first(j) +
    first(k) +
    first(l)
  );
}

/** 14 chains: 112 operations a round. Returns a sum so that nothing is left out. */
export function chains14(rounds: i32, x: f32): f32 {
  const m = f32x4.splat(x);
  let a = f32x4.splat(1);
  let b = f32x4.splat(2);
  let c = f32x4.splat(3);
  let d = f32x4.splat(4);
  let e = f32x4.splat(5);
  let f = f32x4.splat(6);
  let g = f32x4.splat(7);
  let h = f32x4.splat(8);
  let i = f32x4.splat(9);
  let j = f32x4.splat(10);
  let k = f32x4.splat(11);
  let l = f32x4.splat(12);
  let n = f32x4.splat(13);
  let o = f32x4.splat(14);
  for (let r = 0; r < rounds; ++r) {
    a = multiplyAdd(m, a, m);
    b = multiplyAdd(m, b, m);
    c = multiplyAdd(m, c, m);
    d = multiplyAdd(m, d, m);
    e = multiplyAdd(m, e, m);
    f = multiplyAdd(m, f, m);
    g = multiplyAdd(m, g, m);
    h = multiplyAdd(m, h, m);
    i = multiplyAdd(m, i, m);
    j = multiplyAdd(m, j, m);
    k = multiplyAdd(m, k, m);
    l = multiplyAdd(m, l, m);
    n = multiplyAdd(m, n, m);
    o = multiplyAdd(m, o, m);
  }
  return (
    first(a) +
    first(b) +
    first(c) +
    first(d) +
    first(e) +
    first(f) +
    first(g) +
    first(h) +
    first(i) +
    first(j) +
    first(k) +
    first(l) +
    first(n) +
    first(o)
  );
}
