/** The ablation report over made-up metrics: who was asked, in which order, and when it stops. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ablateHeads } from '../../../../src/analysis/batch/ablation.js';
import type { BatchMetrics, Mean } from '../../../../src/analysis/record.js';
import type { HeadAddress } from '../../../../src/model/plan.js';
import { batchMetrics, countersLayout, createCounters } from '../../../../src/task/triggers/metrics.js';

const laws = suite('ablation');

const LAYERS = 2;
const HEADS = 3;
/** Masses by layer and head. Two previous-token heads, two induction heads. */
const PREVIOUS = [
  [0.7, 0.1, 0.9],
  [0.2, 0.2, 0.05],
];
const INDUCTION = [
  [0.02, 0.03, 0.01],
  [0.1, 0.8, 0.6],
];

/** A model that needs one of the heads [0, 0] and [0, 2], and one of [1, 1] and [1, 2]. */
function accuracyWithout(silenced: readonly HeadAddress[]): number {
  const has = (layer: number, head: number) => !silenced.some(([l, h]) => l === layer && h === head);
  if (silenced.length === LAYERS * HEADS) return 0.01;
  const first = Number(has(0, 0)) + Number(has(0, 2));
  const second = Number(has(1, 1)) + Number(has(1, 2));
  return first === 0 || second === 0 ? 0.5 : 0.7 + 0.1 * (first + second - 2);
}

function metrics(accuracy: Mean, bag: Mean): BatchMetrics {
  const layout = countersLayout(LAYERS, HEADS);
  const masses: Record<string, number> = {};
  for (let l = 0; l < LAYERS; l++) {
    for (let h = 0; h < HEADS; h++) {
      masses[`prev_mass_l${l}_h${h}`] = PREVIOUS[l]![h]!;
      masses[`induction_mass_l${l}_h${h}`] = INDUCTION[l]![h]!;
    }
  }
  return { ...batchMetrics(layout, createCounters(layout)), ...masses, acc_end: accuracy, baseline_bag: bag };
}

/** Masses as they would be with heads left out must not be mixed up with the whole model's. */
function blurred(whole: BatchMetrics): BatchMetrics {
  return Object.fromEntries(
    Object.entries(whole).map(([key, value]) => [key, key.includes('mass') ? 0 : value]),
  ) as BatchMetrics;
}

async function report(level?: number) {
  const asked: string[] = [];
  const result = await ablateHeads(
    async (silenced) => {
      asked.push(JSON.stringify(silenced));
      const all = metrics(accuracyWithout(silenced), 0.45);
      return silenced.length === 0 ? all : blurred(all);
    },
    { layers: LAYERS, heads: HEADS, ...(level === undefined ? {} : { level }) },
  );
  return { asked, result };
}

laws('every head is listed with its masses and with the accuracy that is left without it', async () => {
  const { result } = await report();
  assert.is(result.accuracy, accuracyWithout([]));
  assert.is(result.baselineBag, 0.45);
  const wanted = [];
  for (let layer = 0; layer < LAYERS; layer++) {
    for (let head = 0; head < HEADS; head++) {
      wanted.push({
        layer,
        head,
        previousMass: PREVIOUS[layer]![head]!,
        inductionMass: INDUCTION[layer]![head]!,
        accuracy: accuracyWithout([[layer, head]]),
      });
    }
  }
  assert.equal(result.heads, wanted);
  assert.is(result.all.silenced.length, LAYERS * HEADS);
  assert.is(result.all.accuracy, 0.01);
});

laws('heads fall silent from the top of each ranking, until accuracy is down', async () => {
  const { result } = await report();
  assert.ok(Math.abs(result.level! - 0.53) < 1e-12);
  assert.equal(result.previous, [
    { silenced: [[0, 2]], accuracy: accuracyWithout([[0, 2]]) },
    {
      silenced: [
        [0, 2],
        [0, 0],
      ],
      accuracy: 0.5,
    },
  ]);
  assert.equal(
    result.induction.map(({ silenced }) => silenced),
    [
      [[1, 1]],
      [
        [1, 1],
        [1, 2],
      ],
    ],
  );
});

laws('a given level is taken at its word: accuracy at it is down', async () => {
  assert.equal([(await report(0.5)).result.previous.length, (await report(0.9)).result.previous.length], [2, 1]);
  const { result } = await report(0.4);
  assert.equal([result.level, result.previous.length, result.induction.length], [0.4, 6, 6]);
  // Equal masses keep the heads' own order.
  assert.equal(
    result.previous.at(-1)!.silenced.map((head) => head.join()),
    ['0,2', '0,0', '1,0', '1,1', '0,1', '1,2'],
  );
});

laws('the whole model is asked once', async () => {
  const { asked } = await report();
  assert.is(asked.filter((silenced) => silenced === '[]').length, 1);
});

laws('a batch without in-context positions has a report without numbers', async () => {
  const result = await ablateHeads(async () => metrics(null, null), { layers: LAYERS, heads: HEADS });
  assert.equal([result.accuracy, result.level, result.all.accuracy], [null, null, null]);
  assert.is(result.previous.length, 1);
});

laws.run();
