/**
 * The kinds of feed-forward maps, by `model.ffn`: out += ff(in), in and out [T, d], no biases. A kind is one file; it stands
 * here twice, so that a page that only reads settings carries no kernels: its parameters, and how it runs.
 */
import type { Matrix } from '../../../bindings/arena.js';
import type { Instance } from '../../../bindings/instance.js';
import type { Workspace } from '../workspace.js';
import { linear, linearParameters } from './linear.js';
import { mlp, mlpParameters } from './mlp.js';

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
  /** dinput = the input's gradient from dout (left alone where dinput is null), and the gradients of the trained maps. */
  backward(instance: Instance, plan: P, dout: Matrix, dinput: Matrix | null): void;
}

export const feedForwardParameters = {
  none: [],
  linear: linearParameters,
  mlp: mlpParameters,
} as const satisfies Record<string, readonly FeedForwardParameter[]>;

export type FeedForward = keyof typeof feedForwardParameters;
export const FEED_FORWARDS = Object.keys(feedForwardParameters) as [FeedForward, ...FeedForward[]];

/** null: no map. */
export const feedForwards: Readonly<Record<FeedForward, FeedForwardKind | null>> = { none: null, linear, mlp };
