/**
 * Matrix products over packed panels of the right-hand side, a tile of the result at a time; nn, nt, tn and the causal
 * products differ in packing, strides and loop bounds alone.
 *
 * Panels: the right-hand side B[depth, columns] cut into strips of 16 columns, each strip contiguous and depth-major:
 *
 *     panel p, element (k, j) at panels + ((p · depth + k) · 16 + j) · 4,   zeros where 16p + j ≥ columns
 *
 * Order of every sum: c[i, j] = ((a[i,0]·b[0,j] + a[i,1]·b[1,j]) + …), k ascending from +0, one addition at a time,
 * and, when accumulating, that sum added to what c held. Neither the tile's shape nor a skipped zero changes a bit (a
 * sum that starts from +0 never becomes -0).
 */
import { PANEL, ROW, tile1, tile2, tile4, wide } from './tile';

/** panels ← B[depth, columns], rows `stride` floats apart. */
export function packRows(panels: usize, b: usize, stride: i32, depth: i32, columns: i32): void {
  for (let j = 0; j < columns; j += PANEL) {
    const left = min(columns - j, PANEL);
    let row = b + (usize(j) << 2);
    for (let k = 0; k < depth; ++k) {
      if (left == PANEL) {
        v128.store(panels, v128.load(row));
        v128.store(panels, v128.load(row, 16), 16);
        v128.store(panels, v128.load(row, 32), 32);
        v128.store(panels, v128.load(row, 48), 48);
      } else {
        for (let i = 0; i < PANEL; ++i) {
          store<f32>(panels + (usize(i) << 2), i < left ? load<f32>(row + (usize(i) << 2)) : 0);
        }
      }
      row += usize(stride) << 2;
      panels += ROW;
    }
  }
}

/** panels ← Bᵀ of B[columns, depth], rows `stride` floats apart: 4 × 4 blocks turned in registers. */
export function packTransposed(panels: usize, b: usize, stride: i32, depth: i32, columns: i32): void {
  const line = usize(stride) << 2;
  for (let j = 0; j < columns; j += PANEL) {
    for (let quad = 0; quad < PANEL; quad += 4) {
      const left = columns - j - quad;
      let row = b + usize(j + quad) * line;
      let out = panels + (usize(quad) << 2);
      let k = 0;
      if (left >= 4) {
        for (; k + 4 <= depth; k += 4) {
          const r0 = v128.load(row);
          const r1 = v128.load(row + line);
          const r2 = v128.load(row + 2 * line);
          const r3 = v128.load(row + 3 * line);
          const a0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
          const a1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
          const b0 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
          const b1 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
          v128.store(out, v128.shuffle<f32>(a0, b0, 0, 1, 4, 5));
          v128.store(out, v128.shuffle<f32>(a0, b0, 2, 3, 6, 7), 64);
          v128.store(out, v128.shuffle<f32>(a1, b1, 0, 1, 4, 5), 128);
          v128.store(out, v128.shuffle<f32>(a1, b1, 2, 3, 6, 7), 192);
          row += 16;
          out += 4 * ROW;
        }
      }
      for (; k < depth; ++k) {
        for (let i = 0; i < 4; ++i) {
          store<f32>(out + (usize(i) << 2), i < left ? load<f32>(row + usize(i) * line) : 0);
        }
        row += 4;
        out += ROW;
      }
    }
    panels += usize(depth) * ROW;
  }
}

/** c[rows, columns] (+)= a[rows, depth] · panels. Strides of a in floats: between rows, between depths. */
export function multiply(
  c: usize,
  cStride: i32,
  a: usize,
  aRowStride: i32,
  aDepthStride: i32,
  panels: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  accumulate: bool,
): void {
  const cRow = usize(cStride) << 2;
  const aRow = usize(aRowStride) << 2;
  const aDepth = usize(aDepthStride) << 2;
  for (let j = 0; j < columns; j += PANEL) {
    const width = min(columns - j, PANEL);
    let x = a;
    let y = c + (usize(j) << 2);
    let i = 0;
    if (wide) {
      for (; i + 4 <= rows; i += 4) {
        tile4(y, cRow, x, aRow, aDepth, panels, depth, width, accumulate);
        x += 4 * aRow;
        y += 4 * cRow;
      }
    }
    for (; i + 2 <= rows; i += 2) {
      tile2(y, cRow, x, aRow, aDepth, panels, depth, width, accumulate);
      x += 2 * aRow;
      y += 2 * cRow;
    }
    if (i < rows) tile1(y, x, aDepth, panels, depth, width, accumulate);
    panels += usize(depth) * ROW;
  }
}

/**
 * Scores: c[i, s] = a[i, :] · panels[:, s] for s ≤ positions[i], columns = number of keys. Whole strips of 16 are
 * computed, so up to 15 places past the diagonal are written too; nothing reads them.
 * positions: i32[rows], ascending.
 */
export function causalScores(
  c: usize,
  cStride: i32,
  a: usize,
  aStride: i32,
  panels: usize,
  positions: usize,
  rows: i32,
  columns: i32,
  depth: i32,
): void {
  const cRow = usize(cStride) << 2;
  const aRow = usize(aStride) << 2;
  let first = 0;
  for (let j = 0; j < columns; j += PANEL) {
    while (first < rows && load<i32>(positions + (usize(first) << 2)) < j) ++first;
    const width = min(columns - j, PANEL);
    let i = first;
    let x = a + usize(i) * aRow;
    let y = c + usize(i) * cRow + (usize(j) << 2);
    if (wide) {
      for (; i + 4 <= rows; i += 4) {
        tile4(y, cRow, x, aRow, 4, panels, depth, width, false);
        x += 4 * aRow;
        y += 4 * cRow;
      }
    }
    for (; i + 2 <= rows; i += 2) {
      tile2(y, cRow, x, aRow, 4, panels, depth, width, false);
      x += 2 * aRow;
      y += 2 * cRow;
    }
    if (i < rows) tile1(y, x, 4, panels, depth, width, false);
    panels += usize(depth) * ROW;
  }
}

/**
 * Mixing: c[i, :] (+)= Σ_{s ≤ positions[i]} a[i, s] · panels[s, :]. Rows 2r and 2r + 1 share the longer one's length:
 * the softmax has filled the shorter one with zeros up to there. panelDepth = depth that the panels were packed with.
 */
export function causalMix(
  c: usize,
  cStride: i32,
  a: usize,
  aStride: i32,
  panels: usize,
  panelDepth: i32,
  positions: usize,
  rows: i32,
  columns: i32,
  accumulate: bool,
): void {
  const cRow = usize(cStride) << 2;
  const aRow = usize(aStride) << 2;
  for (let j = 0; j < columns; j += PANEL) {
    const width = min(columns - j, PANEL);
    let x = a;
    let y = c + (usize(j) << 2);
    let i = 0;
    if (wide) {
      for (; i + 4 <= rows; i += 4) {
        tile4(y, cRow, x, aRow, 4, panels, load<i32>(positions + (usize(i) << 2), 12) + 1, width, accumulate);
        x += 4 * aRow;
        y += 4 * cRow;
      }
    }
    for (; i + 2 <= rows; i += 2) {
      tile2(y, cRow, x, aRow, 4, panels, load<i32>(positions + (usize(i) << 2), 4) + 1, width, accumulate);
      x += 2 * aRow;
      y += 2 * cRow;
    }
    if (i < rows) tile1(y, x, 4, panels, load<i32>(positions + (usize(i) << 2)) + 1, width, accumulate);
    panels += usize(panelDepth) * ROW;
  }
}

/**
 * causalMix transposed, its backward pass: c[s, :] (+)= Σ_{i: positions[i] ≥ s} a[i, s] · panels[i, :] for s < keys.
 * Past its position a row of a holds zeros up to the next multiple of 16.
 */
export function causalMixTransposed(
  c: usize,
  cStride: i32,
  a: usize,
  aStride: i32,
  panels: usize,
  positions: usize,
  rows: i32,
  keys: i32,
  columns: i32,
  accumulate: bool,
): void {
  const cRow = usize(cStride) << 2;
  const aRow = usize(aStride) << 2;
  for (let j = 0; j < columns; j += PANEL) {
    const width = min(columns - j, PANEL);
    let y = c + (usize(j) << 2);
    let first = 0;
    let s = 0;
    if (wide) {
      for (; s + 4 <= keys; s += 4) {
        while (first < rows && load<i32>(positions + (usize(first) << 2)) < s) ++first;
        tile4(
          y,
          cRow,
          a + usize(first) * aRow + (usize(s) << 2),
          4,
          aRow,
          panels + usize(first) * ROW,
          rows - first,
          width,
          accumulate,
        );
        y += 4 * cRow;
      }
    }
    for (; s + 2 <= keys; s += 2) {
      while (first < rows && load<i32>(positions + (usize(first) << 2)) < s) ++first;
      tile2(
        y,
        cRow,
        a + usize(first) * aRow + (usize(s) << 2),
        4,
        aRow,
        panels + usize(first) * ROW,
        rows - first,
        width,
        accumulate,
      );
      y += 2 * cRow;
    }
    if (s < keys) {
      while (first < rows && load<i32>(positions + (usize(first) << 2)) < s) ++first;
      tile1(
        y,
        a + usize(first) * aRow + (usize(s) << 2),
        aRow,
        panels + usize(first) * ROW,
        rows - first,
        width,
        accumulate,
      );
    }
    panels += usize(rows) * ROW;
  }
}
