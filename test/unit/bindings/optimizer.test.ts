import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AdamWSettings,
  allFinite,
  type BetaPowers,
  FIRST_POWERS,
  type SgdSettings,
  stepAdamW,
  stepSgd,
  sumSquares,
} from '../../../bindings/optimizer.js';
import { instance, near, openRoom, randomValues } from './harness.js';

const optimizer = suite('optimizer steps, sums and checks');

const SGD: SgdSettings = { learningRate: 0.2, momentum: 0.9, weightDecay: 1e-2 };
const ADAMW: AdamWSettings = { learningRate: 0.003, betas: [0.9, 0.95], eps: 1e-8, weightDecay: 0.1 };
const SCALE = 1 / 37;
const STEPS = 4;
const f = Math.fround;

/** Weights, two moments of zeros and a gradient, n elements each. */
function parameter(n: number) {
  const { vector, writes } = openRoom();
  const at = {
    w: vector('w', randomValues(n, 1)),
    m: vector('m', new Float32Array(n)),
    v: vector('v', new Float32Array(n)),
    g: vector('g', new Float32Array(n)),
  };
  return { at, writes, setGradient: (step: number) => instance.view(at.g).set(randomValues(n, 10 + step)) };
}

optimizer('SGD equals the plain float32 loop to the bit at every size', () => {
  const { learningRate, momentum, weightDecay } = SGD;
  for (let n = 1; n <= 33; n++) {
    const { at, writes, setGradient } = parameter(n);
    const w = randomValues(n, 1);
    const m = new Float32Array(n);
    for (let step = 0; step < STEPS; step++) {
      setGradient(step);
      const g = instance.view(at.g);
      for (let i = 0; i < n; i++) {
        const gradient = f(f(f(SCALE) * g[i]!) + f(f(weightDecay) * w[i]!));
        m[i] = step === 0 ? gradient : f(f(momentum) * m[i]!) + gradient;
        w[i] = w[i]! - f(f(learningRate) * m[i]!);
      }
      writes([at.w, at.m], () => stepSgd(instance, at.w, at.m, at.g, SCALE, SGD));
      assert.equal(instance.view(at.m), m);
      assert.equal(instance.view(at.w), w);
    }
  }
});

optimizer('AdamW follows its definition in float64 at every size, moments and bias correction from zero', () => {
  const { learningRate, betas, eps, weightDecay } = ADAMW;
  for (let n = 1; n <= 33; n++) {
    const { at, writes, setGradient } = parameter(n);
    const w = Float64Array.from(randomValues(n, 1));
    const m = new Float64Array(n);
    const v = new Float64Array(n);
    let powers: BetaPowers = FIRST_POWERS;
    for (let t = 1; t <= STEPS; t++) {
      setGradient(t);
      const g = instance.view(at.g);
      for (let i = 0; i < n; i++) {
        const gradient = SCALE * g[i]!;
        m[i] = betas[0] * m[i]! + (1 - betas[0]) * gradient;
        v[i] = betas[1] * v[i]! + (1 - betas[1]) * gradient ** 2;
        w[i]! -= learningRate * weightDecay * w[i]!;
        w[i]! -= (learningRate * (m[i]! / (1 - betas[0] ** t))) / (Math.sqrt(v[i]! / (1 - betas[1] ** t)) + eps);
      }
      writes([at.w, at.m, at.v], () => {
        powers = stepAdamW(instance, at.w, at.m, at.v, at.g, SCALE, ADAMW, powers);
      });
      near('m', instance.view(at.m), m, 5e-7);
      near('v', instance.view(at.v), v, 5e-7);
      near('w', instance.view(at.w), w, 5e-7);
    }
    near('powers', powers, [betas[0] ** STEPS, betas[1] ** STEPS], 1e-15);
  }
});

optimizer('an element steps the same whether a vector or the tail holds it', () => {
  for (let n = 1; n <= 33; n++) {
    const { w, m, v, g } = parameter(n).at;
    instance.view(w).fill(0.3);
    instance.view(g).fill(-0.7);
    let powers: BetaPowers = FIRST_POWERS;
    for (let t = 0; t < 3; t++) powers = stepAdamW(instance, w, m, v, g, SCALE, ADAMW, powers);
    for (const region of [w, m, v]) assert.is(new Set(instance.view(region)).size, 1);
  }
});

optimizer('regions of different lengths are refused', () => {
  const { vector } = openRoom();
  const [short, long] = [vector('short', [1, 2, 3]), vector('long', [1, 2, 3, 4])];
  assert.throws(() => stepSgd(instance, long, short, long, 1, SGD), /short/);
  assert.throws(() => stepAdamW(instance, long, long, long, short, 1, ADAMW, FIRST_POWERS), /short/);
});

optimizer('the sum of squares and the check for finite numbers hold at every size', () => {
  for (let n = 0; n <= 33; n++) {
    const { vector, writes } = openRoom();
    const values = randomValues(n, 3).map((value) => value * 1e15);
    const x = vector('x', values);
    const squares = values.reduce((sum, value) => sum + value * value, 0);
    writes([], () => near('squares', [sumSquares(instance, x)], [squares], 1e-14));
    const view = instance.view(x);
    if (n > 1) view.set([3.4028234663852886e38, -1e-45]);
    assert.is(allFinite(instance, x), true);
    for (let i = 0; i < n; i++) {
      const kept = view[i]!;
      for (const bad of [NaN, Infinity, -Infinity]) {
        view[i] = bad;
        assert.is(allFinite(instance, x), false, `${bad} at ${i} of ${n}`);
      }
      view[i] = kept;
    }
  }
});

optimizer('sums of squares of numbers whose squares leave float32 are right', () => {
  const x = openRoom().vector('x', [1e30, 1e30, 1e30, 1e30, 1e-30]);
  near('squares', [sumSquares(instance, x)], [4 * Math.fround(1e30) ** 2], 1e-14);
});

optimizer.run();
