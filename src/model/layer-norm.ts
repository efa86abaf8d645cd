/** LayerNorm of rows, y = (x - mean) / √(variance + 1e-5) · weight + bias, over [T, d]. */

import type { Matrix } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import { type Accumulate, SET } from '../../bindings/matmul.js';
import {
  layerNormBackward as backward,
  layerNorm as forward,
  type NormBuffers,
  type NormGradients,
} from '../../bindings/norm.js';
import { clearRows } from '../../bindings/rows.js';
import type { Workspace } from './workspace.js';

export interface LayerNormPlan {
  readonly input: Matrix;
  readonly output: Matrix;
  readonly buffers: NormBuffers;
  readonly gradients: NormGradients;
  readonly trained: boolean;
}

export function planLayerNorm(workspace: Workspace, name: string, input: Matrix, output: Matrix): LayerNormPlan {
  const { planner, length } = workspace;
  const weight = workspace.gradient(`${name}.weight`);
  const bias = workspace.gradient(`${name}.bias`);
  return {
    input,
    output,
    buffers: {
      weight: workspace.weight(`${name}.weight`),
      bias: workspace.weight(`${name}.bias`),
      mean: planner.region(`${name} mean`, 'f32', length),
      rstd: planner.region(`${name} rstd`, 'f32', length),
    },
    gradients: { weight, bias },
    trained: weight !== null || bias !== null,
  };
}

/** plan.input → plan.output, every row. */
export function layerNorm(instance: Instance, { output, input, buffers }: LayerNormPlan): void {
  forward(instance, output, input, buffers);
}

/** dout → dx (+)= the input's gradient, and those of weight and bias where they are trained. dx is not dout. */
export function layerNormBackward(
  instance: Instance,
  plan: LayerNormPlan,
  dout: Matrix,
  dx: Matrix,
  mode: Accumulate,
): void {
  if (mode === SET) clearRows(instance, dx);
  backward(instance, dx, plan.gradients, dout, plan.input, plan.buffers);
}
