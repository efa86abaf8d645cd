import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { idealMemories, idealPreviousKey } from '../../../../src/analysis/memory/ideal.js';
import { memoryProbes, type ProbeInput } from '../../../../src/analysis/memory/probes.js';
import type { ModelConfig } from '../../../../src/model/config.js';
import { uniforms } from '../../uniforms.js';
import { lookup, modelOf, permutation, randomLaws, randomWeights } from './samples.js';

const laws = suite('memory probes');

const near = (given: number | null, wanted: number | null, what: string) => {
  if (given === null || wanted === null) assert.is(given, wanted, what);
  else
    assert.ok(Math.abs(given - wanted) < 1e-9 * Math.max(1, Math.abs(wanted)), `${what}: ${given}, ${wanted} wanted`);
};

/** The probes as their definitions read, one vector at a time. */
function definitions({ model, parameter, triggers, laws }: ProbeInput) {
  const { unigramLaw, bigramLaw } = laws!;
  const {
    vocabSize: N,
    dim: d,
    maxLength: T,
    layers,
    projections: { query, value, output },
  } = model;
  const absent = { recall: -1, margin: -1 } as { recall: number | null; margin: number | null };
  const rowOf = (name: string, i: number) => [...parameter(name).slice(i * d, (i + 1) * d)];
  const apply = (name: string, x: number[], has = true) => {
    if (!has) return x;
    const w = parameter(name);
    return Array.from({ length: w.length / x.length }, (_, r) =>
      x.reduce((sum, v, c) => sum + w[r * x.length + c]! * v, 0),
    );
  };
  const map = (layer: number, letter: string, x: number[], has = true) =>
    apply(`layers.${layer}.attention.w${letter}.weight`, x, has);
  const dot = (x: number[], y: number[]) => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
  const mean = (values: number[]) => (values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length);
  const ask = (
    pairs: [number, number][],
    candidates: (i: number) => number[],
    score: (i: number, j: number) => number,
  ) => {
    const hits: number[] = [];
    const margins: number[] = [];
    for (const [i, right] of pairs) {
      const scored = candidates(i).map((j) => ({ j, score: score(i, j) }));
      const highest = Math.max(...scored.map((s) => s.score));
      hits.push(scored.find((s) => s.score === highest)!.j === right ? 1 : 0);
      const wrong = scored.filter((s) => s.j !== right).map((s) => s.score);
      if (wrong.length > 0) margins.push(scored.find((s) => s.j === right)!.score - Math.max(...wrong));
    }
    return { recall: mean(hits), margin: mean(margins), hits };
  };
  const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, n) => from + n);
  const same = (ids: number[]) => ids.map((k) => [k, k] as [number, number]);
  const E = (k: number) => rowOf('tok_embeddings.weight', k);
  const U = (k: number) => rowOf(model.tieOutput ? 'tok_embeddings.weight' : 'output.weight', k);
  const relay = (layer: number, x: number[]) => map(layer, 'o', map(layer, 'v', x, value), output);
  const table = <Row>(row: (i: number) => Row, n: number) => range(0, n).map(row);

  const result: Record<string, number | null> = {};
  const two = layers > 1;
  const tokens = range(0, N);
  const spoken = two ? table(U, N) : [];
  const wo = (layer: number) => {
    const written = table((k) => relay(layer, E(k)), N);
    return ask(
      same(tokens),
      () => tokens,
      (k, j) => dot(spoken[j]!, written[k]!),
    );
  };
  const wk = (a: number, b: number, among: number[]) => {
    const asking = table((k) => map(b, 'q', E(k), query), N);
    const keys = table((j) => map(b, 'k', relay(a, E(j))), N);
    return ask(
      same(among),
      () => among,
      (k, j) => dot(asking[k]!, keys[j]!),
    );
  };
  const wk1Tokens = triggers === null ? tokens : Array.from(triggers).sort((a, b) => a - b);
  const wo1 = two ? wo(1) : absent;
  const wk1 = two ? wk(0, 1, wk1Tokens) : absent;
  const frequent = two ? wk(0, 1, tokens) : null;
  const wk0Has = two && model.positional !== 'rotary';
  const pe = model.positional === 'learned' ? 'pos_embeddings.weight' : 'pe';
  const queries = wk0Has ? table((t) => map(0, 'q', rowOf(pe, t), query), T) : [];
  const places = wk0Has ? table((s) => map(0, 'k', rowOf(pe, s)), T) : [];
  const wk0 = (from: number, to: number, candidates: (t: number) => number[]) =>
    wk0Has
      ? ask(
          range(from, to).map((t) => [t, t - 1] as [number, number]),
          candidates,
          (t, s) => dot(queries[t]!, places[s]!),
        )
      : absent;
  const whole = wk0(1, T, () => range(0, T - 1));
  const quarter = Math.floor(T / 4);
  result.wo1_acc = wo1.recall;
  result.wk1_acc = wk1.recall;
  result.wk0_acc = whole.recall;
  result.wk0_64_acc = wk0(1, Math.min(63, T - 1) + 1, () => range(0, Math.min(62, T - 2) + 1)).recall;
  result.wk0_early_acc = wk0(1, quarter, () => range(0, quarter - 1)).recall;
  const asked = tokens.filter((k) => !Array.from(triggers ?? []).includes(k));
  const ff = (layer: number) => mean(asked.map((k) => kl(layer, k)));
  result.ff1_loss = two && model.ffn[1] !== 'none' ? ff(1) : -1;
  result.wk1_freq_acc = frequent === null ? -1 : frequent.hits.reduce((sum, hit, k) => sum + hit * unigramLaw[k]!, 0);
  result.wk0_causal_acc = wk0(1, T, (t) => range(0, t)).recall;
  for (let b = 0; 64 * b < T; b++) {
    result[`wk0_band_${b}`] = wk0(Math.max(1, 64 * b), Math.min(T, 64 * b + 64), () => range(0, T - 1)).recall;
  }
  result.margin_wo1 = wo1.margin;
  result.margin_wk1 = wk1.margin;
  result.margin_wk0 = whole.margin;
  for (let b = 2; b < layers; b++) result[`wo1_acc_l${b}`] = wo(b).recall;
  for (let a = 0; a < layers; a++) {
    for (let b = Math.max(a + 1, 2); b < layers; b++) result[`wk1_acc_l${a}_l${b}`] = wk(a, b, wk1Tokens).recall;
  }
  for (let l = 0; two && l < layers; l++) {
    if (l !== 1 && model.ffn[l] !== 'none') result[`ff1_loss_l${l}`] = ff(l);
  }
  return result;

  function kl(layer: number, k: number): number {
    const name = `layers.${layer}.ff`;
    const out =
      model.ffn[layer] === 'linear'
        ? apply(`${name}.weight`, E(k))
        : apply(
            `${name}.w2.weight`,
            apply(`${name}.w1.weight`, E(k)).map((x) => Math.max(x, 0)),
          );
    const powers = tokens.map((j) => Math.exp(dot(U(j), out)));
    const total = powers.reduce((a, b) => a + b, 0);
    return tokens.reduce((sum, j) => {
      const p = bigramLaw[k * N + j]!;
      return p === 0 ? sum : sum + p * Math.log(p / (powers[j]! / total));
    }, 0);
  }
}

function inputOf(model: ModelConfig, seed: number, fixed: number | null, install: boolean): ProbeInput {
  const random = uniforms(seed);
  const weights = randomWeights(model, random);
  const tables = randomLaws(random, model.vocabSize, true);
  if (install)
    for (const [name, values] of idealMemories(model, lookup(weights), tables, Math.log)) weights.set(name, values);
  const triggers = fixed === null ? null : permutation(random, model.vocabSize).slice(0, fixed);
  return { model, parameter: lookup(weights), triggers, laws: tables, log: Math.log, exp: Math.exp };
}

const models = fc.record({
  vocabSize: fc.integer({ min: 2, max: 9 }),
  dim: fc.constantFrom(4, 6, 12),
  maxLength: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(63, 64, 65, 130)),
  layers: fc.constantFrom(1, 2, 2, 3, 4),
  heads: fc.constantFrom(1, 2),
  projections: fc.record({ query: fc.boolean(), value: fc.boolean(), output: fc.boolean() }),
  positional: fc.constantFrom('random' as const, 'learned' as const, 'sinusoidal' as const, 'rotary' as const),
  kind: fc.constantFrom('none' as const, 'linear' as const, 'mlp' as const),
  tieOutput: fc.boolean(),
});

laws('every probe is what its definition says, for every kind of model', () => {
  let partial = 0;
  fc.assert(
    fc.property(
      models,
      fc.option(fc.integer({ min: 0, max: 3 })),
      fc.nat(),
      fc.boolean(),
      fc.constantFrom(-1, 0, 1),
      (options, fixed, seed, ideal, first) => {
        const { kind, ...rest } = options;
        const model = modelOf({
          ...rest,
          ffn: Array.from({ length: rest.layers }, (_, l) => (l === first ? 'none' : kind)),
        });
        const triggers = fixed === null ? null : Math.min(fixed, model.vocabSize);
        const canHold = ideal && model.layers > 1 && model.positional !== 'rotary' && model.projections.output;
        const input = inputOf(model, seed, triggers, canHold && kind !== 'linear');
        const probes = memoryProbes(input);
        const wanted = definitions(input);
        assert.equal(Object.keys(probes), Object.keys(wanted));
        for (const [key, value] of Object.entries(probes)) near(value, wanted[key]!, key);
        if (probes.wk0_acc !== null && probes.wk0_acc > 0 && probes.wk0_acc < 1) partial++;
      },
    ),
    { numRuns: 150 },
  );
  assert.ok(partial > 10, 'recalls between 0 and 1 were among them');
});

laws('one layer has no probe at all, rotary no memory of positions', () => {
  const one = memoryProbes(inputOf(modelOf({ layers: 1, dim: 8, maxLength: 65, ffn: ['linear'] }), 1, null, false));
  for (const [key, value] of Object.entries(one)) assert.is(value, -1, key);
  assert.ok('wk0_band_1' in one);
  const rotary = memoryProbes(inputOf(modelOf({ positional: 'rotary', dim: 8, maxLength: 65 }), 1, null, false));
  for (const [key, value] of Object.entries(rotary)) {
    if (key.includes('wk0') || key === 'ff1_loss') assert.is(value, -1, key);
    else if (!key.startsWith('margin')) assert.ok(value! >= 0, key);
  }
});

laws('fixed triggers compete among themselves, ties going to the lowest token', () => {
  const model = modelOf({
    vocabSize: 4,
    dim: 2,
    maxLength: 4,
    projections: { query: false, value: false, output: false },
  });
  const weights = new Map([
    ['tok_embeddings.weight', Float32Array.of(1, 0, 1, 1, 0, 1, 3, 3)],
    ['output.weight', new Float32Array(8)],
    ['pe', new Float32Array(8)],
    ['layers.0.attention.wk.weight', new Float32Array(4)],
    ['layers.1.attention.wk.weight', Float32Array.of(1, 0, 0, 1)],
  ]);
  const tables = randomLaws(uniforms(1), 4);
  const input = { model, parameter: lookup(weights), laws: tables, log: Math.log, exp: Math.exp };
  // Among all four, token 3 is the loudest answer to everything. Tokens 0 and 1 answer 0 alike, 1 and 2 answer 2 alike.
  assert.is(memoryProbes({ ...input, triggers: null }).wk1_acc, 1 / 4);
  assert.is(memoryProbes({ ...input, triggers: [2, 1, 0] }).wk1_acc, 2 / 3);
  assert.is(memoryProbes({ ...input, triggers: [1, 0] }).wk1_acc, 1);
  assert.is(memoryProbes({ ...input, triggers: [2, 1] }).wk1_acc, 1 / 2);
  assert.is(memoryProbes({ ...input, triggers: [1] }).margin_wk1, null);
  assert.is(memoryProbes({ ...input, triggers: [] }).wk1_acc, null);
  // With nothing stored every score is 0: the first token and the first position win, and every margin is 0.
  const { wo1_acc, margin_wo1, wk0_acc, margin_wk0 } = memoryProbes({ ...input, triggers: null });
  assert.equal([wo1_acc, margin_wo1, wk0_acc, margin_wk0], [1 / 4, 0, 1 / 3, 0]);
});

laws('ideal memories are recalled whole at d = 256, and a wrong one by chance', () => {
  const model = modelOf({ dim: 256, maxLength: 128 });
  const input = inputOf(model, 3, null, true);
  const probes = memoryProbes(input);
  for (const key of ['wo1_acc', 'wk1_acc', 'wk1_freq_acc', 'wk0_acc', 'wk0_64_acc', 'wk0_early_acc'] as const) {
    assert.is(probes[key], 1, key);
  }
  for (const key of ['margin_wo1', 'margin_wk1', 'margin_wk0'] as const) assert.ok(probes[key]! > 0, key);
  const shuffled = permuteRows(input.parameter('output.weight'), permutation(uniforms(4), 65), 256);
  const parameter = (name: string) => (name === 'output.weight' ? shuffled : input.parameter(name));
  assert.ok(memoryProbes({ ...input, parameter }).wo1_acc! < 0.08);
});

laws('the shift memory over 256 positions recalls .15, .66, .999 at d = 32, 64, 128', () => {
  for (const [dim, expected] of [
    [32, 0.15],
    [64, 0.66],
    [128, 0.999],
  ] as const) {
    const seeds = 3;
    let sum = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const model = modelOf({ dim });
      const weights = randomWeights(model, uniforms(seed + 50));
      weights.set('layers.0.attention.wk.weight', idealPreviousKey(model, lookup(weights)));
      const tables = randomLaws(uniforms(seed), 65);
      const input = { model, parameter: lookup(weights), triggers: null, laws: tables, log: Math.log, exp: Math.exp };
      sum += memoryProbes(input).wk0_acc!;
    }
    assert.ok(Math.abs(sum / seeds - expected) < 0.05, `d = ${dim}: ${sum / seeds}, ${expected} expected`);
  }
});

function permuteRows(rows: Float32Array, order: readonly number[], d: number): Float32Array {
  const out = new Float32Array(rows.length);
  for (const [i, from] of order.entries()) out.set(rows.subarray(from * d, (from + 1) * d), i * d);
  return out;
}

laws.run();
