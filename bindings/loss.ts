/** Softmax cross-entropy over rows of logits. */
import type { Matrix, Region } from './arena.js';
import { same, within } from './checks.js';
import type { Instance } from './instance.js';

/**
 * losses[i] = cross-entropy of row i against targets[positions[i]]; in place logits → gradient of the summed loss.
 * The logits' rows are a multiple of 4 floats apart.
 */
export function crossEntropy(
  instance: Instance,
  losses: Region<'f32'>,
  logits: Matrix,
  targets: Region<'i32'>,
  positions: Region<'i32'>,
  rows: number,
): void {
  within(`rows of ${logits.name}`, rows, logits.rows);
  within(`length of ${losses.name}`, rows, losses.length);
  within(`length of ${positions.name}`, rows, positions.length);
  same(`stride of ${logits.name}, modulo 4`, logits.stride % 4, 0);
  instance.exports.crossEntropy(
    losses.offset,
    logits.offset,
    logits.stride,
    targets.offset,
    positions.offset,
    rows,
    logits.columns,
  );
}
