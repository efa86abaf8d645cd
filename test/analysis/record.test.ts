import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { batchMetrics, countersLayout, createCounters } from '../../src/analysis/metrics.js';
import { memoryProbes } from '../../src/analysis/probes.js';
import { buildRecord, firstNonFinite, type RecordPieces } from '../../src/analysis/record.js';
import { lookup, modelOf, randomLaws, randomWeights, uniforms } from './samples.js';

const laws = suite('records');

function pieces(): RecordPieces {
  const random = uniforms(1);
  const model = modelOf({ vocabSize: 5, dim: 4, maxLength: 65, heads: 2 });
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
