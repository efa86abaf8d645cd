/** Kernels under test work in a memory whose every other byte is a canary. */
import * as assert from 'uvu/assert';
import { createPlanner, type Matrix, type Planner, type Region } from '../../../bindings/arena.js';
import { loadBuild } from '../../../bindings/build.js';
import { type Instance, instantiate } from '../../../bindings/instance.js';

const build = loadBuild();
const CANARY = 0xa5;

export interface Guarded<T> {
  readonly instance: Instance;
  /** What `lay` placed. */
  readonly at: T;
  /** Takes down all of memory, runs the kernel, and throws if a byte outside `written` has changed. */
  writes(written: readonly (Region | Matrix)[], kernel: () => void): void;
}

/** A memory of its own with the regions that `lay` asks for, all of it canaries. */
export function guarded<T>(lay: (planner: Planner) => T): Guarded<T> {
  const planner = createPlanner();
  const at = lay(planner);
  planner.region('behind', 'f32', 16);
  const instance = instantiate(build, planner.plan());
  const bytes = new Uint8Array(instance.memory.buffer);
  bytes.fill(CANARY, 4096);
  return {
    instance,
    at,
    writes: (written, kernel) => {
      const before = bytes.slice();
      kernel();
      const after = bytes.slice();
      for (const [from, length] of written.flatMap(spans)) {
        after.set(before.subarray(from, from + length), from);
      }
      if (Buffer.compare(before, after) === 0) return;
      const first = before.findIndex((byte, i) => byte !== after[i]);
      assert.unreachable(`byte ${first} was written, outside ${written.map(({ name }) => name).join(', ')}`);
    },
  };
}

/** [offset, bytes] of what belongs to a region, or to each row of a matrix. */
function spans(place: Region | Matrix): [number, number][] {
  if ('stride' in place) {
    return Array.from({ length: place.rows }, (_, r) => [place.offset + 4 * r * place.stride, 4 * place.columns]);
  }
  return [[place.offset, place.length * (place.kind === 'f64' ? 8 : 4)]];
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function createUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** max |given - wanted| ≤ tolerance · max(|wanted|, 1e-30), over all elements. */
export function near(what: string, given: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  assert.is(given.length, wanted.length, `${what}: length`);
  let [error, size] = [0, 1e-30];
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs(given[i]! - wanted[i]!);
    error = Math.max(error, difference);
    size = Math.max(size, Math.abs(wanted[i]!));
  }
  assert.ok(error <= tolerance * size, `${what}: off by ${error / size} of the largest, ${tolerance} allowed`);
}

/** `length` numbers on (-1, 1), rounded to float32. */
export function randomValues(length: number, seed: number): Float32Array {
  const uniform = createUniform(seed);
  return Float32Array.from({ length }, () => 2 * uniform() - 1);
}

/** Rows × columns of a strided float32 matrix in memory, row-major. */
export function readMatrix(instance: Instance, m: Matrix): Float32Array {
  const out = new Float32Array(m.rows * m.columns);
  for (let r = 0; r < m.rows; r++) {
    out.set(new Float32Array(instance.memory.buffer, m.offset + 4 * r * m.stride, m.columns), r * m.columns);
  }
  return out;
}

export function writeMatrix(instance: Instance, m: Matrix, values: Float32Array): void {
  for (let r = 0; r < m.rows; r++) {
    const row = new Float32Array(instance.memory.buffer, m.offset + 4 * r * m.stride, m.columns);
    row.set(values.subarray(r * m.columns, (r + 1) * m.columns));
  }
}
