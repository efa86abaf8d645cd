/**
 * Rooms for kernels under test: buffers with canaries around them, in a memory that holds NaN wherever nothing was put.
 * A test runs a kernel there and the plain loop on a copy of the whole room, and compares every word of the two:
 * results, inputs, gaps between rows, and what lies between the buffers.
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
import { instantiate } from '../../../bindings/instance.js';
import { uniforms } from '../analysis/memory/samples.js';

const CANARY = 20;
const BYTES = 4 * 2 ** 18;

export const instance = instantiate(loadBuild(), { regions: [], bytes: BYTES });
const memory = new Float32Array(instance.memory.buffer);
const words = new Uint32Array(instance.memory.buffer);

export interface Room {
  /** Places regions with a canary before each. */
  readonly planner: Planner;
  /** rows × columns of random values, as a window of a wider matrix where `spare` > 0: NaN to its left and right. */
  random(name: string, rows: number, columns: number, spare?: number): Matrix;
  indices(name: string, values: readonly number[]): Region<'i32'>;
  /**
   * Runs the kernel on the room and `plain` on a copy, and throws where a word differs. `free`: windows that the kernel
   * may leave in any state.
   */
  compare(about: string, kernel: () => void, plain: (copy: Float32Array) => void, free?: readonly Matrix[]): void;
}

export function openRoom(seed: number): Room {
  const inner = createPlanner();
  const random = uniforms(seed);
  const start = inner.region('canary', 'f32', CANARY).offset;
  let filled = start;
  const fill = (end: number) => {
    memory.fill(Number.NaN, filled / 4, end / 4);
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

  return {
    planner,
    random(name, rows, columns, spare = 0) {
      const wide = planner.matrix(name, rows, columns + 2 * spare);
      const m = spare === 0 ? wide : columnsOf(wide, spare, columns);
      put(m, () => (2 * random() - 1) * 2 ** Math.floor(4 * random()));
      return m;
    },
    indices(name, values) {
      const placed = region(name, 'i32', values.length);
      instance.view(placed).set(values);
      return placed;
    },
    compare(about, kernel, plain, free = []) {
      const copy = memory.slice(0, filled / 4);
      kernel();
      plain(copy);
      for (const m of free) {
        for (let r = 0; r < m.rows; r++) {
          const from = cell(m, r, 0);
          copy.set(memory.subarray(from, from + m.columns), from);
        }
      }
      const expected = new Uint32Array(copy.buffer);
      for (let i = 0; i < expected.length; i++) {
        if (expected[i] !== words[i]) {
          assert.unreachable(`${about}: ${memory[i]} at ${whereabouts(inner, 4 * i)}, ${copy[i]} expected`);
        }
      }
    },
  };
}

/** Index of an entry in a room's float32 memory. */
export function cell(m: Matrix, row: number, column: number): number {
  return m.offset / 4 + row * m.stride + column;
}

/** Writes values into a matrix. */
export function put(m: Matrix, value: (row: number, column: number) => number): void {
  for (let r = 0; r < m.rows; r++) for (let c = 0; c < m.columns; c++) memory[cell(m, r, c)] = value(r, c);
}

/** Reads one entry. */
export function get(m: Matrix, row: number, column: number): number {
  return memory[cell(m, row, column)]!;
}

/** A flat float32 region as one row. */
export function asRow({ name, offset, length }: Region<'f32'>): Matrix {
  return { name, offset, rows: 1, columns: length, stride: length };
}

/** Σ_k a(k) · b(k) in float32: k ascending from +0, one rounding after each product and each addition. */
export function dot(depth: number, a: (k: number) => number, b: (k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < depth; k++) sum = Math.fround(sum + Math.fround(a(k) * b(k)));
  return sum;
}

/** Sizes 1 to 33: every remainder of every tile and strip, and their neighbours. */
export const SIZES: readonly number[] = Array.from({ length: 33 }, (_, i) => i + 1);

function whereabouts(planner: Planner, byte: number): string {
  const region = planner.plan().regions.findLast(({ offset }) => offset <= byte);
  return region === undefined ? `byte ${byte}` : `${region.name} + ${(byte - region.offset) / 4}`;
}
