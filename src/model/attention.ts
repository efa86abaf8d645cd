/**
 * Causal multi-head attention, the plain path: every option of the family.
 *   in: [T, d] (the block's input, normalised where the model says so);  g += W_O (A v)
 * Head h owns columns h·e … (h+1)·e of query, key and value.
 */
import { columnsOf, type Matrix } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import {
  ADD,
  causalMix,
  causalMixTransposed,
  causalScores,
  type Panels,
  packRows,
  packTransposed,
  SET,
} from '../../bindings/matmul.js';
import { fillRotary, planRotary, type RotaryTable, rotate } from '../../bindings/rotary.js';
import { addRows, clearRows, copyRows } from '../../bindings/rows.js';
import { causalSoftmax, causalSoftmaxBackward, planWeights } from '../../bindings/softmax.js';
import type { BlockAttention } from './block.js';
import type { ModelConfig } from './config.js';
import type { AttentionHeads, LayerContext } from './layer-form.js';
import {
  type LinearPlan,
  linearForward,
  linearInputGradient,
  linearPrepare,
  linearWeightGradient,
  planLinear,
} from './linear.js';
import { turnsPositions } from './positions.js';

/** One of query, key, value: its map (null: the identity), its rows, and their gradient. */
interface Projection {
  readonly map: LinearPlan | null;
  readonly rows: Matrix;
  readonly gradient: Matrix;
  /** Windows of both, one a head. */
  readonly rowHeads: readonly Matrix[];
  readonly gradientHeads: readonly Matrix[];
  /** Whether anyone needs the gradient of these rows. */
  readonly needed: boolean;
}

export interface AttentionPlan extends AttentionHeads {
  readonly input: Matrix;
  readonly query: Projection;
  readonly key: Projection;
  readonly value: Projection;
  readonly output: LinearPlan | null;
  readonly dweights: Matrix;
  readonly mixed: Matrix;
  readonly mixedHeads: readonly Matrix[];
  readonly dmixed: Matrix;
  readonly dmixedHeads: readonly Matrix[];
  readonly rotary: RotaryTable | null;
  readonly scale: number;
  readonly scratch: Panels;
  readonly inputNeeded: boolean;
}

export const plainAttention: BlockAttention<AttentionPlan> = {
  fits: () => true,
  derives: () => [],
  plan: planAttention,
  fill(instance, { rotary }) {
    if (rotary !== null) fillRotary(instance, rotary);
  },
  prepare: attentionPrepare,
  forward: attentionForward,
  backward: attentionBackward,
  finish() {},
};

function planAttention(context: LayerContext, input: Matrix, inputNeeded: boolean): AttentionPlan {
  const { workspace, config, layer } = context;
  const { length, planner } = workspace;
  const name = `layers.${layer}.attention`;
  const turned = turnsPositions(config, layer);
  const project = (letter: 'q' | 'k' | 'v', learned: boolean): Projection => {
    const map = learned ? planLinear(workspace, `${name}.w${letter}.weight`) : null;
    const own = map !== null || (turned && letter !== 'v');
    const rows = own ? planner.matrix(`${name} ${letter}`, length, config.dim) : input;
    const gradient = workspace.temporary(`d${letter}`);
    return {
      map,
      rows,
      gradient,
      rowHeads: splitHeads(rows, config.heads),
      gradientHeads: splitHeads(gradient, config.heads),
      needed: inputNeeded || (map !== null && map.gradient !== null),
    };
  };
  const { projections, heads, dim } = config;
  const mixed = planner.matrix(`${name} mixed`, length, dim);
  const dmixed = workspace.temporary('dmixed');
  return {
    input,
    query: project('q', projections.query),
    key: project('k', true),
    value: project('v', projections.value),
    output: projections.output ? planLinear(workspace, `${name}.wo.weight`) : null,
    weights: Array.from({ length: heads }, (_, h) => planWeights(planner, `${name} weights ${h}`, length, length)),
    dweights: workspace.dweights,
    silenced: Array<boolean>(heads).fill(false),
    mixed,
    mixedHeads: splitHeads(mixed, heads),
    dmixed,
    dmixedHeads: splitHeads(dmixed, heads),
    rotary: turned ? planRotary(planner, `${name} rotary`, length, dim / heads) : null,
    scale: attentionScale(config),
    queries: workspace.all,
    scratch: workspace.scratch,
    inputNeeded,
  };
}

/** What scores are multiplied by: 1/√e or 1. */
export function attentionScale({ attentionScale: scale, dim, heads }: ModelConfig): number {
  return scale === 'sqrt' ? 1 / Math.sqrt(dim / heads) : 1;
}

function attentionPrepare(instance: Instance, plan: AttentionPlan): void {
  for (const map of [plan.query.map, plan.key.map, plan.value.map, plan.output]) {
    if (map !== null) linearPrepare(instance, map);
  }
}

/** g += W_O (A v), A = causal softmax of the scaled scores. A silenced head has its weights A, but is not mixed. */
function attentionForward(instance: Instance, plan: AttentionPlan, g: Matrix): void {
  const { input, query, key, value, output, weights, silenced, mixed, rotary, queries, scratch } = plan;
  const rows = input.rows;
  for (const { map, rows: out } of [query, key, value]) {
    if (map !== null) linearForward(instance, map, out, input, rows, SET);
    else if (out !== input) copyRows(instance, out, input, rows);
  }
  if (rotary !== null) {
    for (const head of query.rowHeads) rotate(instance, head, rotary, 1);
    for (const head of key.rowHeads) rotate(instance, head, rotary, 1);
  }
  for (let h = 0; h < weights.length; h++) {
    const a = weights[h]!;
    packTransposed(instance, scratch, key.rowHeads[h]!);
    causalScores(instance, a, query.rowHeads[h]!, scratch, queries);
    causalSoftmax(instance, a, queries, plan.scale);
    if (silenced[h]) {
      clearRows(instance, plan.mixedHeads[h]!);
      continue;
    }
    packRows(instance, scratch, value.rowHeads[h]!);
    causalMix(instance, plan.mixedHeads[h]!, a, scratch, queries, SET);
  }
  if (output !== null) linearForward(instance, output, g, mixed, rows, ADD);
  else addRows(instance, g, mixed, rows);
}

/**
 * W_O^h W_V^h y of every position, [T, d], after `attentionForward` and in place of what a backward pass would read:
 * for looking into the model. Overwritten by the next call.
 */
export function headValues(instance: Instance, plan: AttentionPlan, head: number): Matrix {
  const { value, output, mixed, mixedHeads, dmixed } = plan;
  clearRows(instance, mixed);
  copyRows(instance, mixedHeads[head]!, value.rowHeads[head]!, mixed.rows);
  if (output === null) return mixed;
  linearForward(instance, output, dmixed, mixed, mixed.rows, SET);
  return dmixed;
}

/** dg → dinput += …, and the gradients of the trained maps. dg may be dinput: it is read before it is added to. */
function attentionBackward(instance: Instance, plan: AttentionPlan, dg: Matrix, dinput: Matrix): void {
  const { input, query, key, value, output, weights, dweights, mixed, rotary, queries, scratch } = plan;
  const rows = input.rows;
  if (output !== null) linearWeightGradient(instance, output, mixed, dg, rows);
  if (!query.needed && !key.needed && !value.needed) return;
  if (output !== null) linearInputGradient(instance, output, plan.dmixed, dg, rows, SET);
  else copyRows(instance, plan.dmixed, dg, rows);

  for (let h = 0; h < weights.length; h++) {
    const a = weights[h]!;
    const dm = plan.dmixedHeads[h]!;
    if (value.needed) {
      packRows(instance, scratch, dm);
      causalMixTransposed(instance, value.gradientHeads[h]!, a, scratch, queries, SET);
    }
    if (!query.needed && !key.needed) continue;
    packTransposed(instance, scratch, value.rowHeads[h]!);
    causalScores(instance, dweights, dm, scratch, queries);
    causalSoftmaxBackward(instance, dweights, a, queries, plan.scale);
    if (query.needed) {
      packRows(instance, scratch, key.rowHeads[h]!);
      causalMix(instance, query.gradientHeads[h]!, dweights, scratch, queries, SET);
    }
    if (key.needed) {
      packRows(instance, scratch, query.rowHeads[h]!);
      causalMixTransposed(instance, key.gradientHeads[h]!, dweights, scratch, queries, SET);
    }
  }
  if (rotary !== null) {
    if (query.needed) for (const head of query.gradientHeads) rotate(instance, head, rotary, -1);
    if (key.needed) for (const head of key.gradientHeads) rotate(instance, head, rotary, -1);
  }
  for (const { map, gradient } of [query, key, value]) {
    if (map !== null) linearWeightGradient(instance, map, input, gradient, rows);
    if (!plan.inputNeeded) continue;
    if (map !== null) linearInputGradient(instance, map, dinput, gradient, rows, ADD);
    else addRows(instance, dinput, gradient, rows);
  }
}

function splitHeads(m: Matrix, heads: number): Matrix[] {
  const width = m.columns / heads;
  return Array.from({ length: heads }, (_, h) => columnsOf(m, h * width, width));
}
