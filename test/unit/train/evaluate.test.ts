/** Evaluation from end to end: attention masses of sampled sequences, and heads left out. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STREAMS } from '../../../bindings/streams.js';
import { observeActivations } from '../../../src/analysis/model/activations.js';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { ConfigError } from '../../../src/errors.js';
import { sequences } from '../../../src/task/sequences.js';
import { asTriggers } from '../../../src/task/task.js';
import type { Config, ConfigLayer } from '../../../src/train/config.js';
import { withCorpus } from '../../../src/train/config.js';
import { resolveConfig } from '../../../src/train/resolve.js';
import { createTrainer, type Trainer } from '../../../src/train/trainer.js';

const laws = suite('evaluation');
const corpus = sonnets();
const COUNT = 6;

const configOf = (model: ConfigLayer['model'], training: ConfigLayer['training'] = {}): Config =>
  withCorpus(
    resolveConfig([
      { task: { seqLength: 40 }, model: { dim: 16, ...model }, training: { steps: 2, batchSize: 4, ...training } },
    ]),
    corpus,
  );

const weightsOf = (trainer: Trainer) => trainer.weights();

const models: [string, Config][] = [
  ['circuit form', configOf({})],
  ['plain, three layers of two heads', configOf({ layers: 3, heads: 2, norm: 'pre', ffn: 'mlp' })],
];

for (const [name, config] of models) {
  laws(`masses are the means that their definitions name: ${name}`, async () => {
    const trainer = await createTrainer(config, corpus, { threads: 0 });
    const metrics = await trainer.evaluate(COUNT, { step: 3 });
    const weights = weightsOf(trainer);
    const { layers, heads } = config.model;
    const sums = new Map<string, { sum: number; count: number }>();
    const add = (key: string, value: number) => {
      const slot = sums.get(key) ?? { sum: 0, count: 0 };
      sums.set(key, { sum: slot.sum + value, count: slot.count + 1 });
    };
    const address = { seed: config.seed, count: COUNT, split: 'test', stream: STREAMS.fresh, step: 3 } as const;
    for (const { tokens: z, occurrences } of sequences(asTriggers(trainer.task), address)) {
      const found = observeActivations(config.model, weights, z, ['layers.*.attention']);
      const T = z.length;
      for (let l = 0; l < layers; l++) {
        for (let h = 0; h < heads; h++) {
          const A = (t: number, s: number) => found.get(`layers.${l}.attention`)!.values[(h * T + t) * T + s]!;
          for (let t = 0; t < T; t++) {
            if (t >= 1) add(`prev_mass_l${l}_h${h}`, A(t, t - 1));
            if (occurrences[t]! < 2) continue;
            let mass = 0;
            for (let s = 1; s <= t; s++) if (z[s - 1] === z[t]) mass += A(t, s);
            add(`induction_mass_l${l}_h${h}`, mass);
          }
        }
      }
    }
    assert.is(sums.size, 2 * layers * heads);
    for (const [key, { sum, count }] of sums) {
      const given = (metrics as unknown as Record<string, number>)[key]!;
      assert.ok(Math.abs(given - sum / count) < 1e-6, `${key}: ${given}, ${sum / count} wanted`);
    }
    trainer.close();
  });

  laws(
    `a head left out of an evaluation is one without its output map, for that evaluation alone: ${name}`,
    async () => {
      const trainer = await createTrainer(config, corpus, { threads: 0 });
      const evaluate = (of: Trainer, silenced?: readonly (readonly [number, number])[]) =>
        of.evaluate(COUNT, silenced && { silenced });
      const whole = await evaluate(trainer);
      const { dim: d, layers, heads } = config.model;
      for (const silenced of [
        [[0, 0]],
        [[1, heads - 1]],
        [
          [0, heads - 1],
          [layers - 1, 0],
        ],
      ] as [number, number][][]) {
        const weights = weightsOf(trainer);
        for (const [layer, head] of silenced) {
          const own = (i: number) => Math.floor(((i % d) * heads) / d) === head;
          const map = `layers.${layer}.attention.wo.weight`;
          weights.set(
            map,
            weights.get(map)!.map((value, i) => (own(i) ? 0 : value)),
          );
        }
        const without = await createTrainer(config, corpus, { threads: 0, weights });
        const metrics = await evaluate(trainer, silenced);
        assert.equal(metrics, await evaluate(without));
        assert.not.equal(metrics, whole);
        without.close();
      }
      assert.equal(await evaluate(trainer), whole);
      trainer.close();
    },
  );
}

laws('a run that is evaluated without heads goes on as if it had not been', async () => {
  const [plain, watched] = await Promise.all([1, 2].map(() => createTrainer(models[0]![1], corpus, { threads: 0 })));
  const losses: (number | null)[][] = [[], []];
  for (let step = 0; step < 2; step++) {
    losses[0]!.push((await plain!.advance()).loss);
    await watched!.evaluate(2, {
      silenced: [
        [0, 0],
        [1, 0],
      ],
    });
    losses[1]!.push((await watched!.advance()).loss);
  }
  assert.equal(losses[0], losses[1]);
  assert.equal(weightsOf(watched!), weightsOf(plain!));
});

laws('a head that the model does not have is refused', async () => {
  const trainer = await createTrainer(models[0]![1], corpus, { threads: 0 });
  for (const head of [
    [2, 0],
    [0, 1],
    [-1, 0],
    [0.5, 0],
  ] as [number, number][]) {
    try {
      await trainer.evaluate(2, { silenced: [head] });
      assert.unreachable();
    } catch (error) {
      assert.instance(error, ConfigError);
      assert.match((error as Error).message, /layer of 0 to 1 and a head of 0 to 0/);
    }
  }
  trainer.close();
});

laws.run();
