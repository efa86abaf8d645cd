/** What a kind of feed-forward map hands over: out += ff(in), in and out [T, d], no biases. */
import type { Matrix } from '../../../bindings/arena.js';
import type { Instance } from '../../../bindings/instance.js';
import type { Workspace } from '../workspace.js';

/** A map W [out · d, in · d] of a feed-forward block, called layers.I.ff.NAME. */
export interface FeedForwardParameter {
  readonly name: string;
  readonly out: number;
  readonly in: number;
  /** Its number among the parameters of a layer, in the random counter. */
  readonly id: number;
}

export interface FeedForwardPlan {
  /** The block's input or the attention's output, normalised where the model says so: [T, d]. */
  readonly input: Matrix;
}

export interface FeedForwardKind<P extends FeedForwardPlan = FeedForwardPlan> {
  plan(workspace: Workspace, layer: number, input: Matrix): P;
  /** Once a step, after the weights changed. */
  prepare(instance: Instance, plan: P): void;
  /** out += ff(in). */
  forward(instance: Instance, plan: P, out: Matrix): void;
  /** dinput = the input's gradient from dout (null: left alone), and the gradients of the trained maps. */
  backward(instance: Instance, plan: P, dout: Matrix, dinput: Matrix | null): void;
}
