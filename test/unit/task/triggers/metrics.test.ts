import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addSums } from '../../../../src/task/sums.js';
import {
  batchMetrics,
  countersLayout,
  countSequence,
  createCounters,
  type EvaluatedSequence,
} from '../../../../src/task/triggers/metrics.js';

const laws = suite('batch metrics');

interface Shape {
  readonly layers: number;
  readonly heads: number;
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  layers: fc.integer({ min: 1, max: 3 }),
  heads: fc.integer({ min: 1, max: 3 }),
});

/**
 * Any sequence at all, consistent or not: the definitions speak of arrays. Losses and attention are 1/64ths, so that
 * sums are exact. What lies above the diagonal of the attention is poisoned.
 */
function sequences({ layers, heads }: Shape): fc.Arbitrary<EvaluatedSequence> {
  return fc.integer({ min: 1, max: 20 }).chain((T) => {
    const ints = (length: number, max: number) =>
      fc.array(fc.nat(max), { minLength: length, maxLength: length }).map((values) => Int32Array.from(values));
    const keys = ints(T, 1 << 20).map((values) => values.map((value, t) => value % (t + 1)));
    const perHead = <T>(one: fc.Arbitrary<T>) =>
      fc.array(fc.array(one, { minLength: heads, maxLength: heads }), { minLength: layers, maxLength: layers });
    return fc.record({
      tokens: ints(T + 1, 2),
      occurrences: ints(T, 5),
      absorbed: fc.boolean(),
      losses: ints(T, 640).map((values) => Float32Array.from(values, (value) => value / 64)),
      predictions: ints(T, 2),
      attended: perHead(keys),
      attention: fc.nat(2).chain((padding) => {
        const stride = T + padding;
        const rows = ints(T * stride, 64).map((values) => ({
          stride,
          values: Float32Array.from(values, (value, i) => (i % stride > Math.floor(i / stride) ? NaN : value / 64)),
        }));
        return perHead(rows);
      }),
      bagRight: fc.nat(20),
      bayesRight: fc.nat(20),
    });
  });
}

const batches = shapes.chain((shape) =>
  fc.record({ shape: fc.constant(shape), batch: fc.array(sequences(shape), { maxLength: 6 }) }),
);

/** The table of definitions, read literally: a mean of `value` over the positions that pass `where`. */
function definitions({ layers, heads }: Shape, batch: readonly EvaluatedSequence[]): Record<string, number | null> {
  const all = batch.flatMap((s) => Array.from(s.occurrences, (occurrence, t) => ({ s, t, occurrence })));
  type Place = (typeof all)[number];
  const over = (where: (p: Place) => boolean, value: (p: Place) => boolean | number) => {
    const places = all.filter(where);
    return places.length === 0 ? null : places.reduce((sum, p) => sum + Number(value(p)), 0) / places.length;
  };
  const M = (j: number) => (p: Place) => p.occurrence >= j;
  const loss = ({ s, t }: Place) => s.losses[t]!;
  const correct = ({ s, t }: Place) => s.predictions[t] === s.tokens[t + 1];
  const inside = ({ s, t }: Place) => t < s.occurrences.length - 1;
  const baseline = (key: 'bagRight' | 'bayesRight') => {
    const places = all.filter(M(2)).length;
    return places === 0 ? null : batch.reduce((sum, s) => sum + s[key], 0) / places;
  };
  const values: Record<string, number | null> = {
    loss: over(() => true, loss),
    loss_bigram: over((p) => p.occurrence === 0, loss),
    loss_head: over(M(2), loss),
    acc_tot: over(M(1), correct),
    acc_start: over((p) => M(1)(p) && p.t < 10, correct),
    acc_end: over(M(2), correct),
    repeat_frac: over(M(1), ({ s, t }) => s.tokens[t] === s.tokens[t + 1]),
    acc_occ2: over((p) => p.occurrence === 2, correct),
    acc_occ3: over((p) => p.occurrence === 3, correct),
    acc_occ4: over(M(4), correct),
    acc_end_open: over((p) => M(2)(p) && !p.s.absorbed, correct),
    baseline_bag: baseline('bagRight'),
    baseline_bayes: baseline('bayesRight'),
  };
  const attended = (l: number, h: number) => (s: EvaluatedSequence, t: number) => s.attended[l]![h]![t]!;
  for (let h = 0; h < heads; h++) {
    const end = h === 0 ? '' : `_h${h}`;
    for (let l = 0; l < Math.max(1, layers - 1); l++) {
      const a = attended(l, h);
      const hit = ({ s, t }: Place) => a(s, t + 1) === t;
      const key = l === 0 ? end : `_l${l}${end}`;
      values[`score_acc${key}`] = over((p) => M(1)(p) && inside(p), hit);
      values[`score_start_acc${key}`] = over((p) => p.occurrence === 1 && inside(p), hit);
    }
    for (let l = 1; l < Math.max(2, layers); l++) {
      const a = ({ s, t }: Place) => attended(l, h)(s, t);
      const key = l === 1 ? end : `_l${l}${end}`;
      const matched = (p: Place) => a(p) >= 1 && p.s.tokens[a(p) - 1] === p.s.tokens[p.t];
      values[`score2_acc${key}`] = layers < 2 ? null : over(M(2), matched);
      values[`pred_attended_acc${key}`] =
        layers < 2 ? null : over(M(2), (p) => p.s.tokens[a(p)] === p.s.predictions[p.t]);
    }
    if (layers === 1) values[`score_cond_acc${end}`] = null;
    for (let l = 0; l < layers; l++) {
      for (let m = l + 1; m < layers; m++) {
        const a = ({ s, t }: Place) => attended(m, h)(s, t);
        values[`score_cond_acc${m === 1 ? '' : `_l${l}_l${m}`}${end}`] = over(
          (p) => M(2)(p) && a(p) >= 1,
          (p) => attended(l, h)(p.s, a(p)) === a(p) - 1,
        );
      }
    }
    for (let l = 0; l < layers; l++) {
      const A = (s: EvaluatedSequence, t: number, key: number) =>
        s.attention[l]![h]!.values[t * s.attention[l]![h]!.stride + key]!;
      values[`prev_mass_l${l}_h${h}`] = over(
        ({ t }) => t >= 1,
        ({ s, t }) => A(s, t, t - 1),
      );
      values[`induction_mass_l${l}_h${h}`] = over(M(2), ({ s, t }) => {
        let sum = 0;
        for (let key = 1; key <= t; key++) if (s.tokens[key - 1] === s.tokens[t]) sum += A(s, t, key);
        return sum;
      });
    }
  }
  return values;
}

function counted({ layers, heads }: Shape, batch: readonly EvaluatedSequence[]): Float64Array {
  const layout = countersLayout(layers, heads);
  const counters = createCounters(layout);
  for (const sequence of batch) countSequence(layout, counters, sequence);
  return counters;
}

laws('every key is the mean that its definition names, in every head', () => {
  fc.assert(
    fc.property(batches, ({ shape, batch }) => {
      const metrics = batchMetrics(countersLayout(shape.layers, shape.heads), counted(shape, batch));
      assert.equal({ ...metrics }, definitions(shape, batch));
    }),
    { numRuns: 200 },
  );
});

laws('shards cut anywhere add up to the whole', () => {
  fc.assert(
    fc.property(batches, fc.array(fc.nat(6), { maxLength: 4 }), ({ shape, batch }, cuts) => {
      const edges = [0, ...cuts.map((cut) => Math.min(cut, batch.length)).sort((a, b) => a - b), batch.length];
      const total = createCounters(countersLayout(shape.layers, shape.heads));
      for (let i = 1; i < edges.length; i++) addSums(total, counted(shape, batch.slice(edges[i - 1], edges[i])));
      assert.equal(total, counted(shape, batch));
    }),
    { numRuns: 100 },
  );
});

laws('the loss of an in-context run is the mean over in-context positions', () => {
  fc.assert(
    fc.property(batches, ({ shape, batch }) => {
      const metrics = batchMetrics(countersLayout(shape.layers, shape.heads), counted(shape, batch), 'in-context');
      assert.is(metrics.loss, definitions(shape, batch).loss_head!);
    }),
    { numRuns: 50 },
  );
});

laws('an empty batch has no metric at all', () => {
  const layout = countersLayout(2, 2);
  const metrics = batchMetrics(layout, createCounters(layout));
  for (const [key, value] of Object.entries(metrics)) assert.is(value, null, key);
});

laws('arrays may be filled again between sequences', () => {
  const layout = countersLayout(2, 1);
  const one: EvaluatedSequence = {
    tokens: Int32Array.of(1, 0, 1, 0),
    occurrences: Int32Array.of(1, 0, 2),
    absorbed: false,
    losses: Float32Array.of(1, 2, 3),
    predictions: Int32Array.of(0, 0, 0),
    attended: [[Int32Array.of(0, 0, 1)], [Int32Array.of(0, 0, 1)]],
    attention: [0, 1].map(() => [{ stride: 3, values: Float32Array.of(1, 0, 0, 0.5, 0.5, 0, 0.25, 0.5, 0.25) }]),
    bagRight: 1,
    bayesRight: 0,
  };
  const counters = createCounters(layout);
  countSequence(layout, counters, one);
  const kept = counters.slice();
  for (const values of [one.tokens, one.occurrences, one.losses, one.predictions, one.attended[1]![0]!]) values.fill(0);
  one.attention[1]![0]!.values.fill(0);
  assert.equal(counters, kept);
  const metrics = batchMetrics(layout, counters);
  assert.is(metrics.score2_acc, 1);
  assert.equal([metrics.prev_mass_l1_h0, metrics.induction_mass_l1_h0], [0.5, 0.5]);
  assert.throws(() => addSums(counters, new Float64Array(3)), /slots, got 3/);
});

laws.run();
