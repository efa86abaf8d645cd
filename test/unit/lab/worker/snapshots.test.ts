/** What a lab remembers of a long run, and what it finds worth telling. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MetricsRecord } from '../../../../src/analysis/record.js';
import { createMilestones } from '../../../../src/lab/worker/milestones.js';
import { capacityFor, createSnapshots } from '../../../../src/lab/worker/snapshots.js';

const laws = suite('snapshots and milestones');

laws('however long a run, its snapshots are few, even, and hold the first, the last and the pinned', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 8, max: 60 }),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (capacity, records, every, pinned) => {
        const snapshots = createSnapshots(capacity);
        const kept = new Set<number>();
        let full = false;
        const pins = new Set(pinned.map((n) => every * (n % records)).slice(0, capacity / 4));
        for (let n = 0; n < records; n++) {
          const step = n * every;
          const dropped = snapshots.add(step, new Map([['w', Float32Array.of(step)]]));
          kept.add(step);
          for (const gone of dropped) assert.ok(kept.delete(gone), 'told once');
          if (pins.has(step)) snapshots.pin(step);
          assert.ok(snapshots.steps.length <= capacity);
          // Full is full: the last one alone may stand between the even ones.
          if (full) assert.ok(snapshots.steps.length >= capacity - 1, `${snapshots.steps.length} of ${capacity}`);
          full ||= snapshots.steps.length === capacity;
        }
        assert.equal(new Set(snapshots.steps), kept);
        assert.ok(kept.has(0) && kept.has((records - 1) * every));
        for (const step of pins) assert.ok(kept.has(step), `pin ${step}`);
        for (const step of kept) assert.is(snapshots.at(step)!.get('w')![0], step);
        // Neighbours, neither of them pinned nor the last, lie one stride apart, or two where the thinning has been.
        const even = snapshots.steps.slice(0, -1);
        const gaps = even
          .slice(1)
          .flatMap((step, i) => (pins.has(step) || pins.has(even[i]!) ? [] : [step - even[i]!]));
        const least = Math.min(...gaps);
        for (const gap of gaps) assert.ok(gap === least || gap === 2 * least, `${gap}, ${least}`);
      },
    ),
  );
});

laws('fewer snapshots are kept of a larger model, within the bytes', () => {
  assert.is(capacityFor(200_000, 200, 64 * 2 ** 20), 200);
  const each = 2 ** 20;
  assert.is(capacityFor(each, 200, 64 * 2 ** 20), 64);
  assert.is(capacityFor(2 ** 30, 200, 64 * 2 ** 20), 8);
});

const recordOf = (iter: number, values: Partial<Record<string, number | null>>) =>
  ({
    iter,
    acc_end: 0.01,
    baseline_bag: 0.4,
    wo1_acc: 0,
    wk1_acc: 0,
    wk0_acc: 0,
    loss_bigram: 4.6,
    ...values,
  }) as MetricsRecord;

laws('each milestone is told once, at the first record that shows it', () => {
  const told = createMilestones(2.4);
  const ids = (record: MetricsRecord) => told(record).map(({ id, step }) => `${id}@${step}`);
  assert.equal(ids(recordOf(0, {})), []);
  assert.equal(ids(recordOf(5, { wo1_acc: 0.5 })), ['wo1@5']);
  assert.equal(ids(recordOf(10, { wo1_acc: 0.9, loss_bigram: 2.7 })), []);
  assert.equal(ids(recordOf(15, { loss_bigram: 2.6 })), ['bigram@15']);
  assert.equal(ids(recordOf(20, { acc_end: 0.44 })), []);
  assert.equal(ids(recordOf(25, { acc_end: 0.46 })), ['bag@25']);
  assert.equal(ids(recordOf(30, { acc_end: 0.95 })), ['accuracy-0.5@30', 'accuracy-0.9@30']);
  assert.equal(ids(recordOf(35, { acc_end: 0.2, wo1_acc: 0.1 })), []);
  assert.equal(ids(recordOf(40, { acc_end: 0.95, wo1_acc: 0.9 })), []);
});

laws('a model without memories, and a batch without triggers, reach no milestone', () => {
  const told = createMilestones(2.4);
  const nothing = { acc_end: null, baseline_bag: null, wo1_acc: -1, wk1_acc: -1, wk0_acc: -1 };
  for (let step = 0; step < 50; step += 5) assert.equal(told(recordOf(step, nothing)), []);
});

laws.run();
