/** Initial values of the parameters, from the run's seed. Each depends on the seed and its own name alone. */
import { fillNormal, fillUniform } from '../../bindings/random.js';
import { fillSinusoidal } from '../../bindings/rotary.js';
import { STREAMS } from '../../bindings/streams.js';
import type { Engine } from '../model/engine.js';

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
