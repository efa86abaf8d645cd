/**
 * A model that runs: one arena with the kernels over it, one sequence at a time. The order of calls in a training step:
 *   prepare                     once, after the weights changed
 *   clearSums
 *   for each sequence: fill tokens and targets, choose rows, forward, loss, backward
 *   (sums travel and are added: exportSums, addSums)
 *   finish                      once: sums → gradients
 */
import type { ArenaPlan, Matrix, Region } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import { crossEntropy } from '../../bindings/loss.js';
import { addInto, clear } from '../../bindings/rows.js';
import { causalArgmax, rowArgmax } from '../../bindings/softmax.js';
import { CallError } from '../errors.js';
import { headValues } from './attention.js';
import { embeddingBackward, embeddingForward } from './embedding.js';
import { layerForms } from './forms.js';
import type { LayerForm, LayerPlan } from './layer-form.js';
import { outputBackward, outputForward, outputPrepare } from './output.js';
import type { HeadAddress, ModelPlan } from './plan.js';

/** One head's attention weights in the engine's memory: entry (i, s) at i·stride + s, for s ≤ positions[i]. */
export interface AttentionRows {
  readonly values: Float32Array;
  readonly stride: number;
}

export interface Engine {
  readonly instance: Instance;
  readonly plan: ModelPlan;
  readonly arena: ArenaPlan;
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
  /** Per row of the last `loss`: cross-entropy in nats. */
  readonly losses: Float32Array;
  readonly predictions: Int32Array;
  readonly weights: Float32Array;
  readonly trainedWeights: Float32Array;
  /** attention[layer][head]: what the last `forward` left there. */
  readonly attention: readonly (readonly AttentionRows[])[];
  weight(name: string): Float32Array;
  gradient(name: string): Float32Array | null;
  prepare(): void;
  clearSums(): void;
  /** Positions that the loss reads, ascending: every one, or the first `count` of `positions`. */
  useAllRows(): void;
  useRows(positions: Int32Array, count: number): void;
  /** Leaves the output of these heads alone out of every forward pass from now on. Their attention is still formed. */
  silence(heads: readonly HeadAddress[]): void;
  /** Logits of the chosen rows. */
  forward(): void;
  /** Sum of the chosen rows' cross-entropy; the logits become its gradient. */
  loss(): number;
  /** Throws while a head is silenced. */
  backward(): void;
  /** A copy of the sums, in `into` where it has the right length. */
  exportSums(into?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
  addSums(sums: Float32Array): void;
  finish(): void;
  /** After `forward` on all rows: argmax of the logits, and of one head's attention. Each overwrites its last answer */
  predict(): Int32Array;
  attendedKeys(layer: number, head: number): Int32Array;
  /**
   * After `forward`, and only where no backward pass follows: norms of every position, [T]. valueNorms: of W_O^h W_V^h
   * y, y what the layer's attention reads; null in a layer in circuit form. streamNorms: of the stream behind the
   * layer; null where it makes the logits itself.
   */
  valueNorms(layer: number, head: number): Float64Array | null;
  streamNorms(layer: number): Float64Array | null;
  /** A copy of any matrix, without padding. */
  read(matrix: Matrix, rows?: number): Float32Array;
}

export function createEngine(instance: Instance, plan: ModelPlan): Engine {
  const { layers, output, embedding, rows, all, logits, dx, sums, staging } = plan;
  const view = {
    tokens: instance.view(plan.tokens),
    targets: instance.view(plan.targets),
    positions: instance.view(rows.positions),
    losses: instance.view(plan.losses),
    predictions: instance.view(plan.predictions),
    attendedKeys: instance.view(plan.attendedKeys),
    weights: instance.view(plan.weights),
    trainedWeights: instance.view(plan.trainedWeights),
    staging: instance.view(staging),
    sums: sums.map((region) => instance.view(region)),
    attention: plan.attention.map(({ weights }) =>
      weights.map(({ offset, rows: height, stride }) => ({
        values: new Float32Array(instance.memory.buffer, offset, height * stride),
        stride,
      })),
    ),
  };
  const iota = Int32Array.from({ length: plan.length }, (_, t) => t);
  instance.view(all.positions).set(iota);
  const steps = layers.map(({ form, plan: layer }): { form: LayerForm; layer: LayerPlan } => ({
    form: layerForms[form],
    layer,
  }));
  const backwards = [...steps].reverse();
  for (const { form, layer } of steps) form.fill(instance, layer);
  const byName = new Map(
    plan.parameters.map(({ spec, weight, gradient }) => [
      spec.name,
      { weight: instance.view(weight), gradient: gradient && instance.view(gradient) },
    ]),
  );
  let staged = staging.offset;
  const pieces = sums.map((sum) => {
    const from: Region<'f32'> = { ...sum, offset: staged };
    staged += 4 * sum.length;
    return { sum, from };
  });
  const parameter = (name: string) => {
    const found = byName.get(name);
    if (found === undefined) throw new RangeError(`parameter: expected one of the model's, got ${name}`);
    return found;
  };

  return {
    instance,
    plan,
    arena: instance.plan,
    ...view,
    weight: (name) => parameter(name).weight,
    gradient: (name) => parameter(name).gradient,

    prepare() {
      for (const { form, layer } of steps) form.prepare(instance, layer);
      if (output !== null) outputPrepare(instance, output);
    },
    clearSums() {
      for (const region of sums) clear(instance, region);
    },
    useAllRows() {
      view.positions.set(iota);
      rows.count = plan.length;
    },
    useRows(positions, count) {
      for (let i = 0; i < count; i++) view.positions[i] = positions[i]!;
      rows.count = count;
    },
    silence(heads) {
      for (const [layer, head] of heads) {
        if (plan.attention[layer]?.silenced[head] === undefined) {
          throw new RangeError(`silenced: expected heads of the model, got [${layer}, ${head}]`);
        }
      }
      for (const { silenced } of plan.attention) silenced.fill(false);
      for (const [layer, head] of heads) plan.attention[layer]!.silenced[head] = true;
    },
    forward() {
      embeddingForward(instance, embedding);
      for (const { form, layer } of steps) form.forward(instance, layer);
      if (output !== null) outputForward(instance, output);
    },
    loss() {
      crossEntropy(instance, plan.losses, logits, plan.targets, rows.positions, rows.count);
      let total = 0;
      for (let i = 0; i < rows.count; i++) total += view.losses[i]!;
      return total;
    },
    backward() {
      if (plan.attention.some(({ silenced }) => silenced.includes(true))) {
        throw new CallError('backward', 'no head to be silenced');
      }
      if (output !== null) outputBackward(instance, output, dx);
      for (const { form, layer } of backwards) {
        if (layer.output !== null && !plan.streamNeeded) return;
        form.backward(instance, layer, dx);
      }
      if (plan.streamNeeded) embeddingBackward(instance, embedding, dx);
    },
    exportSums(into) {
      const out = into?.length === staging.length ? into : new Float32Array(staging.length);
      let at = 0;
      for (const piece of view.sums) {
        out.set(piece, at);
        at += piece.length;
      }
      return out;
    },
    addSums(more) {
      view.staging.set(more);
      for (const { sum, from } of pieces) addInto(instance, sum, from);
    },
    finish() {
      for (const region of plan.derived) clear(instance, region);
      for (const { form, layer } of steps) form.finish(instance, layer);
    },
    predict() {
      rowArgmax(instance, plan.predictions, logits, rows.count);
      return view.predictions;
    },
    attendedKeys(layer, head) {
      const { weights, queries } = plan.attention[layer]!;
      causalArgmax(instance, plan.attendedKeys, weights[head]!, queries);
      return view.attendedKeys;
    },
    valueNorms(layer, head) {
      const planned = layers[layer]!;
      return planned.form === 'plain' ? rowNorms(instance, headValues(instance, planned.plan.heads, head)) : null;
    },
    streamNorms(layer) {
      const { output: stream } = layers[layer]!.plan;
      return stream && rowNorms(instance, stream);
    },
    read(matrix, count = matrix.rows) {
      const out = new Float32Array(count * matrix.columns);
      const source = new Float32Array(
        instance.memory.buffer,
        matrix.offset,
        (count - 1) * matrix.stride + matrix.columns,
      );
      for (let r = 0; r < count; r++) {
        out.set(source.subarray(r * matrix.stride, r * matrix.stride + matrix.columns), r * matrix.columns);
      }
      return out;
    },
  };
}

function rowNorms(instance: Instance, { offset, rows, columns, stride }: Matrix): Float64Array {
  const values = new Float32Array(instance.memory.buffer, offset, (rows - 1) * stride + columns);
  return Float64Array.from({ length: rows }, (_, t) => {
    let sum = 0;
    for (let i = t * stride; i < t * stride + columns; i++) sum += values[i]! ** 2;
    return Math.sqrt(sum);
  });
}
