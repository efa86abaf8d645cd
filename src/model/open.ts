/** An engine and its weights: the seed's own, or given ones; and a model by itself, outside of training. */
import { createPlanner } from '../../bindings/arena.js';
import { loadBuild } from '../../bindings/build.js';
import { type Build, instantiate } from '../../bindings/instance.js';
import { fillNormal, fillUniform } from '../../bindings/random.js';
import { fillSinusoidal } from '../../bindings/rotary.js';
import { STREAMS } from '../../bindings/streams.js';
import { ConfigError } from '../errors.js';
import type { ModelConfig } from './config.js';
import { createEngine, type Engine } from './engine.js';
import { planModel } from './plan.js';

/** A parameter's values by its name in weight files. */
export type Weights = ReadonlyMap<string, Float32Array>;

export interface OpenOptions {
  /** false: every layer takes the plain path, and all that it computes lies in the arena. */
  readonly circuit: boolean;
  /** Default: the strict build that the library carries. */
  readonly build?: Build | undefined;
}

/**
 * An engine for sequences of `length` tokens, ready for `forward`; nothing is trained.
 * Throws a ConfigError where the weights do not fit the model.
 */
export function openEngine(config: ModelConfig, length: number, weights: Weights, options: OpenOptions): Engine {
  const planner = createPlanner();
  const plan = planModel(planner, config, length, { circuit: options.circuit, isTrained: () => false });
  const engine = createEngine(instantiate(options.build ?? loadBuild(), planner.plan()), plan);
  setWeights(engine, weights);
  engine.prepare();
  return engine;
}

/** Replaces every weight. Throws a ConfigError with the name of one that is missing or has another length. */
export function setWeights(engine: Engine, weights: Weights): void {
  for (const { spec, weight } of engine.plan.parameters) {
    const values = weights.get(spec.name);
    const expected = `${weight.length} values for a tensor of shape [${spec.shape.join(', ')}]`;
    if (values?.length !== weight.length) throw new ConfigError(spec.name, values?.length ?? null, expected);
    engine.weight(spec.name).set(values);
  }
}

/** Initial values from the run's seed. Those of a parameter depend on the seed and its own name alone. */
export function fillInitialWeights(engine: Engine, seed: number): void {
  for (const { spec, weight } of engine.plan.parameters) {
    const at = { sequence: 0, step: spec.id, stream: STREAMS.weights };
    const { initial } = spec;
    if (initial.law === 'normal') fillNormal(engine.instance, weight, initial.scale, seed, at);
    else if (initial.law === 'uniform') fillUniform(engine.instance, weight, initial.bound, seed, at);
    else if (initial.law === 'sinusoidal') fillSinusoidal(engine.instance, weight);
    else engine.weight(spec.name).fill(initial.value);
  }
}
