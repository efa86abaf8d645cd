/** A head's attention as a map: each row a letter that reads, each column one that it can look at. */
import type { HeadView, Moment } from '../../border/view.js';
import { headName, keysOf } from '../wording/looks.js';
import { type MapPicture, mapHeight, paintMap, sheetOf } from './map.js';
import type { ColorOf } from './palette.js';

/** `letters`: of the text, as they are written; `row`: the one that is pulled out, or null. */
export function mapOf({ weights }: HeadView, letters: readonly string[], row: number | null): MapPicture {
  const T = letters.length;
  return {
    rows: T,
    columns: T,
    source: weights,
    // By the square root: small weights would not be seen.
    level: (t, s) => (s > t ? null : Math.sqrt(weights[t * T + s]!)),
    rowName: (t) => letters[t]!,
    columnName: (s) => letters[s]!,
    row,
    marked: row === null ? [] : keysOf(weights, T, row).map(({ column }) => column),
  };
}

/** Every head on one sheet: the layers from above to below, the heads of each side by side. */
export function attentionSheet(
  { attention, step }: Moment,
  letters: readonly string[],
  colors: ColorOf,
): HTMLCanvasElement {
  const map = Math.min(Math.max(320, 12 * letters.length), 1200);
  const across = Math.max(1, ...attention.map(({ head }) => head + 1));
  const down = Math.max(1, ...attention.map(({ layer }) => layer + 1));
  const height = 34 + mapHeight({ rows: letters.length, columns: letters.length }, map);
  const { canvas, context } = sheetOf(across * (map + 16) + 16, down * height + 16, colors);
  for (const head of attention) {
    const x = 16 + head.head * (map + 16);
    const y = head.layer * height;
    context.fillStyle = colors('ink');
    context.font = 'bold 14px system-ui, sans-serif';
    context.fillText(`${headName(head, across)} at step ${step}${head.silenced ? ', left out' : ''}`, x, y + 24);
    paintMap(context, mapOf(head, letters, null), { x, y: y + 32, width: map }, colors);
  }
  return canvas;
}
