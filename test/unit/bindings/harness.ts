/**
 * Rooms for kernels under test: buffers with canaries around them, in a memory that holds NaN wherever nothing was put.
 * `compare` runs a kernel there and the plain loop on a copy of the whole room, and throws where a word of the two
 * differs: results, inputs, gaps between rows, and what lies between the buffers. Where no loop gives the same bits,
 * `writes` holds a kernel to the places it may write. All rooms lie in one memory: opening one ends the last.
 */
import * as assert from 'uvu/assert';
import {
  columnsOf,
  createPlanner,
  type Kind,
  type Matrix,
  type Planner,
  type Region,
} from '../../../bindings/arena.js';
import { loadBuild } from '../../../bindings/build.js';
import { instantiate, TILES } from '../../../bindings/instance.js';
import { useTile } from '../../../bindings/tile.js';
import { uniforms } from '../uniforms.js';

const CANARY = 20;
/** A signalling NaN: whatever is added to it, its bits change. */
const NOTHING = 0x7fa00001;
const BYTES = 4 * 2 ** 20;

export const instance = instantiate(loadBuild(), { regions: [], bytes: BYTES });
const memory = new Float32Array(instance.memory.buffer);
const words = new Uint32Array(instance.memory.buffer);
/** Index of the first word that is a room's. */
const BASE = instance.exports.heapBase() / 4;

export interface Room {
  /** Places regions with a canary before each. */
  readonly planner: Planner;
  /** rows × columns of NaN; where `left` or `right` > 0 a window of a matrix that is wider by as many. */
  window(name: string, rows: number, columns: number, left?: number, right?: number): Matrix;
  /** The same with as many spare columns on both sides, filled with random values. */
  random(name: string, rows: number, columns: number, spare?: number): Matrix;
  vector(name: string, values: ArrayLike<number>): Region<'f32'>;
  indices(name: string, values: readonly number[]): Region<'i32'>;
  /**
   * Runs the kernel on the room, with either tile of products, and `plain` on a copy, and throws where a word differs.
   * `free`: windows that the kernel may leave in any state.
   */
  compare(about: string, kernel: () => void, plain: (copy: Float32Array) => void, free?: readonly Matrix[]): void;
  /** Runs the kernel and throws where a word outside `places` has changed. */
  writes(places: readonly (Region | Matrix)[], kernel: () => void): void;
}

export function openRoom(seed = 1): Room {
  const inner = createPlanner();
  const random = uniforms(seed);
  let filled = inner.region('canary', 'f32', CANARY).offset;
  const fill = (end: number) => {
    words.fill(NOTHING, filled / 4, end / 4);
    filled = end;
  };

  function region<K extends Kind>(name: string, kind: K, ...shape: number[]): Region<K> {
    const placed = inner.region(name, kind, ...shape);
    fill(inner.region('canary', 'f32', CANARY).offset + 4 * CANARY);
    assert.ok(filled <= BYTES, 'the room is too small');
    return placed;
  }

  const planner: Planner = {
    region,
    matrix: (name, rows, columns, stride = columns) => ({
      ...region(name, 'f32', rows, stride),
      rows,
      columns,
      stride,
    }),
    plan: () => inner.plan(),
  };
  const window: Room['window'] = (name, rows, columns, left = 0, right = 0) => {
    const wide = planner.matrix(name, rows, left + columns + right);
    return left + right === 0 ? wide : columnsOf(wide, left, columns);
  };
  const hold = (about: string, expected: Uint32Array) => {
    // Below lie the module's own constants, and a strip that the wide tile writes.
    const at = expected.findIndex((word, i) => i >= BASE && word !== words[i]);
    if (at < 0) return;
    const wanted = new Float32Array(expected.buffer)[at];
    assert.unreachable(`${about}: ${memory[at]} at ${whereabouts(inner, 4 * at)}, ${wanted} expected`);
  };

  return {
    planner,
    window,
    random(name, rows, columns, spare = 0) {
      const m = window(name, rows, columns, spare, spare);
      put(m, () => (2 * random() - 1) * 2 ** Math.floor(4 * random()));
      return m;
    },
    vector(name, values) {
      const placed = region(name, 'f32', values.length);
      instance.view(placed).set(values);
      return placed;
    },
    indices(name, values) {
      const placed = region(name, 'i32', values.length);
      instance.view(placed).set(values);
      return placed;
    },
    compare(about, kernel, plain, free = []) {
      const before = words.slice(0, filled / 4);
      const copy = memory.slice(0, filled / 4);
      for (const tile of TILES) {
        words.set(before);
        useTile(instance, tile);
        kernel();
        if (tile === TILES[0]) plain(copy);
        for (const m of free) for (let r = 0; r < m.rows; r++) copy.set(row(m, r), cell(m, r, 0));
        hold(`${about}, ${tile} tile`, new Uint32Array(copy.buffer));
      }
    },
    writes(places, kernel) {
      const expected = words.slice(0, filled / 4);
      kernel();
      for (const place of places) {
        const m = 'stride' in place ? place : { ...place, rows: 1, columns: place.length, stride: place.length };
        for (let r = 0; r < m.rows; r++) {
          const at = cell(m, r, 0);
          expected.set(words.subarray(at, at + m.columns), at);
        }
      }
      hold(`outside ${places.map(({ name }) => name).join(', ')}`, expected);
    },
  };
}

/** Index of an entry in a room's float32 memory. */
export function cell(m: Matrix, i: number, j: number): number {
  return m.offset / 4 + i * m.stride + j;
}

/** Writes values into a matrix. */
export function put(m: Matrix, value: (i: number, j: number) => number): void {
  for (let i = 0; i < m.rows; i++) for (let j = 0; j < m.columns; j++) memory[cell(m, i, j)] = value(i, j);
}

/** Writes values into a matrix, row after row. */
export function putAll(m: Matrix, values: ArrayLike<number>): void {
  put(m, (i, j) => values[i * m.columns + j]!);
}

/** Reads one entry. */
export function get(m: Matrix, i: number, j: number): number {
  return memory[cell(m, i, j)]!;
}

/** A copy of all entries, row after row. */
export function getAll(m: Matrix): Float32Array {
  return Float32Array.from(rows(m).flatMap((entries) => [...entries]));
}

/** Row i in place, its first `length` entries. */
export function row(m: Matrix, i: number, length = m.columns): Float32Array {
  return memory.subarray(cell(m, i, 0), cell(m, i, 0) + length);
}

/** A copy of column j. */
export function column(m: Matrix, j: number): Float32Array {
  const entries = new Float32Array(m.rows);
  for (let i = 0; i < m.rows; i++) entries[i] = get(m, i, j);
  return entries;
}

export function rows(m: Matrix): Float32Array[] {
  return Array.from({ length: m.rows }, (_, i) => row(m, i));
}

export function columns(m: Matrix): Float32Array[] {
  return Array.from({ length: m.columns }, (_, j) => column(m, j));
}

/** A flat float32 region as one row. */
export function asRow({ name, offset, length }: Region<'f32'>): Matrix {
  return { name, offset, rows: 1, columns: length, stride: length };
}

/** Σ_k a[k] b[k] over all of a, in float32: k ascending from +0, one rounding after each product and each addition. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum = Math.fround(sum + Math.fround(a[k]! * b[k]!));
  return sum;
}

/** Throws unless max |given - wanted| ≤ tolerance · max(|wanted|, 1e-30), over all elements. */
export function near(what: string, given: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  assert.is(given.length, wanted.length, `${what}: length`);
  let [error, size] = [0, 1e-30];
  for (let i = 0; i < wanted.length; i++) {
    error = Math.max(error, Math.abs(given[i]! - wanted[i]!));
    size = Math.max(size, Math.abs(wanted[i]!));
  }
  assert.ok(error <= tolerance * size, `${what}: off by ${error / size} of the largest, ${tolerance} allowed`);
}

/** `length` numbers on (-1, 1), rounded to float32. */
export function randomValues(length: number, seed: number): Float32Array {
  const uniform = uniforms(seed);
  return Float32Array.from({ length }, () => 2 * uniform() - 1);
}

/** Sizes 1 to 33: every remainder of every tile and strip, and their neighbours. */
export const SIZES: readonly number[] = Array.from({ length: 33 }, (_, i) => i + 1);

function whereabouts(planner: Planner, byte: number): string {
  const region = planner.plan().regions.findLast(({ offset }) => offset <= byte);
  return region === undefined ? `byte ${byte}` : `${region.name} + ${(byte - region.offset) / 4}`;
}
