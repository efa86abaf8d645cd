/**
 * The arena: one private WebAssembly memory, divided before the first step into named regions.
 *
 *     0 .......... 16384 | region 0 | region 1 | ... | region n | end, rounded up to a page
 *     module constants     each starts on a 16-byte boundary, in the order it was asked for
 *
 * A plan is plain data: it is made from a config, its size is known before any memory exists, and `table` prints it.
 */

export type Kind = 'f32' | 'f64' | 'i32' | 'u32';

/** `length` elements of one kind from byte `offset` on. */
export interface Region<K extends Kind = Kind> {
  readonly name: string;
  readonly kind: K;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** Rows × columns of float32; row r starts `stride` elements after row r - 1. May be a window of a wider one. */
export interface Matrix {
  readonly name: string;
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
}

/** A Matrix that owns its whole region. */
export type MatrixRegion = Matrix & Region<'f32'>;

export interface ArenaPlan {
  readonly regions: readonly Region[];
  readonly bytes: number;
}

export interface Planner {
  region<K extends Kind>(name: string, kind: K, ...shape: number[]): Region<K>;
  /** A matrix region; rows start `stride` elements apart (default: `columns`). */
  matrix(name: string, rows: number, columns: number, stride?: number): MatrixRegion;
  plan(): ArenaPlan;
}

const BASE = 16384;
const ALIGN = 16;
export const PAGE_BYTES = 65536;
/** The largest arena: one page short of 4 GiB, so that the address behind its last byte still fits 32 bits. */
export const MOST_ARENA_BYTES = 65535 * PAGE_BYTES;
const BYTES: Record<Kind, number> = { f32: 4, f64: 8, i32: 4, u32: 4 };

/** Collects regions and gives each its place at once, so that kernel plans can be made beside the arena's. */
export function createPlanner(): Planner {
  const regions: Region[] = [];
  let end = BASE;

  function region<K extends Kind>(name: string, kind: K, ...shape: number[]): Region<K> {
    const length = shape.reduce((product, size) => product * size, 1);
    const placed = { name, kind, shape, offset: end, length };
    regions.push(placed);
    end = Math.ceil((end + length * BYTES[kind]) / ALIGN) * ALIGN;
    return placed;
  }

  return {
    region,
    matrix: (name, rows, columns, stride = columns) => ({
      ...region(name, 'f32', rows, stride),
      rows,
      columns,
      stride,
    }),
    plan: () => ({ regions, bytes: Math.ceil(end / PAGE_BYTES) * PAGE_BYTES }),
  };
}

/** `count` columns of a matrix from column `from` on: one head of a query, for instance. */
export function columnsOf(m: Matrix, from: number, count: number): Matrix {
  return {
    name: `${m.name}[:, ${from}..]`,
    offset: m.offset + 4 * from,
    rows: m.rows,
    columns: count,
    stride: m.stride,
  };
}

/** `count` rows of a matrix from row `from` on. */
export function rowsOf(m: Matrix, from: number, count: number): Matrix {
  return {
    name: `${m.name}[${from}..]`,
    offset: m.offset + 4 * from * m.stride,
    rows: count,
    columns: m.columns,
    stride: m.stride,
  };
}

/** A flat float32 region seen as a matrix without padding. */
export function asMatrix(r: Region<'f32'>, rows: number, columns: number): Matrix {
  return { name: r.name, offset: r.offset, rows, columns, stride: columns };
}

/** The plan as a readable table: offset, size, kind, shape, name. */
export function table(plan: ArenaPlan): string {
  const lines = plan.regions.map((r) => {
    const bytes = r.length * BYTES[r.kind];
    return `${r.offset.toString().padStart(12)} ${bytes.toString().padStart(12)}  ${r.kind}  ${`[${r.shape.join(', ')}]`.padEnd(16)} ${r.name}`;
  });
  return [
    `${'offset'.padStart(12)} ${'bytes'.padStart(12)}  kind shape            name`,
    ...lines,
    `${plan.bytes} bytes in all`,
  ].join('\n');
}
