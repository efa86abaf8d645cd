/** LayerNorm over the rows of matrices, forward and backward. eps is 1e-5. */
import type { Matrix, Region } from './arena.js';
import { holds, same, within } from './checks.js';
import type { Instance } from './instance.js';

/** What a LayerNorm learns and what its forward pass keeps: weight and bias [d], mean and rstd one number a row. */
export interface NormBuffers {
  readonly weight: Region<'f32'>;
  readonly bias: Region<'f32'>;
  readonly mean: Region<'f32'>;
  readonly rstd: Region<'f32'>;
}

/** Gradients to add to, or null where nothing trained needs them. */
export interface NormGradients {
  readonly weight: Region<'f32'> | null;
  readonly bias: Region<'f32'> | null;
}

/** out = (x - mean) · rstd · weight + bias over the first `rows` rows. x, out: [rows, d]; keeps mean and rstd. */
export function layerNorm(instance: Instance, out: Matrix, x: Matrix, buffers: NormBuffers, rows = x.rows): void {
  const d = x.columns;
  check(x, out, buffers, rows);
  instance.exports.layerNorm(
    out.offset,
    out.stride,
    x.offset,
    x.stride,
    buffers.weight.offset,
    buffers.bias.offset,
    buffers.mean.offset,
    buffers.rstd.offset,
    rows,
    d,
  );
}

/** dout → dx += …, and the gradients of weight and bias += …, r ascending. x, mean, rstd: of the forward pass. */
export function layerNormBackward(
  instance: Instance,
  dx: Matrix | null,
  gradients: NormGradients,
  dout: Matrix,
  x: Matrix,
  buffers: NormBuffers,
  rows = x.rows,
): void {
  const d = x.columns;
  check(x, dout, buffers, rows);
  if (dx !== null) holds(dx, rows, d);
  for (const gradient of [gradients.weight, gradients.bias]) {
    if (gradient !== null) same(`${gradient.name}: elements`, gradient.length, d);
  }
  instance.exports.layerNormBackward(
    dx?.offset ?? 0,
    dx?.stride ?? 0,
    gradients.weight?.offset ?? 0,
    gradients.bias?.offset ?? 0,
    dout.offset,
    dout.stride,
    x.offset,
    x.stride,
    buffers.weight.offset,
    buffers.mean.offset,
    buffers.rstd.offset,
    rows,
    d,
  );
}

function check(x: Matrix, out: Matrix, { weight, bias, mean, rstd }: NormBuffers, rows: number): void {
  holds(x, rows, x.columns);
  holds(out, rows, x.columns);
  same(`${weight.name}: elements`, weight.length, x.columns);
  same(`${bias.name}: elements`, bias.length, x.columns);
  within(`${mean.name}: rows`, rows, mean.length);
  within(`${rstd.name}: rows`, rows, rstd.length);
}
