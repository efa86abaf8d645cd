/**
 * One block of the residual stream, x → out, [T, d] each:
 *   norm none  g = x + att(x);            out = g + ff(g)              or g + ff(x) when parallel
 *   norm pre   g = x + att(LN_a(x));      out = g + ff(LN_f(g))        or g + ff(LN_f(x)) when parallel
 *   norm post  g = LN_a(x + att(x));      out = LN_f(g + ff(g))
 */
import type { Matrix } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import type { RotaryTable } from '../../bindings/rotary.js';
import { addRows, clearRows, copyRows } from '../../bindings/rows.js';
import {
  type AttentionPlan,
  attentionBackward,
  attentionForward,
  attentionPrepare,
  planAttention,
} from './attention.js';
import {
  type FeedForwardPlan,
  feedForward,
  feedForwardBackward,
  feedForwardPrepare,
  planFeedForward,
} from './feedforward.js';
import { type LayerNormPlan, layerNorm, layerNormBackward, planLayerNorm } from './layer-norm.js';
import {
  planTableAttention,
  type TableAttentionPlan,
  tableAttentionBackward,
  tableAttentionForward,
  tablePrepare,
} from './table-attention.js';
import { trained, type Workspace } from './workspace.js';

export type AttentionForm =
  | { readonly form: 'plain'; readonly plan: AttentionPlan }
  | { readonly form: 'table'; readonly plan: TableAttentionPlan };

export interface BlockPlan {
  readonly attention: AttentionForm;
  readonly feedForward: FeedForwardPlan | null;
  readonly attentionNorm: LayerNormPlan | null;
  readonly feedForwardNorm: LayerNormPlan | null;
  readonly norm: 'none' | 'pre' | 'post';
  readonly parallel: boolean;
  readonly input: Matrix;
  /** The residual stream after attention, before a post-norm. */
  readonly attended: Matrix;
  /** The same after a post-norm: what the feed-forward adds to. */
  readonly base: Matrix;
  /** base + feed-forward, before a post-norm. */
  readonly summed: Matrix;
  readonly output: Matrix;
  readonly dattention: Matrix;
  readonly dfeedForward: Matrix;
  /** Whether something trained lies behind the input, and behind the attention's output. */
  readonly inputNeeded: boolean;
  readonly attentionNeeded: boolean;
}

export interface BlockOptions {
  readonly form: 'plain' | 'table';
  readonly rotary: RotaryTable | null;
  readonly inputNeeded: boolean;
  /** For the table form: the table of positions, and how to plan a matrix among the sums of a shard. */
  readonly positions: string | null;
  readonly sum: (name: string, rows: number, columns: number, stride?: number) => Matrix;
}

export function planBlock(workspace: Workspace, layer: number, input: Matrix, options: BlockOptions): BlockPlan {
  const { config, planner, length } = workspace;
  const { norm, dim } = config;
  const name = `layers.${layer}`;
  const { inputNeeded } = options;
  const kind = config.ffn[layer]!;
  const parallel = config.ffnPlacement === 'parallel' && norm !== 'post';
  const rows = (label: string) => planner.matrix(`${name} ${label}`, length, dim);
  const attended = rows('after attention');
  const normTrained = (which: string) => trained(workspace, `${name}.${which}.weight`, `${name}.${which}.bias`);

  let attentionNorm: LayerNormPlan | null = null;
  if (norm === 'pre')
    attentionNorm = planLayerNorm(workspace, `${name}.attention_norm`, input, rows('attention input'));
  if (norm === 'post') attentionNorm = planLayerNorm(workspace, `${name}.attention_norm`, attended, rows('normalised'));
  const attentionInput = norm === 'pre' ? attentionNorm!.output : input;
  const base = norm === 'post' ? attentionNorm!.output : attended;
  const attention: AttentionForm =
    options.form === 'table'
      ? { form: 'table', plan: planTableAttention(workspace, options.positions!, options.sum) }
      : {
          form: 'plain',
          plan: planAttention(
            workspace,
            layer,
            attentionInput,
            options.rotary,
            inputNeeded || (norm === 'pre' && normTrained('attention_norm')),
          ),
        };

  let feedForward: FeedForwardPlan | null = null;
  let feedForwardNorm: LayerNormPlan | null = null;
  let summed = base;
  let output = base;
  if (kind !== 'none') {
    summed = rows('after feed-forward');
    output = summed;
    let source = parallel ? input : base;
    if (norm === 'pre') {
      feedForwardNorm = planLayerNorm(workspace, `${name}.ff_norm`, source, rows('feed-forward input'));
      source = feedForwardNorm.output;
    }
    if (norm === 'post') {
      feedForwardNorm = planLayerNorm(workspace, `${name}.ff_norm`, summed, rows('output'));
      output = feedForwardNorm.output;
    }
    feedForward = planFeedForward(workspace, layer, kind, source);
  }
  const maps = ['q', 'k', 'v', 'o'].map((letter) => `${name}.attention.w${letter}.weight`);
  return {
    attention,
    feedForward,
    attentionNorm,
    feedForwardNorm,
    norm,
    parallel,
    input,
    attended,
    base,
    summed,
    output,
    dattention: workspace.temporary('dattention'),
    dfeedForward: workspace.temporary('dfeedForward'),
    inputNeeded,
    attentionNeeded: inputNeeded || trained(workspace, ...maps) || (norm !== 'none' && normTrained('attention_norm')),
  };
}

export function blockPrepare(instance: Instance, plan: BlockPlan): void {
  if (plan.attention.form === 'plain') attentionPrepare(instance, plan.attention.plan);
  else tablePrepare(instance, plan.attention.plan);
  if (plan.feedForward !== null) feedForwardPrepare(instance, plan.feedForward);
}

/** plan.input → plan.output. */
export function blockForward(instance: Instance, plan: BlockPlan): void {
  const { norm, input, attended, base, summed, attention, feedForward: ff, attentionNorm, feedForwardNorm } = plan;
  if (norm === 'pre') layerNorm(instance, attentionNorm!);
  copyRows(instance, attended, input, input.rows);
  if (attention.form === 'plain') attentionForward(instance, attention.plan, attended);
  else tableAttentionForward(instance, attention.plan, attended);
  if (norm === 'post') layerNorm(instance, attentionNorm!);
  if (ff === null) return;
  if (norm === 'pre') layerNorm(instance, feedForwardNorm!);
  copyRows(instance, summed, base, base.rows);
  feedForward(instance, ff, summed);
  if (norm === 'post') layerNorm(instance, feedForwardNorm!);
}

/** In place: dx, the output's gradient → the input's, and the gradients of what is trained in the block. */
export function blockBackward(instance: Instance, plan: BlockPlan, dx: Matrix): void {
  const { norm, parallel, attention, feedForward: ff, attentionNorm, feedForwardNorm, dattention, dfeedForward } = plan;
  const rows = dx.rows;
  const passNorm = (normPlan: LayerNormPlan) => {
    copyRows(instance, dattention, dx, rows);
    layerNormBackward(instance, normPlan, dattention, dx, false);
  };
  const feedForwardInput = () => {
    if (norm === 'pre') layerNormBackward(instance, feedForwardNorm!, dfeedForward, dx, true);
    else addRows(instance, dx, dfeedForward, rows);
  };

  if (ff !== null) {
    if (norm === 'post') passNorm(feedForwardNorm!);
    const needed = (norm === 'pre' && feedForwardNorm!.trained) || (parallel ? plan.inputNeeded : plan.attentionNeeded);
    feedForwardBackward(instance, ff, dx, needed ? dfeedForward : null);
    if (needed && !parallel) feedForwardInput();
  }
  if (!plan.attentionNeeded && !(ff !== null && parallel)) return;
  if (norm === 'post') passNorm(attentionNorm!);
  if (attention.form === 'table') tableAttentionBackward(instance, attention.plan, dx);
  else if (norm === 'pre') {
    clearRows(instance, dattention);
    attentionBackward(instance, attention.plan, dx, dattention);
    if (attention.plan.inputNeeded) layerNormBackward(instance, attentionNorm!, dattention, dx, true);
  } else attentionBackward(instance, attention.plan, dx, dx);
  if (ff !== null && parallel && (plan.inputNeeded || feedForwardNorm?.trained === true)) feedForwardInput();
}
