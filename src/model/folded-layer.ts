/**
 * The last layer of a single-head model in circuit form, from the residual stream x to the logits of the loss's rows alone.
 * Attention reads the residual stream itself: with QK = W_Qᵀ W_K and the readouts
 *   X = U (1 + F)        what the logits read from the residual (F: a linear feed-forward, if there is one)
 *   C = X W_O W_V        what they read through attention (U W_O W_V when the feed-forward is parallel)
 *   scores[i, s] = x_{p_i} QK x_s,   logits[i] = X x_{p_i} + Σ_s weights[i, s] C x_s,   p_i the loss's rows.
 * Few rows mix first, c_i = Σ_s weights[i, s] x_s, then C c_i; all rows project first, y_s = C x_s: vocabSize < d columns.
 * Backward sums dQK, dX, dC over sequences; `foldedFinish` recovers the maps' gradients from them once a step.
 */
import type { Matrix } from '../../bindings/arena.js';
import {
  causalMix,
  causalScores,
  causalSoftmax,
  causalSoftmaxBackward,
  causalSpread,
  planWeights,
  type QueryRows,
} from '../../bindings/attention.js';
import type { Instance } from '../../bindings/instance.js';
import {
  multiply,
  multiplyTransposed,
  type Panels,
  packRows,
  packTransposed,
  planPanels,
  productNN,
  productNT,
  productTN,
} from '../../bindings/matmul.js';
import { addRows, copyRows, gatherRows, scatterAddRows } from '../../bindings/rows.js';
import { attentionScale } from './attention.js';
import {
  type OutputValuePlan,
  outputValueFinish,
  outputValuePrepare,
  outputValueTrained,
  planOutputValue,
} from './circuit.js';
import { trained, type Workspace } from './workspace.js';

/** A matrix of this step's weights, packed for both directions, and the sum of its gradient over sequences. */
interface Folded {
  readonly matrix: Matrix;
  readonly forward: Panels;
  readonly backward: Panels;
  readonly sum: Matrix | null;
}

interface Trainable {
  readonly weight: Matrix;
  readonly gradient: Matrix | null;
}

export interface FoldedLayerPlan {
  readonly input: Matrix;
  readonly rows: QueryRows;
  readonly inputNeeded: boolean;
  readonly output: Trainable;
  readonly linear: (Trainable & { readonly parallel: boolean }) | null;
  readonly query: Trainable | null;
  readonly key: Trainable;
  readonly outputValue: OutputValuePlan;
  readonly queryKey: Folded;
  readonly readout: Folded;
  readonly attended: Folded;
  readonly weights: Matrix;
  readonly dweights: Matrix;
  /** Whether the forward pass leaves the one head's output out; may change between two of them. */
  readonly silenced: boolean[];
  /** Rows of the loss: residual, query, mixed residual, and their gradients. */
  readonly residual: Matrix;
  readonly queries: Matrix;
  readonly mixed: Matrix;
  readonly dresidual: Matrix;
  readonly dqueries: Matrix;
  readonly dmixed: Matrix;
  /** y_s = C x_s and its gradient, where projection comes first. */
  readonly projected: Matrix;
  readonly dprojected: Matrix;
  /** The residual stream packed as keys and as values: used again by backward. */
  readonly keys: Panels;
  readonly values: Panels;
  readonly dreadout: Matrix;
  readonly doutputValue: Matrix;
  readonly logits: Matrix;
  readonly scale: number;
  readonly scratch: Panels;
}

export function planFoldedLayer(
  workspace: Workspace,
  layer: number,
  input: Matrix,
  logits: Matrix,
  rows: QueryRows,
  inputNeeded: boolean,
  sum: (name: string, rows: number, columns: number) => Matrix,
): FoldedLayerPlan {
  const { planner, config, length } = workspace;
  const { dim, vocabSize } = config;
  const name = `layers.${layer}`;
  const at = (parameter: string): Trainable => ({
    weight: workspace.weight(parameter),
    gradient: workspace.gradient(parameter),
  });
  const fold = (label: string, height: number, summed: boolean, matrix?: Matrix): Folded => ({
    matrix: matrix ?? planner.matrix(label, height, dim),
    forward: planPanels(planner, `${label} packed, forward`, dim, Math.max(height, dim)),
    backward: planPanels(planner, `${label} packed, backward`, Math.max(height, dim), dim),
    sum: summed ? sum(`${label}, gradient`, height, dim) : null,
  });
  const outputName = config.tieOutput ? 'tok_embeddings.weight' : 'output.weight';
  const hasLinear = config.ffn[layer] === 'linear';
  const output = at(outputName);
  const key = at(`${name}.attention.wk.weight`);
  const outputValue = planOutputValue(workspace, layer);
  const readoutTrained = trained(workspace, outputName) || (hasLinear && trained(workspace, `${name}.ff.weight`));
  const queryTrained = trained(workspace, `${name}.attention.wq.weight`, `${name}.attention.wk.weight`);
  const wide = (label: string) => planner.matrix(`${name} ${label}`, length, dim);
  return {
    input,
    rows,
    inputNeeded,
    output,
    linear: hasLinear ? { ...at(`${name}.ff.weight`), parallel: config.ffnPlacement === 'parallel' } : null,
    query: config.projections.query ? at(`${name}.attention.wq.weight`) : null,
    key,
    outputValue,
    queryKey: fold(`${name} QK`, dim, queryTrained, config.projections.query ? undefined : key.weight),
    readout: fold(`${name} readout of the residual`, vocabSize, readoutTrained, hasLinear ? undefined : output.weight),
    attended: fold(`${name} readout of attention`, vocabSize, readoutTrained || outputValueTrained(workspace, layer)),
    weights: planWeights(planner, `${name} weights`, length, length),
    dweights: workspace.dweights,
    silenced: [false],
    residual: wide('residual of the rows'),
    queries: wide('queries'),
    mixed: wide('mixed'),
    dresidual: workspace.temporary('dresidual'),
    dqueries: workspace.temporary('dq'),
    dmixed: workspace.temporary('dmixed'),
    projected: planner.matrix(`${name} projected`, length, vocabSize),
    dprojected: workspace.temporary('dprojected', vocabSize),
    keys: planPanels(planner, `${name} residual packed, keys`, dim, length),
    values: planPanels(planner, `${name} residual packed, values`, length, dim),
    dreadout: planner.matrix(`${name} gradient of a readout`, vocabSize, dim),
    doutputValue: planner.matrix(`${name} OV, gradient`, dim, dim),
    logits,
    scale: attentionScale(workspace),
    scratch: workspace.scratch,
  };
}

/** Once a step: QK and the readouts of this step's weights, packed. */
export function foldedPrepare(instance: Instance, plan: FoldedLayerPlan): void {
  const { output, linear, query, key, outputValue, queryKey, readout, attended, scratch } = plan;
  if (query !== null) productTN(instance, queryKey.matrix, query.weight, key.weight, scratch);
  packRows(instance, queryKey.forward, queryKey.matrix);
  packTransposed(instance, queryKey.backward, queryKey.matrix);

  if (linear !== null) {
    copyRows(instance, readout.matrix, output.weight, output.weight.rows);
    productNN(instance, readout.matrix, output.weight, linear.weight, scratch, true);
  }
  packTransposed(instance, readout.forward, readout.matrix);
  packRows(instance, readout.backward, readout.matrix);

  outputValuePrepare(instance, outputValue);
  const from = throughAttention(plan);
  if (outputValue.product !== null) productNN(instance, attended.matrix, from, outputValue.product, scratch);
  else copyRows(instance, attended.matrix, from, from.rows);
  packTransposed(instance, attended.forward, attended.matrix);
  packRows(instance, attended.backward, attended.matrix);
}

/** The readout that attention's output passes: a parallel feed-forward does not see it. */
function throughAttention({ linear, output, readout }: FoldedLayerPlan): Matrix {
  return linear?.parallel === true ? output.weight : readout.matrix;
}

/** Logits of the rows in `plan.rows`; of the residual stream alone where the head is silenced. */
export function foldedForward(instance: Instance, plan: FoldedLayerPlan): void {
  const { input, rows, weights, silenced, queries, mixed, projected, logits, keys, values, scratch } = plan;
  const n = rows.count;
  const residual = residualRows(plan);
  if (residual !== input) gatherRows(instance, residual, input, rows.positions, n);
  multiply(instance, queries, residual, plan.queryKey.forward, n, false);
  packTransposed(instance, keys, input);
  causalScores(instance, weights, queries, keys, rows);
  causalSoftmax(instance, weights, rows, plan.scale);
  multiply(instance, logits, residual, plan.readout.forward, n, false);
  if (silenced[0]) return;
  packRows(instance, values, input);
  if (everyRow(plan)) {
    multiply(instance, projected, input, plan.attended.forward, input.rows, false);
    packRows(instance, scratch, projected);
    causalMix(instance, logits, weights, scratch, rows, true);
  } else {
    causalMix(instance, mixed, weights, values, rows, false);
    multiply(instance, logits, mixed, plan.attended.forward, n, true);
  }
}

/** plan.logits holds the loss's gradient → dinput[T, d] = …, and the sums dQK, dX, dC. */
export function foldedBackward(instance: Instance, plan: FoldedLayerPlan, dinput: Matrix): void {
  const { input, rows, weights, dweights, logits, queryKey, readout, attended, scratch, inputNeeded } = plan;
  const n = rows.count;
  const residual = residualRows(plan);
  const scoresNeeded = inputNeeded || queryKey.sum !== null;
  if (readout.sum !== null) {
    packRows(instance, scratch, residual, n);
    multiplyTransposed(instance, readout.sum, logits, scratch, n, true);
  }

  if (everyRow(plan)) {
    const { dprojected, projected, values } = plan;
    if (inputNeeded || attended.sum !== null) {
      packRows(instance, scratch, logits, n);
      causalSpread(instance, dprojected, weights, scratch, rows, false);
      if (attended.sum !== null) multiplyTransposed(instance, attended.sum, dprojected, values, input.rows, true);
      if (inputNeeded) multiply(instance, dinput, dprojected, attended.backward, input.rows, false);
    }
    if (!scoresNeeded) return;
    packTransposed(instance, scratch, projected);
    causalScores(instance, dweights, logits, scratch, rows);
  } else {
    const { mixed, dmixed } = plan;
    if (attended.sum !== null) {
      packRows(instance, scratch, mixed, n);
      multiplyTransposed(instance, attended.sum, logits, scratch, n, true);
    }
    if (!scoresNeeded) return;
    multiply(instance, dmixed, logits, attended.backward, n, false);
    causalScores(instance, dweights, dmixed, plan.keys, rows);
    if (inputNeeded) {
      packRows(instance, scratch, dmixed, n);
      causalSpread(instance, dinput, weights, scratch, rows, false);
    }
  }

  const { dqueries, queries, dresidual } = plan;
  causalSoftmaxBackward(instance, dweights, weights, rows, plan.scale);
  causalMix(instance, dqueries, dweights, plan.values, rows, false);
  if (queryKey.sum !== null) {
    packRows(instance, scratch, dqueries, n);
    multiplyTransposed(instance, queryKey.sum, residual, scratch, n, true);
  }
  if (!inputNeeded) return;
  packRows(instance, scratch, queries, n);
  causalSpread(instance, dinput, dweights, scratch, rows, true);
  const target = residual === input ? dinput : dresidual;
  multiply(instance, target, logits, readout.backward, n, residual === input);
  multiply(instance, target, dqueries, queryKey.backward, n, true);
  if (residual !== input) scatterAddRows(instance, dinput, rows.positions, dresidual, n);
}

function everyRow({ rows, input }: FoldedLayerPlan): boolean {
  return rows.count === input.rows;
}

/** The residual stream of the loss's rows: used as it lies where they are all rows. */
function residualRows(plan: FoldedLayerPlan): Matrix {
  return everyRow(plan) ? plan.input : plan.residual;
}

/** Once a step, from the summed dQK, dX, dC: the gradients of the layer's maps and of the output. */
export function foldedFinish(instance: Instance, plan: FoldedLayerPlan): void {
  const { output, linear, query, key, outputValue, queryKey, readout, attended, dreadout, doutputValue, scratch } =
    plan;
  if (queryKey.sum !== null) {
    if (key.gradient !== null) {
      if (query !== null) productNN(instance, key.gradient, query.weight, queryKey.sum, scratch, true);
      else addRows(instance, key.gradient, queryKey.sum, queryKey.sum.rows);
    }
    if (query !== null && query.gradient !== null) {
      productNT(instance, query.gradient, key.weight, queryKey.sum, scratch, true);
    }
  }
  if (attended.sum !== null && outputValue.product !== null) {
    productTN(instance, doutputValue, throughAttention(plan), attended.sum, scratch);
    outputValueFinish(instance, outputValue, doutputValue);
  }
  if (readout.sum === null) return;

  // dX gathers what came through the residual and, unless the feed-forward is parallel, through attention.
  const height = readout.sum.rows;
  copyRows(instance, dreadout, readout.sum, height);
  const back = (into: Matrix) => {
    const sum = attended.sum!;
    if (outputValue.product !== null) productNT(instance, into, sum, outputValue.product, scratch, true);
    else addRows(instance, into, sum, height);
  };
  if (linear?.parallel !== true) back(dreadout);
  else if (output.gradient !== null) back(output.gradient);
  if (linear !== null && linear.gradient !== null) {
    productTN(instance, linear.gradient, output.weight, dreadout, scratch, true);
  }
  if (output.gradient !== null) {
    addRows(instance, output.gradient, dreadout, height);
    if (linear !== null) productNT(instance, output.gradient, dreadout, linear.weight, scratch, true);
  }
}
