/** Positions as angles: rotary tables and turning by them, and the fixed sinusoidal table. */
import type { Matrix, Planner, Region } from './arena.js';
import { same, within } from './checks.js';
import type { Instance } from './instance.js';

/** cos and sin of t · 10000^(-2i/e) for t < positions and i < ⌊e / 2⌋, each [positions, ⌊e / 2⌋]. */
export interface RotaryTable {
  readonly positions: number;
  /** The width e that is turned: that of one head. */
  readonly width: number;
  readonly cosines: Region<'f32'>;
  readonly sines: Region<'f32'>;
}

export function planRotary(planner: Planner, name: string, positions: number, width: number): RotaryTable {
  const pairs = Math.floor(width / 2);
  return {
    positions,
    width,
    cosines: planner.region(`${name}.cosines`, 'f32', positions, pairs),
    sines: planner.region(`${name}.sines`, 'f32', positions, pairs),
  };
}

/** Fills the table. Once, after instantiation. */
export function fillRotary(instance: Instance, { cosines, sines, positions, width }: RotaryTable): void {
  instance.exports.fillRotary(cosines.offset, sines.offset, positions, width);
}

/**
 * Turns the pairs (2i, 2i+1) of each row of x [rows, e] in place, by direction times the angle of the row's position:
 * row r is at position r, or at positions[r], each below table.positions. An odd e leaves its last column unturned. -1
 * undoes 1.
 */
export function rotate(
  instance: Instance,
  x: Matrix,
  table: RotaryTable,
  direction: 1 | -1,
  rows = x.rows,
  positions: Region<'i32'> | null = null,
): void {
  same(`${x.name}: columns`, x.columns, table.width);
  within(`${x.name}: rows`, rows, x.rows);
  if (positions === null) within(`${x.name}: rows`, rows, table.positions);
  else within(`${positions.name}: rows`, rows, positions.length);
  const at = positions?.offset ?? 0;
  const { cosines, sines } = table;
  instance.exports.rotate(x.offset, x.stride, rows, x.columns, cosines.offset, sines.offset, at, direction);
}

/** out[t, 2i] = sin(t · 10000^(-2i/d)), out[t, 2i+1] = cos of the same; out: [T, d]. */
export function fillSinusoidal(instance: Instance, out: Matrix): void {
  instance.exports.fillSinusoidal(out.offset, out.rows, out.columns, out.stride);
}
