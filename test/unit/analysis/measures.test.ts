/** The catalogue of measures against the probes that it describes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBuild } from '../../../bindings/build.js';
import { exactMath } from '../../../bindings/math.js';
import {
  chanceOf,
  earlyKey,
  earlyKeyOf,
  headingOf,
  measureOf,
  measures,
  symbolOf,
} from '../../../src/analysis/measures.js';
import { MEMORIES } from '../../../src/analysis/memory/memories.js';
import { memoryProbes } from '../../../src/analysis/memory/probes.js';
import { attentionName, feedForwardName } from '../../../src/analysis/model/matrices.js';
import { isLoss } from '../../../src/analysis/record.js';
import { uniforms } from '../uniforms.js';
import { lookup, modelOf, randomLaws, randomWeights } from './memory/samples.js';

const laws = suite('measures');
const math = exactMath(loadBuild());

/** Probes of `draws` models with random weights. */
function untrained(maxLength: number, triggers: Int32Array | null, draws: number) {
  const model = modelOf({ vocabSize: 5, dim: 6, maxLength });
  const random = uniforms(7);
  return Array.from({ length: draws }, () => {
    const parameter = lookup(randomWeights(model, random));
    return memoryProbes({ model, parameter, triggers, laws: randomLaws(random, 5), ...math });
  });
}

laws('a model that knows nothing recalls what chance says', () => {
  const draws = 1500;
  for (const triggers of [null, Int32Array.of(0, 2, 3)]) {
    const found = untrained(16, triggers, draws);
    const sizes = { vocabSize: 5, maxLength: 16, fixedTriggers: triggers?.length ?? null };
    for (const key of ['wo1_acc', 'wk1_acc', 'wk1_freq_acc', 'wk0_acc', 'wk0_64_acc', 'wk0_early_acc'] as const) {
      const mean = found.reduce((sum, probes) => sum + probes[key]!, 0) / draws;
      const chance = chanceOf(key, sizes)!;
      // Four standard errors, as if one draw were one answer.
      const error = 4 * Math.sqrt((chance * (1 - chance)) / draws);
      assert.ok(Math.abs(mean - chance) < error, `${key}: ${mean}, ${chance} by chance`);
    }
  }
});

laws('no answer to choose from, no chance', () => {
  const sizes = { vocabSize: 5, maxLength: 7, fixedTriggers: 0 };
  assert.is(chanceOf('wk1_acc', sizes), null);
  assert.is(chanceOf('wk0_early_acc', sizes), null);
  assert.is(chanceOf('wk0_acc', { ...sizes, maxLength: 1 }), null);
});

laws('records and the length of a sequence name the same early probe', () => {
  for (const length of [16, 64, 65, 96]) {
    const records = untrained(length, null, 16);
    assert.is(earlyKeyOf(records), earlyKey(length), `${length} positions`);
  }
});

laws('no two measures have one title, and no two memories one symbol', () => {
  const titles = Object.values(measures).map(({ title }) => title);
  assert.is(new Set(titles).size, titles.length);
  const symbols = MEMORIES.map(({ measure }) => measureOf(measure).symbol);
  assert.is(new Set(symbols).size, MEMORIES.length);
});

laws('a memory that is one matrix has that matrix’s symbol', () => {
  assert.is(measures.wk0_acc.symbol, symbolOf(attentionName(0, 'key')));
  assert.is(measures.wk1_acc.symbol, symbolOf(attentionName(1, 'key')));
  assert.is(measures.wo1_acc.symbol, symbolOf(attentionName(1, 'output')));
  assert.is(symbolOf(feedForwardName(11)), 'W_F¹²');
  for (const name of ['tok_embeddings.weight', 'layers.0.ff.w1.weight', 'layers.0.attention_norm.bias']) {
    assert.is(symbolOf(name), null);
  }
});

laws('a heading has title and unit; a key that the catalogue does not know stands for itself', () => {
  assert.is(headingOf('acc_end'), 'In-context accuracy (share of tokens)');
  assert.is(headingOf('wk0_band_2'), 'Recall of W_K¹, positions 128 to 191 (share of positions)');
  for (const key of ['gradnorm_output.weight', 'constructor', 'wk0_band_x']) assert.is(headingOf(key), key);
});

laws('less is better of exactly those that are in nats', () => {
  for (const [key, { unit }] of Object.entries(measures)) assert.is(isLoss(key), unit === 'nats', key);
});

laws.run();
