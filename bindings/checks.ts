/** Guards of the kernels' typed faces. They run on every call, so they compare numbers and nothing else. */
import type { Matrix } from './arena.js';

/** Throws unless `given` is `wanted`; `what` says whose size it is. */
export function same(what: string, given: number, wanted: number): void {
  if (given !== wanted) throw new RangeError(`${what}: expected ${wanted}, got ${given}`);
}

/** Throws unless 0 ≤ given ≤ most. */
export function within(what: string, given: number, most: number): void {
  if (!(given >= 0 && given <= most)) throw new RangeError(`${what}: expected 0 to ${most}, got ${given}`);
}

/** Throws unless the matrix has this shape (rows: at least). */
export function holds(m: Matrix, rows: number, columns: number): void {
  if (m.rows < rows || m.columns !== columns) {
    throw new RangeError(`${m.name}: expected [${rows}, ${columns}], got [${m.rows}, ${m.columns}]`);
  }
}
