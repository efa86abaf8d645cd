/**
 * The last layer of a single-head model in circuit form, from the residual stream x to the logits of the loss's rows
 * alone. Attention reads the residual stream itself: with QK = W_Qᵀ W_K and the readouts
 *   X = U (1 + F)        what the logits read from the residual (F: a linear feed-forward, if there is one)
 *   C = X W_O W_V        what they read through attention (U W_O W_V when the feed-forward is parallel)
 *   scores[i, s] = x_{p_i} QK x_s,   logits[i] = X x_{p_i} + Σ_s weights[i, s] C x_s,   p_i the loss's rows.
 * Few rows mix first, c_i = Σ_s weights[i, s] x_s, then C c_i; all rows project first, y_s = C x_s: vocabSize < d
 * columns. Backward sums dQK, dX, dC over sequences; `foldedFinish` recovers the maps' gradients from them once a step.
 */
import type { Matrix } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import {
  ADD,
  causalMix,
  causalMixTransposed,
  causalScores,
  multiply,
  multiplyTransposed,
  type Panels,
  packRows,
  packTransposed,
  planPanels,
  productNN,
  productNT,
  productTN,
  SET,
} from '../../bindings/matmul.js';
import { addRows, copyRows, gatherRows, scatterAddRows } from '../../bindings/rows.js';
import { causalSoftmax, causalSoftmaxBackward, planWeights, type QueryRows } from '../../bindings/softmax.js';
import { attentionScale } from './attention.js';
import {
  type OutputValuePlan,
  outputValueBackward,
  outputValuePrepare,
  outputValueTrained,
  planOutputValue,
} from './circuit.js';
import { type FeedForward, feedForwardParameters } from './feed-forwards/kinds.js';
import { attentionMaps, isCircuit, type LayerContext, type LayerForm, type LayerPlan } from './layer-form.js';
import { unembeddingName } from './output.js';
import { trained } from './workspace.js';

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

export interface FoldedLayerPlan extends LayerPlan {
  readonly output: null;
  readonly input: Matrix;
  readonly rows: QueryRows;
  readonly inputNeeded: boolean;
  readonly unembeddings: Trainable;
  readonly linear: (Trainable & { readonly parallel: boolean }) | null;
  readonly query: Trainable | null;
  readonly key: Trainable;
  readonly outputValue: OutputValuePlan;
  readonly queryKey: Folded;
  readonly residualReadout: Folded;
  readonly attentionReadout: Folded;
  readonly weights: Matrix;
  readonly dweights: Matrix;
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

export const folded: LayerForm<FoldedLayerPlan> = {
  fits: (config, layer) =>
    layer === config.layers - 1 && isCircuit(config, layer) && FOLDABLE.includes(config.ffn[layer]!),
  derives: (config, layer) => [
    ...attentionMaps(config, layer),
    ...feedForwardParameters[config.ffn[layer]!].map(({ name }) => `layers.${layer}.ff.${name}`),
    ...(config.tieOutput ? [] : [unembeddingName(config)]),
  ],
  plan: planFoldedLayer,
  fill() {},
  prepare: foldedPrepare,
  forward: foldedForward,
  backward: foldedBackward,
  finish: foldedFinish,
};

/** Feed-forward maps that fold into the readouts. */
const FOLDABLE: readonly FeedForward[] = ['none', 'linear'];

function planFoldedLayer(context: LayerContext): FoldedLayerPlan {
  const { workspace, config, layer, input, logits, rows, inputNeeded, sum } = context;
  const { planner, length } = workspace;
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
  const outputName = unembeddingName(config);
  const hasLinear = config.ffn[layer] === 'linear';
  const unembeddings = at(outputName);
  const key = at(`${name}.attention.wk.weight`);
  const outputValue = planOutputValue(workspace, config, layer);
  const readoutTrained = trained(workspace, outputName) || (hasLinear && trained(workspace, `${name}.ff.weight`));
  const queryTrained = trained(workspace, `${name}.attention.wq.weight`, `${name}.attention.wk.weight`);
  const weights = planWeights(planner, `${name} weights`, length, length);
  const wide = (label: string) => planner.matrix(`${name} ${label}`, length, dim);
  return {
    input,
    rows,
    inputNeeded,
    output: null,
    unembeddings,
    linear: hasLinear ? { ...at(`${name}.ff.weight`), parallel: config.ffnPlacement === 'parallel' } : null,
    query: config.projections.query ? at(`${name}.attention.wq.weight`) : null,
    key,
    outputValue,
    queryKey: fold(`${name} QK`, dim, queryTrained, config.projections.query ? undefined : key.weight),
    residualReadout: fold(
      `${name} readout of the residual`,
      vocabSize,
      readoutTrained,
      hasLinear ? undefined : unembeddings.weight,
    ),
    attentionReadout: fold(
      `${name} readout of attention`,
      vocabSize,
      readoutTrained || outputValueTrained(workspace, layer),
    ),
    weights,
    dweights: workspace.dweights,
    heads: { weights: [weights], queries: rows, silenced: [false] },
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
    scale: attentionScale(config),
    scratch: workspace.scratch,
  };
}

/** Once a step: QK and the readouts of this step's weights, packed. */
function foldedPrepare(instance: Instance, plan: FoldedLayerPlan): void {
  const { unembeddings, linear, query, key, outputValue, queryKey, residualReadout, attentionReadout, scratch } = plan;
  if (query !== null) productTN(instance, queryKey.matrix, query.weight, key.weight, scratch);
  packRows(instance, queryKey.forward, queryKey.matrix);
  packTransposed(instance, queryKey.backward, queryKey.matrix);

  if (linear !== null) {
    copyRows(instance, residualReadout.matrix, unembeddings.weight, unembeddings.weight.rows);
    productNN(instance, residualReadout.matrix, unembeddings.weight, linear.weight, scratch, ADD);
  }
  packTransposed(instance, residualReadout.forward, residualReadout.matrix);
  packRows(instance, residualReadout.backward, residualReadout.matrix);

  outputValuePrepare(instance, outputValue);
  const from = throughAttention(plan);
  if (outputValue.product !== null) productNN(instance, attentionReadout.matrix, from, outputValue.product, scratch);
  else copyRows(instance, attentionReadout.matrix, from, from.rows);
  packTransposed(instance, attentionReadout.forward, attentionReadout.matrix);
  packRows(instance, attentionReadout.backward, attentionReadout.matrix);
}

/** The readout that attention's output passes: a parallel feed-forward does not see it. */
function throughAttention({ linear, unembeddings, residualReadout }: FoldedLayerPlan): Matrix {
  return linear?.parallel === true ? unembeddings.weight : residualReadout.matrix;
}

/** Logits of the rows in `plan.rows`; of the residual stream alone where the head is silenced. */
function foldedForward(instance: Instance, plan: FoldedLayerPlan): void {
  const { input, rows, weights, heads, queries, mixed, projected, logits, keys, values, scratch } = plan;
  const n = rows.count;
  const residual = residualRows(plan);
  if (residual !== input) gatherRows(instance, residual, input, rows.positions, n);
  multiply(instance, queries, residual, plan.queryKey.forward, n, SET);
  packTransposed(instance, keys, input);
  causalScores(instance, weights, queries, keys, rows);
  causalSoftmax(instance, weights, rows, plan.scale);
  multiply(instance, logits, residual, plan.residualReadout.forward, n, SET);
  if (heads.silenced[0]) return;
  packRows(instance, values, input);
  if (everyRow(plan)) {
    multiply(instance, projected, input, plan.attentionReadout.forward, input.rows, SET);
    packRows(instance, scratch, projected);
    causalMix(instance, logits, weights, scratch, rows, ADD);
  } else {
    causalMix(instance, mixed, weights, values, rows, SET);
    multiply(instance, logits, mixed, plan.attentionReadout.forward, n, ADD);
  }
}

/** plan.logits holds the loss's gradient → dinput[T, d] = …, and the sums dQK, dX, dC. */
function foldedBackward(instance: Instance, plan: FoldedLayerPlan, dinput: Matrix): void {
  const { input, rows, weights, dweights, logits, queryKey, residualReadout, attentionReadout, scratch, inputNeeded } =
    plan;
  const n = rows.count;
  const residual = residualRows(plan);
  const scoresNeeded = inputNeeded || queryKey.sum !== null;
  if (residualReadout.sum !== null) {
    packRows(instance, scratch, residual, n);
    multiplyTransposed(instance, residualReadout.sum, logits, scratch, n, ADD);
  }

  if (everyRow(plan)) {
    const { dprojected, projected, values } = plan;
    if (inputNeeded || attentionReadout.sum !== null) {
      packRows(instance, scratch, logits, n);
      causalMixTransposed(instance, dprojected, weights, scratch, rows, SET);
      if (attentionReadout.sum !== null)
        multiplyTransposed(instance, attentionReadout.sum, dprojected, values, input.rows, ADD);
      if (inputNeeded) multiply(instance, dinput, dprojected, attentionReadout.backward, input.rows, SET);
    }
    if (!scoresNeeded) return;
    packTransposed(instance, scratch, projected);
    causalScores(instance, dweights, logits, scratch, rows);
  } else {
    const { mixed, dmixed } = plan;
    if (attentionReadout.sum !== null) {
      packRows(instance, scratch, mixed, n);
      multiplyTransposed(instance, attentionReadout.sum, logits, scratch, n, ADD);
    }
    if (!scoresNeeded) return;
    multiply(instance, dmixed, logits, attentionReadout.backward, n, SET);
    causalScores(instance, dweights, dmixed, plan.keys, rows);
    if (inputNeeded) {
      packRows(instance, scratch, dmixed, n);
      causalMixTransposed(instance, dinput, weights, scratch, rows, SET);
    }
  }

  const { dqueries, queries, dresidual } = plan;
  causalSoftmaxBackward(instance, dweights, weights, rows, plan.scale);
  causalMix(instance, dqueries, dweights, plan.values, rows, SET);
  if (queryKey.sum !== null) {
    packRows(instance, scratch, dqueries, n);
    multiplyTransposed(instance, queryKey.sum, residual, scratch, n, ADD);
  }
  if (!inputNeeded) return;
  packRows(instance, scratch, queries, n);
  causalMixTransposed(instance, dinput, dweights, scratch, rows, ADD);
  const target = residual === input ? dinput : dresidual;
  multiply(instance, target, logits, residualReadout.backward, n, residual === input ? ADD : SET);
  multiply(instance, target, dqueries, queryKey.backward, n, ADD);
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
function foldedFinish(instance: Instance, plan: FoldedLayerPlan): void {
  const { unembeddings, linear, query, key, outputValue, queryKey, residualReadout, attentionReadout } = plan;
  const { dreadout, doutputValue, scratch } = plan;
  if (queryKey.sum !== null) {
    if (key.gradient !== null) {
      if (query !== null) productNN(instance, key.gradient, query.weight, queryKey.sum, scratch, ADD);
      else addRows(instance, key.gradient, queryKey.sum, queryKey.sum.rows);
    }
    if (query !== null && query.gradient !== null) {
      productNT(instance, query.gradient, key.weight, queryKey.sum, scratch, ADD);
    }
  }
  if (attentionReadout.sum !== null && outputValue.product !== null) {
    productTN(instance, doutputValue, throughAttention(plan), attentionReadout.sum, scratch);
    outputValueBackward(instance, outputValue, doutputValue);
  }
  if (residualReadout.sum === null) return;

  // dX gathers what came through the residual and, unless the feed-forward is parallel, through attention.
  const height = residualReadout.sum.rows;
  copyRows(instance, dreadout, residualReadout.sum, height);
  const back = (into: Matrix) => {
    const sum = attentionReadout.sum!;
    if (outputValue.product !== null) productNT(instance, into, sum, outputValue.product, scratch, ADD);
    else addRows(instance, into, sum, height);
  };
  if (linear?.parallel !== true) back(dreadout);
  else if (unembeddings.gradient !== null) back(unembeddings.gradient);
  if (linear !== null && linear.gradient !== null) {
    productTN(instance, linear.gradient, unembeddings.weight, dreadout, scratch, ADD);
  }
  if (unembeddings.gradient !== null) {
    addRows(instance, unembeddings.gradient, dreadout, height);
    if (linear !== null) productNT(instance, unembeddings.gradient, dreadout, linear.weight, scratch, ADD);
  }
}
