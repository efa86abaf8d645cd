/**
 * The kinds of feed-forward maps, by `model.ffn`. A kind is one file; it stands here three times, so that a page that
 * only reads settings carries no kernels: its parameters, what people read, and how it runs.
 */
import type { FeedForwardKind, FeedForwardParameter } from './kind.js';
import { linear, linearParameters } from './linear.js';
import { mlp, mlpParameters } from './mlp.js';

export const feedForwardParameters = {
  none: [],
  linear: linearParameters,
  mlp: mlpParameters,
} as const satisfies Record<string, readonly FeedForwardParameter[]>;

export type FeedForward = keyof typeof feedForwardParameters;
export const FEED_FORWARDS = Object.keys(feedForwardParameters) as [FeedForward, ...FeedForward[]];

export const FEED_FORWARD_TITLES: Readonly<Record<FeedForward, string>> = {
  none: 'none',
  linear: 'linear (W_F)',
  mlp: 'two maps and ReLU',
};

/** null: no map. */
export const feedForwards: Readonly<Record<FeedForward, FeedForwardKind | null>> = { none: null, linear, mlp };
