/**
 * The kinds of feed-forward maps, by `model.ffn`. A kind is one file; it stands here twice, so that a page that only
 * reads settings carries no kernels: its parameters, and how it runs.
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

/** null: no map. */
export const feedForwards: Readonly<Record<FeedForward, FeedForwardKind | null>> = { none: null, linear, mlp };
