/**
 * One panel of curves over the training steps, and panels in rows and columns. Every line is named at its right end,
 * with a piece of itself before the name: its dashes tell it apart where its colour does not.
 */
import * as Plot from '@observablehq/plot';
import { lookOf, palette } from '../analysis/palette.js';
import { hasValues, lastValue, type Point, type RunEvent, type Spread } from './records.js';
import { CARD, element, INK, type Placed, QUIET, RULE } from './svg.js';
import { plainLine } from './text.js';

export interface Stroke {
  readonly color: string;
  /** As in stroke-dasharray; absent: a whole line. */
  readonly dash?: string;
  readonly width?: number;
}

export interface Line {
  readonly label: string;
  readonly stroke: Stroke;
  readonly points: readonly Point[];
  readonly spread?: readonly Spread[];
  /** Points that were measured elsewhere, as diamonds. */
  readonly marks?: readonly Point[];
}

/** What runs up the vertical axis of a panel. */
export interface VerticalAxis {
  /** Name and unit. */
  readonly title: string;
  /** Absent: from 0 to the largest value. */
  readonly domain?: readonly [number, number];
  readonly ticks?: readonly number[];
}

export interface Column {
  /** Above the column where there are several. */
  readonly name?: string;
  readonly events: readonly RunEvent[];
  /** The lines of each panel, in the order of the vertical axes. */
  readonly lines: readonly (readonly Line[])[];
}

const DASHES: readonly (string | undefined)[] = [undefined, '7 3', '2 3', '9 3 2 3'];
const CYCLE = (['first', 'second', 'third', 'fourth', 'ink'] as const).map((name) => palette[name].light);

/** The stroke of the n-th of several things of one kind: colour and dashes both change, 20 pairs before one returns. */
export function strokeOf(n: number): Stroke {
  const dash = DASHES[n % DASHES.length];
  return { color: CYCLE[n % CYCLE.length]!, ...(dash === undefined ? {} : { dash }) };
}

/** Of a measure that is drawn alike everywhere; null for others. */
export function strokeOfMeasure(key: string): Stroke | null {
  const look = lookOf(key);
  if (look === null) return null;
  const { color, dash, width } = look;
  return { color: palette[color].light, width, ...(dash.length === 0 ? {} : { dash: dash.join(' ') }) };
}

const LEFT = 44;
const GAP = 16;
const PANEL = 168;
const HEADER = 34;
const EVENT = 14;
const NAME = 20;
const FOOT = 40;
const LABELS = 228;
const ROW = 15;
const NARROW = 262;
const MOST_COLUMNS = 3;
const BETWEEN_ROWS = 14;
const MOST_LABEL = 26;
const FONT = 11;
/** A heading keeps clear of the event lines that pass behind it. */
const HEADING = { y: 23, stroke: CARD, 'stroke-width': 4, 'paint-order': 'stroke' };

/** wide: names at the right; narrow: one column, as wide as a telephone, with the names below each panel. */
export type Layout = 'wide' | 'narrow';

export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly drawings: readonly Placed[];
}

export interface HorizontalAxis {
  readonly label: string;
  readonly logarithmic: boolean;
}

const STEPS: HorizontalAxis = { label: 'training step', logarithmic: false };

/** Columns side by side, at most three in a row, four in two; a panel for each vertical axis, over one horizontal. */
export function panelGrid(
  document: Document,
  axes: readonly VerticalAxis[],
  columns: readonly Column[],
  horizontal: HorizontalAxis = STEPS,
  layout: Layout = 'wide',
): Grid {
  const narrow = layout === 'narrow';
  const across = narrow ? 1 : columns.length === 4 ? 2 : Math.min(columns.length, MOST_COLUMNS);
  const width = narrow ? NARROW : across === 1 ? 440 : across === 2 ? 300 : 240;
  const domains = axes.map((axis, at) => axis.domain ?? domainOf(columns.map(({ lines }) => lines[at]!)));
  const steps = stepsOf(columns);
  const mostEvents = Math.max(0, ...columns.map(({ events }) => events.length));
  const named = columns.some(({ name }) => name !== undefined);
  const top = (named ? NAME : 0) + mostEvents * EVENT;
  // Below each panel of a narrow grid: its axis, and a line for each name.
  const below = axes.map((_, at) => {
    const most = Math.max(0, ...columns.map(({ lines }) => lines[at]!.length));
    return narrow ? most * ROW + FOOT : at === axes.length - 1 ? FOOT : 0;
  });
  const panelTops = axes.map((_, at) => {
    return at * (HEADER + PANEL) + below.slice(0, at).reduce((sum, height) => sum + height, 0) + HEADER;
  });
  const rowHeight = top + axes.length * (HEADER + PANEL) + below.reduce((sum, height) => sum + height, 0);
  const rows = Math.ceil(columns.length / across);
  const labelOf = columns.length === 1 ? labelWithValue : ({ label }: Line) => plainLine(label, MOST_LABEL);
  const drawings: Placed[] = [];
  for (const [n, { name, events, lines: ofPanels }] of columns.entries()) {
    const place = n % across;
    const last = place === across - 1 || n === columns.length - 1;
    const x = LEFT + place * (width + GAP);
    const y = Math.floor(n / across) * (rowHeight + BETWEEN_ROWS);
    if (name !== undefined) {
      const text = plainLine(name, Math.floor(width / 8));
      drawings.push({ x, y, drawing: words(document, text, { y: 12, 'font-size': 12, 'font-weight': 'bold' }) });
    }
    for (const [at, axis] of axes.entries()) {
      const panelTop = y + top + panelTops[at]!;
      const [lines, domain] = [ofPanels[at]!, domains[at]!];
      const [first, highest, lowest] = [place === 0, at === 0, narrow || at === axes.length - 1];
      const options = { axis, lines, events, domain, steps, horizontal, width, first, highest, lowest };
      drawings.push({
        x: x - LEFT,
        y: panelTop,
        drawing: drawPanel(document, options),
        data: { 'data-panel': [LEFT, width, PANEL, ...steps, ...domain, horizontal.logarithmic ? 1 : 0].join(' ') },
      });
      if (first) {
        const heading = words(document, axis.title, { ...HEADING, 'font-size': FONT, fill: QUIET });
        drawings.push({ x: x - LEFT, y: panelTop - HEADER, drawing: heading });
      }
      if (narrow) {
        drawings.push({ x, y: panelTop + PANEL + FOOT, drawing: namesBelow(document, ofPanels[at]!) });
      } else if (last) {
        const row = columns.slice(n - place, n + 1).flatMap(({ lines }) => lines[at]!);
        drawings.push({ x: x + width, y: panelTop, drawing: endLabels(document, row, domain, labelOf) });
      }
    }
  }
  return {
    width: LEFT + across * width + (across - 1) * GAP + (narrow ? 0 : LABELS),
    height: rows * rowHeight + (rows - 1) * BETWEEN_ROWS,
    drawings,
  };
}

interface PanelOptions {
  readonly axis: VerticalAxis;
  readonly lines: readonly Line[];
  readonly events: readonly RunEvent[];
  readonly domain: readonly [number, number];
  readonly steps: readonly [number, number];
  readonly horizontal: HorizontalAxis;
  readonly width: number;
  /** Of its row: it has the vertical axis. */
  readonly first: boolean;
  /** Of its column: they have the events' labels and the horizontal axis. */
  readonly highest: boolean;
  readonly lowest: boolean;
}

/** The plot area begins at (LEFT, 0) and is PANEL high; axes hang outside of it. */
function drawPanel(document: Document, options: PanelOptions): Element {
  const { lines, domain, steps, horizontal, width, lowest } = options;
  const foot = lowest ? FOOT : 0;
  const plot = Plot.plot({
    document,
    className: 'panel',
    width: LEFT + width,
    height: PANEL + foot,
    marginLeft: LEFT,
    marginRight: 0,
    marginTop: 0,
    marginBottom: foot,
    x: { domain: [...steps], axis: null, inset: 0, ...(horizontal.logarithmic ? { type: 'log', base: 2 } : {}) },
    y: { domain: [...domain], axis: null },
    marks: [...axisMarks(options), ...eventMarks(options), ...lineMarks(lines)],
  });
  // For a page that says what is under the pointer.
  for (const [n, { label }] of lines.entries()) {
    plot.querySelector(`[aria-description="line ${n}"]`)?.setAttribute('data-line', plainLine(label));
  }
  return plot;
}

function axisMarks({ axis, domain, horizontal, width, first, lowest }: PanelOptions): Plot.Markish[] {
  const ticks = axis.ticks ?? 5;
  const marks: Plot.Markish[] = [
    Plot.gridY({ ticks, stroke: RULE, strokeOpacity: 1 }),
    Plot.ruleY([domain[0]], { stroke: QUIET }),
  ];
  if (first) marks.push(Plot.axisY({ ticks, label: null, tickSize: 0, fill: QUIET, fontSize: FONT }));
  if (lowest) {
    const count = Math.max(2, Math.floor(width / 70));
    const label = { label: horizontal.label, labelArrow: 'none', labelAnchor: 'center', labelOffset: 34 } as const;
    marks.push(
      Plot.axisX({ ...label, ticks: count, tickSize: 4, color: QUIET, fontSize: FONT, tickFormat: wholeSteps }),
    );
  }
  return marks;
}

function eventMarks({ events, steps: [from, to], highest }: PanelOptions): Plot.Markish[] {
  return events.flatMap(({ step, label }, n) => {
    const above = HEADER + (highest ? (n + 1) * EVENT - 4 : 0);
    const rule = Plot.ruleX([step], { stroke: INK, strokeDasharray: '1 2', insetTop: -above });
    if (!highest) return [rule];
    const nearEnd = step > from + (to - from) / 2;
    const text = Plot.text([step], {
      x: (at: number) => at,
      frameAnchor: 'top',
      lineAnchor: 'bottom',
      text: () => plainLine(label, 36),
      textAnchor: nearEnd ? 'end' : 'start',
      dx: nearEnd ? -4 : 4,
      dy: -HEADER - n * EVENT,
      fontSize: FONT,
      fill: INK,
    });
    return [rule, text];
  });
}

/** Bands behind lines. */
function lineMarks(lines: readonly Line[]): Plot.Markish[] {
  const marks: Plot.Markish[] = [];
  for (const { spread = [], stroke } of lines) {
    if (spread.length === 0) continue;
    marks.push(Plot.areaY([...spread], { x: 'step', y1: 'low', y2: 'high', fill: stroke.color, fillOpacity: 0.16 }));
  }
  for (const [n, { points, stroke }] of lines.entries()) {
    const shape = { stroke: stroke.color, strokeWidth: stroke.width ?? 2 };
    const dash = stroke.dash === undefined ? {} : { strokeDasharray: stroke.dash };
    marks.push(
      Plot.lineY([...points], {
        ...shape,
        ...dash,
        x: 'step',
        y: 'value',
        strokeLinecap: 'butt',
        ariaDescription: `line ${n}`,
      }),
    );
    // A line needs two points: a run of one evaluation, or a value between gaps, would not be seen.
    const alone = points.filter(({ value }, at) => value !== null && !neighbour(points, at));
    if (alone.length > 0)
      marks.push(Plot.dot(alone, { x: 'step', y: 'value', r: 3, fill: stroke.color, stroke: 'none' }));
  }
  for (const { marks: others = [], stroke } of lines) {
    if (others.length === 0) continue;
    const shape = { symbol: 'diamond', r: 4, stroke: stroke.color, fill: CARD, strokeWidth: 1.5 } as const;
    marks.push(Plot.dot([...others], { x: 'step', y: 'value', ...shape }));
  }
  if (!lines.some(({ points }) => hasValues(points))) {
    marks.push(Plot.text(['no values'], { frameAnchor: 'middle', fill: QUIET, fontSize: FONT }));
  }
  return marks;
}

function neighbour(points: readonly Point[], at: number): boolean {
  return (points[at - 1]?.value ?? null) !== null || (points[at + 1]?.value ?? null) !== null;
}

/** Names one below the other, each behind a piece of its line and with its last value. */
function namesBelow(document: Document, lines: readonly Line[]): Element {
  const parts = lines.flatMap((line, n) => {
    const value = lastValue(line.points)?.value ?? null;
    return value === null ? [] : named(document, line.stroke, n * ROW + ROW / 2, labelWithValue(line, value));
  });
  return element(document, 'g', {}, parts);
}

function named(document: Document, { color, dash, width = 2 }: Stroke, y: number, text: string): Element[] {
  const shape = { x1: 8, x2: 34, y1: y, y2: y, stroke: color, 'stroke-width': width };
  return [
    element(document, 'line', dash === undefined ? shape : { ...shape, 'stroke-dasharray': dash }),
    words(document, text, { x: 39, y: y + 4, 'font-size': FONT }),
  ];
}

/** Names at the height of the lines' ends, moved apart where they would touch; of all panels in a row. */
function endLabels(
  document: Document,
  lines: readonly Line[],
  [low, high]: readonly [number, number],
  labelOf: (line: Line, value: number) => string,
): Element {
  const ends = new Map<string, { readonly line: Line; readonly at: number; readonly value: number }>();
  for (const line of lines) {
    const value = lastValue(line.points)?.value ?? null;
    if (value === null) continue;
    const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
    ends.set(line.label, { line, at: PANEL * (1 - share), value });
  }
  const sorted = [...ends.values()].sort((a, b) => a.at - b.at);
  const heights = apart(sorted.map(({ at }) => at));
  const parts = sorted.flatMap(({ line, value }, n) => {
    return named(document, line.stroke, heights[n]!, labelOf(line, value));
  });
  return element(document, 'g', {}, parts);
}

function labelWithValue({ label }: Line, value: number): string {
  return `${plainLine(label, MOST_LABEL)}: ${value.toFixed(2)}`;
}

/** The heights moved as little as a sweep down and a sweep up can, so that a row of text fits between any two. */
function apart(heights: readonly number[]): number[] {
  const moved: number[] = [];
  for (const height of heights) moved.push(Math.max(height, (moved.at(-1) ?? -ROW) + ROW));
  let limit = Math.max(PANEL, (heights.length - 1) * ROW);
  for (let n = moved.length - 1; n >= 0; n--) {
    moved[n] = Math.min(moved[n]!, limit);
    limit = moved[n]! - ROW;
  }
  return moved.map((height) => Math.round(height * 10) / 10);
}

function words(document: Document, text: string, attributes: Readonly<Record<string, string | number>>): Element {
  return element(document, 'text', attributes, [text]);
}

function wholeSteps(step: number): string {
  return Number.isInteger(step) ? String(step) : '';
}

function stepsOf(columns: readonly Column[]): [number, number] {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { lines, events } of columns) {
    const steps = [...lines.flat().flatMap(({ points }) => points), ...events];
    for (const { step } of steps) {
      first = Math.min(first, step);
      last = Math.max(last, step);
    }
  }
  if (first > last) return [0, 1];
  return first === last ? [first, first + 1] : [first, last];
}

function domainOf(lines: readonly (readonly Line[])[]): [number, number] {
  let high = 0;
  for (const { points, spread = [], marks = [] } of lines.flat()) {
    for (const { value } of [...points, ...marks]) high = Math.max(high, value ?? 0);
    for (const band of spread) high = Math.max(high, band.high);
  }
  return [0, high > 0 ? high * 1.05 : 1];
}
