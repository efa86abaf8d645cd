/** Logits of the loss's rows, x Uᵀ, from the last residual stream, the plain path. With tied output U is E. */

import type { Matrix } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import { SET } from '../../bindings/matmul.js';
import { clearRows, gatherRows, scatterAddRows } from '../../bindings/rows.js';
import type { QueryRows } from '../../bindings/softmax.js';
import type { ModelConfig } from './config.js';
import { type LayerNormPlan, layerNorm, layerNormBackward, planLayerNorm } from './layer-norm.js';
import {
  type LinearPlan,
  linearForward,
  linearInputGradient,
  linearPrepare,
  linearWeightGradient,
  planLinear,
} from './linear.js';
import type { Workspace } from './workspace.js';

export interface OutputPlan {
  readonly input: Matrix;
  readonly norm: LayerNormPlan | null;
  readonly map: LinearPlan;
  readonly rows: QueryRows;
  /** Rows of the loss, gathered, and their gradient. */
  readonly gathered: Matrix;
  readonly dgathered: Matrix;
  readonly dnormalised: Matrix;
  readonly logits: Matrix;
  readonly inputNeeded: boolean;
}

/** The parameter that logits are read with: U. */
export function unembeddingName({ tieOutput }: Pick<ModelConfig, 'tieOutput'>): string {
  return tieOutput ? 'tok_embeddings.weight' : 'output.weight';
}

export function planOutput(
  workspace: Workspace,
  config: ModelConfig,
  input: Matrix,
  logits: Matrix,
  rows: QueryRows,
  inputNeeded: boolean,
): OutputPlan {
  const { planner, dim, length } = workspace;
  const wide = (label: string) => planner.matrix(label, length, dim);
  const norm = config.norm === 'pre' ? planLayerNorm(workspace, 'norm', input, wide('final norm')) : null;
  return {
    input,
    norm,
    map: planLinear(workspace, unembeddingName(config)),
    rows,
    gathered: wide('rows of the loss'),
    dgathered: workspace.temporary('dgathered'),
    dnormalised: workspace.temporary('dattention'),
    logits,
    inputNeeded,
  };
}

export function outputPrepare(instance: Instance, plan: OutputPlan): void {
  linearPrepare(instance, plan.map);
}

/** plan.logits = the logits of the rows in `plan.rows`. */
export function outputForward(instance: Instance, plan: OutputPlan): void {
  const { input, norm, map, rows, gathered, logits } = plan;
  if (norm !== null) layerNorm(instance, norm);
  gatherRows(instance, gathered, norm?.output ?? input, rows.positions, rows.count);
  linearForward(instance, map, logits, gathered, rows.count, SET);
}

/** plan.logits holds the loss's gradient → dx[T, d] = the input's gradient, and the output's where it is trained. */
export function outputBackward(instance: Instance, plan: OutputPlan, dx: Matrix): void {
  const { norm, map, rows, gathered, dgathered, logits } = plan;
  linearWeightGradient(instance, map, gathered, logits, rows.count);
  if (!plan.inputNeeded && norm?.trained !== true) return;
  linearInputGradient(instance, map, dgathered, logits, rows.count, SET);
  const target = norm === null ? dx : plan.dnormalised;
  clearRows(instance, target);
  scatterAddRows(instance, target, rows.positions, dgathered, rows.count);
  if (norm !== null) layerNormBackward(instance, norm, target, dx, SET);
}
