/** The plan of a model: which form each layer takes, what lies where in the arena, and what travels between shards. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createPlanner, type Region } from '../../../bindings/arena.js';
import type { ModelConfig } from '../../../src/model/config.js';
import { FEED_FORWARDS } from '../../../src/model/feed-forwards/kinds.js';
import { formsOf } from '../../../src/model/forms.js';
import { trainedFrom } from '../../../src/model/parameters.js';
import { type ModelPlan, planModel } from '../../../src/model/plan.js';
import { modelOf } from '../analysis/memory/samples.js';

const laws = suite('model plan');

const BYTES = { f32: 4, f64: 8, i32: 4, u32: 4 };

function* models(): Generator<ModelConfig> {
  const small = { dim: 10, vocabSize: 19, maxLength: 13 };
  for (const layers of [1, 2, 3]) {
    for (const norm of ['none', 'pre', 'post'] as const) {
      for (const positional of ['random', 'learned', 'rotary'] as const) {
        for (const kind of FEED_FORWARDS) {
          for (const tieOutput of [false, true]) {
            const ffn = Array<typeof kind>(layers).fill(kind);
            const projections = { query: tieOutput, value: kind !== 'mlp', output: true };
            yield modelOf({ ...small, layers, norm, positional, ffn, tieOutput, projections });
            yield modelOf({
              ...small,
              layers,
              norm,
              positional,
              ffn,
              tieOutput,
              heads: positional === 'rotary' ? 1 : 5,
            });
          }
        }
      }
    }
  }
}

function planned(model: ModelConfig, circuit: boolean, freeze: readonly string[] = []) {
  const planner = createPlanner();
  const plan = planModel(planner, model, model.maxLength - 2, {
    circuit,
    isTrained: (spec) => trainedFrom(spec, { freeze, freezeUntil: [] }) === 0,
  });
  return { plan, arena: planner.plan() };
}

laws('no two regions of an arena overlap, each is aligned, and the memory holds them all', () => {
  for (const model of models()) {
    for (const circuit of [true, false]) {
      const { arena } = planned(model, circuit);
      let end = 0;
      for (const region of [...arena.regions].sort((a, b) => a.offset - b.offset)) {
        assert.ok(region.offset >= end, `${region.name} begins at ${region.offset}, before ${end}`);
        assert.is(region.offset % 16, 0, region.name);
        end = region.offset + region.length * BYTES[region.kind];
      }
      assert.ok(end <= arena.bytes);
    }
  }
});

/** Offsets of the gradients of a plan. */
const gradients = (plan: ModelPlan): Region<'f32'>[] =>
  plan.parameters.flatMap(({ gradient }) => (gradient === null ? [] : [gradient]));

laws('every trained parameter is summed over sequences or derived from a sum, never both', () => {
  for (const model of models()) {
    for (const circuit of [true, false]) {
      const { plan } = planned(model, circuit);
      const places = [...plan.sums, ...plan.derived].map(({ offset }) => offset);
      assert.is(new Set(places).size, places.length);
      for (const { name, offset } of gradients(plan)) assert.ok(places.includes(offset), name);
      if (!circuit) {
        assert.equal(plan.derived, []);
        assert.equal(plan.sums.length, gradients(plan).length);
      }
      assert.is(
        plan.staging.length,
        plan.sums.reduce((total, { length }) => total + length, 0),
      );
    }
  }
});

laws('what a circuit form derives does not travel: the maps of attention, and the output behind a folded layer', () => {
  const derived = (options: Partial<ModelConfig>) => {
    const { plan } = planned(modelOf({ dim: 8, vocabSize: 9, maxLength: 6, ...options }), true);
    const names = new Map(plan.parameters.map(({ spec, gradient }) => [gradient?.offset, spec.name]));
    return plan.derived.map(({ offset }) => names.get(offset)!.replace('.weight', ''));
  };
  const attention = (layer: number) => ['wk', 'wv', 'wo'].map((map) => `layers.${layer}.attention.${map}`);
  assert.equal(derived({}), [...attention(0), ...attention(1), 'output']);
  assert.equal(derived({ ffn: ['linear', 'linear'] }), [...attention(0), ...attention(1), 'layers.1.ff', 'output']);
  assert.equal(derived({ ffn: ['mlp', 'mlp'] }), attention(0));
  assert.equal(derived({ tieOutput: true, positional: 'rotary' }), attention(1));
  assert.equal(derived({ norm: 'pre' }), []);
});

laws('nothing is planned for what is frozen', () => {
  for (const model of models()) {
    for (const circuit of [true, false]) {
      const frozen = planned(model, circuit, ['*']);
      assert.equal(gradients(frozen.plan), []);
      assert.equal([...frozen.plan.sums, ...frozen.plan.derived], []);
      assert.is(frozen.plan.trainedWeights.length, 0);
      assert.is(frozen.plan.streamNeeded, false);

      const { plan, arena } = planned(model, circuit, ['layers.*', 'norm*']);
      const names = plan.parameters.flatMap(({ spec, gradient }) => (gradient === null ? [] : [spec.name]));
      const expected = ['tok_embeddings.weight', 'pos_embeddings.weight', 'output.weight'];
      assert.equal(
        names,
        expected.filter((name) => plan.parameters.some(({ spec }) => spec.name === name)),
      );
      const regions = arena.regions.map(({ name }) => name);
      for (const { spec } of plan.parameters) {
        assert.is(regions.includes(`${spec.name}, gradient`), names.includes(spec.name), spec.name);
      }
    }
  }
});

laws('trained weights lie together at the start of all weights', () => {
  for (const freeze of [[], ['*'], ['layers.0.*', 'pe'], ['output.weight', '*wk*']]) {
    const { plan } = planned(modelOf({ dim: 7, vocabSize: 5, maxLength: 9, positional: 'learned' }), true, freeze);
    const inside = (r: Region, whole: Region) =>
      r.offset >= whole.offset && r.offset + 4 * r.length <= whole.offset + 4 * whole.length;
    for (const { spec, weight, gradient } of plan.parameters) {
      assert.ok(inside(weight, plan.weights), spec.name);
      assert.is(inside(weight, plan.trainedWeights), gradient !== null, spec.name);
    }
  }
});

laws('layers take circuit forms only with one head, without norms, and where the input is a table', () => {
  const forms = (options: Partial<ModelConfig>, circuit = true) => formsOf(modelOf(options), circuit).join(' ');
  assert.is(forms({}), 'table folded');
  assert.is(forms({}, false), 'plain plain');
  assert.is(forms({ layers: 1 }), 'folded');
  assert.is(forms({ layers: 4 }), 'table plain plain folded');
  assert.is(forms({ positional: 'learned' }), 'table folded');
  assert.is(forms({ positional: 'sinusoidal' }), 'table folded');
  assert.is(forms({ positional: 'rotary' }), 'plain folded');
  assert.is(forms({ positional: 'rotary', layers: 1 }), 'plain');
  assert.is(forms({ heads: 2 }), 'plain plain');
  assert.is(forms({ norm: 'pre' }), 'plain plain');
  assert.is(forms({ norm: 'post' }), 'plain plain');
  assert.is(forms({ ffn: ['mlp', 'linear'] }), 'table folded');
  assert.is(forms({ ffn: ['linear', 'mlp'] }), 'table plain');
  assert.is(forms({ layers: 1, ffn: ['mlp'] }), 'table');
  assert.is(forms({ layers: 1, ffn: ['linear'], tieOutput: true }), 'folded');
});

laws.run();
