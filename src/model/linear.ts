/** A linear map y = x Wᵀ with W [out, in], packed once a step for its forward and backward products. */
import type { Matrix } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import {
  type Accumulate,
  ADD,
  multiply,
  multiplyTransposed,
  type Panels,
  packRows,
  packTransposed,
  planPanels,
} from '../../bindings/matmul.js';
import type { Workspace } from './workspace.js';

export interface LinearPlan {
  readonly weight: Matrix;
  readonly gradient: Matrix | null;
  readonly forward: Panels;
  readonly backward: Panels;
  readonly scratch: Panels;
}

export function planLinear(workspace: Workspace, name: string): LinearPlan {
  const weight = workspace.weight(name);
  return {
    weight,
    gradient: workspace.gradient(name),
    forward: planPanels(workspace.planner, `${name} packed, forward`, weight.columns, weight.rows),
    backward: planPanels(workspace.planner, `${name} packed, backward`, weight.rows, weight.columns),
    scratch: workspace.scratch,
  };
}

/** Once a step, after the weights changed. */
export function linearPrepare(instance: Instance, plan: LinearPlan): void {
  packTransposed(instance, plan.forward, plan.weight);
  packRows(instance, plan.backward, plan.weight);
}

/** y[rows, out] (+)= x[rows, in] Wᵀ. */
export function linearForward(
  instance: Instance,
  plan: LinearPlan,
  y: Matrix,
  x: Matrix,
  rows: number,
  mode: Accumulate,
): void {
  multiply(instance, y, x, plan.forward, rows, mode);
}

/** dx[rows, in] (+)= dy[rows, out] W. */
export function linearInputGradient(
  instance: Instance,
  plan: LinearPlan,
  dx: Matrix,
  dy: Matrix,
  rows: number,
  mode: Accumulate,
): void {
  multiply(instance, dx, dy, plan.backward, rows, mode);
}

/** dW[out, in] += dyᵀ x, if W is trained. */
export function linearWeightGradient(instance: Instance, plan: LinearPlan, x: Matrix, dy: Matrix, rows: number): void {
  if (plan.gradient === null) return;
  packRows(instance, plan.scratch, x, rows);
  multiplyTransposed(instance, plan.gradient, dy, plan.scratch, rows, ADD);
}
