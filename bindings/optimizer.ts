/** One optimizer step over a parameter, and the sums and checks around it. All regions are float32 of one length. */
import type { Region } from './arena.js';
import { same } from './checks.js';
import type { Instance } from './instance.js';

export interface SgdSettings {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

export interface AdamWSettings {
  readonly learningRate: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
}

/** (β1^t, β2^t) after t steps of one parameter. */
export type BetaPowers = readonly [number, number];

/** Before a parameter's first step. */
export const FIRST_POWERS: BetaPowers = [1, 1];

/**
 * g = scale · gradient + weightDecay · w; m = momentum · m + g; w -= learningRate · m. `gradient` is a sum, `scale` one
 * over what it is summed over; `moment` holds zeros before the parameter's first step.
 */
export function stepSgd(
  instance: Instance,
  weights: Region<'f32'>,
  moment: Region<'f32'>,
  gradient: Region<'f32'>,
  scale: number,
  { learningRate, momentum, weightDecay }: SgdSettings,
): void {
  const n = weights.length;
  same(`${moment.name}: elements`, moment.length, n);
  same(`${gradient.name}: elements`, gradient.length, n);
  instance.exports.stepSgd(
    weights.offset,
    moment.offset,
    gradient.offset,
    n,
    scale,
    learningRate,
    momentum,
    weightDecay,
  );
}

/**
 * w -= learningRate · weightDecay · w, then w -= learningRate · m̂ / (√v̂ + eps), with g = scale · gradient. `powers`
 * are those before this step (FIRST_POWERS at the parameter's first, when both moments hold zeros); returns those after
 * it.
 */
export function stepAdamW(
  instance: Instance,
  weights: Region<'f32'>,
  first: Region<'f32'>,
  second: Region<'f32'>,
  gradient: Region<'f32'>,
  scale: number,
  { learningRate, betas, eps, weightDecay }: AdamWSettings,
  powers: BetaPowers,
): BetaPowers {
  const n = weights.length;
  same(`${first.name}: elements`, first.length, n);
  same(`${second.name}: elements`, second.length, n);
  same(`${gradient.name}: elements`, gradient.length, n);
  const [beta1, beta2] = betas;
  const after: BetaPowers = [powers[0] * beta1, powers[1] * beta2];
  instance.exports.stepAdamW(
    weights.offset,
    first.offset,
    second.offset,
    gradient.offset,
    n,
    scale,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    learningRate / (1 - after[0]),
    1 / Math.sqrt(1 - after[1]),
    eps,
    learningRate * weightDecay,
  );
  return after;
}

/** Σ x² in float64: the square of a Frobenius norm. */
export function sumSquares(instance: Instance, x: Region<'f32'>): number {
  return instance.exports.sumSquares(x.offset, x.length);
}

/** Whether no element is infinite or NaN. */
export function allFinite(instance: Instance, x: Region<'f32'>): boolean {
  return instance.exports.allFinite(x.offset, x.length) === 1;
}
