/**
 * Matrices as maps: attention with the characters on its axes, associations with the symbols on theirs. One path holds
 * all cells of one colour, so that a map of thousands of cells stays small.
 */
import { mapShades, palette } from '../analysis/palette.js';
import { visibleSymbol } from '../corpus/symbol-names.js';
import { inContext } from '../task/triggers/occurrences.js';
import { CARD, element, type Placed, QUIET, RULE, sheetToString, svgDocument } from './svg.js';
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

/** Colours of a map: from pale to strong, so that it reads in grey and with every kind of colour vision. */
export const LEVELS = 16;
const SHADES = mapShades(LEVELS).map(({ light }) => light);
const FONT = 10;
/** Letters of a name beside a map, and of one behind it. */
const MOST_NAME = 3;
const MOST_READING = 6;
/** Of a letter at that size, and between two parts. */
const ADVANCE = 8.5;
const SPACE = 5;
const DOT = palette.mark.light;

/** More characters than this cannot be read beside each other on a page. */
const MOST_POSITIONS = 40;
const MOST_SYMBOLS = 96;
/** What is below this part of a level is left as pale as the ground: attention, and scores, most of which are noise. */
const FAINT_ATTENTION = 0.5;
const FAINT_SCORE = 1;

interface Heatmap {
  readonly title: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly rowTitle: string | null;
  readonly columnTitle: string;
  readonly value: (row: number, column: number) => number | null;
  readonly domain: readonly [number, number];
  /** In levels: what is less is as pale as the ground. */
  readonly faint: number;
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
        faint: FAINT_ATTENTION,
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
    const { lowest, ...cells } = readScores(matrix, scores, rows, columns);
    const { domain } = cells;
    const map = { ...cells, title, cell, rowTitle: matrix.rowTitle, columnTitle: matrix.columnTitle };
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
    faint: FAINT_SCORE,
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
  // Every second name where each would touch the next.
  const wide = columns.some((name) => Array.from(name).length > 1);
  const skip = wide ? Math.ceil(24 / cell) : 1;
  const size = Math.min(FONT, cell);
  const named = (names: readonly string[], axis: 'x' | 'y') =>
    names.flatMap((name, at) => {
      const text = at % skip === 0 ? plainLine(name, MOST_NAME) : '';
      return text === '' ? [] : [element(document, 'text', { [axis]: (at + 0.5) * cell }, [text])];
    });
  const shape = { 'font-size': size, fill: QUIET };
  const above = { ...shape, 'text-anchor': 'middle', transform: `translate(${frame.left},${frame.top - 4})` };
  const beside = {
    ...shape,
    'text-anchor': 'end',
    transform: `translate(${frame.left - 4},${frame.top + 0.35 * size})`,
  };
  const plot = element(document, 'g', {}, [
    element(document, 'g', above, named(columns, 'x')),
    element(document, 'g', beside, named(rows, 'y')),
    drawCells(document, map, frame),
  ]);
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

/**
 * One path a colour, in units of a cell: pieces of lines as thick as a cell is high. What the pointer may ask about
 * stands beside them: names of rows and columns, and the values that each colour stands for.
 */
function drawCells(document: Document, map: Heatmap, { left, top, width, height }: Frame): SVGElement {
  const { rows, columns, cell, domain, faint } = map;
  const paths = Array.from({ length: LEVELS }, () => '');
  const ends = Array.from({ length: LEVELS }, (): [number, number] => [0, 0]);
  for (let row = 0; row < rows.length; row++) {
    for (let column = 0; column < columns.length; ) {
      const level = levelAt(map, row, column);
      let next = column + 1;
      while (next < columns.length && levelAt(map, row, next) === level) next++;
      if (level !== null) {
        const [x, y] = ends[level]!;
        const down = row - y;
        paths[level] += `m${column - x}${down < 0 ? '' : ' '}${down}h${next - column}`;
        ends[level] = [next, row];
      }
      column = next;
    }
  }
  const area = { x: left, y: top, width, height };
  const [low, high] = domain;
  const valueAt = (level: number) => shownNumber(low + (level / LEVELS) * (high - low));
  const lines = paths.flatMap((d, level) => {
    const data = { 'data-value': `${valueAt(level)} to ${valueAt(level + 1)}` };
    return d === '' ? [] : [element(document, 'path', { d, stroke: SHADES[level]!, ...data })];
  });
  const names = (all: readonly string[]) => all.map((name) => name.replaceAll(' ', '\u00a0')).join(' ');
  const about = { 'data-rows': names(rows), 'data-columns': names(columns), 'data-titles': titlesOf(map) };
  const cells = { transform: `translate(${left},${top + cell / 2}) scale(${cell})`, fill: 'none' };
  const parts: Element[] = [
    element(document, 'rect', { ...area, fill: SHADES[0]!, 'data-value': `at most ${valueAt(faint)}` }),
    element(document, 'g', cells, lines),
    element(document, 'rect', { ...area, fill: 'none', stroke: RULE }),
  ];
  return element(document, 'g', { 'shape-rendering': 'crispEdges', ...about }, [
    ...parts,
    ...drawDots(document, map, area),
  ]);
}

/** Round ends of lines without a length, so that all dots are one path; the pale one below it sets them off. */
function drawDots(document: Document, { dots, cell }: Heatmap, { x, y }: { readonly x: number; readonly y: number }) {
  if (dots.length === 0) return [];
  const d = dots.map(([row, column]) => `M${x + (column + 0.5) * cell},${y + (row + 0.5) * cell}h0`).join('');
  const shape = { d, fill: 'none', 'stroke-linecap': 'round', 'shape-rendering': 'auto', 'pointer-events': 'none' };
  return [
    element(document, 'path', { ...shape, stroke: CARD, 'stroke-width': cell / 3 + 1.6 }),
    element(document, 'path', { ...shape, stroke: DOT, 'stroke-width': cell / 3 }),
  ];
}

/** null: there is no such cell, or it is as pale as the ground. */
function levelAt({ value, domain, faint }: Heatmap, row: number, column: number): number | null {
  const found = value(row, column);
  if (found === null || !Number.isFinite(found) || found < domain[0] + (faint / LEVELS) * (domain[1] - domain[0]))
    return null;
  return levelOf(found, domain);
}

function titlesOf({ rowTitle, columnTitle }: Heatmap): string {
  return [rowTitle ?? 'reading position', columnTitle].map((title) => plainLine(title, 60)).join(' / ');
}

/** Behind each in-context row: what is predicted, and whether it is so. */
function drawReadings(document: Document, sample: AttentionSample, { from, to }: PositionRange, cell: number): Element {
  const parts: Element[] = [element(document, 'text', { ...AXIS_TITLE, y: -8 }, ['predicts'])];
  for (let t = from; t < to; t++) {
    if (!inContext(sample.occurrences[t]!)) continue;
    const y = (t - from + 0.5) * cell + 4;
    const prediction = plainLine(visibleSymbol(sample.predictions[t] ?? ''), MOST_READING);
    const target = plainLine(visibleSymbol(sample.targets[t] ?? ''), MOST_READING);
    // Each in its own place: letters that run from right to left would change theirs.
    const marks = sample.predictions[t] === sample.targets[t] ? ['✓'] : ['✗', target];
    let x = 0;
    for (const part of ['←', prediction, ...marks]) {
      parts.push(element(document, 'text', { x, y, 'font-size': 11 }, [part]));
      x += ADVANCE * Array.from(part).length + SPACE;
    }
  }
  return element(document, 'g', {}, parts);
}

const SCALE_WIDTH = 240;
const SCALE_HEIGHT = 50;

function drawScale(document: Document, domain: readonly [number, number], title: string, lowest = ''): Element {
  const step = SCALE_WIDTH / LEVELS;
  const cells = SHADES.map((fill, level) => {
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
