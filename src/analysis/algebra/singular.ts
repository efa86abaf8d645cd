/** Singular values by one-sided Jacobi: columns are turned in pairs until orthogonal; their lengths are the values. */
import { type Matrix64, transpose } from './matrix64.js';

/** Turns stop when every pair is orthogonal to this share of its lengths. */
const ORTHOGONAL = 1e-14;
const MOST_SWEEPS = 60;

/**
 * σ of A: [m, n], min(m, n) values from the largest down. Pairs (p, q) are taken in order, sums run upwards, and only
 * +, -, ×, ÷ and √ are used: the same bits everywhere. Throws RangeError where A holds NaN or infinity.
 */
export function singularValues(a: Matrix64): Float64Array {
  const bad = a.data.find((entry) => !Number.isFinite(entry));
  if (bad !== undefined) throw new RangeError(`matrix: expected finite entries, got ${bad}`);
  // The shorter side's vectors, as contiguous rows.
  const rows = a.rows <= a.columns ? { ...a, data: a.data.slice() } : transpose(a);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let turned = false;
    for (let p = 0; p < rows.rows - 1; p++) {
      for (let q = p + 1; q < rows.rows; q++) if (turn(rows, p, q)) turned = true;
    }
    if (!turned) break;
  }
  return Float64Array.from({ length: rows.rows }, (_, p) => Math.sqrt(inner(rows, p, p))).sort((x, y) => y - x);
}

/** Turns rows p and q in their plane until they are orthogonal; false where they were. */
function turn(rows: Matrix64, p: number, q: number): boolean {
  const alpha = inner(rows, p, p);
  const beta = inner(rows, q, q);
  const gamma = inner(rows, p, q);
  if (gamma === 0 || Math.abs(gamma) <= ORTHOGONAL * Math.sqrt(alpha * beta)) return false;
  const zeta = (beta - alpha) / (2 * gamma);
  const tangent = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = cosine * tangent;
  const { columns, data } = rows;
  for (let c = 0; c < columns; c++) {
    const x = data[p * columns + c]!;
    const y = data[q * columns + c]!;
    data[p * columns + c] = cosine * x - sine * y;
    data[q * columns + c] = sine * x + cosine * y;
  }
  return true;
}

function inner({ columns, data }: Matrix64, p: number, q: number): number {
  let sum = 0;
  for (let c = 0; c < columns; c++) sum += data[p * columns + c]! * data[q * columns + c]!;
  return sum;
}
