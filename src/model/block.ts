/**
 * One block of the residual stream, x → out, [T, d] each:
 *   norm none  g = x + att(x);            out = g + ff(g)              or g + ff(x) when parallel
 *   norm pre   g = x + att(LN_a(x));      out = g + ff(LN_f(g))        or g + ff(LN_f(x)) when parallel
 *   norm post  g = LN_a(x + att(x));      out = LN_f(g + ff(g))
 */

import type { Matrix } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import { ADD, SET } from '../../bindings/matmul.js';
import { addRows, clearRows, copyRows } from '../../bindings/rows.js';
import type { ModelConfig } from './config.js';
import type { FeedForwardKind, FeedForwardPlan } from './feed-forwards/kind.js';
import { feedForwards } from './feed-forwards/kinds.js';
import { type AttentionHeads, attentionMaps, type LayerContext, type LayerForm, type LayerPlan } from './layer-form.js';
import { type LayerNormPlan, layerNorm, layerNormBackward, planLayerNorm } from './layer-norm.js';
import { trained } from './workspace.js';

/** Attention inside a block: g += att(input), [T, d] each. */
export interface BlockAttention<A extends AttentionHeads = AttentionHeads> {
  readonly fits: LayerForm['fits'];
  readonly derives: LayerForm['derives'];
  /** `inputNeeded`: whether something trained lies behind `input`. */
  plan(context: LayerContext, input: Matrix, inputNeeded: boolean): A;
  fill(instance: Instance, plan: A): void;
  prepare(instance: Instance, plan: A): void;
  forward(instance: Instance, plan: A, g: Matrix): void;
  /** dg → dinput += …; dg may be dinput itself: it is read before it is added to. */
  backward(instance: Instance, plan: A, dg: Matrix, dinput: Matrix): void;
  finish(instance: Instance, plan: A): void;
}

export interface BlockPlan<A extends AttentionHeads = AttentionHeads> extends LayerPlan {
  readonly heads: A;
  readonly feedForward: { readonly kind: FeedForwardKind; readonly plan: FeedForwardPlan } | null;
  readonly attentionNorm: LayerNormPlan | null;
  readonly feedForwardNorm: LayerNormPlan | null;
  readonly norm: ModelConfig['norm'];
  readonly parallel: boolean;
  readonly input: Matrix;
  /** x + att(x), before a post-norm. */
  readonly afterAttention: Matrix;
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

/** A layer that is a block with this kind of attention. */
export function blockForm<A extends AttentionHeads>(attention: BlockAttention<A>): LayerForm<BlockPlan<A>> {
  return {
    fits: attention.fits,
    derives: attention.derives,
    plan: (context) => planBlock(context, attention),
    fill: (instance, plan) => attention.fill(instance, plan.heads),
    prepare(instance, { heads, feedForward }) {
      attention.prepare(instance, heads);
      feedForward?.kind.prepare(instance, feedForward.plan);
    },
    forward: (instance, plan) => blockForward(instance, plan, attention),
    backward: (instance, plan, dx) => blockBackward(instance, plan, attention, dx),
    finish: (instance, plan) => attention.finish(instance, plan.heads),
  };
}

function planBlock<A extends AttentionHeads>(context: LayerContext, form: BlockAttention<A>): BlockPlan<A> {
  const { workspace, config, layer, input, inputNeeded } = context;
  const { planner, length } = workspace;
  const { norm, dim } = config;
  const name = `layers.${layer}`;
  const parallel = config.ffnPlacement === 'parallel' && norm !== 'post';
  const rows = (label: string) => planner.matrix(`${name} ${label}`, length, dim);
  const afterAttention = rows('after attention');
  const normTrained = (which: string) => trained(workspace, `${name}.${which}.weight`, `${name}.${which}.bias`);

  let attentionNorm: LayerNormPlan | null = null;
  if (norm === 'pre')
    attentionNorm = planLayerNorm(workspace, `${name}.attention_norm`, input, rows('attention input'));
  if (norm === 'post')
    attentionNorm = planLayerNorm(workspace, `${name}.attention_norm`, afterAttention, rows('normalised'));
  const attentionInput = norm === 'pre' ? attentionNorm!.output : input;
  const base = norm === 'post' ? attentionNorm!.output : afterAttention;
  const heads = form.plan(context, attentionInput, inputNeeded || (norm === 'pre' && normTrained('attention_norm')));

  let feedForward: BlockPlan['feedForward'] = null;
  let feedForwardNorm: LayerNormPlan | null = null;
  let summed = base;
  let output = base;
  const kind = feedForwards[config.ffn[layer]!];
  if (kind !== null) {
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
    feedForward = { kind, plan: kind.plan(workspace, layer, source) };
  }
  const mapsTrained = trained(workspace, ...attentionMaps(config, layer));
  return {
    heads,
    feedForward,
    attentionNorm,
    feedForwardNorm,
    norm,
    parallel,
    input,
    afterAttention,
    base,
    summed,
    output,
    dattention: workspace.temporary('dattention'),
    dfeedForward: workspace.temporary('dfeedForward'),
    inputNeeded,
    attentionNeeded: inputNeeded || mapsTrained || (norm !== 'none' && normTrained('attention_norm')),
  };
}

/** plan.input → plan.output. */
function blockForward<A extends AttentionHeads>(
  instance: Instance,
  plan: BlockPlan<A>,
  attention: BlockAttention<A>,
): void {
  const { norm, input, afterAttention, base, summed, feedForward, attentionNorm, feedForwardNorm } = plan;
  if (norm === 'pre') layerNorm(instance, attentionNorm!);
  copyRows(instance, afterAttention, input, input.rows);
  attention.forward(instance, plan.heads, afterAttention);
  if (norm === 'post') layerNorm(instance, attentionNorm!);
  if (feedForward === null) return;
  if (norm === 'pre') layerNorm(instance, feedForwardNorm!);
  copyRows(instance, summed, base, base.rows);
  feedForward.kind.forward(instance, feedForward.plan, summed);
  if (norm === 'post') layerNorm(instance, feedForwardNorm!);
}

/** In place: dx, the output's gradient → the input's, and the gradients of what is trained in the block. */
function blockBackward<A extends AttentionHeads>(
  instance: Instance,
  plan: BlockPlan<A>,
  attention: BlockAttention<A>,
  dx: Matrix,
): void {
  const { norm, parallel, feedForward, attentionNorm, feedForwardNorm, dattention, dfeedForward, inputNeeded } = plan;
  const rows = dx.rows;
  const passNorm = (normPlan: LayerNormPlan) => {
    copyRows(instance, dattention, dx, rows);
    layerNormBackward(instance, normPlan, dattention, dx, SET);
  };
  const feedForwardInput = () => {
    if (norm === 'pre') layerNormBackward(instance, feedForwardNorm!, dfeedForward, dx, ADD);
    else addRows(instance, dx, dfeedForward, rows);
  };

  if (feedForward !== null) {
    if (norm === 'post') passNorm(feedForwardNorm!);
    const needed = (norm === 'pre' && feedForwardNorm!.trained) || (parallel ? inputNeeded : plan.attentionNeeded);
    feedForward.kind.backward(instance, feedForward.plan, dx, needed ? dfeedForward : null);
    if (needed && !parallel) feedForwardInput();
  }
  if (!plan.attentionNeeded && !(feedForward !== null && parallel)) return;
  if (norm === 'post') passNorm(attentionNorm!);
  if (norm === 'pre') {
    clearRows(instance, dattention);
    attention.backward(instance, plan.heads, dx, dattention);
    if (inputNeeded || attentionNorm!.trained) layerNormBackward(instance, attentionNorm!, dattention, dx, ADD);
  } else attention.backward(instance, plan.heads, dx, dx);
  if (feedForward !== null && parallel && (inputNeeded || feedForwardNorm?.trained === true)) feedForwardInput();
}
