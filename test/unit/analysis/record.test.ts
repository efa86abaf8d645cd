import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { memoryProbes } from '../../../src/analysis/memory/probes.js';
import { buildRecord, firstNonFinite, type RecordPieces } from '../../../src/analysis/record.js';
import type { ModelConfig } from '../../../src/model/config.js';
import { batchMetrics, countersLayout, createCounters } from '../../../src/task/triggers/metrics.js';
import { uniforms } from '../uniforms.js';
import { lookup, modelOf, randomLaws, randomWeights } from './memory/samples.js';

const laws = suite('records');

function pieces(options: Partial<ModelConfig> = {}): RecordPieces {
  const random = uniforms(1);
  const model = modelOf({ vocabSize: 5, dim: 4, maxLength: 65, heads: 2, ...options });
  const layout = countersLayout(model.layers, model.heads);
  return {
    iter: 10,
    batch: batchMetrics(layout, createCounters(layout)),
    accEndTest: 0.25,
    norms: { 'layers.0.attention.wk.weight': 2, 'layers.1.attention.wo.weight': 3 },
    gradientNorms: { 'layers.0.attention.wk.weight': 0.5, 'layers.1.attention.wo.weight': 0.75 },
    probes: memoryProbes({
      model,
      parameter: lookup(randomWeights(model, random)),
      triggers: null,
      laws: randomLaws(random, 5),
      log: Math.log,
      exp: Math.exp,
    }),
    tokensPerSecond: null,
    seconds: 1.5,
  };
}

laws('a line has its keys in one fixed order', () => {
  const heads = (key: string) => [key, `${key}_h1`];
  assert.equal(Object.keys(buildRecord(pieces())), [
    'iter',
    'loss',
    'loss_bigram',
    'loss_head',
    'acc_tot',
    'acc_start',
    'acc_end',
    'acc_end_test',
    ...heads('score_acc'),
    ...heads('score_start_acc'),
    ...heads('score2_acc'),
    ...heads('score_cond_acc'),
    ...heads('pred_attended_acc'),
    'repeat_frac',
    'acc_occ2',
    'acc_occ3',
    'acc_occ4',
    'acc_end_open',
    'baseline_bag',
    'baseline_bayes',
    'prev_mass_l0_h0',
    'prev_mass_l0_h1',
    'prev_mass_l1_h0',
    'prev_mass_l1_h1',
    'induction_mass_l0_h0',
    'induction_mass_l0_h1',
    'induction_mass_l1_h0',
    'induction_mass_l1_h1',
    'norm_layers.0.attention.wk.weight',
    'norm_layers.1.attention.wo.weight',
    'gradnorm_layers.0.attention.wk.weight',
    'gradnorm_layers.1.attention.wo.weight',
    'wo1_acc',
    'wk1_acc',
    'wk0_acc',
    'wk0_64_acc',
    'wk0_early_acc',
    'ff1_loss',
    'wk1_freq_acc',
    'wk0_causal_acc',
    'wk0_band_0',
    'wk0_band_1',
    'margin_wo1',
    'margin_wk1',
    'margin_wk0',
    'tokens_per_second',
    'seconds',
  ]);
});

laws('two layers of one head have no key more than the masses; deeper models have theirs in order', () => {
  const keys = (options: Partial<ModelConfig>) => Object.keys(buildRecord(pieces(options)));
  const simple = keys({ heads: 1 });
  const layered = simple.filter((key) => /_l\d/.test(key));
  assert.equal(layered, ['prev_mass_l0_h0', 'prev_mass_l1_h0', 'induction_mass_l0_h0', 'induction_mass_l1_h0']);
  const deep = keys({ layers: 3, ffn: ['mlp', 'mlp', 'linear'] });
  const of = (start: string) => deep.filter((key) => key.startsWith(start));
  assert.equal(of('score_acc'), ['score_acc', 'score_acc_h1', 'score_acc_l1', 'score_acc_l1_h1']);
  assert.equal(of('score2_acc'), ['score2_acc', 'score2_acc_h1', 'score2_acc_l2', 'score2_acc_l2_h1']);
  const pairs = ['', '_h1', '_l0_l2', '_l0_l2_h1', '_l1_l2', '_l1_l2_h1'];
  assert.equal(
    of('score_cond_acc'),
    pairs.map((end) => `score_cond_acc${end}`),
  );
  assert.equal(deep.slice(deep.indexOf('margin_wk0') + 1, -2), [
    'wo1_acc_l2',
    'wk1_acc_l0_l2',
    'wk1_acc_l1_l2',
    'ff1_loss_l0',
    'ff1_loss_l2',
  ]);
});

laws('every piece stands under its own key, and survives JSON', () => {
  const record = buildRecord(pieces());
  assert.is(record.iter, 10);
  assert.is(record.acc_end_test, 0.25);
  assert.is(record['norm_layers.1.attention.wo.weight'], 3);
  assert.is(record['gradnorm_layers.0.attention.wk.weight'], 0.5);
  assert.is(record.seconds, 1.5);
  assert.equal(JSON.parse(JSON.stringify(record)), record);
});

laws('the first number that left the finite ones is named; null is no divergence', () => {
  const given = pieces();
  assert.is(firstNonFinite(buildRecord(given)), null);
  const norms = { a: 1, b: Number.POSITIVE_INFINITY };
  const broken = buildRecord({ ...given, norms, accEndTest: null, tokensPerSecond: Number.NaN });
  assert.equal(firstNonFinite(broken), { metric: 'norm_b', value: Number.POSITIVE_INFINITY });
  const loss = firstNonFinite(buildRecord({ ...given, norms, batch: { ...given.batch, loss: Number.NaN } }));
  assert.is(loss?.metric, 'loss');
});

laws.run();
