/** The parameters of a model: names, shapes and order, and which of them a list of globs trains. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { matchesGlob, type ParameterSpec, parameterSpecs, trainedFrom } from '../../../src/model/parameters.js';
import { modelOf } from '../analysis/memory/samples.js';
import { goldenNames, readGolden } from '../twin/golden.js';
import { parameterShapes } from '../twin/model.js';
import { isTrained } from '../twin/training.js';

const laws = suite('parameters');

const everything = modelOf({
  layers: 2,
  projections: { query: true, value: true, output: true },
  positional: 'learned',
  norm: 'pre',
  ffn: ['linear', 'mlp'],
});

laws('have the names and shapes of the golden cases, in the order of the forward pass', () => {
  for (const { model } of [...goldenNames().map((name) => readGolden(name).data), { model: everything }]) {
    const specs = parameterSpecs(model);
    assert.equal(new Map(specs.map(({ name, shape }) => [name, shape])), parameterShapes(model));
  }
});

laws('keep their number in the random counter whatever else the model has', () => {
  const ids = new Map<string, number>();
  for (const options of [
    {},
    { layers: 8, ffn: Array<'mlp'>(8).fill('mlp') },
    { norm: 'pre', tieOutput: true, ffn: ['linear', 'linear'] },
    { norm: 'post', positional: 'learned', projections: { query: true, value: false, output: false } },
  ] as const) {
    const specs = parameterSpecs(modelOf(options));
    assert.is(new Set(specs.map(({ id }) => id)).size, specs.length);
    for (const { name, id } of specs) {
      assert.is(ids.get(name) ?? id, id, name);
      ids.set(name, id);
    }
  }
});

laws('start from the laws that the family prescribes', () => {
  const law = (name: string, options = everything) => parameterSpecs(options).find((spec) => spec.name === name)!;
  assert.equal(law('tok_embeddings.weight').initial, { law: 'normal', scale: 1 });
  const scaled = modelOf({ dim: 64, embeddingScale: 'inverse-sqrt-dim' });
  assert.equal(law('tok_embeddings.weight', scaled).initial, { law: 'normal', scale: 1 / 8 });
  assert.equal(law('pe', scaled).initial, { law: 'normal', scale: 1 / 8 });
  assert.equal(law('pe', modelOf({ positional: 'sinusoidal' })).initial, { law: 'sinusoidal' });
  assert.equal(law('output.weight').initial, { law: 'uniform', bound: 1 / Math.sqrt(128) });
  assert.equal(law('layers.1.ff.w2.weight').initial, { law: 'uniform', bound: 1 / Math.sqrt(512) });
  assert.equal(law('layers.0.ff_norm.weight').initial, { law: 'constant', value: 1 });
  assert.equal(law('norm.bias').initial, { law: 'constant', value: 0 });
});

laws('only the fixed tables are never trained', () => {
  for (const positional of ['random', 'sinusoidal', 'learned', 'rotary'] as const) {
    for (const spec of parameterSpecs(modelOf({ positional }))) {
      assert.is(spec.fixed, spec.name === 'pe');
      assert.is(trainedFrom(spec, { freeze: [], freezeUntil: [] }), spec.name === 'pe' ? Infinity : 0);
      assert.is(
        trainedFrom(spec, { freeze: [], freezeUntil: [{ parameter: '*', step: 3 }] }),
        spec.name === 'pe' ? Infinity : 3,
      );
    }
  }
});

laws('a glob matches as the regular expression does that it stands for', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 7 });
  const plain = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 9 });
  fc.assert(
    fc.property(letters, plain, (glob, name) => {
      const pattern = glob
        .split('*')
        .map((part) => part.replaceAll('.', '\\.'))
        .join('.*');
      assert.is(matchesGlob(glob, name), new RegExp(`^${pattern}$`).test(name));
    }),
    { seed: 1, numRuns: 3000 },
  );
  for (const { name } of parameterSpecs(everything)) {
    for (const glob of ['*', name, 'layers.*', '*.weight', '*wv*', 'layers.1.ff*', '*_norm.*', 'nothing', '']) {
      assert.is(matchesGlob(glob, name), !isTrained(name, [glob]), `${glob} on ${name}`);
    }
  }
});

laws('freezeUntil wins over freeze, and its last glob that matches counts', () => {
  const spec = (name: string): ParameterSpec => parameterSpecs(everything).find((one) => one.name === name)!;
  const wk = spec('layers.0.attention.wk.weight');
  assert.is(trainedFrom(wk, { freeze: ['*wk*'], freezeUntil: [] }), Infinity);
  assert.is(trainedFrom(wk, { freeze: ['*wv*', 'nothing'], freezeUntil: [] }), 0);
  assert.is(trainedFrom(wk, { freeze: ['*'], freezeUntil: [{ parameter: '*wk*', step: 30 }] }), 30);
  assert.is(
    trainedFrom(wk, {
      freeze: [],
      freezeUntil: [
        { parameter: '*wk*', step: 30 },
        { parameter: 'layers.0*', step: 7 },
      ],
    }),
    7,
  );
  assert.is(
    trainedFrom(wk, {
      freeze: [],
      freezeUntil: [
        { parameter: 'layers.0*', step: 7 },
        { parameter: '*wv*', step: 30 },
      ],
    }),
    7,
  );
  assert.is(trainedFrom(wk, { freeze: ['*'], freezeUntil: [{ parameter: '*wv*', step: 30 }] }), Infinity);
});

laws.run();
