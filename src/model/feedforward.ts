/**
 * Feed-forward maps: linear, x Fᵀ, or an MLP, relu(x W₁ᵀ) W₂ᵀ with hidden width 4d. No biases.
 *   in: [T, d] (the block's input or the attention's output, normalised where the model says so);  out += ff(in)
 */
import type { Matrix } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import { relu, reluBackward } from '../../bindings/rows.js';
import {
  type LinearPlan,
  linearForward,
  linearInputGradient,
  linearPrepare,
  linearWeightGradient,
  planLinear,
} from './linear.js';
import type { Workspace } from './workspace.js';

export interface FeedForwardPlan {
  readonly input: Matrix;
  /** F, or W₁. */
  readonly first: LinearPlan;
  /** W₂ with the hidden rows and their gradient; null for the linear kind. */
  readonly mlp: { readonly second: LinearPlan; readonly hidden: Matrix; readonly dhidden: Matrix } | null;
}

export function planFeedForward(
  workspace: Workspace,
  layer: number,
  kind: 'linear' | 'mlp',
  input: Matrix,
): FeedForwardPlan {
  const name = `layers.${layer}.ff`;
  if (kind === 'linear') return { input, first: planLinear(workspace, `${name}.weight`), mlp: null };
  const width = 4 * workspace.config.dim;
  return {
    input,
    first: planLinear(workspace, `${name}.w1.weight`),
    mlp: {
      second: planLinear(workspace, `${name}.w2.weight`),
      hidden: workspace.planner.matrix(`${name} hidden`, workspace.length, width),
      dhidden: workspace.temporary('dhidden', width),
    },
  };
}

export function feedForwardPrepare(instance: Instance, plan: FeedForwardPlan): void {
  linearPrepare(instance, plan.first);
  if (plan.mlp !== null) linearPrepare(instance, plan.mlp.second);
}

/** out += ff(in). */
export function feedForward(instance: Instance, plan: FeedForwardPlan, out: Matrix): void {
  const { input, first, mlp } = plan;
  if (mlp === null) {
    linearForward(instance, first, out, input, input.rows, true);
    return;
  }
  linearForward(instance, first, mlp.hidden, input, input.rows, false);
  relu(instance, mlp.hidden, input.rows);
  linearForward(instance, mlp.second, out, mlp.hidden, input.rows, true);
}

/** dinput = the input's gradient from dout (left alone where dinput is null), and the gradients of the trained maps. */
export function feedForwardBackward(
  instance: Instance,
  plan: FeedForwardPlan,
  dout: Matrix,
  dinput: Matrix | null,
): void {
  const { input, first, mlp } = plan;
  const rows = input.rows;
  if (mlp === null) {
    linearWeightGradient(instance, first, input, dout, rows);
    if (dinput !== null) linearInputGradient(instance, first, dinput, dout, rows, false);
    return;
  }
  linearWeightGradient(instance, mlp.second, mlp.hidden, dout, rows);
  if (dinput === null && first.gradient === null) return;
  linearInputGradient(instance, mlp.second, mlp.dhidden, dout, rows, false);
  reluBackward(instance, mlp.dhidden, mlp.hidden, rows);
  linearWeightGradient(instance, first, input, mlp.dhidden, rows);
  if (dinput !== null) linearInputGradient(instance, first, dinput, mlp.dhidden, rows, false);
}
