/** Laws of the engine that need no twin: causality, independence of sequences, exact repetition, descent. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ModelConfig } from '../../../src/model/config.js';
import type { Engine } from '../../../src/model/engine.js';
import { permutation } from '../analysis/memory/samples.js';
import { randomCase } from '../twin/cases.js';
import { parameterShapes } from '../twin/model.js';
import type { Case } from '../twin/tensor.js';
import { twinLoss, valuesOf } from '../twin/training.js';
import { uniforms } from '../uniforms.js';
import { accumulate, engineOf, lossRows, sequenceLogits } from './run-case.js';

const laws = suite('engine');

const models: Partial<ModelConfig>[] = [
  {},
  { positional: 'learned', ffn: ['linear', 'linear'], tieOutput: true },
  { norm: 'pre', heads: 2, ffn: ['mlp', 'mlp'] },
  { norm: 'post', positional: 'rotary', ffn: ['mlp', 'none'] },
];

/** Every model on both paths. */
function onEvery(law: (engine: Engine, data: Case) => void, B: number, T: number): void {
  models.forEach((model, seed) => {
    const data = randomCase({ model, lossOn: 'in-context' }, seed, B, T);
    for (const circuit of [true, false]) law(engineOf(data, circuit), data);
  });
}

const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.slice().buffer);

laws('permuting sequences permutes logits, bit for bit', () => {
  onEvery(
    (engine, { tokens }) => {
      const logits = tokens.map((sequence) => bits(sequenceLogits(engine, sequence)));
      fc.assert(
        fc.property(fc.nat(1e6), (seed) => {
          for (const b of permutation(uniforms(seed), tokens.length)) {
            assert.equal(bits(sequenceLogits(engine, tokens[b]!)), logits[b]);
          }
        }),
        { seed: 1, numRuns: 5 },
      );
    },
    4,
    11,
  );
});

laws('a later token changes no bit of an earlier logit', () => {
  onEvery(
    (engine, { tokens, model }) => {
      const [first, second] = tokens as [number[], number[]];
      const before = bits(sequenceLogits(engine, first));
      for (const from of [1, 5, 16, 18]) {
        const after = bits(sequenceLogits(engine, [...first.slice(0, from), ...second.slice(from)]));
        assert.equal(after.subarray(0, from * model.vocabSize), before.subarray(0, from * model.vocabSize));
      }
    },
    2,
    19,
  );
});

laws('the plain path gives a row the same bits whichever other rows the loss reads', () => {
  models.forEach((model, seed) => {
    const data = randomCase({ model }, seed, 1, 13);
    const engine = engineOf(data, false);
    const N = data.model.vocabSize;
    const all = bits(sequenceLogits(engine, data.tokens[0]!));
    for (const rows of [[0], [12], [3, 4, 9], [0, 2, 5, 7, 11, 12]]) {
      engine.useRows(Int32Array.from(rows), rows.length);
      engine.forward();
      const some = bits(engine.read(engine.plan.logits, rows.length));
      rows.forEach((t, i) => {
        assert.equal(some.subarray(i * N, (i + 1) * N), all.subarray(t * N, (t + 1) * N));
      });
    }
  });
});

/** Bits of all gradients of the summed loss, one behind the other. */
function gradientBits(engine: Engine): Uint32Array {
  const all = engine.plan.parameters.flatMap(({ spec }) => [...(engine.gradient(spec.name) ?? [])]);
  return bits(Float32Array.from(all));
}

laws('a step gives the same bits whatever the engine did before', () => {
  onEvery(
    (engine, data) => {
      const { loss } = accumulate(engine, data);
      const first = gradientBits(engine);
      const other = randomCase({ model: data.model, lossOn: 'all' }, 99, 3, 11);
      accumulate(engine, other);
      assert.not.equal(gradientBits(engine), first);
      assert.is(accumulate(engine, data).loss, loss);
      assert.equal(gradientBits(engine), first);
    },
    3,
    11,
  );
});

laws('a sequence without rows adds nothing to any sum', () => {
  onEvery(
    (engine, data) => {
      accumulate(engine, data);
      const gradients = gradientBits(engine);
      const again = {
        ...data,
        tokens: [...data.tokens, data.tokens[0]!],
        targets: [...data.targets, data.targets[0]!],
      };
      accumulate(engine, { ...again, occurrences: [...data.occurrences, data.occurrences[0]!.map(() => 0)] });
      assert.equal(gradientBits(engine), gradients);
    },
    2,
    9,
  );
});

laws('shards whose sums are added in order give the gradient of the whole batch', () => {
  onEvery(
    (engine, data) => {
      accumulate(engine, data);
      const whole = Float64Array.from(new Float32Array(gradientBits(engine).buffer));
      const shards = data.tokens.map((_, b) => {
        engine.clearSums();
        const rows = lossRows(data)[b]!;
        engine.tokens.set(data.tokens[b]!);
        engine.targets.set(data.targets[b]!);
        engine.useRows(rows, rows.length);
        engine.forward();
        engine.loss();
        engine.backward();
        return engine.exportSums();
      });
      engine.clearSums();
      for (const sums of shards) engine.addSums(sums);
      engine.finish();
      const added = new Float32Array(gradientBits(engine).buffer);
      const largest = whole.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
      assert.ok(added.every((g, i) => Math.abs(g - whole[i]!) < 1e-6 * largest));
    },
    4,
    9,
  );
});

laws('predictions and attended keys are the argmax of what can be read', () => {
  onEvery(
    (engine, { tokens, model }) => {
      const T = tokens[0]!.length;
      const logits = sequenceLogits(engine, tokens[0]!);
      const argmax = (values: Float32Array) => values.indexOf(Math.max(...values));
      const N = model.vocabSize;
      const predicted = Array.from({ length: T }, (_, t) => argmax(logits.subarray(t * N, (t + 1) * N)));
      assert.equal([...engine.predict()], predicted);
      engine.plan.attention.forEach(({ weights: heads }, layer) => {
        heads.forEach((matrix, head) => {
          const weights = engine.read(matrix);
          const attended = Array.from({ length: T }, (_, t) => argmax(weights.subarray(t * T, t * T + t + 1)));
          assert.equal([...engine.attendedKeys(layer, head)], attended);
        });
      });
    },
    1,
    18,
  );
});

laws('a short step down the gradient lowers the loss by what the twin says', () => {
  models.forEach((model, seed) => {
    const data = randomCase({ model }, seed, 3, 9);
    for (const circuit of [true, false]) {
      const engine = engineOf(data, circuit);
      const { loss, count } = accumulate(engine, data);
      const values = valuesOf(data.parameters);
      let norm = 0;
      for (const name of parameterShapes(data.model).keys()) {
        const gradient = engine.gradient(name);
        if (gradient === null) continue;
        const weight = engine.weight(name);
        gradient.forEach((g, i) => {
          weight[i]! -= (0.01 * g) / count;
          norm += (g / count) ** 2;
        });
        values[name] = Float64Array.from(weight);
      }
      engine.prepare();
      const after = accumulate(engine, data).loss!;
      assert.ok(after < loss! - 0.005 * norm, `${loss} to ${after}, ${norm}`);
      assert.ok(Math.abs(after - twinLoss(data, values).loss!) < 2e-6);
    }
  });
});

laws('names that the model lacks are refused', () => {
  const engine = engineOf(randomCase({}, 1, 1, 3), true);
  assert.throws(
    () => engine.weight('layers.0.attention.wq.weight'),
    /expected one of the model's, got layers\.0\.attention\.wq/,
  );
  assert.throws(() => engine.gradient('norm.bias'), RangeError);
  assert.is(engine.gradient('pe'), null);
});

laws.run();
