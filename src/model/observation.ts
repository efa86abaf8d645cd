/** A model that is looked at, not trained: one sequence in, what a forward pass makes of it out. */
import type { Build } from '../../bindings/instance.js';
import { ConfigError } from '../errors.js';
import type { ModelConfig } from './config.js';
import type { AttentionRows, Engine } from './engine.js';
import { openEngine, setWeights, type Weights } from './open.js';
import type { HeadAddress } from './plan.js';

export interface ObserverOptions {
  /** The longest sequence that will be observed; default: model.maxLength. */
  readonly length?: number | undefined;
  /** false: every layer takes the plain path instead of the circuit form. Default: true. */
  readonly circuit?: boolean;
  /** Default: the strict build that the library carries. */
  readonly build?: Build | undefined;
}

export interface ObserveOptions {
  /** Heads whose output is left out. Default: none. */
  readonly silenced?: readonly HeadAddress[];
}

/** Copies: an observation keeps its values while others are made. T: tokens of the sequence. */
export interface Observation {
  /** [T, N] */
  readonly logits: Float32Array;
  /** attention[layer][head]: [T, T], row t over the keys s ≤ t, 0 beyond. */
  readonly attention: readonly (readonly Float32Array[])[];
  /** argmax of the logits, [T]; of equal ones the lowest. */
  readonly predictions: Int32Array;
  /** Cross-entropy of the target in nats, [T]; empty without targets. */
  readonly losses: Float32Array;
}

export interface Observer {
  /** The last observation's residual stream and head outputs are still in its memory. */
  readonly engine: Engine;
  /** Replaces every weight. Throws a ConfigError where they do not fit the model. */
  setWeights(weights: Weights): void;
  /** Tokens and targets: T of each, or no targets. Throws a ConfigError for what the model cannot read. */
  observe(tokens: ArrayLike<number>, targets?: ArrayLike<number>, options?: ObserveOptions): Observation;
}

/** `weights`: every parameter by its name. Throws a ConfigError where they do not fit the model. */
export function openObserver(model: ModelConfig, weights: Weights, options: ObserverOptions = {}): Observer {
  const { length = model.maxLength, circuit = true, build } = options;
  if (!(Number.isInteger(length) && length >= 1 && length <= model.maxLength)) {
    throw new ConfigError('length', length, `1 to model.maxLength (${model.maxLength})`);
  }
  const engine = openEngine(model, length, weights, { circuit, build });
  const positions = Int32Array.from({ length }, (_, t) => t);

  return {
    engine,
    setWeights(others) {
      setWeights(engine, others);
      engine.prepare();
    },
    observe(tokens, targets = [], { silenced = [] } = {}) {
      const T = tokens.length;
      checkTokens('tokens', tokens, [1, length], model.vocabSize);
      if (targets.length > 0) checkTokens('targets', targets, [T, T], model.vocabSize);
      engine.silence(silenced);
      // Attention is causal: what an earlier, longer sequence has left behind these tokens changes nothing.
      engine.tokens.set(tokens);
      engine.targets.set(targets);
      engine.useRows(positions, T);
      engine.forward();
      const logits = engine.read(engine.plan.logits, T);
      const attention = engine.attention.map((heads) => heads.map((rows) => attentionMatrix(rows, T)));
      const predictions = engine.predict().slice(0, T);
      // From here on the logits are the loss's gradient.
      if (targets.length > 0) engine.loss();
      return { logits, attention, predictions, losses: engine.losses.slice(0, targets.length) };
    },
  };
}

/** Throws a ConfigError for a sequence that is too short or too long, and for a token that is none of the model's. */
export function checkTokens(
  key: string,
  tokens: ArrayLike<number>,
  [least, most]: readonly [number, number],
  vocabSize: number,
): void {
  if (!(tokens.length >= least && tokens.length <= most)) {
    const count = least === most ? least : `${least} to ${most}`;
    throw new ConfigError(key, tokens.length, `a sequence of ${count} tokens`);
  }
  for (let t = 0; t < tokens.length; t++) {
    const token = tokens[t]!;
    if (Number.isInteger(token) && token >= 0 && token < vocabSize) continue;
    throw new ConfigError(`${key}[${t}]`, token, `a whole number of 0 to ${vocabSize - 1}`);
  }
}

/** [T, T], zeros above the diagonal, which the kernels neither write nor read. */
function attentionMatrix({ values, stride }: AttentionRows, T: number): Float32Array {
  const weights = new Float32Array(T * T);
  for (let t = 0; t < T; t++) weights.set(values.subarray(t * stride, t * stride + t + 1), t * T);
  return weights;
}
