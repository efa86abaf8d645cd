/** TensorFlow.js: --backend cpu or wasm. Its wasm backend runs one thread in Node. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { makeProblem, OPTIMIZER, readProblem, report } from './problem.mjs';

const sizes = readProblem({ backend: { type: 'string', default: 'wasm' } });
const { dim: d, batch: B, length: T, vocab: N, backend } = sizes;
await tf.setBackend(backend);
await tf.ready();
const problem = makeProblem(sizes);

const matrix = (name, rows) => tf.tensor2d(problem[name], [rows, d]);
const [E, P, U] = [matrix('E', N), matrix('P', T), matrix('U', N)];
const [WV1, WO1, WV2] = ['WV1', 'WO1', 'WV2'].map((name) => matrix(name, d));
const trained = ['WK1', 'WK2', 'WO2'].map((name) => tf.variable(matrix(name, d), true, name));
const moments = trained.map((weight) => tf.variable(tf.zerosLike(weight), false));
const [WK1, WK2, WO2] = trained;
const z = tf.tensor1d(problem.z, 'int32');
const labels = tf.oneHot(tf.tensor1d(problem.y, 'int32'), N).toFloat();
const rows = tf.tensor2d(problem.rows, [B * T, 1]);
const mask = tf.tidy(() => tf.sub(tf.linalg.bandPart(tf.ones([T, T]), -1, 0), 1).mul(1e9));

const linear = (x, weight) => tf.matMul(x.reshape([B * T, d]), weight, false, true).reshape([B, T, d]);
function attend(x, WK, WV, WO) {
  const scores = tf.matMul(x, linear(x, WK), false, true).div(Math.sqrt(d)).add(mask);
  return x.add(linear(tf.matMul(tf.softmax(scores), linear(x, WV)), WO));
}
function loss() {
  let x = tf.gather(E, z).reshape([B, T, d]).add(P);
  x = attend(x, WK1, WV1, WO1);
  x = attend(x, WK2, WV2, WO2);
  const logits = tf.matMul(x.reshape([B * T, d]), U, false, true);
  return tf.logSoftmax(logits).mul(labels).mul(rows).sum().div(-problem.positions);
}
const { learningRate, momentum, weightDecay } = OPTIMIZER;
await report(`TensorFlow.js, ${backend}`, { tfjs: tf.version.tfjs }, sizes, async () => {
  const value = tf.tidy(() => {
    const { value, grads } = tf.variableGrads(loss, trained);
    for (const [i, weight] of trained.entries()) {
      moments[i].assign(moments[i].mul(momentum).add(grads[weight.name]).add(weight.mul(weightDecay)));
      weight.assign(weight.sub(moments[i].mul(learningRate)));
    }
    return value;
  });
  await Promise.all(trained.map((weight) => weight.data()));
  return (await value.data())[0];
});
