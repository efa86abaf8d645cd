/**
 * Matrices as maps: attention with the characters on its axes, associations with the symbols on theirs. One path holds
 * all cells of one colour, so that a map of thousands of cells stays small.
 */
import * as Plot from '@observablehq/plot';
import { visibleSymbol } from '../corpus/symbol-names.js';
import { inContext } from '../task/triggers/occurrences.js';
import { element, type Placed, QUIET, RULE, sheetToString, svgDocument } from './svg.js';
import { plainLine, shownNumber } from './text.js';

/** One sequence that a model has read. */
export interface AttentionSample {
  /** z_0 … z_{T-1} as symbols. */
  readonly symbols: readonly string[];
  /** z_1 … z_T. */
  readonly targets: readonly string[];
  /** 0, or how often the trigger at this position has occurred so far. */
  readonly occurrences: readonly number[];
  /** What the model expects behind each position. */
  readonly predictions: readonly string[];
  /** attention[layer][head]: [T, T] row-major, row t over the keys s ≤ t. */
  readonly attention: readonly (readonly ArrayLike<number>[])[];
}

/** The scores v_jᵀ W u_i of a matrix W between two sets of embeddings. */
export interface AssociationMatrix {
  /** What W is and where it stands. */
  readonly title: string;
  /** One symbol an input u_i. */
  readonly rows: readonly string[];
  /** One symbol an output v_j. */
  readonly columns: readonly string[];
  readonly rowTitle: string;
  readonly columnTitle: string;
  /** [rows, columns] row-major. */
  readonly scores: ArrayLike<number>;
  /** The same of the memory that W should be, drawn beside it on a scale of its own. */
  readonly ideal?: ArrayLike<number>;
}

/** A stretch of positions. */
export interface PositionRange {
  readonly from: number;
  /** The first one behind it. */
  readonly to: number;
}

/** From Plot's ylgnbu: one direction of lightness, so that it reads in grey and with every kind of colour vision. */
const SCHEME = 'ylgnbu';
const LEVELS = 24;
const FONT = 10;
/** Letters of a name beside a map, and of one behind it. */
const MOST_NAME = 3;
const MOST_READING = 6;
const DOT = '#d55e00';

/** More characters than this cannot be read beside each other on a page. */
const MOST_POSITIONS = 40;
const MOST_SYMBOLS = 96;
/** Attention below this is left out: half a level. */
const FAINT = 0.5 / LEVELS;

interface Heatmap {
  readonly title: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly rowTitle: string | null;
  readonly columnTitle: string;
  readonly value: (row: number, column: number) => number | null;
  readonly domain: readonly [number, number];
  /** Cells with a dot in their middle. */
  readonly dots: readonly (readonly [row: number, column: number])[];
  readonly cell: number;
}

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Attention of every layer (columns) and head (rows). Rows of a map are the reading positions, its columns what they
 * look at. Positions in context are marked; behind the last map stands what the model predicts. Without a span: the
 * first 40 positions.
 */
export function attentionFigure(
  sample: AttentionSample,
  options: { readonly title?: string; readonly span?: PositionRange } = {},
): string {
  const length = sample.symbols.length;
  const { from, to } = options.span ?? { from: 0, to: Math.min(length, MOST_POSITIONS) };
  const symbols = sample.symbols.slice(from, to).map(visibleSymbol);
  const document = svgDocument();
  const cell = 12;
  const frame = { left: 46, top: 50, width: symbols.length * cell, height: symbols.length * cell };
  const drawings: Placed[] = [];
  const heads = Math.max(0, ...sample.attention.map((layer) => layer.length));
  const stepX = frame.left + frame.width + 12;
  const stepY = frame.top + frame.height + 14;
  for (const [layer, maps] of sample.attention.entries()) {
    for (const [head, weights] of maps.entries()) {
      const map: Heatmap = {
        title: `Layer ${layer + 1}${heads > 1 ? `, head ${head + 1}` : ''}`,
        rows: symbols,
        columns: symbols,
        rowTitle: layer === 0 ? 'reading position, top to bottom' : null,
        columnTitle: 'attends to',
        value: (row, column) => (column > row ? null : weights[(from + row) * length + from + column]!),
        domain: [0, 1],
        dots: [],
        cell,
      };
      drawings.push({ x: layer * stepX, y: head * stepY, drawing: drawMap(document, map, frame) });
    }
  }
  const right = sample.attention.length * stepX;
  for (let head = 0; head < heads; head++) {
    const readings = drawReadings(document, sample, { from, to }, cell);
    drawings.push({ x: right - 6, y: head * stepY + frame.top, drawing: readings });
  }
  const height = Math.max(1, heads) * stepY;
  drawings.push({ x: frame.left, y: height + 4, drawing: drawScale(document, [0, 1], 'attention weight') });
  const shown = from === 0 && to === length ? `all ${length} positions` : `positions ${from} to ${to - 1} of ${length}`;
  return sheetToString(document, {
    width: Math.max(right + 118, 520),
    height: height + SCALE_HEIGHT,
    title: options.title ?? 'Attention',
    subtitle:
      `Each row is a position that looks back over the text before it (${shown}; ␣ space, ↵ end of line).\n` +
      'On the right: the prediction where the context tells the next token, ✓ if it is right, ✗ and the true one if not.',
    drawings,
  });
}

/** Scores v_jᵀ W u_i, with a dot at each row's largest: recall is the share of dots on the right place. */
export function associationFigure(matrix: AssociationMatrix): string {
  const document = svgDocument();
  const width = matrix.columns.length;
  const rows = Math.min(matrix.rows.length, MOST_SYMBOLS);
  const columns = Math.min(width, MOST_SYMBOLS);
  const most = matrix.ideal === undefined ? 600 : 420;
  const cell = Math.max(7, Math.min(16, Math.floor(most / Math.max(rows, columns, 1))));
  const frame = { left: 52, top: matrix.ideal === undefined ? 34 : 50, width: columns * cell, height: rows * cell };
  const height = frame.top + frame.height + 12;
  const maps = [{ title: '', scores: matrix.scores, x: 0 }];
  if (matrix.ideal !== undefined) {
    maps[0]!.title = 'trained';
    maps.push({ title: 'ideal, its own scale', scores: matrix.ideal, x: Math.max(frame.left + frame.width, 320) + 16 });
  }
  const drawings = maps.flatMap(({ title, scores, x }): Placed[] => {
    const { domain, lowest, ...cells } = readScores(matrix, scores, rows, columns);
    const map = { ...cells, title, domain, cell, rowTitle: matrix.rowTitle, columnTitle: matrix.columnTitle };
    return [
      { x, y: 0, drawing: drawMap(document, map, frame) },
      { x: x + frame.left, y: height + 4, drawing: drawScale(document, domain, 'score v_jᵀ W u_i (no unit)', lowest) },
    ];
  });
  const cut = rows < matrix.rows.length || columns < width;
  const size = `the first ${rows} × ${columns} of ${matrix.rows.length} × ${width}; `;
  return sheetToString(document, {
    width: Math.max(maps.at(-1)!.x + frame.left + frame.width, 420),
    height: height + SCALE_HEIGHT,
    title: matrix.title,
    subtitle: `${cut ? size : ''}dots: the largest score of each row`,
    drawings,
  });
}

/** The first rows and columns of a table of scores. `lowest`: stands before the end that takes in what lies below. */
function readScores(matrix: AssociationMatrix, scores: ArrayLike<number>, rows: number, columns: number) {
  const width = matrix.columns.length;
  const value = (row: number, column: number) => scores[row * width + column]!;
  const dots: [number, number][] = [];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row++) {
    let best = 0;
    for (let column = 0; column < width; column++) if (value(row, column) > value(row, best)) best = column;
    if (best < columns) dots.push([row, best]);
    for (let column = 0; column < columns; column++) {
      low = Math.min(low, value(row, column));
      high = Math.max(high, value(row, column));
    }
  }
  const domain = scoreDomain(low, high);
  const names = (all: readonly string[], count: number) => all.slice(0, count).map(visibleSymbol);
  return {
    rows: names(matrix.rows, rows),
    columns: names(matrix.columns, columns),
    value,
    dots,
    domain,
    lowest: low < domain[0] ? '≤ ' : '',
  };
}

/** What is recalled is decided among the positive scores: where there are any, the others share the palest colour. */
function scoreDomain(low: number, high: number): [number, number] {
  if (high > 0) return [0, high];
  return low < high ? [low, high] : [-1, 0];
}

function drawMap(document: Document, map: Heatmap, frame: Frame): Element {
  const { rows, columns, cell } = map;
  const small = { tickSize: 0, tickPadding: 3, fontSize: Math.min(FONT, cell), color: QUIET };
  // Every second name where each would touch the next.
  const wide = columns.some((name) => Array.from(name).length > 1);
  const skip = wide ? Math.ceil(24 / cell) : 1;
  const named = (names: readonly string[]) => (at: number) =>
    at % skip === 0 ? plainLine(names[at] ?? '', MOST_NAME) : '';
  const indices = (names: readonly string[]) => names.map((_, at) => at);
  const axes: Plot.Markish[] = [
    Plot.axisX({ ...small, anchor: 'top', label: null, tickFormat: named(columns) }),
    Plot.axisY({ ...small, label: null, tickFormat: named(rows) }),
  ];
  const plot = Plot.plot({
    document,
    className: 'map',
    width: frame.left + frame.width,
    height: frame.top + frame.height,
    marginLeft: frame.left,
    marginTop: frame.top,
    marginRight: 0,
    marginBottom: 0,
    x: { type: 'band', domain: indices(columns), padding: 0, round: false },
    y: { type: 'band', domain: indices(rows), padding: 0, round: false },
    marks: [...axes, () => drawCells(document, map, frame)],
  });
  if (map.title !== '') plot.append(element(document, 'text', { ...TITLE, x: frame.left, y: 12 }, [map.title]));
  const columnTitle = { ...AXIS_TITLE, x: frame.left, y: map.title === '' ? 12 : 28 };
  plot.append(element(document, 'text', columnTitle, [`${plainLine(map.columnTitle, 60)} →`]));
  if (map.rowTitle !== null) {
    const place = { ...AXIS_TITLE, 'text-anchor': 'end', transform: `translate(14,${frame.top}) rotate(-90)` };
    plot.append(element(document, 'text', place, [`← ${plainLine(map.rowTitle, 60)}`]));
  }
  return plot;
}

const TITLE = { 'font-size': 12, 'font-weight': 'bold', 'text-anchor': 'start' };
const AXIS_TITLE = { 'font-size': 11, fill: QUIET, 'text-anchor': 'start' };

function drawCells(document: Document, map: Heatmap, { left, top, width, height }: Frame): SVGElement {
  const { rows, columns, cell, domain, dots } = map;
  const paths = Array.from({ length: LEVELS }, () => '');
  for (let row = 0; row < rows.length; row++) {
    for (let column = 0; column < columns.length; column++) {
      const value = map.value(row, column);
      if (value === null || !Number.isFinite(value) || value < domain[0] + FAINT * (domain[1] - domain[0])) continue;
      paths[levelOf(value, domain)] += `M${left + column * cell},${top + row * cell}h${cell}v${cell}h-${cell}z`;
    }
  }
  const colors = levelColors();
  const area = { x: left, y: top, width, height };
  const parts: Element[] = [element(document, 'rect', { ...area, fill: colors[0]! })];
  for (const [level, d] of paths.entries()) {
    if (d !== '') parts.push(element(document, 'path', { d, fill: colors[level]! }));
  }
  parts.push(element(document, 'rect', { ...area, fill: 'none', stroke: RULE }));
  for (const [row, column] of dots) {
    const place = { cx: left + (column + 0.5) * cell, cy: top + (row + 0.5) * cell, r: cell / 6 };
    parts.push(element(document, 'circle', { ...place, fill: DOT, stroke: '#ffffff', 'stroke-width': 0.8 }));
  }
  return element(document, 'g', { 'shape-rendering': 'crispEdges' }, parts);
}

/** Behind each in-context row: what is predicted, and whether it is so. */
function drawReadings(document: Document, sample: AttentionSample, { from, to }: PositionRange, cell: number): Element {
  const parts: Element[] = [element(document, 'text', { ...AXIS_TITLE, y: -8 }, ['predicts'])];
  for (let t = from; t < to; t++) {
    if (!inContext(sample.occurrences[t]!)) continue;
    const y = (t - from + 0.5) * cell + 4;
    const prediction = plainLine(visibleSymbol(sample.predictions[t] ?? ''), MOST_READING);
    const target = plainLine(visibleSymbol(sample.targets[t] ?? ''), MOST_READING);
    const verdict = sample.predictions[t] === sample.targets[t] ? `${prediction} ✓` : `${prediction} ✗ ${target}`;
    parts.push(element(document, 'text', { y, 'font-size': 11 }, [`← ${verdict}`]));
  }
  return element(document, 'g', {}, parts);
}

const SCALE_WIDTH = 240;
const SCALE_HEIGHT = 50;

function drawScale(document: Document, domain: readonly [number, number], title: string, lowest = ''): Element {
  const step = SCALE_WIDTH / LEVELS;
  const cells = levelColors().map((fill, level) => {
    return element(document, 'rect', { x: level * step, y: 16, width: step, height: 10, fill });
  });
  const frame = { x: 0, y: 16, width: SCALE_WIDTH, height: 10, fill: 'none', stroke: RULE };
  const middle = (domain[0] + domain[1]) / 2;
  const ticks = [domain[0], middle, domain[1]].map((value, at) => {
    const anchor = ['start', 'middle', 'end'][at]!;
    const place = { x: (at * SCALE_WIDTH) / 2, y: 40, 'font-size': FONT, fill: QUIET, 'text-anchor': anchor };
    return element(document, 'text', place, [`${at === 0 ? lowest : ''}${shownNumber(value)}`]);
  });
  const heading = element(document, 'text', { ...AXIS_TITLE, y: 10 }, [title]);
  return element(document, 'g', {}, [heading, ...cells, element(document, 'rect', frame), ...ticks]);
}

function levelOf(value: number, [low, high]: readonly [number, number]): number {
  return Math.max(0, Math.min(LEVELS - 1, Math.floor(((value - low) / (high - low)) * LEVELS)));
}

function levelColors(): string[] {
  const scale = Plot.scale({ color: { type: 'linear', scheme: SCHEME, domain: [0, LEVELS - 1] } });
  return Array.from({ length: LEVELS }, (_, level) => hex(String(scale.apply(level))));
}

/** Plot speaks of rgb(…); not every program that opens an SVG does. */
function hex(color: string): string {
  const channels = color.match(/\d+/g);
  if (color.startsWith('#') || channels === null) return color;
  return `#${channels.map((channel) => Number(channel).toString(16).padStart(2, '0')).join('')}`;
}
