/** A model that is looked at, not trained: one sequence in, everything out that a forward pass makes. */
import type { Build } from '../../bindings/instance.js';
import type { ModelConfig } from './config.js';
import { openEngine, type Weights } from './open.js';

export interface ObservedModel {
  readonly model: ModelConfig;
  /** Tokens of a sequence (T), at most model.maxLength. */
  readonly length: number;
  /** false: every layer takes the plain path instead of the circuit form. */
  readonly circuit: boolean;
  /** Every parameter by its name. */
  readonly weights: Weights;
}

/** Copies: an observation keeps its values while others are made. */
export interface Observation {
  /** [T, N] */
  readonly logits: Float32Array;
  /** attention[layer][head]: [T, T], row t over the keys s ≤ t, 0 beyond. */
  readonly attention: readonly (readonly Float32Array[])[];
  /** argmax of the logits, [T]; of equal ones the lowest. */
  readonly predictions: Int32Array;
  /** Cross-entropy of the target in nats, [T]. */
  readonly losses: Float32Array;
}

export interface Observer {
  /** Tokens and targets: T of each. */
  observe(tokens: ArrayLike<number>, targets: ArrayLike<number>): Observation;
}

export function createObserver(build: Build, { model, length, circuit, weights }: ObservedModel): Observer {
  const engine = openEngine(model, length, weights, { circuit, build });
  const { plan } = engine;
  engine.useAllRows();

  return {
    observe(tokens, targets) {
      engine.tokens.set(tokens);
      engine.targets.set(targets);
      engine.forward();
      const logits = engine.read(plan.logits);
      const attention = plan.attention.map(({ weights }) => weights.map((head) => causal(engine.read(head), length)));
      const predictions = engine.predict().slice();
      // From here on the logits are the loss's gradient.
      engine.loss();
      return { logits, attention, predictions, losses: engine.losses.slice() };
    },
  };
}

/** The kernels neither write nor read what lies above the diagonal. */
function causal(weights: Float32Array, length: number): Float32Array {
  for (let t = 0; t < length; t++) weights.fill(0, t * length + t + 1, (t + 1) * length);
  return weights;
}
