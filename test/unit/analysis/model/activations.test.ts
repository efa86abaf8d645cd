/** Activations against the float64 twin, and piece against piece. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Activation, observeActivations, openActivations } from '../../../../src/analysis/model/activations.js';
import { ConfigError } from '../../../../src/errors.js';
import type { ModelConfig } from '../../../../src/model/config.js';
import type { HeadAddress } from '../../../../src/model/plan.js';
import { randomCase } from '../../twin/cases.js';
import { twinForward } from '../../twin/model.js';
import type { Case } from '../../twin/tensor.js';

const laws = suite('activations');
const T = 13;

const models: [string, Partial<ModelConfig>][] = [
  ['simplified', {}],
  ['no output map', { heads: 2, projections: { query: true, value: true, output: false } }],
  ['no value map, rotary', { positional: 'rotary', projections: { query: false, value: false, output: true } }],
  ['full, pre-norm', { layers: 3, heads: 4, norm: 'pre', ffn: ['mlp', 'none', 'linear'], ffnPlacement: 'parallel' }],
  ['post-norm, tied', { heads: 2, norm: 'post', ffn: ['mlp', 'none'], tieOutput: true, positional: 'learned' }],
];

function caseOf(model: Partial<ModelConfig>) {
  const data = randomCase({ model }, 5, 1, T);
  const weights = new Map(Object.entries(data.parameters).map(([name, p]) => [name, Float32Array.from(p.values)]));
  return { data, model: data.model, weights, tokens: data.tokens[0]! };
}

const near = (given: ArrayLike<number>, wanted: ArrayLike<number>, what: string) => {
  assert.is(given.length, wanted.length, what);
  const scale = Math.max(1, ...Array.from(wanted, Math.abs));
  for (let i = 0; i < wanted.length; i++) {
    assert.ok(Math.abs(given[i]! - wanted[i]!) <= 3e-6 * scale, `${what} at ${i}: ${given[i]}, ${wanted[i]} wanted`);
  }
};

/** One row of x times a map [out, in]: only its columns from … from + x.length - 1 where it has more. */
function apply(map: Float32Array, width: number, x: number[], from = 0): number[] {
  return Array.from({ length: map.length / width }, (_, r) =>
    x.reduce((sum, value, c) => sum + map[r * width + from + c]! * value, 0),
  );
}

function layerNorm(x: number[], weight: Float32Array, bias: Float32Array): number[] {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * weight[i]! + bias[i]!);
}

for (const [name, options] of models) {
  laws(`every piece is what its name says: ${name}`, () => {
    const { data, model, weights, tokens } = caseOf(options);
    const { dim: d, heads: H, vocabSize: N, norm, projections } = model;
    const e = d / H;
    const found = observeActivations(model, weights, tokens, ['*']);
    const of = (key: string): Activation => found.get(key)!;
    const row = ({ values, shape }: Activation, t: number) => [...values.subarray(t * shape[1]!, (t + 1) * shape[1]!)];
    const twin = twinForward(model, values(data), data.tokens);
    assert.equal(of('logits').shape, [T, N]);
    near(of('logits').values, twin.logits.values, 'logits');

    const E = weights.get('tok_embeddings.weight')!;
    const P = weights.get('pe') ?? weights.get('pos_embeddings.weight') ?? new Float32Array(T * d);
    const embedded = tokens.flatMap((z, t) => Array.from({ length: d }, (_, i) => E[z * d + i]! + P[t * d + i]!));
    near(of('embedded').values, embedded, 'embedded');

    for (let l = 0; l < model.layers; l++) {
      const at = `layers.${l}`;
      const input = of(`${at}.input`);
      for (const part of ['input', 'attended', 'output']) assert.equal(of(`${at}.${part}`).shape, [T, d]);
      assert.equal(input.values, of(l === 0 ? 'embedded' : `layers.${l - 1}.output`).values);
      assert.equal(of(`${at}.attention`).shape, [H, T, T]);
      near(of(`${at}.attention`).values, twin.attention[l]!.values, `${at}.attention`);
      for (let i = 0; i < H * T * T; i++) {
        if (i % T > Math.floor(i / T) % T) assert.is(of(`${at}.attention`).values[i], 0);
      }

      // Head h of token t: its columns of W_O times what it mixes of its own values.
      const normOf = (which: string) => [weights.get(`${which}.weight`)!, weights.get(`${which}.bias`)!] as const;
      const read = Array.from({ length: T }, (_, t) =>
        norm === 'pre' ? layerNorm(row(input, t), ...normOf(`${at}.attention_norm`)) : row(input, t),
      );
      const values_ = read.map((x) => (projections.value ? apply(weights.get(`${at}.attention.wv.weight`)!, d, x) : x));
      const A = of(`${at}.attention`).values;
      const wanted: number[] = [];
      const total = Array.from(input.values);
      for (let h = 0; h < H; h++) {
        for (let t = 0; t < T; t++) {
          const mixed = Array.from({ length: e }, (_, i) =>
            values_.reduce((sum, v, s) => sum + A[(h * T + t) * T + s]! * v[h * e + i]!, 0),
          );
          const written = projections.output
            ? apply(weights.get(`${at}.attention.wo.weight`)!, d, mixed, h * e)
            : Array.from({ length: d }, (_, i) => mixed[i - h * e] ?? 0);
          wanted.push(...written);
          for (const [i, value] of written.entries()) total[t * d + i]! += value;
        }
      }
      assert.equal(of(`${at}.heads`).shape, [H, T, d]);
      near(of(`${at}.heads`).values, wanted, `${at}.heads`);
      const attended = Array.from({ length: T }, (_, t) => {
        const sum = total.slice(t * d, (t + 1) * d);
        return norm === 'post' ? layerNorm(sum, ...normOf(`${at}.attention_norm`)) : sum;
      });
      near(of(`${at}.attended`).values, attended.flat(), `${at}.attended`);
      if (model.ffn[l] === 'none') assert.equal(of(`${at}.output`).values, of(`${at}.attended`).values);
      else assert.not.equal(of(`${at}.output`).values, of(`${at}.attended`).values);
    }

    const last = of(`layers.${model.layers - 1}.output`);
    const U = weights.get(model.tieOutput ? 'tok_embeddings.weight' : 'output.weight')!;
    assert.is(found.has('norm'), norm === 'pre');
    const read = Array.from({ length: T }, (_, t) => {
      if (norm !== 'pre') return row(last, t);
      const normed = layerNorm(row(last, t), weights.get('norm.weight')!, weights.get('norm.bias')!);
      near(row(of('norm'), t), normed, 'norm');
      return normed;
    });
    const logits = read.flatMap((x) => apply(U, d, x));
    near(of('logits').values, logits, 'logits from the last piece');
  });
}

laws('input and heads, but for those left out, add up to what stands after attention', () => {
  for (const options of [{}, { heads: 2, norm: 'pre', ffn: ['mlp', 'mlp'] }] satisfies Partial<ModelConfig>[]) {
    const { model, weights, tokens } = caseOf(options);
    for (const silenced of [[], [[1, 0]]] satisfies HeadAddress[][]) {
      const found = observeActivations(model, weights, tokens, ['layers.1.*'], { silenced });
      const { values, shape } = found.get('layers.1.heads')!;
      const size = shape[1]! * shape[2]!;
      const sum = found.get('layers.1.input')!.values.map((value, i) => {
        for (let h = 0; h < shape[0]!; h++) value += values[h * size + i]!;
        return value;
      });
      near(found.get('layers.1.attended')!.values, sum, 'attended');
      assert.is(
        values.subarray(0, size).every((value) => value === 0),
        silenced.length > 0,
      );
    }
  }
});

laws('one observer reads sequences of any length, each as if it were alone', () => {
  const { model, weights, tokens } = caseOf({ heads: 2, norm: 'pre', ffn: ['mlp', 'linear'] });
  const observer = openActivations(model, weights);
  const whole = observer.observe(tokens, ['*']);
  const kept = whole.get('logits')!.values.slice();
  for (const length of [1, 2, 5, T]) {
    const own = observeActivations(model, weights, tokens.slice(0, length), ['*']);
    const shared = observer.observe(Int32Array.from(tokens.slice(0, length)), ['*']);
    assert.equal(shared, own);
    const { shape, values } = own.get('logits')!;
    assert.equal([shape, values], [[length, 7], kept.slice(0, length * 7)]);
  }
  assert.equal(whole.get('logits')!.values, kept, 'what was handed out stays');
});

laws('names and globs choose what is copied, in the order of the model', () => {
  const { model, weights, tokens } = caseOf({});
  const observer = openActivations(model, weights);
  const parts = (l: number) =>
    ['input', 'attention', 'heads', 'attended', 'output'].map((part) => `layers.${l}.${part}`);
  assert.equal(observer.names, ['embedded', ...parts(0), ...parts(1), 'logits']);
  const keys = (...names: string[]) => [...observer.observe(tokens, names).keys()];
  assert.equal(keys('*'), observer.names);
  assert.equal(keys('logits', 'layers.*.attention', 'embedded'), [
    'embedded',
    'layers.0.attention',
    'layers.1.attention',
    'logits',
  ]);
  assert.equal(keys(), []);
});

laws('what the model does not have, or cannot read, is refused by name', () => {
  const { model, weights, tokens } = caseOf({});
  const refused = (key: string, message: RegExp, act: () => unknown) => {
    assert.throws(
      act,
      (error: Error) => error instanceof ConfigError && error.key === key && message.test(error.message),
    );
  };
  for (const name of ['norm', 'layers.2.input', 'layers.0.input ', 'attention']) {
    refused('names', /one of embedded, layers.0.input, .*logits/, () =>
      observeActivations(model, weights, tokens, ['*', name]),
    );
  }
  refused('tokens', /^tokens: expected a sequence of 1 to 13 tokens.*, got 0/, () =>
    observeActivations(model, weights, [], ['*']),
  );
  refused('tokens', /14/, () => observeActivations(model, weights, [...tokens, 0], ['*']));
  for (const bad of [7, -1, 0.5, Number.NaN]) {
    refused('tokens[1]', /a whole number of 0 to 6/, () => observeActivations(model, weights, [0, bad], ['*']));
  }
  refused('length', /1 to model.maxLength \(13\)/, () => openActivations(model, weights, { length: 14 }));
  const short = openActivations(model, weights, { length: 4 });
  refused('tokens', /1 to 4/, () => short.observe(tokens, ['*']));
  const missing = new Map(weights);
  missing.delete('pe');
  refused('pe', /104 values for a tensor of shape \[13, 8\]/, () => observeActivations(model, missing, tokens, ['*']));
});

function values(data: Case): Record<string, Float64Array> {
  return Object.fromEntries(Object.entries(data.parameters).map(([name, p]) => [name, p.values]));
}

laws.run();
