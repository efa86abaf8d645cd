/** Sequences with query rows anywhere in them, for the causal products and the softmax. */
import { columnsOf, type Matrix, rowsOf } from '../../../bindings/arena.js';
import { planWeights, type QueryRows } from '../../../bindings/softmax.js';
import { uniforms } from '../uniforms.js';
import { put, type Room, SIZES } from './harness.js';

/** Query rows of a sequence of T: all, every other, the ends, and random choices of even and odd number. */
function choices(T: number): number[][] {
  const random = uniforms(T);
  const all = Array.from({ length: T }, (_, t) => t);
  const some = [0.3, 0.6].map((share) => all.filter(() => random() < share));
  const lists = [
    all,
    all.filter((t) => t % 2 === 1),
    [T - 1],
    [0],
    all.slice(1),
    ...some,
    ...some.map((l) => l.slice(1)),
  ];
  return lists.filter((list) => list.length > 0);
}

/** Every length with every choice of rows, and a width of heads. */
export function* sequences(): Generator<{ T: number; e: number; positions: number[] }> {
  for (const T of SIZES)
    for (const [i, positions] of choices(T).entries()) yield { T, e: 1 + ((5 * T + 7 * i) % 33), positions };
}

export function queriesOf(room: Room, positions: readonly number[]): QueryRows {
  return { positions: room.indices('positions', positions), count: positions.length };
}

export const upTo16 = (n: number): number => Math.ceil(n / 16) * 16;

/** Where row i's zeros end: the longest length of its four rows, rounded up to 16. */
export const zerosEnd = (positions: readonly number[], i: number): number =>
  upTo16(positions[Math.min(i | 3, positions.length - 1)]! + 1);

/** Weights as the softmax leaves them, one row more than there are positions: numbers, zeros, then NaN. */
export function weightsFor(room: Room, positions: readonly number[], T: number): Matrix {
  const m = planWeights(room.planner, 'weights', positions.length + 1, T);
  const random = uniforms(T);
  positions.forEach((p, i) => {
    put(columnsOf(rowsOf(m, i, 1), 0, zerosEnd(positions, i)), (_, s) => (s <= p ? 2 * random() - 1 : 0));
  });
  return m;
}
