/** Records as lines over the training steps: which metrics, where a step lies on the axis, also in words and rows. */
import { baselines, earlyKey, type MeasureKey, measureOf } from '../../../analysis/measures.js';
import { type ColorName, type Look, looks } from '../../../analysis/palette.js';
import { ABSENT, type MetricsRecord } from '../../../analysis/record.js';
import type { TaskConfig } from '../../../task/kinds.js';
import { percent } from './reading.js';

export type { ColorName };

/** A metric that is drawn. */
export type SeriesKey = keyof MetricsRecord & string;

export interface Series extends Look {
  readonly key: SeriesKey;
  readonly label: string;
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** What the vertical axis reaches; null: the largest value. */
  readonly top: number | null;
  readonly series: readonly Series[];
}

export const LOSSES: Chart = {
  id: 'loss',
  title: 'Loss',
  unit: 'nats per character, lower is better',
  top: null,
  series: [
    { key: 'loss_bigram', label: 'global: the bigram law decides', ...looks.loss_bigram },
    { key: 'loss_head', label: 'in context: a trigger seen before', ...looks.loss_head },
  ],
};

export const ACCURACY: Chart = {
  id: 'accuracy',
  title: 'In-context accuracy',
  unit: 'share of outputs predicted, higher is better',
  top: 1,
  series: [
    { key: 'acc_end', label: 'model', ...looks.acc_end },
    { key: 'baseline_bayes', label: baselines.baseline_bayes, ...looks.baseline_bayes },
    { key: 'baseline_bag', label: baselines.baseline_bag, ...looks.baseline_bag },
  ],
};

/** Where the test set draws its outputs by another law, the accuracy on it is a curve of its own. */
export function accuracyChart(task: TaskConfig): Chart {
  if (!('outputs' in task)) return ACCURACY;
  const { outputs, testOutputs = outputs } = task;
  if (testOutputs === outputs) return ACCURACY;
  const test: Series = {
    key: 'acc_end_test',
    label: `model on the test set, ${testOutputs} outputs`,
    ...looks.acc_end_test,
  };
  const [model, ...baselines] = ACCURACY.series;
  return { ...ACCURACY, series: [model!, test, ...baselines] };
}

/** Recall of the memories; `length`: tokens of a sequence. */
export function recallChart(length: number): Chart {
  const line = (key: MeasureKey & keyof typeof looks): Series => {
    const { symbol, does } = measureOf(key);
    return { key, label: `${symbol}: ${does}`, ...looks[key] };
  };
  return {
    id: 'recall',
    title: 'Recall',
    unit: 'share of its pairs that a memory holds',
    top: 1,
    series: [line('wo1_acc'), line('wk1_acc'), line(earlyKey(length)), line('wk0_acc')],
  };
}

/** A metric of a record, or null where it was not measured or the model does not have it. */
export function measured(record: MetricsRecord, key: SeriesKey): number | null {
  const value = record[key as keyof MetricsRecord];
  return value === null || value === undefined || value === ABSENT ? null : value;
}

/** Where a step lies on the axis: itself, or log10(step + 1), so that step 0 has a place. */
export function placeOf(step: number, logarithmic: boolean): number {
  return logarithmic ? Math.log10(step + 1) : step;
}

/** Steps to write on an axis from 0 to `last` that is `pixels` wide, ascending, each with room for its digits. */
export function stepTicks(last: number, logarithmic: boolean, pixels: number): number[] {
  const end = placeOf(Math.max(last, 1), logarithmic);
  const x = (step: number) => (placeOf(step, logarithmic) / end) * pixels;
  const kept = [0];
  for (const step of logarithmic ? logarithmicSteps(last) : evenSteps(last, pixels)) {
    const room = 7 * String(step).length + 16;
    if (x(step) - x(kept.at(-1)!) >= room) kept.push(step);
  }
  return kept;
}

function logarithmicSteps(last: number): number[] {
  const steps: number[] = [];
  for (let decade = 1; decade <= last; decade *= 10) {
    for (const step of [decade, 3 * decade]) if (step <= last) steps.push(step);
  }
  return steps;
}

function evenSteps(last: number, pixels: number): number[] {
  const most = Math.max(2, Math.floor(pixels / 60));
  const least = Math.max(last / most, 1);
  const power = 10 ** Math.floor(Math.log10(least));
  const gap = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= least)!;
  return Array.from({ length: Math.floor(last / gap) }, (_, n) => (n + 1) * gap);
}

/** The record whose place is nearest to `place`; of equals the earlier. */
export function nearestRecord(records: readonly MetricsRecord[], place: number, logarithmic: boolean): number {
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, { iter }] of records.entries()) {
    const distance = Math.abs(placeOf(iter, logarithmic) - place);
    if (distance < least) {
      nearest = index;
      least = distance;
    }
  }
  return nearest;
}

/** Indices of at most `most` (≥ 2) of `length` rows for reading: evenly, the first, the last and `kept` among them. */
export function thinned(length: number, most: number, kept: number): number[] {
  if (length <= most) return Array.from({ length }, (_, n) => n);
  const even = Array.from({ length: most - 1 }, (_, n) => Math.round((n * (length - 1)) / (most - 2)));
  return [...new Set([...even, kept])].sort((a, b) => a - b);
}

/** Largest value of a chart's lines, 1 where there is none. */
export function topOf(chart: Chart, records: readonly MetricsRecord[]): number {
  if (chart.top !== null) return chart.top;
  let top = 0;
  for (const record of records) for (const { key } of chart.series) top = Math.max(top, measured(record, key) ?? 0);
  return top > 0 ? top * 1.05 : 1;
}

/** A value of a chart in words: 88 % or 0.17; a dash for null. */
export function shown({ top }: Chart, value: number | null): string {
  if (value === null) return '–';
  return top === 1 ? percent(value) : value.toFixed(2);
}

/** The chart at one record, in a sentence. */
export function chartSentence(chart: Chart, record: MetricsRecord): string {
  const { title, series } = chart;
  const values = series.map(({ key, label }) => {
    const value = measured(record, key);
    return `${label} ${value === null ? 'not measured' : shown(chart, value)}`;
  });
  return `${title} at step ${record.iter}: ${values.join('; ')}.`;
}
