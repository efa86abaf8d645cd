/**
 * The induction head in three gradient steps (paper, section 6 and appendix B.3): from zero memories, one large step on
 * each of W_O², W_K², W_K¹, each with the gradient of a fresh batch. Top-down it works; a key that is asked before the
 * memory above it has a gradient of exactly zero, so that the other orders lose a step.
 */

import type { Transcendentals } from '../algebra/softmax.js';
import {
  blockPlaces,
  createOneHotModel,
  type MemoryName,
  type OneHotMemories,
  type OneHotModel,
  type OneHotSizes,
  type Reads,
  zeroMemories,
} from './one-hot-model.js';
import type { DrawSingleTrigger } from './single-trigger.js';

/** From the top down: what makes the construction work. */
export const TOP_DOWN: readonly MemoryName[] = ['output', 'inductionKey', 'previousKey'];

export interface ThreeSteps {
  readonly sizes: OneHotSizes;
  readonly reads: Reads;
  readonly order: readonly MemoryName[];
  /** Step size of each memory. */
  readonly stepSizes: Readonly<Record<MemoryName, number>>;
  /** Fresh sequences for each gradient. */
  readonly sequences: number;
  /** Fresh sequences for each evaluation. */
  readonly evaluated: number;
}

export interface StepOutcome {
  readonly stepped: MemoryName;
  /** Largest magnitude in the gradient: 0 for a step that changes nothing. */
  readonly largestGradient: number;
  /** The matrix that was stepped, as it is in the end. */
  readonly memory: Float64Array;
  readonly recall: ConstructionRecall;
}

/** What the memories hold, and what the model does with fresh sequences. */
export interface ConstructionRecall {
  /** Share of tokens k whose own logit W_O² w_E(k) raises most. Of equal scores the lowest index wins. */
  readonly output: number;
  /** Share of tokens k whose w_1(k) has the highest score for the query w_E(k). */
  readonly inductionKey: number;
  /** Share of the places t = 1 … T - 3 of an output at which p_{t-1} has the highest score for the query p_t. */
  readonly previousKey: number;
  /** Share of sequences whose output has the highest probability. */
  readonly accuracy: number;
  /** Share of sequences for which the trigger has the highest probability. */
  readonly guessesTrigger: number;
  /** Share of sequences in which the first layer, at the output, attends to the trigger most. */
  readonly firstLayerOnTrigger: number;
  /** Mean attention of the second layer, at the last token, to the output. */
  readonly secondLayerMass: number;
}

/** The outcome after every step. `draw` has the same sizes; batch i is drawn for step i, the evaluation's after them */
export function threeSteps(setting: ThreeSteps, draw: DrawSingleTrigger, math: Transcendentals): StepOutcome[] {
  const { sizes, reads, order, stepSizes, sequences } = setting;
  const model = createOneHotModel(sizes, reads, math);
  const memories = zeroMemories(sizes);
  return order.map((name, step) => {
    const gradient = new Float64Array(memories[name].length);
    for (let index = 0; index < sequences; index++) {
      const { tokens, output } = draw(step, index);
      model.forward(memories, tokens, output);
      model.backward(memories, name, gradient);
    }
    let largestGradient = 0;
    const memory = memories[name];
    for (let n = 0; n < memory.length; n++) {
      const mean = gradient[n]! / sequences;
      largestGradient = Math.max(largestGradient, Math.abs(mean));
      memory[n]! -= stepSizes[name] * mean;
    }
    return { stepped: name, largestGradient, memory, recall: recallOf(setting, model, memories, draw) };
  });
}

function recallOf(
  { sizes, order, evaluated }: ThreeSteps,
  model: OneHotModel,
  memories: OneHotMemories,
  draw: DrawSingleTrigger,
): ConstructionRecall {
  const { symbols: N, length: T } = sizes;
  const { dim, relayedToken } = blockPlaces(sizes);
  const { attention, lastAttention, probabilities } = model.state;
  let right = 0;
  let guesses = 0;
  let onTrigger = 0;
  let mass = 0;
  for (let index = 0; index < evaluated; index++) {
    const { tokens, trigger, output, place } = draw(order.length, index);
    model.forward(memories, tokens, output);
    const guess = highest(N, (k) => probabilities[k]!);
    if (guess === output) right++;
    if (guess === trigger) guesses++;
    if (highest(place + 2, (r) => attention[(place + 1) * T + r]!) === place) onTrigger++;
    mass += lastAttention[place + 1]!;
  }
  const { output, inductionKey, previousKey } = memories;
  const at = (t: number) => N + t;
  return {
    output: share(0, N, (k) => highest(N, (j) => output[j * dim + k]!) === k),
    inductionKey: share(0, N, (k) => highest(N, (j) => inductionKey[k * dim + relayedToken + j]!) === k),
    previousKey: share(1, T - 2, (t) => highest(T, (s) => previousKey[at(t) * (N + T) + at(s)]!) === t - 1),
    accuracy: right / evaluated,
    guessesTrigger: guesses / evaluated,
    firstLayerOnTrigger: onTrigger / evaluated,
    secondLayerMass: mass / evaluated,
  };
}

/** Of equal scores the lowest index wins. */
function highest(n: number, score: (j: number) => number): number {
  let best = 0;
  for (let j = 1; j < n; j++) if (score(j) > score(best)) best = j;
  return best;
}

function share(from: number, to: number, holds: (k: number) => boolean): number {
  let count = 0;
  for (let k = from; k < to; k++) if (holds(k)) count++;
  return count / (to - from);
}
