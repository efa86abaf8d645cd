/** An MLP, relu(x W₁ᵀ) W₂ᵀ with hidden width 4d. */
import type { Matrix } from '../../../bindings/arena.js';
import { ADD, SET } from '../../../bindings/matmul.js';
import { relu, reluBackward } from '../../../bindings/rows.js';
import {
  type LinearPlan,
  linearForward,
  linearInputGradient,
  linearPrepare,
  linearWeightGradient,
  planLinear,
} from '../linear.js';
import type { FeedForwardKind, FeedForwardPlan } from './kind.js';

const WIDTH = 4;

export const mlpParameters = [
  { name: 'w1.weight', out: WIDTH, in: 1, id: 5 },
  { name: 'w2.weight', out: 1, in: WIDTH, id: 6 },
] as const;

interface Mlp extends FeedForwardPlan {
  readonly w1: LinearPlan;
  readonly w2: LinearPlan;
  /** relu(x W₁ᵀ) and its gradient, [T, 4d]. */
  readonly hidden: Matrix;
  readonly dhidden: Matrix;
}

export const mlp: FeedForwardKind<Mlp> = {
  plan(workspace, layer, input) {
    const name = `layers.${layer}.ff`;
    const width = WIDTH * workspace.dim;
    return {
      input,
      w1: planLinear(workspace, `${name}.w1.weight`),
      w2: planLinear(workspace, `${name}.w2.weight`),
      hidden: workspace.planner.matrix(`${name} hidden`, workspace.length, width),
      dhidden: workspace.temporary('dhidden', width),
    };
  },
  prepare(instance, { w1, w2 }) {
    linearPrepare(instance, w1);
    linearPrepare(instance, w2);
  },
  forward(instance, { input, w1, w2, hidden }, out) {
    linearForward(instance, w1, hidden, input, input.rows, SET);
    relu(instance, hidden, input.rows);
    linearForward(instance, w2, out, hidden, input.rows, ADD);
  },
  backward(instance, { input, w1, w2, hidden, dhidden }, dout, dinput) {
    linearWeightGradient(instance, w2, hidden, dout, input.rows);
    if (dinput === null && w1.gradient === null) return;
    linearInputGradient(instance, w2, dhidden, dout, input.rows, SET);
    reluBackward(instance, dhidden, hidden, input.rows);
    linearWeightGradient(instance, w1, input, dhidden, input.rows);
    if (dinput !== null) linearInputGradient(instance, w1, dinput, dhidden, input.rows, SET);
  },
};
