/** A matrix as a picture on a canvas: one colour a cell, pale to strong, and one row that can be pulled out. */
import { type ColorOf, channelsOf } from './palette.js';

export interface MapPicture {
  readonly rows: number;
  readonly columns: number;
  /** What the levels are read from: as long as it is the same, and the colours are, the cells are drawn once. */
  readonly source: object;
  /** 0: nothing; 1: as strong as can be; null: there is no such cell. */
  readonly level: (row: number, column: number) => number | null;
  readonly rowName: (row: number) => string;
  readonly columnName: (column: number) => string;
  /** The row that is outlined, or null. */
  readonly row: number | null;
  /** Cells of that row that are ringed, with their columns' names at the edge. */
  readonly marked: readonly number[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  /** With the names at the edges. */
  readonly width: number;
}

/** Room for names at the left and above. */
const LEFT = 26;
const TOP = 20;
/** And for the outline at the right. */
const RIGHT = 2;
/** Cells of this many pixels have room for a name each. */
const ROOMY = 8;
const FONT = 'ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace';

export function mapHeight({ rows, columns }: Pick<MapPicture, 'rows' | 'columns'>, width: number): number {
  return TOP + ((width - LEFT - RIGHT) / columns) * rows + 2;
}

/** Row and column under a point of the map's box, or null beside the cells. */
export function cellAt(
  { rows, columns }: Pick<MapPicture, 'rows' | 'columns'>,
  width: number,
  x: number,
  y: number,
): { readonly row: number; readonly column: number } | null {
  const cell = (width - LEFT - RIGHT) / columns;
  const row = Math.floor((y - TOP) / cell);
  const column = Math.floor((x - LEFT) / cell);
  return row >= 0 && row < rows && column >= 0 && column < columns ? { row, column } : null;
}

/** Fits the canvas to its place on the page and draws the map over the whole of it. Nothing while it has no width. */
export function paintCanvas(canvas: HTMLCanvasElement, picture: MapPicture, colors: ColorOf): void {
  const width = canvas.clientWidth;
  if (width <= LEFT + RIGHT) return;
  const ratio = devicePixelRatio;
  const across = Math.round(width * ratio);
  const down = Math.round(mapHeight(picture, width) * ratio);
  const context = canvas.getContext('2d')!;
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
  } else {
    context.reset();
  }
  context.scale(ratio, ratio);
  paintMap(context, picture, { x: 0, y: 0, width }, colors);
}

export function paintMap(context: CanvasRenderingContext2D, picture: MapPicture, box: Box, colors: ColorOf): void {
  const { rows, columns, row } = picture;
  const cell = (box.width - LEFT - RIGHT) / columns;
  const left = box.x + LEFT;
  const top = box.y + TOP;
  context.save();
  context.imageSmoothingEnabled = cell < 1;
  context.drawImage(cellsOf(picture, colors), left, top, cell * columns, cell * rows);
  context.strokeStyle = colors('line');
  context.lineWidth = 1;
  context.strokeRect(left - 0.5, top - 0.5, cell * columns + 1, cell * rows + 1);
  writeNames(context, picture, { left, top, cell }, colors);
  if (row !== null) {
    context.strokeStyle = colors('mark');
    context.lineWidth = 1.5;
    context.strokeRect(left - 1, top + row * cell - 1, cell * columns + 2, cell + 2);
    context.lineWidth = 2;
    const ring = Math.max(cell, 6);
    for (const column of picture.marked) {
      const x = left + (column + 0.5) * cell;
      const y = top + (row + 0.5) * cell;
      context.strokeRect(x - ring / 2 - 1, y - ring / 2 - 1, ring + 2, ring + 2);
    }
  }
  context.restore();
}

interface Grid {
  readonly left: number;
  readonly top: number;
  readonly cell: number;
}

/** Every name where there is room, and always those of the pulled-out row. */
function writeNames(context: CanvasRenderingContext2D, picture: MapPicture, grid: Grid, colors: ColorOf): void {
  const { left, top, cell } = grid;
  const { rows, columns, row, marked } = picture;
  context.textBaseline = 'alphabetic';
  const write = (text: string, x: number, y: number, strong: boolean, align: CanvasTextAlign) => {
    const size = strong ? 13 : Math.min(cell + 1, 12);
    context.font = `${strong ? 'bold ' : ''}${size}px ${FONT}`;
    context.fillStyle = colors(strong ? 'ink' : 'soft');
    context.textAlign = align;
    context.fillText(text, x, y, LEFT - 5);
  };
  const near = (a: number, b: number) => Math.abs(a - b) * cell < 12;
  if (cell >= ROOMY) {
    for (let r = 0; r < rows; r++) {
      if (row === null || !near(r, row))
        write(picture.rowName(r), left - 4, top + (r + 0.5) * cell + Math.min(cell / 3, 4), false, 'right');
    }
    for (let c = 0; c < columns; c++) {
      if (!marked.some((m) => near(m, c)))
        write(picture.columnName(c), left + (c + 0.5) * cell, top - 7, false, 'center');
    }
  }
  if (row === null) return;
  write(picture.rowName(row), left - 4, top + (row + 0.5) * cell + 4, true, 'right');
  const written: number[] = [];
  for (const column of marked) {
    if (written.some((other) => Math.abs(other - column) * cell < 13)) continue;
    written.push(column);
    write(picture.columnName(column), left + (column + 0.5) * cell, top - 7, true, 'center');
  }
}

const drawnCells = new WeakMap<object, { readonly colors: string; readonly cells: HTMLCanvasElement }>();

/** One pixel a cell. Pulling out another row draws none of them anew. */
function cellsOf(picture: MapPicture, colorOf: ColorOf): HTMLCanvasElement {
  const colors = (['map-low', 'map-mid', 'map-high'] as const).map(colorOf);
  const before = drawnCells.get(picture.source);
  if (before !== undefined && before.colors === colors.join()) return before.cells;
  const cells = drawCells(picture, rampOf(colors));
  drawnCells.set(picture.source, { colors: colors.join(), cells });
  return cells;
}

function drawCells({ rows, columns, level }: MapPicture, ramp: Uint8ClampedArray): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(columns, rows);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const value = level(r, c);
      if (value === null) continue;
      const at = 4 * (r * columns + c);
      const from = 3 * Math.round(255 * Math.min(Math.max(value, 0), 1));
      image.data[at] = ramp[from]!;
      image.data[at + 1] = ramp[from + 1]!;
      image.data[at + 2] = ramp[from + 2]!;
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** [256, 3]: from low over mid to high; lightness only ever goes one way. */
function rampOf(colors: readonly string[]): Uint8ClampedArray {
  const stops = colors.map(channelsOf);
  const ramp = new Uint8ClampedArray(3 * 256);
  for (let i = 0; i < 256; i++) {
    const at = (2 * i) / 255;
    const lower = Math.min(Math.floor(at), 1);
    for (let channel = 0; channel < 3; channel++) {
      const from = stops[lower]![channel]!;
      ramp[3 * i + channel] = from + (at - lower) * (stops[lower + 1]![channel]! - from);
    }
  }
  return ramp;
}

/** An empty sheet for a file, in the present colours, at twice its size. */
export function sheetOf(
  width: number,
  height: number,
  colors: ColorOf,
): { readonly canvas: HTMLCanvasElement; readonly context: CanvasRenderingContext2D } {
  const canvas = document.createElement('canvas');
  canvas.width = 2 * width;
  canvas.height = 2 * Math.ceil(height);
  const context = canvas.getContext('2d')!;
  context.scale(2, 2);
  context.fillStyle = colors('ground');
  context.fillRect(0, 0, width, height + 1);
  return { canvas, context };
}

/** Rejects where the browser cannot make a picture of that size. */
export function pngOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const take = (blob: Blob | null) => (blob === null ? reject(new Error('the picture is too large')) : resolve(blob));
    canvas.toBlob(take, 'image/png');
  });
}
