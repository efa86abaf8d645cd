/**
 * The plain float64 twin of the model family: the truth that the fast engine is compared with.
 * One sequence at a time, one head at a time, no circuit form, nothing left out.
 */
import type { ModelConfig } from '../../../src/model/config.js';
import type { Matrix, Tape } from './tape.js';
import * as op from './tape.js';
import type { Tensor } from './tensor.js';

/** Parameter name → values, row-major. */
export type Values = Readonly<Record<string, Float64Array>>;

/** The shape of every parameter that a model has, in the order of the forward pass. */
export function parameterShapes(model: ModelConfig): Map<string, readonly number[]> {
  const { vocabSize: N, dim: d, maxLength } = model;
  const shapes = new Map<string, readonly number[]>([['tok_embeddings.weight', [N, d]]]);
  const norm = (name: string) => shapes.set(`${name}.weight`, [d]).set(`${name}.bias`, [d]);
  if (model.positional === 'learned') shapes.set('pos_embeddings.weight', [maxLength, d]);
  if (model.positional === 'random' || model.positional === 'sinusoidal') shapes.set('pe', [maxLength, d]);
  for (let layer = 0; layer < model.layers; layer++) {
    const { query, value, output } = model.projections;
    const maps = { wq: query, wk: true, wv: value, wo: output };
    for (const [map, learned] of Object.entries(maps)) {
      if (learned) shapes.set(`layers.${layer}.attention.${map}.weight`, [d, d]);
    }
    const ffn = model.ffn[layer]!;
    if (ffn === 'linear') shapes.set(`layers.${layer}.ff.weight`, [d, d]);
    if (ffn === 'mlp') shapes.set(`layers.${layer}.ff.w1.weight`, [4 * d, d]);
    if (ffn === 'mlp') shapes.set(`layers.${layer}.ff.w2.weight`, [d, 4 * d]);
    if (model.norm !== 'none') norm(`layers.${layer}.attention_norm`);
    if (model.norm !== 'none' && ffn !== 'none') norm(`layers.${layer}.ff_norm`);
  }
  if (model.norm === 'pre') norm('norm');
  if (!model.tieOutput) shapes.set('output.weight', [N, d]);
  return shapes;
}

/** The parameters as leaves of a tape; a vector of d is one row. Missing or ill-sized values are an error. */
export function leaves(model: ModelConfig, parameters: Values): Map<string, Matrix> {
  const all = new Map<string, Matrix>();
  for (const [name, shape] of parameterShapes(model)) {
    const values = parameters[name];
    if (values === undefined) throw new RangeError(`the model needs ${name}`);
    all.set(name, op.matrix(shape.length === 2 ? shape[0]! : 1, shape.at(-1)!, values));
  }
  return all;
}

/** One sequence of T tokens → logits [T, N], and the attention of each layer and head [T, T]. */
export function sequenceForward(
  tape: Tape,
  model: ModelConfig,
  weights: ReadonlyMap<string, Matrix>,
  tokens: readonly number[],
): { readonly logits: Matrix; readonly attention: readonly (readonly Matrix[])[] } {
  const weight = (name: string): Matrix => weights.get(name)!;
  const linear = (x: Matrix, name: string): Matrix => op.timesTransposed(tape, x, weight(`${name}.weight`));
  const normed = (x: Matrix, name: string): Matrix =>
    op.layerNorm(tape, x, weight(`${name}.weight`), weight(`${name}.bias`));
  const attention: Matrix[][] = [];

  /** W_O (A v), with A = causal softmax(q kᵀ) of each head on its own e columns. */
  const attend = (x: Matrix, layer: number): Matrix => {
    const { query, value, output } = model.projections;
    const at = `layers.${layer}.attention`;
    const e = model.dim / model.heads;
    const q = query ? linear(x, `${at}.wq`) : x;
    const k = linear(x, `${at}.wk`);
    const v = value ? linear(x, `${at}.wv`) : x;
    const turns = model.positional === 'rotary' && layer === 0;
    const ofHead = (m: Matrix, head: number, turned: boolean): Matrix => {
      const part = op.columns(tape, m, head * e, e);
      return turned ? op.turn(tape, part) : part;
    };
    attention[layer] = [];
    const mixed: Matrix[] = [];
    for (let head = 0; head < model.heads; head++) {
      const scores = op.timesTransposed(tape, ofHead(q, head, turns), ofHead(k, head, turns));
      const scaled = model.attentionScale === 'sqrt' ? op.scale(tape, scores, 1 / Math.sqrt(e)) : scores;
      const A = op.causalSoftmax(tape, scaled);
      attention[layer].push(A);
      mixed.push(op.times(tape, A, ofHead(v, head, false)));
    }
    const joined = op.sideBySide(tape, mixed);
    return output ? linear(joined, `${at}.wo`) : joined;
  };

  const feedForward = (x: Matrix, layer: number): Matrix => {
    const ff = `layers.${layer}.ff`;
    if (model.ffn[layer] === 'linear') return linear(x, ff);
    return linear(op.relu(tape, linear(x, `${ff}.w1`)), `${ff}.w2`);
  };

  const block = (x: Matrix, layer: number): Matrix => {
    const [attentionNorm, ffNorm] = [`layers.${layer}.attention_norm`, `layers.${layer}.ff_norm`];
    const hasFeedForward = model.ffn[layer] !== 'none';
    if (model.norm === 'post') {
      const g = normed(op.add(tape, x, attend(x, layer)), attentionNorm);
      return hasFeedForward ? normed(op.add(tape, g, feedForward(g, layer)), ffNorm) : g;
    }
    const pre = model.norm === 'pre';
    const g = op.add(tape, x, attend(pre ? normed(x, attentionNorm) : x, layer));
    if (!hasFeedForward) return g;
    const read = model.ffnPlacement === 'parallel' ? x : g;
    return op.add(tape, g, feedForward(pre ? normed(read, ffNorm) : read, layer));
  };

  let x = op.gather(tape, weight('tok_embeddings.weight'), tokens);
  const table = weights.get('pe') ?? weights.get('pos_embeddings.weight');
  if (table) x = op.add(tape, x, op.gather(tape, table, [...tokens.keys()]));
  for (let layer = 0; layer < model.layers; layer++) x = block(x, layer);
  if (model.norm === 'pre') x = normed(x, 'norm');
  return { logits: linear(x, model.tieOutput ? 'tok_embeddings' : 'output'), attention };
}

/** The forward pass of a batch: logits [B, T, N], and attention [B, H, T, T] of each layer. */
export function twinForward(
  model: ModelConfig,
  parameters: Values,
  tokens: readonly (readonly number[])[],
): { readonly logits: Tensor; readonly attention: readonly Tensor[] } {
  const weights = leaves(model, parameters);
  const sequences = tokens.map((sequence) => sequenceForward([], model, weights, sequence));
  return batched(model, sequences);
}

type Sequence = ReturnType<typeof sequenceForward>;

/** The sequences of a batch, put one behind the other. */
export function batched(
  model: ModelConfig,
  sequences: readonly Sequence[],
): { readonly logits: Tensor; readonly attention: readonly Tensor[] } {
  const B = sequences.length;
  const T = sequences[0]!.logits.rows;
  const together = (shape: readonly number[], parts: readonly Matrix[]): Tensor => {
    const values = new Float64Array(shape.reduce((a, b) => a * b, 1));
    let at = 0;
    for (const part of parts) {
      values.set(part.value, at);
      at += part.value.length;
    }
    return { shape, values };
  };
  return {
    logits: together(
      [B, T, model.vocabSize],
      sequences.map((sequence) => sequence.logits),
    ),
    attention: Array.from({ length: model.layers }, (_, layer) =>
      together(
        [B, model.heads, T, T],
        sequences.flatMap((sequence) => sequence.attention[layer]!),
      ),
    ),
  };
}
