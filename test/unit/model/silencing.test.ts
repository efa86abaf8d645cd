/** Leaving heads out of the forward pass, in every form that a layer takes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ModelConfig } from '../../../src/model/config.js';
import type { Engine } from '../../../src/model/engine.js';
import { formsOf } from '../../../src/model/forms.js';
import { openEngine } from '../../../src/model/open.js';
import { randomCase } from '../twin/cases.js';
import type { Case } from '../twin/tensor.js';

const laws = suite('silenced heads');
const T = 19;

const weightsOf = (data: Case) =>
  new Map(Object.entries(data.parameters).map(([name, { values }]) => [name, Float32Array.from(values)]));

function caseOf(model: Partial<ModelConfig>): Case {
  return randomCase({ model }, 3, 1, T);
}

/** Logits of the given rows (null: all). */
function run(engine: Engine, data: Case, rows: Int32Array | null): Float32Array {
  engine.tokens.set(data.tokens[0]!);
  if (rows === null) engine.useAllRows();
  else engine.useRows(rows, rows.length);
  engine.forward();
  return engine.read(engine.plan.logits, rows?.length ?? T);
}

/** The same model with an output map in every layer, its columns of one head zero: no output is the identity. */
function withoutHead(data: Case, layer: number, head: number, circuit: boolean): Engine {
  const { dim: d, layers, heads, projections } = data.model;
  const weights = weightsOf(data);
  for (let l = 0; l < layers; l++) {
    const name = `layers.${l}.attention.wo.weight`;
    const map = weights.get(name) ?? Float32Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? 1 : 0));
    const own = (column: number) => l === layer && Math.floor((column * heads) / d) === head;
    weights.set(
      name,
      map.map((value, i) => (own(i % d) ? 0 : value)),
    );
  }
  return openEngine({ ...data.model, projections: { ...projections, output: true } }, T, weights, { circuit });
}

const models: [string, boolean, Partial<ModelConfig>][] = [
  ['table and folded', true, {}],
  ['table, plain and folded, linear feed-forward', true, { layers: 3, ffn: ['linear', 'none', 'linear'] }],
  ['one folded layer, parallel feed-forward', true, { layers: 1, ffn: ['linear'], ffnPlacement: 'parallel' }],
  ['table and plain with an MLP', true, { ffn: ['none', 'mlp'] }],
  ['no output map, circuit', true, { projections: { query: true, value: true, output: false } }],
  ['neither value nor output map, circuit', true, { projections: { query: false, value: false, output: false } }],
  ['plain', false, {}],
  ['rotary', false, { positional: 'rotary' }],
  ['two heads, pre-norm', false, { heads: 2, norm: 'pre', ffn: ['mlp', 'mlp'], ffnPlacement: 'parallel' }],
  ['four heads, post-norm', false, { heads: 4, norm: 'post', ffn: ['linear', 'none'] }],
  ['two heads, no output map', false, { heads: 2, projections: { query: true, value: true, output: false } }],
];

for (const [name, circuit, model] of models) {
  laws(`a silenced head is one without its output map: ${name}`, () => {
    const data = caseOf(model);
    const engine = openEngine(data.model, T, weightsOf(data), { circuit });
    assert.is(
      formsOf(data.model, circuit).some((form) => form !== 'plain'),
      circuit,
    );
    for (const rows of [null, Int32Array.of(2, 3, 7, 18)]) {
      const whole = run(engine, data, rows);
      for (let layer = 0; layer < data.model.layers; layer++) {
        for (let head = 0; head < data.model.heads; head++) {
          engine.silence([[layer, head]]);
          const silenced = run(engine, data, rows);
          same(silenced, run(withoutHead(data, layer, head, circuit), data, rows), `layer ${layer}, head ${head}`);
          assert.ok(
            whole.some((value, i) => value !== silenced[i]),
            `layer ${layer}, head ${head} matters`,
          );
          engine.silence([]);
        }
      }
      assert.equal(run(engine, data, rows), whole, 'all heads at work again');
    }
  });
}

laws('attention of a silenced head is still there, and others see that it is silent', () => {
  for (const circuit of [true, false]) {
    const data = caseOf({});
    const engine = openEngine(data.model, T, weightsOf(data), { circuit });
    run(engine, data, null);
    const before = [0, 1].map((layer) => engine.read(engine.plan.attention[layer]!.weights[0]!));
    engine.silence([[0, 0]]);
    run(engine, data, null);
    const after = [0, 1].map((layer) => engine.read(engine.plan.attention[layer]!.weights[0]!));
    for (let t = 0; t < T; t++)
      assert.equal(after[0]!.slice(t * T, t * T + t + 1), before[0]!.slice(t * T, t * T + t + 1));
    assert.not.equal(after[1], before[1]);
    engine.silence([[1, 0]]);
    engine.silence([]);
    run(engine, data, null);
    const again = engine.read(engine.plan.attention[1]!.weights[0]!);
    for (let t = 0; t < T; t++) assert.equal(again.slice(t * T, t * T + t + 1), before[1]!.slice(t * T, t * T + t + 1));
  }
});

laws('no gradient with a silenced head, and no head that the model has not', () => {
  for (const circuit of [true, false]) {
    const data = caseOf({ layers: 2 });
    const engine = openEngine(data.model, T, weightsOf(data), { circuit });
    for (const layer of [0, 1]) {
      engine.silence([[layer, 0]]);
      run(engine, data, null);
      engine.loss();
      assert.throws(() => engine.backward(), /^backward\(\): expected no head to be silenced$/);
      engine.silence([]);
      engine.backward();
    }
    assert.throws(() => engine.silence([[2, 0]]), /expected heads of the model, got \[2, 0\]/);
    assert.throws(() => engine.silence([[0, 1]]), /silenced: expected heads of the model, got \[0, 1\]/);
  }
});

/** Equal numbers; zeros of either sign are equal. */
function same(given: Float32Array, wanted: Float32Array, what: string): void {
  assert.is(given.length, wanted.length);
  for (const [i, value] of given.entries()) assert.ok(value === wanted[i], `${what}: ${value} at ${i}, ${wanted[i]}`);
}

laws.run();
