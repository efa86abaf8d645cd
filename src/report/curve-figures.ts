/** The paper's panels: accuracy, memory recall and losses over the training steps, of runs or of groups of seeds. */
import { baselines, earlyKeyOf, headingOf, measureOf, measures, recallKeys } from '../analysis/measures.js';
import type { looks } from '../analysis/palette.js';
import type { MetricsRecord } from '../analysis/record.js';
import {
  type Column,
  type Layout,
  type Line,
  panelGrid,
  type Stroke,
  strokeOf,
  strokeOfMeasure,
  type VerticalAxis,
} from './panel-grid.js';
import { hasValues, medianOf, type NamedRun, pointsOf, type RunGroup } from './records.js';
import { sheetToString, svgDocument } from './svg.js';

/** A metric that can be drawn, as a line or as a panel of its own. */
export type CurveKey = keyof MetricsRecord & string;

interface Curve {
  readonly key: CurveKey;
  readonly label: string;
  readonly stroke: Stroke;
}

/** A measure that the palette knows, under a name of its own. */
function curve(key: CurveKey & keyof typeof looks, label: string): Curve {
  return { key, label, stroke: strokeOfMeasure(key)! };
}

const ACCURACY: readonly Curve[] = [
  curve('acc_end', 'model'),
  curve('baseline_bayes', baselines.baseline_bayes),
  curve('baseline_bag', baselines.baseline_bag),
];

const TEST = curve('acc_end_test', 'model, test law');

const LOSSES: readonly Curve[] = (['loss_bigram', 'loss_head', 'ff1_loss'] as const).map((key) => {
  return curve(key, measures[key].title);
});

const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];
const RECALL_AXIS: VerticalAxis = { title: 'Memory recall (share of associations)', domain: [0, 1], ticks: TICKS };
const LOSS_AXIS: VerticalAxis = { title: 'Cross-entropy (nats per token)' };

/** Of a panel with one metric; shares run from 0 to 1. */
function axisOf(key: string): VerticalAxis {
  const title = headingOf(key);
  const isShare = measureOf(key).unit?.startsWith('share') ?? false;
  return isShare ? { title, domain: [0, 1], ticks: TICKS } : { title };
}

const RECALL_NOTE = 'W_K¹ the position before, W_K² the trigger that the token followed, W_O² the token to put out.';
const BIRTH_NOTES =
  'Above: how often the model predicts the token that its context tells, beside two baselines.\n' +
  `Below: what each matrix recalls of what it should: ${RECALL_NOTE}`;

export interface CurveOptions {
  readonly title?: string;
  /** Lines below the title. */
  readonly subtitle?: string;
  /** Draws the accuracy on the test set too: worth it where its outputs follow another law. */
  readonly test?: boolean;
  /** Default: wide. */
  readonly layout?: Layout;
}

/** Accuracy with both baselines above, recall of the memories below. Several runs stand side by side. */
export function birthFigure(runs: readonly NamedRun[], options: CurveOptions = {}): string {
  const accuracy = accuracyCurves(options);
  return draw(runs, [axisOf('acc_end'), RECALL_AXIS], (run) => [accuracy, recallCurves(run)], {
    title: 'Birth of an induction head',
    subtitle: BIRTH_NOTES,
    ...options,
  });
}

/** Losses on global and on in-context tokens, and of the feed-forward memory where there is one. */
export function lossFigure(runs: readonly NamedRun[], options: CurveOptions = {}): string {
  return draw(runs, [LOSS_AXIS], () => [LOSSES], {
    title: 'Losses',
    subtitle: 'Global tokens follow the bigram law; in-context tokens can be read from the sequence.',
    ...options,
  });
}

/** One panel a metric, one line a group of seeds: their median, and their range as a band behind it. */
export function comparisonFigure(
  groups: readonly RunGroup[],
  keys: readonly CurveKey[],
  options: Omit<CurveOptions, 'test'> = {},
): string {
  const seeds = Math.max(0, ...groups.map(({ runs }) => runs.length));
  const lines = keys.map((key) =>
    groups.map(({ name, runs }, at): Line => {
      const { median, spread } = medianOf(runs, key);
      return { label: name, stroke: strokeOf(at), points: median, ...(runs.length > 1 ? { spread } : {}) };
    }),
  );
  const events = groups.flatMap(({ runs }) => runs.flatMap((run) => run.events ?? []));
  const document = svgDocument();
  const unique = [...new Map(events.map((event) => [`${event.step} ${event.label}`, event])).values()];
  const grid = panelGrid(document, keys.map(axisOf), [{ events: unique, lines }], undefined, options.layout);
  return sheetToString(document, {
    ...grid,
    title: options.title ?? 'Runs compared',
    ...(seeds > 1 ? { subtitle: `Lines: median of up to ${seeds} seeds; bands: their whole range.` } : {}),
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
  });
}

function draw(
  runs: readonly NamedRun[],
  axes: readonly VerticalAxis[],
  curvesOf: (run: NamedRun) => readonly (readonly Curve[])[],
  { title, subtitle, layout }: CurveOptions & { readonly title: string },
): string {
  const columns = runs.map((run): Column => {
    const lines = curvesOf(run).map((curves) => linesOf(run, curves));
    return { events: run.events ?? [], lines, ...(runs.length > 1 ? { name: run.name } : {}) };
  });
  const document = svgDocument();
  const grid = panelGrid(document, axes, columns, undefined, layout);
  return sheetToString(document, { ...grid, title, ...(subtitle === undefined ? {} : { subtitle }) });
}

function linesOf({ records }: NamedRun, curves: readonly Curve[]): Line[] {
  const lines = curves.map(({ key, label, stroke }) => ({ label, stroke, points: pointsOf(records, key) }));
  return lines.filter(({ points }) => hasValues(points));
}

function accuracyCurves({ test = false }: CurveOptions): readonly Curve[] {
  return test ? [ACCURACY[0]!, TEST, ...ACCURACY.slice(1)] : ACCURACY;
}

function recallCurves({ records }: NamedRun): readonly Curve[] {
  const keys = [recallKeys.wo1, recallKeys.wk1, earlyKeyOf(records), recallKeys.wk0] as const;
  return keys.map((key) => curve(key, measures[key].symbol));
}
