/**
 * The value–output circuit OV = W_O W_V of one attention layer, formed once a step, and the way back from its gradient:
 * dW_O = dOV W_Vᵀ, dW_V = W_Oᵀ dOV. A projection that is the identity drops out of both.
 */
import type { Matrix } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import { ADD, type Panels, productNN, productNT, productTN } from '../../bindings/matmul.js';
import { addRows } from '../../bindings/rows.js';
import type { ModelConfig } from './config.js';
import { trained, type Workspace } from './workspace.js';

export interface OutputValuePlan {
  readonly output: Matrix | null;
  readonly value: Matrix | null;
  readonly outputGradient: Matrix | null;
  readonly valueGradient: Matrix | null;
  /** OV [d, d]: one of the maps itself where the other is the identity; null where both are. */
  readonly product: Matrix | null;
  readonly scratch: Panels;
}

export function planOutputValue(workspace: Workspace, { projections }: ModelConfig, layer: number): OutputValuePlan {
  const { dim, planner } = workspace;
  const name = `layers.${layer}.attention`;
  const at = (letter: 'v' | 'o', learned: boolean) => (learned ? workspace.weight(`${name}.w${letter}.weight`) : null);
  const output = at('o', projections.output);
  const value = at('v', projections.value);
  const both = output !== null && value !== null;
  return {
    output,
    value,
    outputGradient: output && workspace.gradient(`${name}.wo.weight`),
    valueGradient: value && workspace.gradient(`${name}.wv.weight`),
    product: both ? planner.matrix(`${name} OV`, dim, dim) : (output ?? value),
    scratch: workspace.scratch,
  };
}

/** Whether a map of the circuit is trained. */
export function outputValueTrained(workspace: Workspace, layer: number): boolean {
  const name = `layers.${layer}.attention`;
  return trained(workspace, `${name}.wv.weight`, `${name}.wo.weight`);
}

export function outputValuePrepare(instance: Instance, plan: OutputValuePlan): void {
  const { output, value, product, scratch } = plan;
  if (output !== null && value !== null) productNN(instance, product!, output, value, scratch);
}

/** dOV → the gradients of the maps that are trained. */
export function outputValueBackward(instance: Instance, plan: OutputValuePlan, gradient: Matrix): void {
  const { output, value, outputGradient, valueGradient, scratch } = plan;
  if (outputGradient !== null) {
    if (value !== null) productNT(instance, outputGradient, gradient, value, scratch, ADD);
    else addRows(instance, outputGradient, gradient, gradient.rows);
  }
  if (valueGradient !== null) {
    if (output !== null) productTN(instance, valueGradient, output, gradient, scratch, ADD);
    else addRows(instance, valueGradient, gradient, gradient.rows);
  }
}
