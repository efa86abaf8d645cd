/**
 * The kernels of a paper-size training step, each alone over data like that of a step: T tokens, width d, N symbols, on
 * every row or on the gathered rows of an in-context loss. Packing is timed apart from the products that use it.
 */
import { createPlanner, type Matrix, rowsOf } from '../bindings/arena.js';
import { type Build, type Instance, instantiate } from '../bindings/instance.js';
import { crossEntropy } from '../bindings/loss.js';
import { expInto } from '../bindings/math.js';
import {
  ADD,
  causalMix,
  causalMixTransposed,
  causalScores,
  multiply,
  multiplyTransposed,
  packRows,
  packTransposed,
  planPanels,
  SET,
} from '../bindings/matmul.js';
import { stepSgd } from '../bindings/optimizer.js';
import { loadSampler, planSampler, type SamplerSpec, sampleSequence } from '../bindings/sampler.js';
import { causalSoftmax, causalSoftmaxBackward, planWeights, type QueryRows } from '../bindings/softmax.js';
import { STREAMS } from '../bindings/streams.js';
import { tableScores, tableScoresBackward } from '../bindings/table.js';
import type { ProductResult } from './report.js';
import type { TimedTask } from './rounds.js';

const T = 256;
const d = 128;
/** Rows of an in-context loss at K = 5: about .29 of T. */
const GATHERED = 75;
/** Fits the nearest cache. */
const EXP_ELEMENTS = 4096;

export interface ProductTask extends TimedTask, Pick<ProductResult, 'form' | 'rows' | 'columns' | 'depth' | 'flop'> {}

export interface ElementsTask extends TimedTask {
  readonly elements: number;
}

export interface KernelTasks {
  readonly instance: Instance;
  readonly products: readonly ProductTask[];
  readonly elements: readonly ElementsTask[];
  /** One sequence of T + 1 tokens. */
  readonly sampler: TimedTask;
  readonly samplerTokens: number;
}

/** The tasks over an arena of their own. `spec`: the task's at T tokens. */
export function kernelTasks(build: Build, spec: SamplerSpec): KernelTasks {
  const N = spec.symbols;
  const first = Math.ceil(N / 16) * 16;
  const size = first + T;
  const planner = createPlanner();
  const wide = (name: string) => planner.matrix(name, T, d);
  const square = (name: string) => planner.matrix(name, d, d);
  const panels = (name: string) => planPanels(planner, name, T, T);
  const rowsAt = (name: string, count: number): QueryRows => ({ positions: planner.region(name, 'i32', count), count });
  const x = wide('x');
  const y = wide('y');
  const weight = square('weight');
  const gradient = square('gradient');
  const moment = square('moment');
  const readout = planner.matrix('readout', N, d);
  const dreadout = planner.matrix('gradient of the readout', N, d);
  const logits = planner.matrix('logits', T, N, first);
  const projected = planner.matrix('projected', T, N);
  const attention = planWeights(planner, 'attention', T, T);
  const scores = planWeights(planner, 'scores', T, T);
  const ones = planWeights(planner, 'ones', T, T);
  const signs = planWeights(planner, 'signs', T, T);
  const all = rowsAt('every row', T);
  const some = rowsAt('gathered rows', GATHERED);
  const targets = planner.region('targets', 'i32', T);
  const losses = planner.region('losses', 'f32', T);
  const tokens = planner.region('tokens', 'i32', T);
  const table = planner.matrix('table', size, d);
  const tableOf = (name: string) => ({
    matrix: planner.matrix(name, size, size, Math.ceil(size / 16) * 16),
    firstPosition: first,
    vocab: N,
    scratch: planner.region(`row of ${name}`, 'f32', N),
  });
  const scoreTable = tableOf('score table');
  const dscoreTable = tableOf('gradient of the score table');
  const exponents = planner.region('exponents', 'f32', EXP_ELEMENTS);
  const powers = planner.region('powers', 'f32', EXP_ELEMENTS);
  const packed = {
    weight: panels('weight, packed'),
    readoutT: panels('readout, packed transposed'),
    readout: panels('readout, packed'),
    x: panels('x, packed'),
    xT: panels('x, packed transposed'),
    logits: panels('logits, packed'),
    logitsT: panels('logits, packed transposed'),
    table: planPanels(planner, 'table, packed transposed', d, size),
    scratch: panels('scratch'),
  };
  const samplerPlan = planSampler(planner, spec);
  const instance = instantiate(build, planner.plan());
  loadSampler(instance, samplerPlan, spec);

  for (const [i, m] of [x, y, weight, gradient, readout, logits, projected, attention, scores, table].entries()) {
    fill(instance, m, i);
  }
  fill(instance, scoreTable.matrix, 10);
  instance.view(all.positions).set(Int32Array.from({ length: T }, (_, t) => t));
  const spacing = (T - 13) / (GATHERED - 1);
  instance.view(some.positions).set(Int32Array.from({ length: GATHERED }, (_, i) => 12 + Math.floor(i * spacing)));
  instance.view(targets).set(Int32Array.from({ length: T }, (_, t) => t % N));
  instance.view(tokens).set(Int32Array.from({ length: T }, (_, t) => (t * 7) % N));
  instance.view(exponents).set(Float32Array.from({ length: EXP_ELEMENTS }, (_, i) => -(i % 64) / 4));
  fixedPoint(instance, ones, signs);
  packRows(instance, packed.weight, weight);
  packTransposed(instance, packed.readoutT, readout);
  packRows(instance, packed.readout, readout);
  packRows(instance, packed.x, x);
  packTransposed(instance, packed.xT, x);
  packRows(instance, packed.logits, projected);
  packTransposed(instance, packed.logitsT, projected);
  packTransposed(instance, packed.table, table);

  const products = (rows: QueryRows, which: string): ProductTask[] => {
    const n = rows.count;
    const pairs = instance.view(rows.positions).reduce((sum, t) => sum + t + 1, 0);
    const dense = (name: string, form: 'nn' | 'nt' | 'tn', shape: [number, number, number], call: () => void) =>
      product(`${name}, ${which}`, form, shape, 2 * shape[0] * shape[1] * shape[2], call);
    const causal = (name: string, form: 'scores' | 'mix' | 'spread', width: number, call: () => void) =>
      product(`${name}, ${which}`, form, form === 'scores' ? [n, T, width] : [n, width, T], 2 * pairs * width, call);
    const wideProducts = [
      dense('queries = x QK', 'nn', [n, d, d], () => multiply(instance, y, x, packed.weight, n, SET)),
      dense('logits = x Uᵀ', 'nt', [n, N, d], () => multiply(instance, logits, x, packed.readoutT, n, SET)),
      dense('dx = dlogits U', 'nn', [n, d, N], () => multiply(instance, y, projected, packed.readout, n, SET)),
      dense('dQK = xᵀ dq', 'tn', [d, d, n], () => multiplyTransposed(instance, gradient, x, packed.x, n, ADD)),
      dense('dU = dlogitsᵀ x', 'tn', [N, d, n], () =>
        multiplyTransposed(instance, dreadout, projected, packed.x, n, ADD),
      ),
      causal('scores, width d', 'scores', d, () => causalScores(instance, scores, x, packed.xT, rows)),
      causal('mix, width d', 'mix', d, () => causalMix(instance, y, attention, packed.x, rows, SET)),
      causal('spread, width d', 'spread', d, () => causalMixTransposed(instance, y, attention, packed.x, rows, SET)),
    ];
    if (rows !== all) return wideProducts;
    // With the loss on every position the last layer projects to N columns before it attends.
    return [
      ...wideProducts,
      causal('scores, width N', 'scores', N, () => causalScores(instance, scores, projected, packed.logitsT, rows)),
      causal('mix, width N', 'mix', N, () => causalMix(instance, logits, attention, packed.logits, rows, SET)),
      causal('spread, width N', 'spread', N, () =>
        causalMixTransposed(instance, logits, attention, packed.logits, rows, SET),
      ),
    ];
  };
  const causalElements = (rows: QueryRows, which: string): ElementsTask[] => {
    const pairs = instance.view(rows.positions).reduce((sum, t) => sum + t + 1, 0);
    const mine = rows === all ? attention : rowsOf(attention, 0, rows.count);
    return [
      elements(`softmax, ${which}`, pairs, () => causalSoftmax(instance, mine, rows, 1)),
      elements(`softmax backward, ${which}`, pairs, () => causalSoftmaxBackward(instance, signs, ones, rows, 1)),
    ];
  };
  const still = { learningRate: 0, momentum: 0.9, weightDecay: 1e-4 };
  let sequence = 0;
  return {
    instance,
    products: [
      ...products(all, `${T} rows`),
      ...products(some, `${GATHERED} rows`),
      product('score table', 'nt', [size, size, d], 2 * size * size * d, () =>
        multiply(instance, scoreTable.matrix, table, packed.table, size, SET),
      ),
    ],
    elements: [
      elements('exp', EXP_ELEMENTS, () => expInto(instance, powers, exponents)),
      ...causalElements(all, `${T} rows`),
      ...causalElements(some, `${GATHERED} rows`),
      elements('pack rows', T * d, () => packRows(instance, packed.scratch, x)),
      elements('pack transposed', T * d, () => packTransposed(instance, packed.scratch, x)),
      elements('table scores', (T * (T + 1)) / 2, () => tableScores(instance, scores, scoreTable, tokens)),
      elements('table scatter', (T * (T + 1)) / 2, () => tableScoresBackward(instance, dscoreTable, signs, tokens)),
      elements('cross-entropy', T * N, () => crossEntropy(instance, losses, logits, targets, all.positions, T)),
      elements('sgd', d * d, () => stepSgd(instance, weight, moment, gradient, 1e-6, still)),
    ],
    sampler: {
      name: 'sampler',
      call: () =>
        void sampleSequence(instance, samplerPlan, {
          seed: 1,
          stream: STREAMS.train,
          step: 0,
          sequence: sequence++ % 65536,
          split: 'train',
        }),
    },
    samplerTokens: T + 1,
  };
}

function product(
  name: string,
  form: ProductResult['form'],
  [rows, columns, depth]: readonly [number, number, number],
  flop: number,
  call: () => void,
): ProductTask {
  return { name, form, rows, columns, depth, flop, call };
}

function elements(name: string, count: number, call: () => void): ElementsTask {
  return { name, elements: count, call };
}

/** Small numbers of both signs, none of them subnormal. */
function fill(instance: Instance, { offset, rows, stride }: Matrix, seed: number): void {
  const values = new Float32Array(instance.memory.buffer, offset, rows * stride);
  for (let i = 0; i < values.length; i++) values[i] = ((Math.imul(i + seed, 2654435761) >>> 8) % 2000) / 1000 - 0.9995;
}

/**
 * Weights and gradients that the softmax's backward pass maps to themselves, so that calling it again and again works
 * on the same numbers: all weights 1, gradients +1, -1, +1, … that cancel in every row (0 last where a row is odd).
 */
function fixedPoint(instance: Instance, ones: Matrix, signs: Matrix): void {
  const one = new Float32Array(instance.memory.buffer, ones.offset, ones.rows * ones.stride);
  const sign = new Float32Array(instance.memory.buffer, signs.offset, signs.rows * signs.stride);
  one.fill(1);
  for (let t = 0; t < signs.rows; t++) {
    const pairs = (t + 1) & ~1;
    for (let s = 0; s < pairs; s++) sign[t * signs.stride + s] = s % 2 === 0 ? 1 : -1;
  }
}
