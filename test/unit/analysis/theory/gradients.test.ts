import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createPlanner } from '../../../../bindings/arena.js';
import { loadBuild } from '../../../../bindings/build.js';
import { instantiate } from '../../../../bindings/instance.js';
import { exactMath } from '../../../../bindings/math.js';
import {
  type Matrix64,
  rowRange,
  rowsAt,
  timesTransposed,
  toMatrix,
  transpose,
} from '../../../../src/analysis/algebra/matrix64.js';
import {
  type AttentionTask,
  attentionGradient,
  attentionLoss,
  classMeans,
  type NoisyTask,
  noisyGradient,
  noisyLoss,
  type TokenTask,
  tokenGradient,
  tokenLoss,
} from '../../../../src/analysis/theory/gradients.js';
import type { ModelConfig } from '../../../../src/model/config.js';
import { createEngine } from '../../../../src/model/engine.js';
import { planModel } from '../../../../src/model/plan.js';
import { uniforms } from '../../uniforms.js';
import { gaussian, modelOf } from '../memory/samples.js';

const laws = suite('gradients in closed form');
const build = loadBuild();
const math = exactMath(build);

/** Central differences with a step of 2^-17: error about 1e-10 of the loss's third derivative. */
function differences(loss: (w: Matrix64) => number, at: Matrix64): Float64Array {
  const h = 2 ** -17;
  return at.data.map((_, n) => {
    const moved = (by: number) => loss({ ...at, data: at.data.map((w, m) => (m === n ? w + by : w)) });
    return (moved(h) - moved(-h)) / (2 * h);
  });
}

function near(given: Float64Array | Float32Array, truth: Float64Array, tolerance: number): void {
  const largest = truth.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  assert.ok(largest > 1e-3, `the truth is not nothing (${largest})`);
  assert.is(given.length, truth.length);
  for (const [n, x] of truth.entries()) {
    assert.ok(Math.abs(given[n]! - x) <= tolerance * largest, `entry ${n}: ${given[n]}, ${x} expected`);
  }
}

function tokenTask(random: () => number): TokenTask {
  const joint = Float64Array.from({ length: 5 * 4 }, random);
  const total = joint.reduce((a, b) => a + b, 0);
  return {
    inputs: gaussian(random, 5, 6),
    outputs: gaussian(random, 4, 3),
    joint: { rows: 5, columns: 4, data: joint.map((p) => p / total) },
  };
}

function noisyTask(random: () => number): NoisyTask {
  const targets = Array.from({ length: 9 }, () => Math.floor(4 * random()));
  return { inputs: gaussian(random, 9, 6), targets, outputs: gaussian(random, 5, 3) };
}

function attentionTask(random: () => number): AttentionTask {
  return {
    sequences: Array.from({ length: 3 }, () => gaussian(random, 6, 4)),
    targets: [2, 0, 4],
    relay: gaussian(random, 5, 4),
    outputs: gaussian(random, 5, 5),
  };
}

laws('Lemma 1 is the slope of the loss, wherever W stands', () => {
  for (const seed of [1, 2, 3]) {
    const random = uniforms(seed);
    const task = tokenTask(random);
    const W = gaussian(random, 3, 6);
    near(
      tokenGradient(task, W, math).data,
      differences((w) => tokenLoss(task, w, math), W),
      1e-8,
    );
  }
});

laws('Lemma 2 is the slope of the loss, wherever W stands, with a class that never occurs', () => {
  for (const seed of [1, 2, 3]) {
    const random = uniforms(seed);
    const task = noisyTask(random);
    const W = gaussian(random, 3, 6);
    near(
      noisyGradient(task, W, math).data,
      differences((w) => noisyLoss(task, w, math), W),
      1e-8,
    );
  }
});

laws('at W = 0 the predicted mean of every class is the mean of all inputs', () => {
  const random = uniforms(4);
  const task = noisyTask(random);
  const { predicted } = classMeans(task, { rows: 3, columns: 6, data: new Float64Array(18) }, math);
  const mean = Float64Array.from({ length: 6 }, (_, b) => {
    let sum = 0;
    for (let i = 0; i < 9; i++) sum += task.inputs.data[6 * i + b]! / 9;
    return sum;
  });
  for (let k = 0; k < 5; k++) {
    for (let b = 0; b < 6; b++) assert.ok(Math.abs(predicted.data[6 * k + b]! - mean[b]! / 5) < 1e-14);
  }
});

laws('Lemma 2 over inputs that are tokens is Lemma 1 with their empirical law', () => {
  const random = uniforms(5);
  const { inputs, outputs } = tokenTask(random);
  const tokens = [0, 1, 1, 3, 4, 0, 2];
  const targets = [3, 1, 0, 0, 2, 3, 3];
  const joint = new Float64Array(20);
  for (const [i, z] of tokens.entries()) joint[4 * z + targets[i]!]! += 1 / 7;
  const W = gaussian(random, 3, 6);
  const noisy = noisyGradient({ inputs: rowsAt(inputs, tokens), targets, outputs }, W, math);
  near(
    noisy.data,
    tokenGradient({ inputs, outputs, joint: { rows: 5, columns: 4, data: joint } }, W, math).data,
    1e-13,
  );
});

laws('Lemma 4 is the slope of the loss at W = 0', () => {
  for (const seed of [1, 2, 3]) {
    const random = uniforms(seed);
    const task = attentionTask(random);
    const zero = { rows: 4, columns: 4, data: new Float64Array(16) };
    near(
      attentionGradient(task, math).data,
      differences((w) => attentionLoss(task, w, math), zero),
      1e-8,
    );
  }
});

laws('Lemma 4 holds at W = 0 alone: elsewhere the slope differs', () => {
  const random = uniforms(6);
  const task = attentionTask(random);
  const elsewhere = gaussian(random, 4, 4);
  const closed = attentionGradient(task, math).data;
  const slope = differences((w) => attentionLoss(task, w, math), elsewhere);
  assert.ok(closed.some((x, n) => Math.abs(x - slope[n]!) > 0.01));
});

/** The engine's gradient of one parameter, as a mean over `rows` of every sequence. */
function engineGradient(
  model: ModelConfig,
  weights: Readonly<Record<string, Float32Array>>,
  batch: readonly { readonly tokens: readonly number[]; readonly targets: readonly number[] }[],
  rows: readonly number[],
  name: string,
): Float64Array {
  const planner = createPlanner();
  const plan = planModel(planner, model, model.maxLength, { circuit: true, isTrained: (spec) => spec.name === name });
  const engine = createEngine(instantiate(build, planner.plan()), plan);
  for (const { spec } of plan.parameters) engine.weight(spec.name).fill(0);
  for (const [key, values] of Object.entries(weights)) engine.weight(key).set(values);
  engine.prepare();
  engine.clearSums();
  for (const { tokens, targets } of batch) {
    engine.tokens.set(tokens);
    engine.targets.set(targets);
    engine.useRows(Int32Array.from(rows), rows.length);
    engine.forward();
    engine.loss();
    engine.backward();
  }
  engine.finish();
  return Float64Array.from(engine.gradient(name)!, (g) => g / (batch.length * rows.length));
}

/** Rounded as the engine holds it, so that both sides see the same numbers. */
function rounded(a: Matrix64): Float32Array {
  return Float32Array.from(a.data);
}

function widened(values: Float32Array, rows: number): Matrix64 {
  return toMatrix(values, rows, values.length / rows);
}

const T = 6;

function batchOf(random: () => number, N: number, sequences: number) {
  const draw = () => Array.from({ length: T }, () => Math.floor(N * random()));
  return Array.from({ length: sequences }, () => ({ tokens: draw(), targets: draw() }));
}

/**
 * One layer whose attention writes nothing (W_O = 0), with a linear feed-forward block: x = E[z] + p_t, logits
 * U (x + W_F x) = U W x with W = 1 + W_F, the very form of Lemmas 1 and 2. The gradient in W_F is the gradient in W.
 */
function feedForwardCase(seed: number, withPositions: boolean) {
  const random = uniforms(seed);
  const [N, d] = [7, 8];
  const model = modelOf({ vocabSize: N, dim: d, maxLength: T, layers: 1, ffn: ['linear'] });
  const E = rounded(gaussian(random, N, d));
  const U = rounded(gaussian(random, N, d));
  const P = withPositions ? rounded(gaussian(random, T, d)) : new Float32Array(T * d);
  const F = rounded(gaussian(random, d, d)).map((x) => Math.fround(0.3 * x));
  const W = widened(F, d);
  for (let a = 0; a < d; a++) W.data[a * d + a]! += 1;
  const batch = batchOf(random, N, 5);
  const weights = { 'tok_embeddings.weight': E, pe: P, 'output.weight': U, 'layers.0.ff.weight': F };
  const rows = Array.from({ length: T }, (_, t) => t);
  const gradient = engineGradient(model, weights, batch, rows, 'layers.0.ff.weight');
  return { N, d, E: widened(E, N), U: widened(U, N), P: widened(P, T), W, batch, gradient };
}

laws('Lemma 1 is what the engine computes for W_F, when positions and attention add nothing', () => {
  const { N, E, U, W, batch, gradient } = feedForwardCase(7, false);
  const joint = new Float64Array(N * N);
  for (const { tokens, targets } of batch) {
    for (const [t, z] of tokens.entries()) joint[N * z + targets[t]!]! += 1 / (T * batch.length);
  }
  const lemma = tokenGradient({ inputs: E, outputs: U, joint: { rows: N, columns: N, data: joint } }, W, math);
  near(gradient, lemma.data, 5e-6);
});

laws('Lemma 2 is what the engine computes for W_F, when positions are the noise', () => {
  const { d, E, U, P, W, batch, gradient } = feedForwardCase(8, true);
  const inputs = { rows: T * batch.length, columns: d, data: new Float64Array(T * batch.length * d) };
  for (const [b, { tokens }] of batch.entries()) {
    for (const [t, z] of tokens.entries()) {
      for (let a = 0; a < d; a++) inputs.data[(b * T + t) * d + a] = E.data[z * d + a]! + P.data[t * d + a]!;
    }
  }
  const targets = batch.flatMap((sequence) => sequence.targets);
  near(gradient, noisyGradient({ inputs, targets, outputs: U }, W, math).data, 5e-6);
});

/**
 * One attention layer with W_K = 0, read at the last position: logits U (x_T + Φ Σ_t a_t x_t), Φ = W_O W_V. Lemma 4 has
 * no x_T in its logits, so E and P stand in the first half of the stream and U in the second, which Φ alone writes: U
 * x_T = 0 exactly.
 */
laws('Lemma 4 is what the engine computes for W_K = 0', () => {
  const random = uniforms(9);
  const [N, d, half] = [7, 8, 4];
  const model = modelOf({ vocabSize: N, dim: d, maxLength: T, layers: 1, attentionScale: 'none' });
  const masked = (rows: number, keep: (column: number) => boolean) =>
    rounded(gaussian(random, rows, d)).map((x, n) => (keep(n % d) ? x : 0));
  const E = masked(N, (c) => c < half);
  const P = masked(T, (c) => c < half);
  const U = masked(N, (c) => c >= half);
  const V = masked(d, () => true);
  const O = masked(d, () => true);
  const batch = batchOf(random, N, 5);
  const weights = {
    'tok_embeddings.weight': E,
    pe: P,
    'output.weight': U,
    'layers.0.attention.wv.weight': V,
    'layers.0.attention.wo.weight': O,
  };
  const gradient = engineGradient(model, weights, batch, [T - 1], 'layers.0.attention.wk.weight');
  const sequences = batch.map(({ tokens }) => {
    const x = rowsAt(widened(E, N), tokens);
    return { ...x, data: x.data.map((value, n) => value + P[n]!) };
  });
  const targets = batch.map((sequence) => sequence.targets[T - 1]!);
  const relay = timesTransposed(widened(O, d), transpose(widened(V, d)));
  near(gradient, attentionGradient({ sequences, targets, relay, outputs: widened(U, N) }, math).data, 5e-6);
  const still = rowRange({ rows: d, columns: d, data: gradient }, half, d).data;
  assert.ok(
    still.every((g) => g === 0),
    'no query lies in the second half',
  );
});

laws.run();
