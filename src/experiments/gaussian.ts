/** Gaussian matrices from the counter-based generator, for experiments that compute and do not train. */
import { createPlanner } from '../../bindings/arena.js';
import { instantiate } from '../../bindings/instance.js';
import { fillNormal } from '../../bindings/random.js';
import { STREAMS } from '../../bindings/streams.js';
import { type Matrix64, toMatrix } from '../analysis/algebra/matrix64.js';
import type { Tools } from './experiment.js';

/** Matrix number `index` of the seed: entries N(0, 1), rounded to float32. */
export function gaussianMatrix({ build, seed }: Tools, index: number, rows: number, columns: number): Matrix64 {
  const planner = createPlanner();
  const region = planner.region('deviates', 'f32', rows, columns);
  const instance = instantiate(build, planner.plan());
  fillNormal(instance, region, 1, seed, { sequence: index, step: 0, stream: STREAMS.embeddings });
  return toMatrix(instance.view(region), rows, columns);
}
