/** Frozen parameters: no gradient of theirs is formed, and the others' gradients are the same as ever. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ModelConfig } from '../../../src/model/config.js';
import { randomCase } from '../twin/cases.js';
import { parameterShapes } from '../twin/model.js';
import type { Case } from '../twin/tensor.js';
import { accumulate, agrees, engineOf } from './run-case.js';

const laws = suite('frozen parameters');

const models: Partial<ModelConfig>[] = [
  {},
  { projections: { query: true, value: true, output: true }, positional: 'learned', ffn: ['linear', 'linear'] },
  { projections: { query: true, value: false, output: true }, ffnPlacement: 'parallel', ffn: ['mlp', 'linear'] },
  { projections: { query: false, value: true, output: false }, layers: 3, tieOutput: true, positional: 'rotary' },
  { projections: { query: false, value: false, output: false }, layers: 1, positional: 'learned', ffn: ['linear'] },
  { norm: 'pre', heads: 2, positional: 'learned', ffn: ['mlp', 'linear'] },
  { norm: 'pre', ffnPlacement: 'parallel', tieOutput: true, ffn: ['linear', 'mlp'] },
  { norm: 'post', projections: { query: true, value: true, output: true }, ffn: ['none', 'mlp'] },
];
const SIMPLIFIED = [
  'tok_embeddings.weight',
  'pe',
  'output.weight',
  '*.attention.wv.weight',
  'layers.0.attention.wo.weight',
];

function trainable(model: Partial<ModelConfig>): string[] {
  const names = [...parameterShapes(randomCase({ model }, 0, 1, 2).model).keys()];
  return names.filter((name) => name !== 'pe');
}

laws('each parameter trained alone has its gradient, and nothing else has one', () => {
  models.forEach((model, seed) => {
    const names = trainable(model);
    names.forEach((name, i) => {
      const lossOn = (seed + i) % 2 === 0 ? 'all' : 'in-context';
      agrees({ model, lossOn, freeze: names.filter((other) => other !== name) }, 100 * seed + i, 3, 7);
    });
  });
});

laws('each parameter frozen alone leaves every other gradient as it was', () => {
  models.forEach((model, seed) => {
    trainable(model).forEach((name, i) => {
      agrees({ model, lossOn: i % 2 === 0 ? 'in-context' : 'all', freeze: [name] }, 100 * seed + i, 3, 7);
    });
  });
});

laws('whole layers, every norm, every map of attention, the simplified list, or all of it may be frozen', () => {
  const lists = [
    SIMPLIFIED,
    ['*'],
    ['layers.0.*'],
    ['layers.1.*'],
    ['*norm*'],
    ['*attention.w*'],
    ['*embeddings*', 'output*'],
  ];
  models.forEach((model, seed) => {
    lists.forEach((freeze, i) => {
      agrees({ model, freeze, lossOn: i % 2 === 0 ? 'in-context' : 'all' }, 100 * seed + i, 3, 6);
    });
  });
});

/** Bits of every gradient of the summed loss. */
function gradientBits(data: Case, circuit: boolean): Map<string, Uint32Array> {
  const engine = engineOf(data, circuit);
  accumulate(engine, data);
  const names = Object.keys(data.parameters).filter((name) => engine.gradient(name) !== null);
  return new Map(names.map((name) => [name, new Uint32Array(engine.gradient(name)!.slice().buffer)]));
}

laws('freezing one parameter changes no bit of another gradient', () => {
  models.forEach((model, seed) => {
    const data = randomCase({ model }, seed, 2, 9);
    for (const circuit of [true, false]) {
      const all = gradientBits(data, circuit);
      for (const name of trainable(model)) {
        for (const [other, bits] of gradientBits({ ...data, freeze: [name] }, circuit)) {
          assert.equal(bits, all.get(other), `${other} beside a frozen ${name}`);
        }
      }
    }
  });
});

laws.run();
