import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ModelConfig } from '../../../src/model/config.js';
import type { FeedForward } from '../../../src/model/feed-forwards/kinds.js';
import { type CaseOverrides, randomCase } from './cases.js';
import {
  compareWithTruth,
  disagreements,
  float32Tolerances,
  goldenNames,
  readGolden,
  type Tolerances,
} from './golden.js';
import { parameterShapes, twinForward } from './model.js';
import { type Case, decodeCase, decodeTensor, encodeCase, encodeTensor, type Truth } from './tensor.js';
import { isTrained, trainThreeSteps, twinLoss, twinTruth, valuesOf } from './training.js';

const twin = suite('twin');

const alike = (size: number): Tolerances => ({
  activations: size,
  gradients: size,
  parameters: size,
  loss: size,
  losses: size,
});

for (const name of goldenNames()) {
  twin(`agrees with PyTorch in float64 on ${name}`, () => {
    const { data, truth } = readGolden(name);
    // Truth that was stored as float32 has lost what is beyond 2^-24.
    const tolerances = name === 'paper-shape' ? { ...alike(1e-7), loss: 1e-12, losses: 1e-12 } : alike(1e-13);
    assert.is(disagreements(compareWithTruth(twinTruth(data), truth, tolerances)), '');
  });

  twin(`trains what ${name} trains, and has its parameters`, () => {
    const { data, truth } = readGolden(name);
    const shapes = Object.entries(data.parameters).map(([parameter, { shape }]) => [parameter, shape] as const);
    assert.equal(new Map(shapes), parameterShapes(data.model));
    assert.equal(Object.keys(twinTruth(data).gradients).sort(), Object.keys(truth.gradients).sort());
  });
}

twin('all ten golden cases are there', () => assert.is(goldenNames().length, 10));

/** Every positional, norm and placement, with feed-forwards, heads, projections, scale, tying and depth in turn. */
function* options(): Generator<Partial<ModelConfig>> {
  const blocks: FeedForward[] = ['none', 'linear', 'mlp'];
  let turn = 0;
  for (const positional of ['random', 'learned', 'sinusoidal', 'rotary'] as const) {
    for (const norm of ['none', 'pre', 'post'] as const) {
      for (const ffnPlacement of ['sequential', 'parallel'] as const) {
        for (let variant = 0; variant < 3; variant++, turn++) {
          const layers = 1 + (turn % 3);
          const at = turn;
          yield {
            positional,
            norm,
            ffnPlacement,
            layers,
            ffn: Array.from({ length: layers }, (_, layer) => blocks[(at + layer) % 3]!),
            dim: 6,
            vocabSize: 5,
            maxLength: 6,
            heads: positional === 'rotary' ? [1, 3][turn % 2]! : [1, 2, 3, 6][turn % 4]!,
            projections: { query: turn % 2 === 0, value: turn % 5 !== 0, output: turn % 7 !== 0 },
            attentionScale: turn % 3 === 0 ? 'none' : 'sqrt',
            tieOutput: turn % 4 === 1,
          };
        }
      }
    }
  }
}

/** Central difference of the loss along a direction of one parameter, against the gradient along it. */
function differenceAgrees(data: Case, gradient: Float64Array, name: string, direction: (i: number) => number): void {
  const step = 1e-6;
  const along = (distance: number): number => {
    const values = valuesOf(data.parameters);
    values[name] = values[name]!.map((value, i) => value + distance * direction(i));
    return twinLoss(data, values).loss!;
  };
  const measured = (along(step) - along(-step)) / (2 * step);
  const expected = gradient.reduce((sum, g, i) => sum + g * direction(i), 0);
  const error = Math.abs(measured - expected) / (0.01 + Math.abs(expected));
  assert.ok(error < 1e-6, `${name} of ${JSON.stringify(data.model)}: ${measured} measured, ${expected} derived`);
}

twin('gradients are what finite differences measure, for every option', () => {
  let seed = 0;
  for (const model of options()) {
    seed++;
    const data = randomCase({ model, lossOn: seed % 2 === 0 ? 'all' : 'in-context' }, seed, 2, 5);
    for (const [name, { values }] of Object.entries(twinLoss(data).gradients)) {
      differenceAgrees(data, values, name, (i) => Math.sin(1 + 2.3 * i + seed) / Math.sqrt(values.length));
      const entry = (7 * seed) % values.length;
      differenceAgrees(data, values, name, (i) => (i === entry ? 1 : 0));
    }
  }
});

twin('what comes later changes nothing that came before, and sequences do not mix', () => {
  let seed = 0;
  for (const model of options()) {
    const data = randomCase({ model }, ++seed, 2, 6);
    const [first, second] = data.tokens as [number[], number[]];
    const changed = [[...first.slice(0, 3), ...second.slice(3)], second];
    const before = twinForward(data.model, valuesOf(data.parameters), data.tokens);
    const after = twinForward(data.model, valuesOf(data.parameters), changed);
    const N = data.model.vocabSize;
    for (const [from, to] of [
      [0, 3 * N],
      [6 * N, 12 * N],
    ] as const) {
      assert.equal(after.logits.values.slice(from, to), before.logits.values.slice(from, to));
    }
    const alone = twinForward(data.model, valuesOf(data.parameters), [second]);
    assert.equal(alone.logits.values, before.logits.values.slice(6 * N));
    for (const { shape, values } of before.attention) {
      const T = shape[3]!;
      for (let row = 0; row < values.length; row += T) {
        const t = (row / T) % T;
        const sum = values.slice(row, row + t + 1).reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(sum - 1) < 1e-12 && values.slice(row + t + 1, row + T).every((weight) => weight === 0));
      }
    }
  }
});

twin('random cases hold at T = 1, T < maxLength, odd widths and 1 to 8 layers', () => {
  const sizes: [B: number, T: number, model: Partial<ModelConfig>][] = [
    [1, 1, {}],
    [3, 1, { dim: 5, heads: 5, norm: 'pre' }],
    [2, 2, { vocabSize: 2, dim: 1 }],
    [2, 5, { dim: 13, maxLength: 11, positional: 'learned' }],
    ...Array.from({ length: 8 }, (_, i): [number, number, Partial<ModelConfig>] => [2, 7, { layers: i + 1, dim: 6 }]),
  ];
  sizes.forEach(([B, T, model], seed) => {
    const data = randomCase({ model }, seed, B, T);
    assert.equal(data, randomCase({ model }, seed, B, T));
    assert.not.equal(data.parameters, randomCase({ model }, seed + 100, B, T).parameters);
    for (const { values } of Object.values(data.parameters)) assert.equal(values, values.map(Math.fround));
    data.tokens.forEach((tokens, b) => {
      assert.equal(tokens.slice(1), data.targets[b]!.slice(0, -1));
      assert.is(tokens.length, T);
    });
    assert.is(
      data.occurrences.flat().some((n) => n >= 2),
      T >= 2,
    );
    const { logits, attention, lossesOverThreeSteps } = twinTruth(data);
    assert.equal(logits.shape, [B, T, data.model.vocabSize]);
    assert.equal(
      attention!.map(({ shape }) => shape),
      Array(data.model.layers).fill([B, data.model.heads, T, T]),
    );
    assert.ok(lossesOverThreeSteps.every(Number.isFinite));
  });
});

twin('a batch without in-context positions has no loss, no gradient and no step', () => {
  const data = randomCase({ lossOn: 'in-context' }, 5, 2, 1);
  const { loss, gradients } = twinLoss(data);
  assert.is(loss, null);
  assert.ok(Object.values(gradients).every(({ values }) => values.every((value) => value === 0)));
  const { lossesOverThreeSteps, parametersAfterThreeSteps } = trainThreeSteps(data);
  assert.equal(lossesOverThreeSteps, [null, null, null]);
  for (const [name, after] of Object.entries(parametersAfterThreeSteps)) assert.equal(after, data.parameters[name]);
});

twin('a glob of freeze matches dots and nothing but itself beside', () => {
  const frozen = (glob: string, name: string): boolean => !isTrained(name, [glob]);
  for (const glob of ['*', 'layers.*', '*.weight', 'layers.*.wv.weight', 'l*a*w*', 'layers.0.attention.wv.weight']) {
    assert.ok(frozen(glob, 'layers.0.attention.wv.weight'), glob);
  }
  for (const glob of ['', 'layers', 'layers.1*', '*.bias', 'layers*0*0*', 'layersx0*', '*weight*weight', 'l.*']) {
    assert.not.ok(frozen(glob, 'layers.0.attention.wv.weight'), glob);
  }
  assert.ok(frozen('nothing', 'pe'));
  assert.not.ok(frozen('ab*ba', 'aba'));
});

twin('the three steps leave the case, and what is frozen, alone', () => {
  const data = randomCase({ freeze: ['*.wk.weight', 'output*'] }, 9, 2, 6);
  const copy = valuesOf(data.parameters);
  const trained = Object.keys(twinTruth(data).parametersAfterThreeSteps);
  assert.equal(valuesOf(data.parameters), copy);
  assert.ok(trained.every((name) => name !== 'pe' && !name.includes('wk') && !name.startsWith('output')));
  assert.is(trained.length, Object.keys(data.parameters).length - 4);
});

/** The truth with one entry of one of its tensors (or its loss) moved by a distance. */
const moved = {
  loss: (truth: Truth, by: number): Truth => ({ ...truth, loss: truth.loss! + by }),
  step: (truth: Truth, by: number): Truth => ({
    ...truth,
    lossesOverThreeSteps: truth.lossesOverThreeSteps.map((loss, step) => (step === 2 ? loss! + by : loss)),
  }),
  logits: (truth: Truth, by: number): Truth => ({ ...truth, logits: shifted(truth.logits, by) }),
  attention: (truth: Truth, by: number): Truth => ({
    ...truth,
    attention: truth.attention!.map((layer, i) => (i === 1 ? shifted(layer, by) : layer)),
  }),
  gradient: (truth: Truth, by: number): Truth => ({ ...truth, gradients: shiftedIn(truth.gradients, by) }),
  parameter: (truth: Truth, by: number): Truth => ({
    ...truth,
    parametersAfterThreeSteps: shiftedIn(truth.parametersAfterThreeSteps, by),
  }),
};

function shifted(tensor: Truth['logits'], by: number): Truth['logits'] {
  return { ...tensor, values: tensor.values.map((value, i) => (i === 3 ? value + by : value)) };
}

function shiftedIn(tensors: Truth['gradients'], by: number): Truth['gradients'] {
  return { ...tensors, 'output.weight': shifted(tensors['output.weight']!, by) };
}

twin('the rules of agreement pass just below their bounds and fail just above', () => {
  for (const kind of ['sgd', 'adamw'] as const) {
    const optimizer: CaseOverrides['optimizer'] =
      kind === 'sgd'
        ? { kind, learningRate: 0.2, momentum: 0.9, weightDecay: 0 }
        : { kind, learningRate: 0.01, betas: [0.9, 0.95], eps: 1e-8, weightDecay: 0.01 };
    const truth = twinTruth(randomCase({ optimizer }, 3, 2, 6));
    const max = (values: Float64Array): number => Math.max(...values.map(Math.abs));
    const bounds = {
      loss: 5e-6 * Math.max(1, truth.loss!),
      step: 1e-5 * Math.max(1, truth.lossesOverThreeSteps[2]!),
      logits: 5e-6 * max(truth.logits.values),
      attention: 5e-6 * max(truth.attention![1]!.values),
      gradient: 5e-6 * max(truth.gradients['output.weight']!.values),
      parameter: (kind === 'sgd' ? 5e-6 : 2e-3) * max(truth.parametersAfterThreeSteps['output.weight']!.values),
    };
    for (const [field, bound] of Object.entries(bounds) as [keyof typeof moved, number][]) {
      const failing = (by: number) =>
        compareWithTruth(moved[field](truth, by), truth, float32Tolerances(kind)).filter(({ ok }) => !ok).length;
      assert.is(failing(0.99 * bound), 0, field);
      assert.is(failing(-1.01 * bound), 1, field);
      assert.is(failing(Number.NaN), 1, field);
    }
  }
});

twin('a small gradient is judged by a thousandth of the largest of its case', () => {
  const truth = twinTruth(randomCase({}, 4, 2, 6));
  const zero = { shape: [2], values: new Float64Array(2) };
  const tiny = { ...truth, gradients: { big: { shape: [1], values: Float64Array.of(-8) }, zero } };
  const off = (by: number) => {
    const gradients = { ...tiny.gradients, zero: { shape: [2], values: Float64Array.of(0, by) } };
    return disagreements(compareWithTruth({ ...tiny, gradients }, tiny, float32Tolerances('sgd')));
  };
  assert.is(off(0.99 * 5e-6 * 8e-3), '');
  assert.match(off(1.01 * 5e-6 * 8e-3), /^gradients\.zero: error 5\.05e-6 > 5e-6$/);
});

twin('what is missing or misshapen disagrees; attention is optional only where the truth has none', () => {
  const truth = twinTruth(randomCase({}, 6, 2, 6));
  const failing = (result: Partial<Truth>, against: Partial<Truth> = {}) =>
    compareWithTruth({ ...truth, ...result }, { ...truth, ...against }, float32Tolerances('sgd')).filter(
      ({ ok }) => !ok,
    );
  assert.is(failing({}).length, 0);
  assert.is(failing({ gradients: {} }).length, Object.keys(truth.gradients).length);
  assert.is(failing({ logits: { ...truth.logits, shape: [1, ...truth.logits.shape] } }).length, 1);
  assert.is(failing({ loss: null }).length, 1);
  assert.is(failing({ attention: null }).length, 2);
  assert.is(failing({ attention: null }, { attention: null }).length, 0);
  assert.is(failing({ lossesOverThreeSteps: [truth.loss] }).length, 2);
});

twin('cases and tensors come back from JSON as they were', () => {
  const data = randomCase({ model: { positional: 'learned', norm: 'pre' }, freeze: ['norm*'] }, 12, 2, 5);
  assert.equal(decodeCase(JSON.parse(JSON.stringify(encodeCase(data)))), data);
  const { logits } = twinLoss(data);
  assert.equal(decodeTensor(encodeTensor(logits, 'f64')), logits);
  assert.equal(decodeTensor([[[1, 2, 3]], [[4, 5, 6]]]), {
    shape: [2, 1, 3],
    values: Float64Array.of(1, 2, 3, 4, 5, 6),
  });
  assert.throws(() => decodeTensor({ shape: [3], f32: '' }), /0 values do not fill \[3\]/);
});

twin.run();
