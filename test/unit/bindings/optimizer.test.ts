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
import { addInto } from '../../../bindings/rows.js';
import { guarded, near, randomValues } from './guarded.js';

const optimizer = suite('optimizer steps, sums and checks');

const SGD: SgdSettings = { learningRate: 0.2, momentum: 0.9, weightDecay: 1e-2 };
const ADAMW: AdamWSettings = { learningRate: 0.003, betas: [0.9, 0.95], eps: 1e-8, weightDecay: 0.1 };
const SCALE = 1 / 37;
const STEPS = 4;
const f = Math.fround;

/** Weights, two moments of zeros and a gradient, n elements each. */
function parameter(n: number) {
  const all = guarded((planner) => ({
    w: planner.region('w', 'f32', n),
    m: planner.region('m', 'f32', n),
    v: planner.region('v', 'f32', n),
    g: planner.region('g', 'f32', n),
  }));
  const { w, m, v, g } = all.at;
  all.instance.view(w).set(randomValues(n, 1));
  all.instance.view(m).fill(0);
  all.instance.view(v).fill(0);
  return { ...all, setGradient: (step: number) => all.instance.view(g).set(randomValues(n, 10 + step)) };
}

optimizer('SGD equals the plain float32 loop to the bit at every size', () => {
  const { learningRate, momentum, weightDecay } = SGD;
  for (let n = 1; n <= 33; n++) {
    const { instance, at, writes, setGradient } = parameter(n);
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
    const { instance, at, writes, setGradient } = parameter(n);
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
    const { instance, at } = parameter(n);
    const { w, m, v, g } = at;
    instance.view(w).fill(0.3);
    instance.view(g).fill(-0.7);
    let powers: BetaPowers = FIRST_POWERS;
    for (let t = 0; t < 3; t++) powers = stepAdamW(instance, w, m, v, g, SCALE, ADAMW, powers);
    for (const region of [w, m, v]) assert.is(new Set(instance.view(region)).size, 1);
  }
});

optimizer('regions of different lengths are refused', () => {
  const { instance, at } = guarded((planner) => ({
    short: planner.region('short', 'f32', 3),
    long: planner.region('long', 'f32', 4),
  }));
  const { short, long } = at;
  assert.throws(() => stepSgd(instance, long, short, long, 1, SGD), /short/);
  assert.throws(() => stepAdamW(instance, long, long, long, short, 1, ADAMW, FIRST_POWERS), /short/);
  assert.throws(() => addInto(instance, long, short), /short/);
});

optimizer('sum of squares, addition and the check for finite numbers hold at every size', () => {
  for (let n = 0; n <= 33; n++) {
    const { instance, at, writes } = guarded((planner) => ({
      out: planner.region('out', 'f32', n),
      x: planner.region('x', 'f32', n),
    }));
    const out = randomValues(n, 2);
    const x = randomValues(n, 3).map((value) => value * 1e15);
    instance.view(at.out).set(out);
    instance.view(at.x).set(x);
    let squares = 0;
    for (const value of x) squares += value * value;
    writes([], () => near('squares', [sumSquares(instance, at.x)], [squares], 1e-14));
    writes([at.out], () => addInto(instance, at.out, at.x));
    assert.equal(
      instance.view(at.out),
      out.map((value, i) => value + x[i]!),
    );
    const view = instance.view(at.x);
    if (n > 1) view.set([3.4028234663852886e38, -1e-45]);
    assert.is(allFinite(instance, at.x), true);
    for (let i = 0; i < n; i++) {
      const kept = view[i]!;
      for (const bad of [NaN, Infinity, -Infinity]) {
        view[i] = bad;
        assert.is(allFinite(instance, at.x), false, `${bad} at ${i} of ${n}`);
      }
      view[i] = kept;
    }
  }
});

optimizer('sums of squares of numbers whose squares leave float32 are right', () => {
  const { instance, at } = guarded((planner) => planner.region('x', 'f32', 5));
  instance.view(at).set([1e30, 1e30, 1e30, 1e30, 1e-30]);
  near('squares', [sumSquares(instance, at)], [4 * Math.fround(1e30) ** 2], 1e-14);
});

optimizer.run();
