/** A model that is looked at, not trained: one sequence in, everything out that a forward pass makes. */
import type { Build } from '../../bindings/instance.js';
import type { ModelConfig } from './config.js';
import type { AttentionRows } from './engine.js';
import { openEngine, setWeights, type Weights } from './open.js';
import type { HeadAddress } from './plan.js';

export interface ObserverOptions {
  /** The longest sequence that will be observed; default: model.maxLength. */
  readonly length?: number;
  /** false: every layer takes the plain path instead of the circuit form. Default: true. */
  readonly circuit?: boolean;
  /** Default: the strict build that the library carries. */
  readonly build?: Build;
}

/** Copies: an observation keeps its values while others are made. T: tokens of the sequence. */
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
  /** Replaces every weight. Throws a ConfigError where they do not fit the model. */
  setWeights(weights: Weights): void;
  /** Tokens and targets: T of each. `silenced`: heads whose output is left out. */
  observe(
    tokens: ArrayLike<number>,
    targets: ArrayLike<number>,
    options?: { readonly silenced?: readonly HeadAddress[] },
  ): Observation;
}

/** `weights`: every parameter by its name. Throws a ConfigError where they do not fit the model. */
export function openObserver(model: ModelConfig, weights: Weights, options: ObserverOptions = {}): Observer {
  const { length = model.maxLength, circuit = true, build } = options;
  const engine = openEngine(model, length, weights, { circuit, build });
  const positions = Int32Array.from({ length }, (_, t) => t);

  return {
    setWeights(others) {
      setWeights(engine, others);
      engine.prepare();
    },
    observe(tokens, targets, { silenced = [] } = {}) {
      const T = tokens.length;
      engine.silence(silenced);
      // Attention is causal: what an earlier, longer sequence has left behind these tokens changes nothing.
      engine.tokens.set(tokens);
      engine.targets.set(targets);
      engine.useRows(positions, T);
      engine.forward();
      const logits = engine.read(engine.plan.logits, T);
      const attention = engine.attention.map((heads) => heads.map((view) => attentionMatrix(view, T)));
      const predictions = engine.predict().slice(0, T);
      // From here on the logits are the loss's gradient.
      engine.loss();
      return { logits, attention, predictions, losses: engine.losses.slice(0, T) };
    },
  };
}

/** [T, T], zeros above the diagonal, which the kernels neither write nor read. */
export function attentionMatrix({ values, stride }: AttentionRows, T: number): Float32Array {
  const weights = new Float32Array(T * T);
  for (let t = 0; t < T; t++) weights.set(values.subarray(t * stride, t * stride + t + 1), t * T);
  return weights;
}
