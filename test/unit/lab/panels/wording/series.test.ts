import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { palette } from '../../../../../src/analysis/palette.js';
import type { MetricsRecord } from '../../../../../src/analysis/record.js';
import { chartSvg } from '../../../../../src/lab/panels/drawing/chart-svg.js';
import {
  ACCURACY,
  accuracyChart,
  chartSentence,
  LOSSES,
  measured,
  nearestRecord,
  placeOf,
  recallChart,
  stepTicks,
  thinned,
  topOf,
} from '../../../../../src/lab/panels/wording/series.js';
import { TRIGGERS_DEFAULTS } from '../../../../../src/task/triggers/config.js';

const laws = suite('series');

/** Only what the charts read. */
const recordOf = (iter: number, values: Partial<Record<string, number | null>> = {}) =>
  ({
    iter,
    loss_bigram: 4,
    loss_head: 2,
    acc_end: 0.5,
    baseline_bag: 0.3,
    baseline_bayes: 1,
    ...values,
  }) as MetricsRecord;

laws('ticks ascend from 0 to at most the last step, and the digits of none touch those of the one before', () => {
  for (const logarithmic of [false, true]) {
    for (const last of [0, 1, 2, 9, 10, 299, 300, 4321, 999_999]) {
      for (const pixels of [40, 200, 560, 1500]) {
        const ticks = stepTicks(last, logarithmic, pixels);
        const end = placeOf(Math.max(last, 1), logarithmic);
        assert.is(ticks[0], 0);
        for (let n = 1; n < ticks.length; n++) {
          const gap = ((placeOf(ticks[n]!, logarithmic) - placeOf(ticks[n - 1]!, logarithmic)) / end) * pixels;
          const digits = (7 * (String(ticks[n]).length + String(ticks[n - 1]).length)) / 2;
          assert.ok(gap >= digits, `${ticks} on ${pixels}`);
          assert.ok(ticks[n]! <= last);
        }
        if (last >= 9 && pixels >= 500) assert.ok(ticks.length >= 3, `${last} on ${pixels}: ${ticks}`);
      }
    }
  }
});

laws('the nearest record is nearest on the axis as it is drawn', () => {
  const records = [0, 10, 100, 1000].map((iter) => recordOf(iter));
  for (const [index, { iter }] of records.entries()) {
    for (const logarithmic of [false, true]) {
      assert.is(nearestRecord(records, placeOf(iter, logarithmic), logarithmic), index);
    }
  }
  assert.is(nearestRecord(records, 400, false), 2);
  assert.is(nearestRecord(records, placeOf(400, true), true), 3);
});

laws('thinned rows are few, in order, and hold the first, the last and the one that is kept', () => {
  for (const length of [0, 1, 2, 16, 17, 100, 1001]) {
    for (const kept of [0, 7, length - 1]) {
      if (kept >= length || kept < 0) continue;
      const rows = thinned(length, 16, kept);
      assert.ok(rows.length <= 16 && rows.length >= Math.min(length, 15));
      assert.ok(rows.includes(0) && rows.includes(length - 1) && rows.includes(kept));
      assert.ok(rows.every((row, n) => Number.isInteger(row) && (n === 0 || row > rows[n - 1]!)));
    }
  }
});

laws('what was not measured is a gap and is said to be none', () => {
  const record = recordOf(20, { loss_head: null, loss_bigram: -1 });
  assert.is(measured(record, 'loss_head'), null);
  assert.is(measured(record, 'loss_bigram'), null);
  assert.is(topOf(LOSSES, [record]), 1);
  assert.match(chartSentence(LOSSES, record), /step 20: global.* not measured; in context.* not measured/);
  assert.match(
    chartSentence(ACCURACY, record),
    /step 20: model 50\u00a0%; ideal reader 100\u00a0%; bag of words 30\u00a0%/,
  );
});

laws('a chart as a file has a line for each series with its points in place, and none for an empty one', () => {
  const records = [recordOf(0), recordOf(50, { loss_head: 0 }), recordOf(100, { loss_head: null })];
  const drawing = chartSvg(LOSSES, { records, shown: 0, logarithmic: false });
  const lines = [...drawing.matchAll(/<path d="M([^"h]+)" fill="none"/g)].map((match) => match[1]!.split('L'));
  assert.equal(
    lines.map((points) => points.length),
    [3, 2],
  );
  const xs = lines[0]!.map((point) => Number(point.split(' ')[0]));
  assert.ok(Math.abs(xs[1]! - (xs[0]! + xs[2]!) / 2) < 0.2, 'step 50 stands half way');
  const [above, below] = lines[1]!.map((point) => Number(point.split(' ')[1]));
  assert.ok(below! > above!, 'a lower loss stands lower');
  const empty = chartSvg(LOSSES, { records: [recordOf(0, { loss_head: null })], shown: 0, logarithmic: true });
  assert.is([...empty.matchAll(/<path d="M[^"h]+" fill="none"/g)].length, 1);
});

laws('every line of a file has the colour of its series', () => {
  const task = { ...TRIGGERS_DEFAULTS, testOutputs: 'bigram' } as const;
  for (const chart of [LOSSES, accuracyChart(task), recallChart(256)]) {
    const values = Object.fromEntries(chart.series.map(({ key }) => [key, 0.5]));
    const records = [recordOf(0, values), recordOf(10, values)];
    const drawing = chartSvg(chart, { records, shown: 0, logarithmic: false });
    const strokes = new Set([...drawing.matchAll(/fill="none" stroke="([^"]+)"/g)].map((match) => match[1]!));
    assert.equal([...strokes].sort(), [...new Set(chart.series.map(({ color }) => palette[color].light))].sort());
  }
});

laws('what a name holds cannot break the file of a chart', () => {
  const chart = { ...LOSSES, title: 'a < b & c', series: [{ ...LOSSES.series[0]!, label: '<t> & "more"' }] };
  const svg = chartSvg(chart, { records: [], logarithmic: false, shown: 0 });
  assert.match(svg, 'a &#60; b &#38; c');
  assert.match(svg, '&#60;t&#62; &#38;');
  assert.not.match(svg, '<t>');
});

laws.run();
