import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMath, expInto } from '../../../bindings/math.js';
import { uniforms } from '../uniforms.js';
import { type Exact, exactCos, exactExp, exactLog, exactSin, ulps } from './exact.js';
import { instance, openRoom } from './harness.js';

const math = suite('exp, log, sin, cos');
const { exp, log, sin, cos } = createMath(instance);

/** Prints the worst error over the arguments, and throws where it is above `bound`. */
function worst(name: string, f: (x: number) => number, exact: (x: number) => Exact, xs: number[], bound: number): void {
  let [error, where] = [0, 0];
  for (const x of xs) {
    const off = ulps(f(x), exact(x));
    if (!(off <= error)) [error, where] = [off, x];
  }
  console.log(`${name}: worst error ${error.toFixed(3)} ulp at ${where}, over ${xs.length} arguments`);
  assert.ok(error <= bound, `${name}(${where}) is ${error} ulp off, ${bound} allowed`);
}

/** `count` values of `draw`, which is given numbers in [0, 1). */
function drawn(count: number, seed: number, draw: (uniform: () => number) => number): number[] {
  const uniform = uniforms(seed);
  return Array.from({ length: count }, () => draw(uniform));
}

/** Values known to more digits than a float64 holds. */
math('the BigInt reference meets known values to half a place', () => {
  assert.ok(ulps(Math.E, exactExp(1)) <= 0.5);
  assert.ok(ulps(Math.LN10, exactLog(10)) <= 0.5);
  assert.ok(ulps(-Math.LN2, exactLog(0.5)) <= 0.5);
  assert.ok(ulps(0.479425538604203, exactSin(0.5)) <= 0.51); // sin ½ = .47942553860420300027…
  assert.ok(ulps(0.8775825618903728, exactCos(0.5)) <= 0.51); // cos ½ = .87758256189037271611…
  assert.ok(ulps(1.2246467991473532e-16, exactSin(Math.PI)) <= 0.5);
  assert.ok(ulps(-0.8414709848078965, exactSin(-1)) <= 0.51); // sin 1 = .84147098480789650665…
});

math('exp is within three quarters of a place over its whole range, subnormal results too', () => {
  const xs = [
    ...drawn(3000, 1, (u) => -745 + 1454.7 * u()),
    ...drawn(1000, 2, (u) => (u() - 0.5) * 2 ** -Math.floor(60 * u())),
    ...drawn(500, 3, (u) => (Math.floor(400 * u()) - 200 + 0.5) * Math.LN2 + (u() - 0.5) * 1e-9),
    ...drawn(300, 4, (u) => -708 - 37 * u()),
    709.782712893384,
    -745.1332191019411,
  ];
  worst('exp', exp, exactExp, xs, 0.75);
});

math('log is within four fifths of a place for every exponent and near 1', () => {
  const xs = [
    ...drawn(2000, 5, (u) => (1 + u()) * 2 ** Math.floor(2045 * u() - 1022)),
    ...drawn(1500, 6, (u) => 1 + (u() - 0.5) * 2 ** -Math.floor(52 * u())),
    ...drawn(1000, 7, (u) => 0.5 + 1.5 * u()),
    ...drawn(200, 8, (u) => u() * 2 ** -1023),
    Number.MAX_VALUE,
    Number.MIN_VALUE,
    2 ** -1022,
    1 + 2 ** -52,
    1 - 2 ** -53,
  ].filter((x) => x !== 1); // log 1 = 0 has no places
  worst('log', log, exactLog, xs, 0.8);
});

math('sin and cos are within four fifths of a place up to their limit, next to multiples of π/2 too', () => {
  const xs = [
    ...drawn(2000, 9, (u) => (u() - 0.5) * 2 ** (18 * u())),
    ...drawn(1500, 10, (u) => (u() - 0.5) * 262144),
    ...drawn(1500, 11, (u) => Math.floor(83443 * u() + 1) * (Math.PI / 2)),
    ...drawn(500, 12, (u) => (2 * Math.floor(41000 * u()) + 1) * (Math.PI / 4) + (u() - 0.5) * 1e-9),
    ...drawn(300, 13, (u) => (1 + u()) * 2 ** -Math.floor(100 * u() + 1)),
    131072,
    -131072,
  ];
  worst('sin', sin, exactSin, xs, 0.8);
  worst('cos', cos, exactCos, xs, 0.8);
});

math('special values', () => {
  const tiny = Number.MIN_VALUE;
  assert.equal([exp(0), exp(-0), exp(tiny), exp(-tiny)], [1, 1, 1, 1]);
  assert.equal([exp(Infinity), exp(-Infinity), exp(1e300), exp(-1e300), exp(NaN)], [Infinity, 0, Infinity, 0, NaN]);
  assert.equal([exp(709.79), exp(-745.14)], [Infinity, 0]);
  assert.equal([log(0), log(-0), log(1), log(Infinity)], [-Infinity, -Infinity, 0, Infinity]);
  assert.equal([log(-1), log(-tiny), log(-Infinity), log(NaN)], [NaN, NaN, NaN, NaN]);
  assert.ok(Object.is(sin(0), 0) && Object.is(sin(-0), -0) && Object.is(log(1), 0));
  assert.equal([sin(tiny), sin(-tiny), sin(2 ** -1000)], [tiny, -tiny, 2 ** -1000]);
  assert.equal([cos(0), cos(-0), cos(tiny)], [1, 1, 1]);
  for (const x of [Infinity, -Infinity, NaN, 131073, -131073, 1e22, Number.MAX_VALUE]) {
    assert.equal([sin(x), cos(x)], [NaN, NaN]);
  }
});

/** e^x of `xs` in float32, as the bulk kernel gives them. */
function exp32(xs: ArrayLike<number>): Float32Array {
  const { planner, vector } = openRoom();
  const input = vector('input', xs);
  const out = planner.region('out', 'f32', xs.length);
  expInto(instance, out, input);
  return instance.view(out).slice();
}

math('float32 exp is within 2.5 places from -87.3 to 88', () => {
  const xs = Float32Array.from([
    ...drawn(200_000, 14, (u) => -87.3 + 175.3 * u()),
    ...drawn(100_000, 15, (u) => (u() - 0.5) * 2 ** -Math.floor(20 * u())),
    ...drawn(20_000, 16, (u) => (Math.floor(252 * u()) - 125.5) * Math.LN2 + (u() - 0.5) * 1e-4),
  ]).filter((x) => x >= -87.3 && x <= 88);
  const ys = exp32(xs);
  let [error, where] = [0, 0];
  xs.forEach((x, i) => {
    const wanted = exp(x);
    const off = Math.abs(ys[i]! - wanted) / 2 ** (Math.floor(Math.log2(wanted)) - 23);
    if (!(off <= error)) [error, where] = [off, x];
  });
  console.log(`exp32: worst error ${error.toFixed(3)} ulp at ${where}, over ${xs.length} arguments`);
  assert.ok(error <= 2.5, `exp32(${where}) is ${error} ulp off`);
});

math('float32 exp: exactly 1 at 0, exactly 0 below -87.3, NaN stays', () => {
  const zeros = [-87.30001, -88, -104, -1000, -1e30, -3.4e38, -Infinity];
  assert.equal([...exp32([0, -0, 1e-45, -1e-45])], [1, 1, 1, 1]);
  for (const y of exp32(zeros)) assert.ok(Object.is(y, 0), String(y));
  assert.ok(exp32([Math.fround(-87.3)])[0]! > 0);
  assert.equal([...exp32([NaN, 1])][0], NaN);
});

math('float32 exp writes n elements for every n, in place too, each the same whatever n is', () => {
  const values = Float32Array.from({ length: 64 }, (_, i) => 3 - i * 1.37);
  const all = exp32(values);
  for (let n = 0; n <= 37; n++) {
    const { planner, vector, writes } = openRoom();
    const input = vector('input', values.subarray(0, n));
    const out = planner.region('out', 'f32', n);
    writes([out], () => expInto(instance, out, input));
    assert.equal(instance.view(out), all.slice(0, n));
    writes([input], () => expInto(instance, input, input));
    assert.equal(instance.view(input), all.slice(0, n));
  }
});

math.run();
