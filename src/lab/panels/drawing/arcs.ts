/**
 * Attention as arcs over a text: where each letter stands, and a path for every look that is worth a line. Numbers and
 * strings alone, so that a page and a file draw the same.
 */
import type { HeadView } from '../../border/view.js';
import { largest } from '../wording/ranks.js';

/** Sizes of the drawing, in its own units. */
export const CELL = 28;
const LETTER = 22;
/** Arcs rise no higher than this. */
const HIGHEST = 66;
const LOWEST = 14;
/** Above all looks, and below. */
const EDGE = 8;
/** Weights under this are no lines; as many as this leave a letter. */
const LEAST = 0.08;
const MOST = 6;
const THICKEST = 7;

export interface Arc {
  readonly path: string;
  readonly width: number;
  readonly opacity: number;
  /** The look that decides at the chosen place. */
  readonly strong: boolean;
}

export interface Arcs {
  readonly width: number;
  readonly height: number;
  /** Of the letters. */
  readonly baseline: number;
  /** Middle of a position. */
  readonly x: (position: number) => number;
  readonly above: readonly Arc[];
  readonly below: readonly Arc[];
  /** The key that the head below looks at most from the chosen place; null where it looks at none in particular. */
  readonly read: number | null;
}

/** More than this is a choice. */
const CHOSEN = 0.4;

/**
 * `above`: a head whose looks are drawn from every letter up to the chosen one; `below`: one whose looks are drawn from
 * the chosen letter. Either may be missing.
 */
export function arcsOf(T: number, chosen: number, above: HeadView | null, below: HeadView | null): Arcs {
  const x = (position: number) => CELL * (position + 0.5);
  const up = above === null ? 0 : rise(T) + EDGE;
  const down = below === null ? 0 : rise(T) + EDGE;
  const baseline = up + LETTER;
  const from = below === null ? [] : looks(below.weights, T, chosen);
  const best = from[0];
  const read = best !== undefined && best.value >= CHOSEN ? best.column : null;
  const noted = read ?? (below === null ? chosen : null);
  return {
    width: CELL * T,
    height: up + LETTER + 10 + down,
    baseline,
    x,
    read,
    above:
      above === null
        ? []
        : Array.from({ length: chosen + 1 }, (_, query) =>
            looks(above.weights, T, query).map(({ column, value }, n) =>
              arc(x(query), x(column), up, -1, T, value, query === noted && n === 0 && value >= CHOSEN),
            ),
          ).flat(),
    below: from.map(({ column, value }) => arc(x(chosen), x(column), baseline + 10, 1, T, value, column === read)),
  };
}

function looks(weights: Float32Array, T: number, row: number) {
  return largest(weights, T, row, row + 1, MOST).filter(({ value }) => value >= LEAST);
}

/** How high the widest arc of a text rises. */
function rise(T: number): number {
  return Math.min(HIGHEST, LOWEST + (CELL * T) / 4);
}

/** From a query to a key, on the side `side` of the line y; to itself: a small loop. */
function arc(from: number, to: number, y: number, side: 1 | -1, T: number, value: number, strong: boolean): Arc {
  const span = Math.abs(from - to);
  const height = span === 0 ? LOWEST : Math.min(rise(T), LOWEST + span / 4);
  // A cubic reaches three quarters of the way to its control points.
  const peak = round(y + (side * height * 4) / 3);
  const [a, b] = span === 0 ? [from - 5, to + 5] : [from, to];
  return {
    path: `M${round(a)} ${round(y)}C${round(a)} ${peak} ${round(b)} ${peak} ${round(b)} ${round(y)}`,
    width: round(1 + (strong ? THICKEST - 1 : 2) * value),
    opacity: strong ? 1 : round(0.15 + 0.6 * value),
    strong,
  };
}

function round(units: number): number {
  return Math.round(100 * units) / 100;
}
