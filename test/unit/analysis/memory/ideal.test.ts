import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Matrix64,
  rowRange,
  timesTransposed,
  toMatrix,
  transpose,
} from '../../../../src/analysis/algebra/matrix64.js';
import {
  idealFeedForward,
  idealInductionKey,
  idealMemories,
  idealOutput,
  idealPreviousKey,
  installedMemories,
} from '../../../../src/analysis/memory/ideal.js';
import { memoryProbes } from '../../../../src/analysis/memory/probes.js';
import { relay } from '../../../../src/analysis/model/matrices.js';
import type { BatchMetrics } from '../../../../src/analysis/record.js';
import type { ModelConfig } from '../../../../src/model/config.js';
import { batchMetrics, countersLayout, countSequence, createCounters } from '../../../../src/task/triggers/metrics.js';
import { uniforms } from '../../uniforms.js';
import { lookup, modelOf, randomLaws, randomWeights } from './samples.js';

const laws = suite('ideal memories');

laws('W_F answers with log π_b exactly when d ≥ N, and then ff1_loss is 0', () => {
  const random = uniforms(1);
  const model = modelOf({ vocabSize: 12, dim: 32, maxLength: 4, ffn: ['none', 'linear'] });
  const weights = randomWeights(model, random);
  const tables = randomLaws(random, 12);
  weights.set('layers.1.ff.weight', idealFeedForward(model, lookup(weights), tables, Math.log));
  const scores = answers(model, weights);
  for (let i = 0; i < 12; i++) {
    for (let j = 0; j < 12; j++) {
      assert.ok(Math.abs(scores.data[i * 12 + j]! - Math.log(tables.bigramLaw[i * 12 + j]!)) < 1e-4, `${i}, ${j}`);
    }
  }
  const input = { model, parameter: lookup(weights), triggers: [0], laws: tables, log: Math.log, exp: Math.exp };
  assert.ok(Math.abs(memoryProbes(input).ff1_loss!) < 1e-6);
});

laws('W_F is the least-squares answer when d < N: what is left is orthogonal to every row', () => {
  const random = uniforms(2);
  const model = modelOf({ vocabSize: 20, dim: 8, maxLength: 4, ffn: ['none', 'linear'] });
  const weights = randomWeights(model, random);
  const tables = randomLaws(random, 20);
  weights.set('layers.1.ff.weight', idealFeedForward(model, lookup(weights), tables, Math.log));
  const rest = answers(model, weights);
  for (let n = 0; n < rest.data.length; n++) rest.data[n]! -= Math.log(tables.bigramLaw[n]!);
  const E = transpose(toMatrix(weights.get('tok_embeddings.weight')!, 20, 8));
  const U = transpose(toMatrix(weights.get('output.weight')!, 20, 8));
  const normal = timesTransposed(timesTransposed(E, transpose(rest)), U);
  assert.ok(Math.max(...normal.data.map(Math.abs)) < 1e-3, `${Math.max(...normal.data.map(Math.abs))}`);
});

laws('a probability of 0 is stored as 1e-6', () => {
  const random = uniforms(3);
  const model = modelOf({ vocabSize: 6, dim: 16, maxLength: 4, ffn: ['none', 'linear'] });
  const weights = randomWeights(model, random);
  const tables = randomLaws(random, 6, true);
  weights.set('layers.1.ff.weight', idealFeedForward(model, lookup(weights), tables, Math.log));
  const scores = answers(model, weights);
  const zero = tables.bigramLaw.indexOf(0);
  assert.ok(zero >= 0 && Math.abs(scores.data[zero]! - Math.log(1e-6)) < 1e-3);
});

laws('the memories are the sums of outer products that they are said to be', () => {
  const random = uniforms(4);
  const model = modelOf({ vocabSize: 3, dim: 2, maxLength: 4 });
  const weights = randomWeights(model, random);
  const pe = weights.get('pe')!;
  const key = idealPreviousKey(model, lookup(weights), 0.5);
  for (let a = 0; a < 2; a++) {
    for (let b = 0; b < 2; b++) {
      let sum = 0;
      for (let t = 1; t < 4; t++) sum += pe[2 * t + a]! * pe[2 * (t - 1) + b]!;
      assert.ok(Math.abs(key[2 * a + b]! - 0.5 * sum) < 1e-6);
    }
  }
});

laws('a model without the place for a memory is refused by name', () => {
  const ideal = (options: Partial<ModelConfig>) => {
    const model = modelOf({ vocabSize: 3, dim: 4, maxLength: 4, ...options });
    const random = uniforms(5);
    return () => idealMemories(model, lookup(randomWeights(model, random)), randomLaws(random, 3), Math.log);
  };
  assert.throws(ideal({ layers: 1 }), /model\.layers: expected .*, got 1/);
  assert.throws(ideal({ positional: 'rotary' }), /model\.positional: expected .*, got "rotary"/);
  assert.throws(ideal({ projections: { query: false, value: true, output: false } }), /model\.projections\.output/);
  assert.equal([...ideal({})().keys()].length, 3);
  assert.ok(ideal({ dim: 4, ffn: ['none', 'linear'] })().has('layers.1.ff.weight'));
});

laws('installed without training, they solve the task as the width grows', () => {
  const attention = { query: false, value: false, output: true };
  const [narrow, middle, wide] = [64, 128, 256].map((dim) =>
    accuracy(modelOf({ dim, maxLength: 64, projections: attention })),
  );
  assert.ok(narrow!.acc_end! < middle!.acc_end! && middle!.acc_end! < wide!.acc_end!, 'accuracy rises with d');
  solved(wide!);
  solved(accuracy(modelOf({ dim: 512, maxLength: 64 })));
  const untrained = accuracy(modelOf({ dim: 256, maxLength: 64 }), false);
  assert.ok(untrained.acc_end! < 0.3, `untrained: ${untrained.acc_end}`);
});

laws('installed with lengths kept, triggers alone and position 0 discounted, they solve it at d = 256', () => {
  const model = modelOf({ dim: 256, maxLength: 64 });
  const literal = accuracy(model);
  const installed = accuracy(model, true, Int32Array.of(0, 1, 2, 3, 4));
  assert.ok(installed.acc_end! >= 0.95, `installed: ${installed.acc_end}`);
  assert.ok(installed.acc_end! > literal.acc_end! + 0.02, `literal: ${literal.acc_end}`);
});

laws('W_K² over some tokens matches these alone; discounted, position 0 answers half a match less', () => {
  const random = uniforms(8);
  const model = modelOf({ vocabSize: 9, dim: 64, maxLength: 4 });
  const weights = randomWeights(model, random);
  const E = toMatrix(weights.get('tok_embeddings.weight')!, 9, 64);
  const p = rowRange(toMatrix(weights.get('pe')!, 4, 64), 0, 1);
  const r = relay(model, lookup(weights), 0, E);
  const key = (options: Parameters<typeof idealInductionKey>[3]) =>
    toMatrix(idealInductionKey(model, lookup(weights), 1, options), 64, 64);
  const some = timesTransposed(E, transpose(timesTransposed(key({ tokens: [2, 5] }), r)));
  for (const k of [2, 5]) assert.ok(some.data[k * 9 + k]! > 0);
  const share = (k: number) => rowRange(r, k, k + 1).data.reduce((sum, x) => sum + x * x, 0);
  const answer = (options: Parameters<typeof idealInductionKey>[3]) => timesTransposed(key(options), p).data;
  const [plain, discounted] = [answer({ tokens: [2] }), answer({ tokens: [2], discountFirst: true })];
  for (let a = 0; a < 64; a++) {
    const taken = 0.5 * share(2) * E.data[2 * 64 + a]!;
    assert.ok(Math.abs(plain[a]! - discounted[a]! - taken) < 1e-3 * share(2));
  }
});

laws('the output memory belongs to tied embeddings too', () => {
  const random = uniforms(6);
  const model = modelOf({ vocabSize: 20, dim: 128, maxLength: 4, tieOutput: true });
  const weights = randomWeights(model, random);
  weights.set('layers.1.attention.wo.weight', idealOutput(model, lookup(weights)));
  const tables = randomLaws(random, 20);
  const input = { model, parameter: lookup(weights), triggers: null, laws: tables, log: Math.log, exp: Math.exp };
  assert.is(memoryProbes(input).wo1_acc, 1);
});

/** scores[i, j] = w_U(j)ᵀ W_F w_E(i). */
function answers(model: ModelConfig, weights: Map<string, Float32Array>): Matrix64 {
  const { vocabSize: N, dim: d } = model;
  const matrix = (name: string, rows: number) => toMatrix(weights.get(name)!, rows, d);
  const written = timesTransposed(matrix('tok_embeddings.weight', N), matrix('layers.1.ff.weight', d));
  return timesTransposed(written, matrix('output.weight', N));
}

function solved(metrics: BatchMetrics): void {
  for (const key of ['acc_end', 'score_acc', 'score2_acc', 'score_cond_acc', 'pred_attended_acc'] as const) {
    assert.ok(metrics[key]! >= 0.9, `${key}: ${metrics[key]}`);
  }
  for (const key of ['prev_mass_l0_h0', 'induction_mass_l1_h0'] as const) {
    assert.ok(metrics[key]! >= 0.9, `${key}: ${metrics[key]}`);
  }
}

/** Five fixed triggers among frequent symbols, T = 64; the plain two-layer attention model, counted as a batch. */
function accuracy(model: ModelConfig, installed = true, triggers: Int32Array | null = null): BatchMetrics {
  const random = uniforms(7);
  const weights = randomWeights(model, random);
  const tables = randomLaws(random, 65);
  if (installed) {
    const memories =
      triggers === null
        ? idealMemories(model, lookup(weights), tables, Math.log)
        : installedMemories(model, lookup(weights), triggers);
    for (const [name, values] of memories) weights.set(name, values);
  }
  const layout = countersLayout(2, 1);
  const counters = createCounters(layout);
  for (let sequence = 0; sequence < 8; sequence++) {
    const { tokens, occurrences } = sampled(random, 64);
    const { predictions, attended, attention } = forward(model, weights, tokens);
    const losses = new Float32Array(64);
    const baselines = { bagRight: 0, bayesRight: 0 };
    countSequence(layout, counters, {
      tokens,
      occurrences,
      absorbed: false,
      losses,
      predictions,
      attended,
      attention,
      ...baselines,
    });
  }
  return batchMetrics(layout, counters);
}

/** Tokens with p(i) ∝ 1/(i + 2); triggers 0 … 4 lead to outputs that are no triggers. */
function sampled(random: () => number, T: number) {
  const outputs = Array.from({ length: 5 }, () => 5 + Math.floor(60 * random()));
  const seen = new Int32Array(5);
  const tokens = new Int32Array(T + 1);
  const occurrences = new Int32Array(T);
  for (let t = 0; t <= T; t++) {
    const before = t === 0 ? 64 : tokens[t - 1]!;
    tokens[t] = before < 5 ? outputs[before]! : Math.min(64, Math.floor(2 * 33.5 ** random()) - 2);
    if (t < T && tokens[t]! < 5) occurrences[t] = ++seen[tokens[t]!]!;
  }
  return { tokens, occurrences };
}

function forward(model: ModelConfig, weights: Map<string, Float32Array>, tokens: Int32Array) {
  const { dim: d, vocabSize: N, maxLength: T } = model;
  const map = (x: Matrix64, name: string) => timesTransposed(x, toMatrix(weights.get(name)!, d, d));
  const E = weights.get('tok_embeddings.weight')!;
  const pe = weights.get('pe')!;
  let x: Matrix64 = { rows: T, columns: d, data: new Float64Array(T * d) };
  for (let n = 0; n < T * d; n++) x.data[n] = E[tokens[Math.floor(n / d)]! * d + (n % d)]! + pe[n]!;
  const attended: Int32Array[][] = [];
  const attention: { values: Float32Array; stride: number }[][] = [];
  for (const layer of [0, 1]) {
    const scores = timesTransposed(x, map(x, `layers.${layer}.attention.wk.weight`));
    for (let t = 0; t < T; t++) softmax(scores.data.subarray(t * T, (t + 1) * T), t + 1, Math.sqrt(d));
    attended.push([Int32Array.from({ length: T }, (_, t) => highest(scores.data.subarray(t * T, t * T + t + 1)))]);
    attention.push([{ values: Float32Array.from(scores.data), stride: T }]);
    const values = model.projections.value ? map(x, `layers.${layer}.attention.wv.weight`) : x;
    const mixed = timesTransposed(scores, transpose(values));
    const written = map(mixed, `layers.${layer}.attention.wo.weight`);
    x = { ...x, data: x.data.map((value, n) => value + written.data[n]!) };
  }
  const logits = timesTransposed(x, toMatrix(weights.get('output.weight')!, N, d)).data;
  const predictions = Int32Array.from({ length: T }, (_, t) => highest(logits.subarray(t * N, (t + 1) * N)));
  return { predictions, attended, attention };
}

function softmax(row: Float64Array, count: number, divisor: number): void {
  const top = Math.max(...row.subarray(0, count));
  let total = 0;
  for (let s = 0; s < row.length; s++) {
    row[s] = s < count ? Math.exp((row[s]! - top) / divisor) : 0;
    total += row[s]!;
  }
  for (let s = 0; s < count; s++) row[s]! /= total;
}

function highest(row: Float64Array): number {
  return row.reduce((best, value, j) => (value > row[best]! ? j : best), 0);
}

laws.run();
