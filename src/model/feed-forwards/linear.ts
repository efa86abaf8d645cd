/** A linear feed-forward map, x Fᵀ: the paper's W_F. */
import { ADD, SET } from '../../../bindings/matmul.js';
import {
  type LinearPlan,
  linearForward,
  linearInputGradient,
  linearPrepare,
  linearWeightGradient,
  planLinear,
} from '../linear.js';
import type { FeedForwardKind, FeedForwardPlan } from './kind.js';

export const linearParameters = [{ name: 'weight', out: 1, in: 1, id: 4 }] as const;

interface LinearFeedForward extends FeedForwardPlan {
  readonly map: LinearPlan;
}

export const linear: FeedForwardKind<LinearFeedForward> = {
  plan: (workspace, layer, input) => ({ input, map: planLinear(workspace, `layers.${layer}.ff.weight`) }),
  prepare(instance, { map }) {
    linearPrepare(instance, map);
  },
  forward(instance, { input, map }, out) {
    linearForward(instance, map, out, input, input.rows, ADD);
  },
  backward(instance, { input, map }, dout, dinput) {
    linearWeightGradient(instance, map, input, dout, input.rows);
    if (dinput !== null) linearInputGradient(instance, map, dinput, dout, input.rows, SET);
  },
};
