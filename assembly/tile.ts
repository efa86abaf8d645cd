/**
 * The tiles that matrix products are made of: some rows × 16 columns of the result, summed over the whole depth in
 * registers. Every sum runs over k ascending from +0, one addition at a time, so the shape of a tile changes no bit.
 */
import { multiplyAdd } from './lanes';

/** Columns of a panel. */
export const PANEL: i32 = 16;
/** Bytes of one row of a panel. */
export const ROW: usize = 64;

/** Stores the first `columns` (1..16) of four vectors at c, added to what is there if `accumulate`. */
// @ts-ignore: decorator
@inline
function storeRow(c: usize, r0: v128, r1: v128, r2: v128, r3: v128, columns: i32, accumulate: bool): void {
  if (columns >= PANEL) {
    storeStrip(c, r0, r1, r2, r3, accumulate);
    return;
  }
  storePart(c, r0, columns, accumulate);
  if (columns > 4) storePart(c + 16, r1, columns - 4, accumulate);
  if (columns > 8) storePart(c + 32, r2, columns - 8, accumulate);
  if (columns > 12) storePart(c + 48, r3, columns - 12, accumulate);
}

/** Stores the first min(columns, 4) lanes; columns ≥ 1. */
function storePart(c: usize, r: v128, columns: i32, accumulate: bool): void {
  if (columns >= 4) {
    v128.store(c, accumulate ? f32x4.add(v128.load(c), r) : r);
    return;
  }
  const x0 = f32x4.extract_lane(r, 0);
  const x1 = f32x4.extract_lane(r, 1);
  const x2 = f32x4.extract_lane(r, 2);
  store<f32>(c, accumulate ? load<f32>(c) + x0 : x0);
  if (columns > 1) store<f32>(c, accumulate ? load<f32>(c, 4) + x1 : x1, 4);
  if (columns > 2) store<f32>(c, accumulate ? load<f32>(c, 8) + x2 : x2, 8);
}

/**
 * c[2, columns ≤ 16] (+)= a[2, depth] · panel[depth, 16]. `aRow` and `aDepth` are the bytes between rows and between
 * depths of a, so that a transposed left-hand side needs no packing.
 */
// @ts-ignore: decorator
@inline
export function tile2(
  c: usize,
  cRow: usize,
  a: usize,
  aRow: usize,
  aDepth: usize,
  panel: usize,
  depth: i32,
  columns: i32,
  accumulate: bool,
): void {
  let s0 = f32x4.splat(0),
    s1 = f32x4.splat(0),
    s2 = f32x4.splat(0),
    s3 = f32x4.splat(0);
  let t0 = f32x4.splat(0),
    t1 = f32x4.splat(0),
    t2 = f32x4.splat(0),
    t3 = f32x4.splat(0);
  const end = panel + usize(depth) * ROW;
  while (panel < end) {
    const x = v128.load32_splat(a);
    const y = v128.load32_splat(a + aRow);
    const b0 = v128.load(panel);
    s0 = multiplyAdd(x, b0, s0);
    t0 = multiplyAdd(y, b0, t0);
    const b1 = v128.load(panel, 16);
    s1 = multiplyAdd(x, b1, s1);
    t1 = multiplyAdd(y, b1, t1);
    const b2 = v128.load(panel, 32);
    s2 = multiplyAdd(x, b2, s2);
    t2 = multiplyAdd(y, b2, t2);
    const b3 = v128.load(panel, 48);
    s3 = multiplyAdd(x, b3, s3);
    t3 = multiplyAdd(y, b3, t3);
    a += aDepth;
    panel += ROW;
  }
  storeRow(c, s0, s1, s2, s3, columns, accumulate);
  storeRow(c + cRow, t0, t1, t2, t3, columns, accumulate);
}

/** The last row of an odd count: c[1, columns ≤ 16] (+)= a[1, depth] · panel[depth, 16]. */
// @ts-ignore: decorator
@inline
export function tile1(
  c: usize,
  a: usize,
  aDepth: usize,
  panel: usize,
  depth: i32,
  columns: i32,
  accumulate: bool,
): void {
  let s0 = f32x4.splat(0),
    s1 = f32x4.splat(0),
    s2 = f32x4.splat(0),
    s3 = f32x4.splat(0);
  const end = panel + usize(depth) * ROW;
  while (panel < end) {
    const x = v128.load32_splat(a);
    s0 = multiplyAdd(x, v128.load(panel), s0);
    s1 = multiplyAdd(x, v128.load(panel, 16), s1);
    s2 = multiplyAdd(x, v128.load(panel, 32), s2);
    s3 = multiplyAdd(x, v128.load(panel, 48), s3);
    a += aDepth;
    panel += ROW;
  }
  storeRow(c, s0, s1, s2, s3, columns, accumulate);
}

/**
 * c[4, 16] (+)= a[4, depth] · panel[depth, 16]: the wide tile, for engines that join neighbouring 128-bit vectors into
 * 256-bit ones. Such a pass starts from stores 16 bytes apart and takes a function as a whole or not at all: every sum
 * is used by its own store alone, stores ascend, and the tile is not inlined.
 */
function strip4(
  c: usize,
  cRow: usize,
  a: usize,
  aRow: usize,
  aDepth: usize,
  panel: usize,
  depth: i32,
  accumulate: bool,
): void {
  let r0 = f32x4.splat(0),
    r1 = f32x4.splat(0),
    r2 = f32x4.splat(0),
    r3 = f32x4.splat(0);
  let s0 = f32x4.splat(0),
    s1 = f32x4.splat(0),
    s2 = f32x4.splat(0),
    s3 = f32x4.splat(0);
  let t0 = f32x4.splat(0),
    t1 = f32x4.splat(0),
    t2 = f32x4.splat(0),
    t3 = f32x4.splat(0);
  let u0 = f32x4.splat(0),
    u1 = f32x4.splat(0),
    u2 = f32x4.splat(0),
    u3 = f32x4.splat(0);
  const a2 = 2 * aRow;
  const a3 = 3 * aRow;
  const end = panel + usize(depth) * ROW;
  while (panel < end) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    const b2 = v128.load(panel, 32);
    const b3 = v128.load(panel, 48);
    const w = v128.load32_splat(a);
    r0 = multiplyAdd(w, b0, r0);
    r1 = multiplyAdd(w, b1, r1);
    r2 = multiplyAdd(w, b2, r2);
    r3 = multiplyAdd(w, b3, r3);
    const x = v128.load32_splat(a + aRow);
    s0 = multiplyAdd(x, b0, s0);
    s1 = multiplyAdd(x, b1, s1);
    s2 = multiplyAdd(x, b2, s2);
    s3 = multiplyAdd(x, b3, s3);
    const y = v128.load32_splat(a + a2);
    t0 = multiplyAdd(y, b0, t0);
    t1 = multiplyAdd(y, b1, t1);
    t2 = multiplyAdd(y, b2, t2);
    t3 = multiplyAdd(y, b3, t3);
    const z = v128.load32_splat(a + a3);
    u0 = multiplyAdd(z, b0, u0);
    u1 = multiplyAdd(z, b1, u1);
    u2 = multiplyAdd(z, b2, u2);
    u3 = multiplyAdd(z, b3, u3);
    a += aDepth;
    panel += ROW;
  }
  storeStrip(c, r0, r1, r2, r3, accumulate);
  storeStrip(c + cRow, s0, s1, s2, s3, accumulate);
  storeStrip(c + 2 * cRow, t0, t1, t2, t3, accumulate);
  storeStrip(c + 3 * cRow, u0, u1, u2, u3, accumulate);
}

/** Stores four whole vectors at c, added to what is there if `accumulate`. */
// @ts-ignore: decorator
@inline
function storeStrip(c: usize, r0: v128, r1: v128, r2: v128, r3: v128, accumulate: bool): void {
  if (accumulate) {
    r0 = f32x4.add(v128.load(c), r0);
    r1 = f32x4.add(v128.load(c, 16), r1);
    r2 = f32x4.add(v128.load(c, 32), r2);
    r3 = f32x4.add(v128.load(c, 48), r3);
  }
  v128.store(c, r0);
  v128.store(c, r1, 16);
  v128.store(c, r2, 32);
  v128.store(c, r3, 48);
}

/** Four rows of 16 columns, from where strips of fewer columns are stored. */
const STRIP: usize = memory.data(4 * 64, 16);

/** c[4, columns ≤ 16] (+)= a[4, depth] · panel[depth, 16]. */
export function tile4(
  c: usize,
  cRow: usize,
  a: usize,
  aRow: usize,
  aDepth: usize,
  panel: usize,
  depth: i32,
  columns: i32,
  accumulate: bool,
): void {
  if (columns >= PANEL) {
    strip4(c, cRow, a, aRow, aDepth, panel, depth, accumulate);
    return;
  }
  strip4(STRIP, ROW, a, aRow, aDepth, panel, depth, false);
  for (let row = STRIP; row < STRIP + 4 * ROW; row += ROW) {
    storeRow(c, v128.load(row), v128.load(row, 16), v128.load(row, 32), v128.load(row, 48), columns, accumulate);
    c += cRow;
  }
}

/** Whether products run on the wide tile. A matter of speed: both tiles give the same bits. */
export let wide: bool = false;

export function setWideTile(on: bool): void {
  wide = on;
}
