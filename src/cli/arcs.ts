/**
 * Arcs over a row of symbols, as characters: each cell knows which of its four sides a line leaves by, so that lines
 * that meet or cross are drawn so.
 *
 *       ╭─ 98 % ─╮
 *       ▼        │
 *     M r ␣ F o x ␣
 */

export interface Arc {
  /** Columns of the terminal. */
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

export type Side = 'above' | 'below';

const [NORTH, EAST, SOUTH, WEST] = [1, 2, 4, 8] as const;
/** By the sum of the sides that a line leaves by. */
const SHAPE_OF = new Map<number, string>([
  [0, ' '],
  [NORTH, '│'],
  [SOUTH, '│'],
  [NORTH + SOUTH, '│'],
  [EAST, '─'],
  [WEST, '─'],
  [EAST + WEST, '─'],
  [NORTH + EAST, '╰'],
  [EAST + SOUTH, '╭'],
  [SOUTH + WEST, '╮'],
  [NORTH + WEST, '╯'],
  [NORTH + EAST + SOUTH, '├'],
  [NORTH + SOUTH + WEST, '┤'],
  [EAST + SOUTH + WEST, '┬'],
  [NORTH + EAST + WEST, '┴'],
  [NORTH + EAST + SOUTH + WEST, '┼'],
]);

/** Lines above the row, or below it; shorter arcs lie nearer to it. An arc needs two columns. */
export function drawArcs(arcs: readonly Arc[], side: Side): string[] {
  const placed = levelled(arcs);
  const height = Math.max(0, ...placed.map(({ level }) => level + 2));
  const width = Math.max(0, ...arcs.map(({ from, to }) => Math.max(from, to) + 1));
  // Row 0 lies next to the symbols.
  const sides = Array.from({ length: height }, () => new Uint8Array(width));
  const written = new Map<string, string>();
  const toward = side === 'above' ? SOUTH : NORTH;
  for (const { from, to, label, level } of placed) {
    const [left, right] = [Math.min(from, to), Math.max(from, to)];
    for (const x of [left, right]) {
      for (let y = 0; y <= level; y++) sides[y]![x]! |= NORTH + SOUTH;
      sides[level + 1]![x]! |= toward + (x === left ? EAST : WEST);
    }
    for (let x = left + 1; x < right; x++) sides[level + 1]![x]! |= EAST + WEST;
    written.set(`0 ${to}`, side === 'above' ? '▼' : '▲');
    const text = ` ${label} `;
    const room = right - left - 1;
    if (room < text.length) continue;
    const at = left + 1 + Math.floor((room - text.length) / 2);
    for (const [n, character] of Array.from(text).entries()) written.set(`${level + 1} ${at + n}`, character);
  }
  const lines = sides.map((row, y) =>
    Array.from(row, (mask, x) => written.get(`${y} ${x}`) ?? SHAPE_OF.get(mask)!)
      .join('')
      .trimEnd(),
  );
  return side === 'above' ? lines.reverse() : lines;
}

/** Above every shorter arc that it reaches over. */
function levelled(arcs: readonly Arc[]): (Arc & { readonly level: number })[] {
  const placed: (Arc & { readonly level: number })[] = [];
  const span = ({ from, to }: Arc) => Math.abs(from - to);
  for (const arc of [...arcs].sort((a, b) => span(a) - span(b))) {
    const over = placed.filter(
      (other) =>
        Math.min(arc.from, arc.to) <= Math.max(other.from, other.to) &&
        Math.min(other.from, other.to) <= Math.max(arc.from, arc.to),
    );
    placed.push({ ...arc, level: Math.max(-1, ...over.map(({ level }) => level)) + 1 });
  }
  return placed;
}
