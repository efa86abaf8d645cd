/**
 * jax-js on its wasm backend, the whole step under jit. An array is consumed by its use: `.ref` keeps it for another.
 */

import { readFileSync } from 'node:fs';
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { makeProblem, OPTIMIZER, readProblem, report } from './problem.mjs';

const sizes = readProblem();
const { dim: d, batch: B, length: T, vocab: N } = sizes;
await init('wasm');
defaultDevice('wasm');
const problem = makeProblem(sizes);
const f32 = (values, shape) => np.array(values, { dtype: np.float32, shape });
const matrix = (name, count) => f32(problem[name], [count, d]);
const fixed = {
  U: matrix('U', N),
  WV1: matrix('WV1', d),
  WO1: matrix('WO1', d),
  WV2: matrix('WV2', d),
  E: matrix('E', N),
  P: matrix('P', T),
  z: np.array(problem.z, { dtype: np.int32, shape: [B * T] }),
  labels: f32(oneHot(problem.y), [B * T, N]),
  rows: f32(problem.rows, [B * T, 1]),
  mask: f32(causalMask(), [T, T]),
};

function oneHot(targets) {
  const labels = new Float32Array(B * T * N);
  for (const [i, target] of targets.entries()) labels[i * N + target] = 1;
  return labels;
}
function causalMask() {
  return Float32Array.from({ length: T * T }, (_, i) => (i % T <= Math.floor(i / T) ? 0 : -1e9));
}
const transposed = (x) => np.swapaxes(x, -1, -2);
const linear = (x, weight) => np.matmul(x.reshape([B * T, d]), transposed(weight)).reshape([B, T, d]);
function attend(x, WK, WV, WO, mask) {
  const keys = linear(x.ref, WK);
  const scores = np
    .matmul(x.ref, transposed(keys))
    .mul(1 / Math.sqrt(d))
    .add(mask);
  const values = linear(x.ref, WV);
  return x.add(linear(np.matmul(nn.softmax(scores, -1), values), WO));
}
function loss({ WK1, WK2, WO2 }, { E, P, z, U, WV1, WO1, WV2, labels, rows, mask }) {
  let x = np.take(E, z, 0).reshape([B, T, d]).add(P);
  x = attend(x, WK1, WV1, WO1, mask.ref);
  x = attend(x, WK2, WV2, WO2, mask);
  const logits = np.matmul(x.reshape([B * T, d]), transposed(U));
  return nn
    .logSoftmax(logits, -1)
    .mul(labels)
    .mul(rows)
    .sum()
    .mul(-1 / problem.positions);
}
const { learningRate, momentum, weightDecay } = OPTIMIZER;
const update = jit((trained, moments, given) => {
  const [value, gradient] = valueAndGrad(loss)(
    Object.fromEntries(Object.entries(trained).map(([name, weight]) => [name, weight.ref])),
    given,
  );
  const after = { weights: {}, moments: {} };
  for (const [name, weight] of Object.entries(trained)) {
    const moment = moments[name].mul(momentum).add(gradient[name]).add(weight.ref.mul(weightDecay));
    after.moments[name] = moment.ref;
    after.weights[name] = weight.sub(moment.mul(learningRate));
  }
  return [value, after.weights, after.moments];
});

const names = ['WK1', 'WK2', 'WO2'];
let weights = Object.fromEntries(names.map((name) => [name, matrix(name, d)]));
let moments = Object.fromEntries(names.map((name) => [name, np.zeros([d, d])]));
const manifest = new URL('package.json', import.meta.resolve('@jax-js/jax').replace(/dist\/[^/]*$/, ''));
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
await report('jax-js, wasm', { 'jax-js': version }, sizes, async () => {
  const given = Object.fromEntries(Object.entries(fixed).map(([name, value]) => [name, value.ref]));
  const [value, nextWeights, nextMoments] = update(weights, moments, given);
  weights = nextWeights;
  moments = nextMoments;
  await blockUntilReady(Object.values(weights));
  return value.item();
});
