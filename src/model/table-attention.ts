/**
 * Attention of a single-head first layer in circuit form (Elhage et al. 2021). Its input is E[z_t] + P[t], so every
 * linear map of it is a sum of two rows of a table made once a step from R = [E; P] (E's rows, zeros up to a multiple
 * of 16, P's rows):
 *   scores[t, s] = four entries of G = (R W_Qᵀ)(R W_Kᵀ)ᵀ;   value[s] = V[z_s] + V[first + s],  V = R (W_O W_V)ᵀ
 * Backward sums the gradients of G and V over all sequences; `tableAttentionFinish` turns the sums into the gradients
 * of the maps and of the embeddings, once a step.
 */

import { type Matrix, type Region, rowsOf } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import {
  ADD,
  causalMix,
  causalMixTransposed,
  causalScores,
  type Panels,
  packRows,
  packTransposed,
  productNN,
  productNT,
  productTN,
  SET,
} from '../../bindings/matmul.js';
import { addRows, copyRows, gatherAddRows, scatterAddRows } from '../../bindings/rows.js';
import { causalSoftmax, causalSoftmaxBackward, planWeights } from '../../bindings/softmax.js';
import { type ScoreTable, tableScores, tableScoresBackward } from '../../bindings/table.js';
import { attentionScale } from './attention.js';
import type { BlockAttention } from './block.js';
import {
  type OutputValuePlan,
  outputValueBackward,
  outputValuePrepare,
  outputValueTrained,
  planOutputValue,
} from './circuit.js';
import { type AttentionHeads, attentionMaps, isCircuit, type LayerContext } from './layer-form.js';
import { positionTable } from './positions.js';
import { trained } from './workspace.js';

/** A map of the table rows: null is the identity. */
interface TableMap {
  readonly weight: Matrix | null;
  readonly gradient: Matrix | null;
  /** R Wᵀ, or R itself. */
  readonly rows: Matrix;
}

export interface TableAttentionPlan extends AttentionHeads {
  readonly weights: readonly [Matrix];
  readonly table: Matrix;
  readonly embeddings: { readonly weight: Matrix; readonly gradient: Matrix | null; readonly rows: Matrix }[];
  readonly query: TableMap;
  readonly key: TableMap;
  readonly outputValue: OutputValuePlan;
  /** V, or R itself where both value and output are the identity. */
  readonly values: Matrix;
  readonly scores: ScoreTable;
  /** Sums over sequences: dG, and dV; null where nothing trained needs them. */
  readonly dscores: ScoreTable | null;
  readonly dvalues: Matrix | null;
  /** Gradient of one table-sized product, and of OV, while finishing. */
  readonly dproduct: Matrix;
  readonly doutputValue: Matrix;
  readonly dtable: Matrix;
  readonly first: number;
  readonly tokens: Region<'i32'>;
  readonly dweights: Matrix;
  readonly value: Matrix;
  readonly dvalue: Matrix;
  readonly scale: number;
  readonly scratch: Panels;
}

export const tableAttention: BlockAttention<TableAttentionPlan> = {
  fits: (config, layer) => layer === 0 && isCircuit(config, layer) && positionTable(config) !== null,
  derives: attentionMaps,
  plan: planTableAttention,
  fill() {},
  prepare: tableAttentionPrepare,
  forward: tableAttentionForward,
  backward: tableAttentionBackward,
  finish: tableAttentionFinish,
};

function planTableAttention({ workspace, config, sum }: LayerContext): TableAttentionPlan {
  const { planner, length } = workspace;
  const { dim, vocabSize } = config;
  const name = 'layers.0.attention';
  const positions = positionTable(config)!.name;
  const first = firstPosition(vocabSize);
  const size = first + length;
  const table = planner.matrix('E and P, stacked', size, dim);
  const embedded = (parameter: string, from: number, rows: number) => ({
    weight: rowsOf(workspace.weight(parameter), 0, rows),
    gradient: workspace.gradient(parameter),
    rows: rowsOf(table, from, rows),
  });
  const map = (letter: 'q' | 'k', learned: boolean): TableMap => ({
    weight: learned ? workspace.weight(`${name}.w${letter}.weight`) : null,
    gradient: learned ? workspace.gradient(`${name}.w${letter}.weight`) : null,
    rows: learned ? planner.matrix(`${name} ${letter} of the table`, size, dim) : table,
  });
  const outputValue = planOutputValue(workspace, config, 0);
  const scoreTable = (at: Matrix): ScoreTable => ({
    matrix: at,
    firstPosition: first,
    vocab: vocabSize,
    scratch: planner.region('row of the score table', 'f32', vocabSize),
  });
  const embeddingsTrained = trained(workspace, 'tok_embeddings.weight', positions);
  const stride = Math.ceil(size / 16) * 16;
  const scoresTrained = embeddingsTrained || trained(workspace, `${name}.wq.weight`, `${name}.wk.weight`);
  const valuesTrained = embeddingsTrained || outputValueTrained(workspace, 0);
  return {
    table,
    embeddings: [embedded('tok_embeddings.weight', 0, vocabSize), embedded(positions, first, length)],
    query: map('q', config.projections.query),
    key: map('k', true),
    outputValue,
    values: outputValue.product === null ? table : planner.matrix(`${name} OV of the table`, size, dim),
    scores: scoreTable(planner.matrix(`${name} score table`, size, size, stride)),
    dscores: scoresTrained ? scoreTable(sum(`${name} score table, gradient`, size, size, stride)) : null,
    dvalues: valuesTrained ? sum(`${name} OV of the table, gradient`, size, dim) : null,
    dproduct: planner.matrix(`${name} gradient of table rows`, size, dim),
    doutputValue: planner.matrix(`${name} OV, gradient`, dim, dim),
    dtable: planner.matrix('E and P, gradient', size, dim),
    first,
    tokens: workspace.tokens,
    weights: [planWeights(planner, `${name} weights`, length, length)],
    dweights: workspace.dweights,
    silenced: [false],
    value: planner.matrix(`${name} value`, length, dim),
    dvalue: workspace.temporary('dv'),
    scale: attentionScale(config),
    queries: workspace.all,
    scratch: workspace.scratch,
  };
}

/** Row of the first position in a table of `vocabSize` token rows. */
export function firstPosition(vocabSize: number): number {
  return Math.ceil(vocabSize / 16) * 16;
}

/** Once a step: the tables of this step's weights. The rows between E and P stay zero. */
function tableAttentionPrepare(instance: Instance, plan: TableAttentionPlan): void {
  const { table, query, key, outputValue, values, scores, scratch } = plan;
  for (const { weight, rows } of plan.embeddings) copyRows(instance, rows, weight, rows.rows);
  for (const { weight, rows } of [query, key]) {
    if (weight !== null) productNT(instance, rows, table, weight, scratch);
  }
  productNT(instance, scores.matrix, query.rows, key.rows, scratch);
  outputValuePrepare(instance, outputValue);
  if (outputValue.product !== null) productNT(instance, values, table, outputValue.product, scratch);
}

/** g[T, d] += Σ_s weights[t, s] value[s]; nothing where the head is silenced. */
function tableAttentionForward(instance: Instance, plan: TableAttentionPlan, g: Matrix): void {
  const {
    scores,
    weights: [weights],
    silenced,
    tokens,
    queries,
    values,
    value,
    first,
    scratch,
  } = plan;
  tableScores(instance, weights, scores, tokens);
  causalSoftmax(instance, weights, queries, plan.scale);
  if (silenced[0]) return;
  gatherAddRows(instance, value, values, tokens, rowsOf(values, first, value.rows), value.rows);
  packRows(instance, scratch, value);
  causalMix(instance, g, weights, scratch, queries, ADD);
}

/** dg[T, d] → the sums dG and dV. The residual path's share of the input's gradient stays dg itself. */
function tableAttentionBackward(instance: Instance, plan: TableAttentionPlan, dg: Matrix): void {
  const {
    dscores,
    dvalues,
    weights: [weights],
    dweights,
    tokens,
    queries,
    value,
    dvalue,
    first,
    scratch,
  } = plan;
  if (dvalues !== null) {
    packRows(instance, scratch, dg);
    causalMixTransposed(instance, dvalue, weights, scratch, queries, SET);
    scatterAddRows(instance, dvalues, tokens, dvalue, dvalue.rows);
    addRows(instance, rowsOf(dvalues, first, dvalue.rows), dvalue, dvalue.rows);
  }
  if (dscores !== null) {
    packTransposed(instance, scratch, value);
    causalScores(instance, dweights, dg, scratch, queries);
    causalSoftmaxBackward(instance, dweights, weights, queries, plan.scale);
    tableScoresBackward(instance, dscores, dweights, tokens);
  }
}

/** Once a step, from the summed dG and dV: the gradients of W_Q, W_K, W_O, W_V and of both embeddings. */
function tableAttentionFinish(instance: Instance, plan: TableAttentionPlan): void {
  const { table, query, key, outputValue, dscores, dvalues, dproduct, doutputValue, dtable, scratch } = plan;
  const embedded = plan.embeddings.some(({ gradient }) => gradient !== null);
  let started = false;
  const through = (weight: Matrix | null) => {
    if (!embedded) return;
    if (weight !== null) productNN(instance, dtable, dproduct, weight, scratch, started ? ADD : SET);
    else if (started) addRows(instance, dtable, dproduct, table.rows);
    else copyRows(instance, dtable, dproduct, table.rows);
    started = true;
  };
  if (dscores !== null) {
    if (query.gradient !== null || embedded) {
      productNN(instance, dproduct, dscores.matrix, key.rows, scratch);
      if (query.gradient !== null) productTN(instance, query.gradient, dproduct, table, scratch, ADD);
      through(query.weight);
    }
    if (key.gradient !== null || embedded) {
      productTN(instance, dproduct, dscores.matrix, query.rows, scratch);
      if (key.gradient !== null) productTN(instance, key.gradient, dproduct, table, scratch, ADD);
      through(key.weight);
    }
  }
  if (dvalues !== null) {
    if (outputValue.product !== null) {
      productTN(instance, doutputValue, dvalues, table, scratch);
      outputValueBackward(instance, outputValue, doutputValue);
    }
    copyRows(instance, dproduct, dvalues, table.rows);
    through(outputValue.product);
  }
  if (!embedded) return;
  for (const { gradient, rows } of plan.embeddings) {
    if (gradient === null) continue;
    const share = { ...rows, offset: rows.offset - table.offset + dtable.offset };
    addRows(instance, gradient, share, rows.rows);
  }
}
