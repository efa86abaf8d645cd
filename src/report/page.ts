/**
 * One page about one run or several: what ran, how it went, how it ended beside its baselines, what it looks at, what
 * its matrices remember. A single file without a network and with one small script, which says what is under the
 * pointer and saves figures; the page's policy forbids all else, and without the script all of it can be read.
 */
import { type MeasureKey, measures, recallKeys, type Unit } from '../analysis/measures.js';
import type { MetricsRecord } from '../analysis/record.js';
import { runsRightToLeft, visibleSymbol } from '../corpus/symbol-names.js';
import { inContext } from '../task/triggers/occurrences.js';
import { compareSettings, hasTestLaw, releaseEvents, type SettingRow } from './compared-settings.js';
import { birthFigure, type CurveKey, comparisonFigure, lossFigure } from './curve-figures.js';
import {
  type AssociationMatrix,
  type AttentionSample,
  associationFigure,
  attentionFigure,
  type PositionRange,
} from './heatmaps.js';
import { details, figureMarkup, html, type Markup, type PageFigure, section, table, trusted } from './markup.js';
import { SCRIPT } from './page-script.js';
import { STYLE } from './page-style.js';
import type { Layout } from './panel-grid.js';
import { hasValues, lastValue, type NamedRun, pointsOf, type RunEvent } from './records.js';
import { plainLine } from './text.js';

/** A sequence that the page shows the model's attention on. */
export interface ReportSample extends AttentionSample {
  /** What the sequence is, as in "drawn at random, the first". */
  readonly title: string;
  /** The positions drawn as a map; default: the first 40. */
  readonly span?: PositionRange;
}

/** A memory as a picture, and what is known of it. */
export interface ReportMemory extends AssociationMatrix {
  readonly facts: readonly MemoryFact[];
}

export interface MemoryFact {
  readonly fact: string;
  readonly value: string;
}

export interface ReportRun extends NamedRun {
  /** As in params.json: any JSON. */
  readonly config: unknown;
  /** Default: the releases that the configuration speaks of. */
  readonly events?: readonly RunEvent[];
  readonly samples: readonly ReportSample[];
  readonly memories: readonly ReportMemory[];
  /** What heads do between tokens and between positions. */
  readonly circuits: readonly AssociationMatrix[];
}

export interface ReportOptions {
  readonly runs: readonly ReportRun[];
}

/** Rows of the table of final measures. Accuracy stands between its baselines. */
const FINAL: readonly MeasureKey[] = [
  ...(['baseline_bag', 'acc_end', 'acc_end_test', 'acc_end_open', 'baseline_bayes', 'acc_tot'] as const),
  ...(['loss', 'loss_bigram', 'loss_head'] as const),
  ...Object.values(recallKeys),
  ...(['wk0_64_acc', 'wk0_early_acc', 'ff1_loss'] as const),
  ...(['tokens_per_second', 'seconds'] as const),
];

/** Digits behind the point, by unit. */
const DIGITS: Readonly<Partial<Record<Unit, number>>> = { nats: 4, tokens: 0, seconds: 1 };

/** The page's bytes depend on its input alone. Throws a RangeError without a run. */
export async function reportPage(options: ReportOptions): Promise<string> {
  if (options.runs.length === 0) throw new RangeError('runs: expected at least one run, got none');
  const runs = options.runs.map((run) => ({ ...run, events: run.events ?? releaseEvents(run.config) }));
  const names = runs.map(({ name }) => plainLine(name, 120));
  const title = `ihead report: ${names.join(', ')}`;
  const body = [
    html`<h1>ihead report</h1>
<p>${runs.length === 1 ? 'One run' : `${runs.length} runs`}: ${names.join(', ')}. An induction head finds the last place where the
present token stood and predicts what followed it there; the figures below show how the run learned to do that.</p>
`,
    settingsSection(names, compareSettings(runs.map(({ config }) => config))),
    resultSection(names, runs),
    curveSection(runs),
    attentionSection(runs),
    memorySection(runs),
    circuitSection(runs),
  ];
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${await digest(STYLE)}'`,
    `script-src 'sha256-${await digest(SCRIPT)}'`,
    'img-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<main>
${body}</main>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`;
  return page.markup;
}

function settingsSection(names: readonly string[], rows: readonly SettingRow[]): Markup {
  const different = rows.filter(({ differs }) => differs);
  const all = details(`All ${rows.length} settings`, 'closed', settingsTable('All settings', names, rows));
  if (names.length === 1) return section('settings', 'What ran', all);
  const many = `${different.length} ${different.length === 1 ? 'setting differs' : 'settings differ'} (marked).`;
  const summary = html`<p>${different.length === 0 ? 'All settings are the same.' : many}</p>\n`;
  const marked = different.length === 0 ? [] : settingsTable('Settings that differ', names, different);
  return section('settings', 'What ran', summary, marked, all);
}

function settingsTable(caption: string, names: readonly string[], rows: readonly SettingRow[]): Markup {
  const several = names.length > 1;
  const head = ['setting', ...names, ...(several ? ['compared'] : [])].map(headCell);
  const lines = rows.map(({ path, values, differs }) => {
    const cells = values.map((value) => html`<td><code>${value === null ? '–' : plainLine(value, 200)}</code></td>`);
    const mark = several ? html`<td>${differs ? 'differs' : 'same'}</td>` : [];
    const tag = differs ? trusted('<tr class="differs">') : trusted('<tr>');
    return html`${tag}<th scope="row">${plainLine(path, 120)}</th>${cells}${mark}</tr>\n`;
  });
  return html`${table(caption, head, lines)}\n`;
}

function resultSection(names: readonly string[], runs: readonly ReportRun[]): Markup {
  const shown = FINAL.filter((key) => runs.some(({ records }) => hasValues(pointsOf(records, key))));
  const measured = shown.map((key) => {
    const { title, unit } = measures[key];
    const digits = DIGITS[unit] ?? 3;
    const cells = runs.map(({ records }) => numberCell(lastValue(pointsOf(records.slice(-1), key))?.value, digits));
    const name = unit === 'nats' ? `${title} (nats)` : title;
    return html`<tr><th scope="row">${name} <code>${key}</code></th>${cells}</tr>\n`;
  });
  const steps = runs.map(({ records }) => numberCell(records.at(-1)?.iter, 0));
  const learned = runs.map(({ records }) => numberCell(records.find(({ acc_end }) => (acc_end ?? 0) >= 0.9)?.iter, 0));
  const rows = [
    html`<tr><th scope="row">last evaluated step <code>iter</code></th>${steps}</tr>\n`,
    html`<tr><th scope="row">first evaluation with in-context accuracy of at least 0.9</th>${learned}</tr>\n`,
    ...measured,
  ];
  const label = 'Numbers of the last evaluation';
  const caption = `${label}. A dash: the model has no such part, or nothing was counted.`;
  const numbers = table(label, ['measure', ...names].map(headCell), rows, caption);
  return section('results', 'How it ended', html`${numbers}\n`);
}

function headCell(text: string): Markup {
  return html`<th scope="col">${text}</th>`;
}

function numberCell(value: number | null | undefined, digits: number): Markup {
  return html`<td class="number">${value === null || value === undefined ? '–' : value.toFixed(digits)}</td>`;
}

function curveSection(runs: readonly ReportRun[]): Markup {
  const about = runs.length === 1 ? runs[0]!.name : `${runs.length}-runs`;
  const test = runs.some(({ config }) => hasTestLaw(config));
  const figures: PageFigure[] = [
    {
      ...bothLayouts((layout) => birthFigure(runs, { test, layout })),
      file: `${about}-birth`,
      caption: 'In-context accuracy beside its baselines, and memory recall, over the training steps.',
    },
    {
      ...bothLayouts((layout) => lossFigure(runs, { layout })),
      file: `${about}-losses`,
      caption: 'Losses on global and on in-context tokens over the training steps.',
    },
  ];
  if (runs.length > 1) {
    const groups = runs.map((run) => ({ name: run.name, runs: [run] }));
    const keys = ['acc_end', ...Object.values(recallKeys)] as const;
    figures.push({
      ...bothLayouts((layout) => comparisonFigure(groups, keys, { layout })),
      file: `${about}-compared`,
      caption: 'The same measures with the runs in one panel each.',
    });
  }
  return section('curves', 'How it learned', figures.map(figureMarkup), runs.map(recordTable));
}

function bothLayouts(draw: (layout: Layout) => string): Pick<PageFigure, 'svg' | 'narrow'> {
  return { svg: draw('wide'), narrow: draw('narrow') };
}

const TABLE: readonly CurveKey[] = [
  ...(['acc_end', 'baseline_bag', 'baseline_bayes'] as const),
  ...Object.values(recallKeys),
  ...(['loss_bigram', 'loss_head'] as const),
];

/** The curves for those who cannot see them, and for those who want the numbers. */
function recordTable({ name, records }: ReportRun): Markup {
  const title = `The numbers behind the curves: ${plainLine(name, 120)}`;
  const lines = records.map((record: MetricsRecord) => {
    const cells = TABLE.map((key) => numberCell(lastValue(pointsOf([record], key))?.value, 3));
    return html`<tr><th scope="row">${record.iter}</th>${cells}</tr>\n`;
  });
  return details(title, 'closed', table(title, ['iter', ...TABLE].map(headCell), lines, null));
}

function attentionSection(runs: readonly ReportRun[]): Markup {
  const parts: Markup[] = [];
  for (const { name, samples } of runs) {
    for (const [n, sample] of samples.entries()) {
      const { title, span } = sample;
      const what = `${plainLine(name, 60)}: ${plainLine(title, 120)}`;
      const svg = attentionFigure(sample, { title: `Attention, ${what}`, ...(span === undefined ? {} : { span }) });
      const figure = { file: `${name}-attention-${n + 1}`, svg, caption: `Attention in ${what}.` };
      const state = n === 0 ? 'open' : 'closed';
      parts.push(details(what, state, sequenceMarkup(sample), figureMarkup(figure)));
    }
  }
  if (parts.length === 0) return html``;
  const about = html`<p>In an induction head each position of the first layer attends to the one before it, and the second layer, at a trigger that was
seen before, to the token that followed it.</p>
`;
  return section('attention', 'What it looks at', about, parts);
}

function sequenceMarkup({ symbols, targets, predictions, occurrences }: ReportSample): Markup {
  let counted = 0;
  let right = 0;
  const marked = symbols.map((symbol, t) => {
    if (!inContext(occurrences[t]!)) return html`${shownSymbol(symbol)}`;
    counted++;
    const hit = predictions[t] === targets[t];
    if (hit) right++;
    return html`<mark${hit ? [] : trusted(' class="wrong"')}>${shownSymbol(symbol)}</mark>`;
  });
  const last = symbols.length - 1;
  const ending = last < 0 ? '' : ` After its last symbol the model expects ${visibleSymbol(predictions[last] ?? '')}.`;
  const account =
    counted === 0
      ? `In this text nothing can be told from the context: no symbol occurs again that is always followed by the same one.${ending}`
      : `Marked: positions whose next token the context tells. The model predicts it at ${right} of ${counted}; the others are underlined.`;
  return html`<p class="sequence"><code>${marked}</code></p>
<p>${account}</p>
`;
}

/** A letter that runs from right to left stands for itself: beside others of its kind it would change their order. */
function shownSymbol(symbol: string): Markup {
  const shown = visibleSymbol(symbol);
  return runsRightToLeft(shown) ? html`<bdi>${shown}</bdi>` : html`${shown}`;
}

function memorySection(runs: readonly ReportRun[]): Markup {
  const kind = { file: 'memory', what: 'Associations', first: 'open' } as const;
  const parts = matrixParts(runs, ({ memories }) => memories, kind);
  if (parts.length === 0) return html``;
  const about = html`<p>A matrix W stores a pair of an input u and an output v when, asked with u, the score vᵀ W u is the largest of all outputs'. Beside each
stands the ideal memory, which holds every wanted pair and nothing else but noise.</p>
`;
  return section('memories', 'What its matrices remember', about, parts);
}

function circuitSection(runs: readonly ReportRun[]): Markup {
  const kind = { file: 'circuit', what: 'Circuit', first: 'closed' } as const;
  const parts = matrixParts(runs, ({ circuits }) => circuits, kind);
  if (parts.length === 0) return html``;
  const about = html`<p>The query-key circuit of a head says what attends to what, its output-value circuit what attending to a token puts out; both without norms, and
as if nothing but the tokens or the positions were in the residual stream.</p>
`;
  return section('circuits', 'What its heads do', about, parts);
}

/** Every matrix of every run, with what is known of it; `first`: that of each run's first one. */
function matrixParts(
  runs: readonly ReportRun[],
  matricesOf: (run: ReportRun) => readonly (AssociationMatrix & Partial<ReportMemory>)[],
  kind: { readonly file: string; readonly what: string; readonly first: 'open' | 'closed' },
): Markup[] {
  const parts: Markup[] = [];
  for (const run of runs) {
    for (const [n, { facts = [], ...matrix }] of matricesOf(run).entries()) {
      const title = `${plainLine(run.name, 60)}: ${plainLine(matrix.title, 120)}`;
      const svg = associationFigure({ ...matrix, title });
      const figure = { file: `${run.name}-${kind.file}-${n + 1}`, svg, caption: `${kind.what}, ${title}.` };
      const known = facts.map(({ fact, value }) => html`<dt>${fact}</dt><dd>${value}</dd>\n`);
      const list = known.length === 0 ? [] : html`<dl>\n${known}</dl>\n`;
      parts.push(details(title, n === 0 ? kind.first : 'closed', list, figureMarkup(figure)));
    }
  }
  return parts;
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}
