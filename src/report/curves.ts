/**
 * The paper's panels: accuracy, memory recall and losses over the training steps, of one run, of several, over seeds.
 */
import type { MetricsRecord } from '../analysis/record.js';
import { COLORS, type Column, type Line, type Measure, panelGrid, type Stroke, strokeOf } from './panel.js';
import { hasValues, medianOf, type NamedRun, pointsOf, type RunGroup } from './records.js';
import { sheetToString, svgDocument } from './svg.js';

/** A metric that can be drawn, as a line or as a panel of its own. */
export type CurveKey = keyof MetricsRecord & string;

interface Curve {
  readonly key: CurveKey;
  readonly label: string;
  readonly stroke: Stroke;
}

const ACCURACY: readonly Curve[] = [
  { key: 'acc_end', label: 'model', stroke: { color: COLORS.blue, width: 2.5 } },
  { key: 'baseline_bayes', label: 'ideal reader', stroke: { color: COLORS.grey, dash: '8 3', width: 1.5 } },
  { key: 'baseline_bag', label: 'bag of words', stroke: { color: COLORS.grey, dash: '2 3', width: 1.5 } },
];

const TEST: Curve = {
  key: 'acc_end_test',
  label: 'model, test law',
  stroke: { color: COLORS.vermillion, dash: '7 3' },
};

const RECALL: readonly Curve[] = [
  { key: 'wo1_acc', label: 'W_O² output (wo1)', stroke: { color: COLORS.blue } },
  { key: 'wk1_acc', label: 'W_K² match (wk1)', stroke: { color: COLORS.vermillion, dash: '7 3' } },
  { key: 'wk0_64_acc', label: 'W_K¹ early (wk0_64)', stroke: { color: COLORS.purple, dash: '9 3 2 3' } },
  { key: 'wk0_acc', label: 'W_K¹ previous (wk0)', stroke: { color: COLORS.green, dash: '2 3', width: 2.5 } },
];

const EARLY: Curve = { ...RECALL[2]!, key: 'wk0_early_acc', label: 'W_K¹ early (wk0_early)' };

const LOSSES: readonly Curve[] = [
  { key: 'loss_bigram', label: 'global (loss_bigram)', stroke: { color: COLORS.vermillion, dash: '7 3' } },
  { key: 'loss_head', label: 'in-context (loss_head)', stroke: { color: COLORS.blue } },
  { key: 'ff1_loss', label: 'W_F to bigrams (ff1_loss)', stroke: { color: COLORS.green, dash: '2 3', width: 2.5 } },
];

const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];
const ACCURACY_MEASURE: Measure = { title: 'In-context accuracy (share of tokens)', domain: [0, 1], ticks: TICKS };
const RECALL_MEASURE: Measure = { title: 'Memory recall (share of associations)', domain: [0, 1], ticks: TICKS };
const LOSS_MEASURE: Measure = { title: 'Cross-entropy (nats per token)' };

const MEASURES: Readonly<Record<string, Measure>> = {
  acc_end: ACCURACY_MEASURE,
  acc_end_test: { ...ACCURACY_MEASURE, title: 'In-context accuracy on the test set (share of tokens)' },
  wo1_acc: { ...RECALL_MEASURE, title: 'Recall of the output memory W_O² (wo1, share of associations)' },
  wk1_acc: { ...RECALL_MEASURE, title: 'Recall of the matching memory W_K² (wk1, share of associations)' },
  wk0_acc: { ...RECALL_MEASURE, title: 'Recall of the previous-token memory W_K¹ (wk0, share of positions)' },
  wk0_64_acc: { ...RECALL_MEASURE, title: 'Recall of W_K¹ at t < 64 (wk0_64, share of positions)' },
  wk0_early_acc: { ...RECALL_MEASURE, title: 'Recall of W_K¹ at t < T/4 (wk0_early, share of positions)' },
  loss: { ...LOSS_MEASURE, title: 'Training loss (nats per token)' },
  loss_bigram: { ...LOSS_MEASURE, title: 'Loss on global tokens (nats per token)' },
  loss_head: { ...LOSS_MEASURE, title: 'Loss on in-context tokens (nats per token)' },
  ff1_loss: { title: 'W_F against the bigram law (ff1_loss, nats)' },
};

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
}

/**
 * Accuracy with both baselines above, recall of the memories below: the paper's Figure 3. Several runs stand side by
 * side.
 */
export function birthFigure(runs: readonly NamedRun[], options: CurveOptions = {}): string {
  const accuracy = accuracyCurves(options);
  return draw(runs, [ACCURACY_MEASURE, RECALL_MEASURE], (run) => [accuracy, recallCurves(run)], {
    title: 'Birth of an induction head',
    subtitle: BIRTH_NOTES,
    ...options,
  });
}

/** In-context accuracy over the steps, with both baselines. */
export function accuracyFigure(runs: readonly NamedRun[], options: CurveOptions = {}): string {
  const accuracy = accuracyCurves(options);
  return draw(runs, [ACCURACY_MEASURE], () => [accuracy], { title: 'In-context accuracy', ...options });
}

/** Recall of the three memories over the steps. */
export function recallFigure(runs: readonly NamedRun[], options: CurveOptions = {}): string {
  return draw(runs, [RECALL_MEASURE], (run) => [recallCurves(run)], {
    title: 'Memory recall',
    subtitle: RECALL_NOTE,
    ...options,
  });
}

/** Losses on global and on in-context tokens, and of the feed-forward memory where there is one. */
export function lossFigure(runs: readonly NamedRun[], options: CurveOptions = {}): string {
  return draw(runs, [LOSS_MEASURE], () => [LOSSES], {
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
  const measures = keys.map((key) => MEASURES[key] ?? { title: key });
  const events = groups.flatMap(({ runs }) => runs.flatMap((run) => run.events ?? []));
  const document = svgDocument();
  const unique = [...new Map(events.map((event) => [`${event.step} ${event.label}`, event])).values()];
  const grid = panelGrid(document, measures, [{ events: unique, lines }]);
  return sheetToString(document, {
    ...grid,
    title: options.title ?? 'Runs compared',
    ...(seeds > 1 ? { subtitle: `Lines: median of up to ${seeds} seeds; bands: their whole range.` } : {}),
    ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
  });
}

function draw(
  runs: readonly NamedRun[],
  measures: readonly Measure[],
  curvesOf: (run: NamedRun) => readonly (readonly Curve[])[],
  { title, subtitle }: CurveOptions & { readonly title: string },
): string {
  const columns = runs.map((run): Column => {
    const lines = curvesOf(run).map((curves) => linesOf(run, curves));
    return { events: run.events ?? [], lines, ...(runs.length > 1 ? { name: run.name } : {}) };
  });
  const document = svgDocument();
  const grid = panelGrid(document, measures, columns);
  return sheetToString(document, { ...grid, title, ...(subtitle === undefined ? {} : { subtitle }) });
}

function linesOf({ records }: NamedRun, curves: readonly Curve[]): Line[] {
  const lines = curves.map(({ key, label, stroke }) => ({ label, stroke, points: pointsOf(records, key) }));
  return lines.filter(({ points }) => hasValues(points));
}

function accuracyCurves({ test = false }: CurveOptions): readonly Curve[] {
  return test ? [ACCURACY[0]!, TEST, ...ACCURACY.slice(1)] : ACCURACY;
}

/** Up to 64 positions wk0 and wk0_64 are one probe; the first quarter of the positions stands in for the latter. */
function recallCurves({ records }: NamedRun): readonly Curve[] {
  if (records.some((record) => record.wk0_acc !== record.wk0_64_acc)) return RECALL;
  return RECALL.map((curve) => (curve.key === 'wk0_64_acc' ? EARLY : curve));
}
