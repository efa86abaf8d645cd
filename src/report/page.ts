/**
 * One page about one run or several: what ran, how it went, how it ended beside its baselines, what it looks at, what
 * its matrices remember. A single file without scripts and without a network; its own policy forbids both.
 */

import { type MeasureKey, measureOf, type Unit } from '../analysis/measures.js';
import type { MetricsRecord } from '../analysis/record.js';
import { visibleSymbol } from '../corpus/symbol-names.js';
import { inContext } from '../task/triggers/occurrences.js';
import { compareSettings, hasTestLaw, releaseEvents, type SettingRow } from './compared-settings.js';
import { birthFigure, type CurveKey, comparisonFigure, lossFigure } from './curve-figures.js';
import { figureMarkup } from './figure.js';
import {
  type AssociationMatrix,
  type AttentionSample,
  associationFigure,
  attentionFigure,
  type Span,
} from './heatmaps.js';
import { html, type Markup, trusted } from './markup.js';
import { STYLE } from './page-style.js';
import type { Rasterizer } from './raster.js';
import { hasValues, lastValue, type NamedRun, pointsOf, type RunEvent } from './records.js';
import { plainLine } from './text.js';

/** A sequence that the page shows the model's attention on. */
export interface ReportSample extends AttentionSample {
  /** What the sequence is, as in "drawn at random, the first". */
  readonly title: string;
  /** The positions drawn as a map; default: the first 40. */
  readonly span?: Span;
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
  /** Makes the figures' PNGs; without one the page offers SVG alone. */
  readonly raster?: Rasterizer;
}

/** Rows of the table of final measures. Accuracy stands between its baselines. */
const FINAL: readonly MeasureKey[] = [
  ...(['baseline_bag', 'acc_end', 'acc_end_test', 'acc_end_open', 'baseline_bayes', 'acc_tot'] as const),
  ...(['loss', 'loss_bigram', 'loss_head'] as const),
  ...(['wo1_acc', 'wk1_acc', 'wk0_acc', 'wk0_64_acc', 'wk0_early_acc', 'ff1_loss'] as const),
  ...(['tokens_per_second', 'seconds'] as const),
];

/** Digits behind the point, by unit. */
const DIGITS: Readonly<Partial<Record<Unit, number>>> = { nats: 4, tokens: 0, seconds: 1 };

/** The page's bytes depend on its input alone. Throws a RangeError without a run. */
export async function reportPage(options: ReportOptions): Promise<string> {
  const { raster } = options;
  if (options.runs.length === 0) throw new RangeError('runs: at least one run expected');
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
    await curveSection(runs, raster),
    await attentionSection(runs, raster),
    await memorySection(runs, raster),
    await circuitSection(runs, raster),
  ];
  const policy = `default-src 'none'; style-src 'sha256-${await digest(STYLE)}'; base-uri 'none'; form-action 'none'`;
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
</body>
</html>
`;
  return page.markup;
}

function settingsSection(names: readonly string[], rows: readonly SettingRow[]): Markup {
  const different = rows.filter(({ differs }) => differs);
  const several = names.length > 1;
  const summary = several
    ? html`<p>${different.length === 0 ? 'All settings are the same.' : `${different.length} ${different.length === 1 ? 'setting differs' : 'settings differ'} (marked).`}</p>
${different.length === 0 ? [] : settingsTable('Settings that differ', names, different)}`
    : html``;
  return html`<section aria-labelledby="settings">
<h2 id="settings">What ran</h2>
${summary}<details><summary>All ${rows.length} settings</summary>
${settingsTable('All settings', names, rows)}</details>
</section>
`;
}

function settingsTable(caption: string, names: readonly string[], rows: readonly SettingRow[]): Markup {
  const several = names.length > 1;
  const head = names.map((name) => html`<th scope="col">${name}</th>`);
  const lines = rows.map(({ path, values, differs }) => {
    const cells = values.map((value) => html`<td><code>${value === null ? '–' : plainLine(value, 200)}</code></td>`);
    const mark = several ? html`<td>${differs ? 'differs' : 'same'}</td>` : html``;
    return html`<tr${differs ? trusted(' class="differs"') : []}><th scope="row">${plainLine(path, 120)}</th>${cells}${mark}</tr>
`;
  });
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr><th scope="col">setting</th>${head}${several ? html`<th scope="col">compared</th>` : []}</tr></thead>
<tbody>
${lines}</tbody></table></div>
`;
}

function resultSection(names: readonly string[], runs: readonly ReportRun[]): Markup {
  const head = names.map((name) => html`<th scope="col">${name}</th>`);
  const shown = FINAL.filter((key) => runs.some(({ records }) => hasValues(pointsOf(records, key))));
  const lines = shown.map((key) => {
    const { title, unit } = measureOf(key);
    const digits = DIGITS[unit] ?? 3;
    const cells = runs.map(({ records }) => numberCell(lastValue(pointsOf(records.slice(-1), key))?.value, digits));
    return html`<tr><th scope="row">${unit === 'nats' ? `${title} (nats)` : title} <code>${key}</code></th>${cells}</tr>
`;
  });
  const steps = runs.map(({ records }) => numberCell(records.at(-1)?.iter, 0));
  const learned = runs.map(({ records }) => numberCell(records.find(({ acc_end }) => (acc_end ?? 0) >= 0.9)?.iter, 0));
  return html`<section aria-labelledby="results">
<h2 id="results">How it ended</h2>
<div class="scroll" tabindex="0" role="group" aria-label="Numbers of the last evaluation"><table>
<caption>Numbers of the last evaluation. A dash: the model has no such part, or nothing was counted.</caption>
<thead><tr><th scope="col">measure</th>${head}</tr></thead>
<tbody>
<tr><th scope="row">last evaluated step <code>iter</code></th>${steps}</tr>
<tr><th scope="row">first evaluation with in-context accuracy of at least 0.9</th>${learned}</tr>
${lines}</tbody></table></div>
</section>
`;
}

function numberCell(value: number | null | undefined, digits: number): Markup {
  return html`<td class="number">${value === null || value === undefined ? '–' : value.toFixed(digits)}</td>`;
}

async function curveSection(runs: readonly ReportRun[], raster: Rasterizer | undefined): Promise<Markup> {
  const about = runs.length === 1 ? runs[0]!.name : `${runs.length}-runs`;
  const test = runs.some(({ config }) => hasTestLaw(config));
  const figures = [
    {
      file: `${about}-birth`,
      svg: birthFigure(runs, { test }),
      caption: 'In-context accuracy beside its baselines, and memory recall, over the training steps.',
    },
    {
      file: `${about}-losses`,
      svg: lossFigure(runs),
      caption: 'Losses on global and on in-context tokens over the training steps.',
    },
  ];
  if (runs.length > 1) {
    const groups = runs.map((run) => ({ name: run.name, runs: [run] }));
    figures.push({
      file: `${about}-compared`,
      svg: comparisonFigure(groups, ['acc_end', 'wo1_acc', 'wk1_acc', 'wk0_acc']),
      caption: 'The same measures with the runs in one panel each.',
    });
  }
  const drawn: Markup[] = [];
  for (const figure of figures) drawn.push(await figureMarkup(figure, raster));
  return html`<section aria-labelledby="curves">
<h2 id="curves">How it learned</h2>
${drawn}${runs.map(recordTable)}</section>
`;
}

const TABLE: readonly CurveKey[] = [
  'acc_end',
  'baseline_bag',
  'baseline_bayes',
  'wo1_acc',
  'wk1_acc',
  'wk0_acc',
  'loss_bigram',
  'loss_head',
];

/** The curves for those who cannot see them, and for those who want the numbers. */
function recordTable({ name, records }: ReportRun): Markup {
  const title = `The numbers behind the curves: ${plainLine(name, 120)}`;
  const lines = records.map((record: MetricsRecord) => {
    const cells = TABLE.map((key) => numberCell(lastValue(pointsOf([record], key))?.value, 3));
    return html`<tr><th scope="row">${record.iter}</th>${cells}</tr>
`;
  });
  return html`<details><summary>${title}</summary>
<div class="scroll" tabindex="0" role="group" aria-label="${title}"><table>
<thead><tr><th scope="col">iter</th>${TABLE.map((key) => html`<th scope="col">${key}</th>`)}</tr></thead>
<tbody>
${lines}</tbody></table></div></details>
`;
}

async function attentionSection(runs: readonly ReportRun[], raster: Rasterizer | undefined): Promise<Markup> {
  const parts: Markup[] = [];
  for (const { name, samples } of runs) {
    for (const [n, sample] of samples.entries()) {
      const { title, span } = sample;
      const what = `${plainLine(name, 60)}: ${plainLine(title, 120)}`;
      const svg = attentionFigure(sample, { title: `Attention, ${what}`, ...(span === undefined ? {} : { span }) });
      const figure = { file: `${name}-attention-${n + 1}`, svg, caption: `Attention in ${what}.` };
      parts.push(html`<details${n === 0 ? trusted(' open') : []}><summary>${what}</summary>
${sequenceMarkup(sample)}${await figureMarkup(figure, raster)}</details>
`);
    }
  }
  if (parts.length === 0) return html``;
  return html`<section aria-labelledby="attention">
<h2 id="attention">What it looks at</h2>
<p>In an induction head each position of the first layer attends to the one before it, and the second layer, at a trigger that was
seen before, to the token that followed it.</p>
${parts}</section>
`;
}

function sequenceMarkup({ symbols, targets, predictions, occurrences }: ReportSample): Markup {
  let counted = 0;
  let right = 0;
  const marked = symbols.map((symbol, t) => {
    if (!inContext(occurrences[t]!)) return html`${visibleSymbol(symbol)}`;
    counted++;
    const hit = predictions[t] === targets[t];
    if (hit) right++;
    return html`<mark${hit ? [] : trusted(' class="wrong"')}>${visibleSymbol(symbol)}</mark>`;
  });
  const account =
    counted === 0
      ? 'No position has a next token that the context tells.'
      : `Marked: positions whose next token the context tells. The model predicts it at ${right} of ${counted}; the others are underlined.`;
  return html`<p class="sequence"><code>${marked}</code></p>
<p>${account}</p>
`;
}

async function memorySection(runs: readonly ReportRun[], raster: Rasterizer | undefined): Promise<Markup> {
  const parts: Markup[] = [];
  for (const { name, memories } of runs) {
    for (const [n, memory] of memories.entries()) {
      const file = `${name}-memory-${n + 1}`;
      parts.push(await matrixMarkup({ file, name, open: n === 0, what: 'Associations' }, memory, memory.facts, raster));
    }
  }
  if (parts.length === 0) return html``;
  return html`<section aria-labelledby="memories">
<h2 id="memories">What its matrices remember</h2>
<p>A matrix W stores a pair of an input u and an output v when, asked with u, the score vᵀ W u is the largest of all outputs'. Beside each
stands the ideal memory, which holds every wanted pair and nothing else but noise.</p>
${parts}</section>
`;
}

async function circuitSection(runs: readonly ReportRun[], raster: Rasterizer | undefined): Promise<Markup> {
  const parts: Markup[] = [];
  for (const { name, circuits } of runs) {
    for (const [n, circuit] of circuits.entries()) {
      const file = `${name}-circuit-${n + 1}`;
      parts.push(await matrixMarkup({ file, name, open: false, what: 'Circuit' }, circuit, [], raster));
    }
  }
  if (parts.length === 0) return html``;
  return html`<section aria-labelledby="circuits">
<h2 id="circuits">What its heads do</h2>
<p>The query-key circuit of a head says what attends to what, its output-value circuit what attending to a token puts out; both without norms, and
as if nothing but the tokens or the positions were in the residual stream.</p>
${parts}</section>
`;
}

async function matrixMarkup(
  about: { readonly file: string; readonly name: string; readonly open: boolean; readonly what: string },
  matrix: AssociationMatrix,
  facts: readonly MemoryFact[],
  raster: Rasterizer | undefined,
): Promise<Markup> {
  const title = `${plainLine(about.name, 60)}: ${plainLine(matrix.title, 120)}`;
  const svg = associationFigure({ ...matrix, title });
  const figure = { file: about.file, svg, caption: `${about.what}, ${title}.` };
  const lines = facts.map(
    ({ fact, value }) => html`<dt>${fact}</dt><dd>${value}</dd>
`,
  );
  return html`<details${about.open ? trusted(' open') : []}><summary>${title}</summary>
${
  lines.length === 0
    ? []
    : html`<dl>
${lines}</dl>
`
}${await figureMarkup(figure, raster)}</details>
`;
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}
