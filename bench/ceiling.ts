/**
 * The multiply-add ceiling of a core: chains of multiply-add that live in registers, no memory touched. A strict build
 * multiplies and adds in two instructions, which the machine runs on other ports than a fused one: each build is held
 * against its own. The loop is assembled here, so that no shipped kernel carries it.
 */
import type { Build } from '../bindings/instance.js';
import type { CeilingResult } from './report.js';
import type { TimedTask } from './rounds.js';
import { spreadOf } from './spread.js';

const CHAINS = [6, 8, 10, 12, 14] as const;
const ROUNDS = 50_000;
/** Four lanes, a multiplication and an addition each. */
const FLOP = 8;

export function ceilingTasks({ kernel }: Pick<Build, 'kernel'>): TimedTask[] {
  return CHAINS.map((count) => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(chainsModule(count, kernel)));
    const chains = exports.chains as (rounds: number, factor: number) => number;
    return { name: `${count} chains`, call: () => void chains(ROUNDS, 0.5) };
  });
}

/** From the milliseconds of `ceilingTasks` by task and round: the result, and the ceiling of each round in GFLOP/s. */
export function readCeiling(
  { kernel }: Build,
  times: readonly (readonly number[])[],
): { result: CeilingResult; byRound: number[] } {
  const rates = times.map((rounds, i) => rounds.map((ms) => (FLOP * CHAINS[i]! * ROUNDS) / ms / 1e6));
  const byRound = rates[0]!.map((_, round) => Math.max(...rates.map((rounds) => rounds[round]!)));
  const chains = CHAINS.map((count, i) => ({ chains: count, gflops: spreadOf(rates[i]!) }));
  return { result: { kernel, gflops: spreadOf(byRound), chains }, byRound };
}

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;
const GET = 0x20;
const SET = 0x21;
const SPLAT = [0xfd, 0x13];
const MULTIPLY_ADD: Readonly<Record<Build['kernel'], readonly number[]>> = {
  // f32x4.mul, f32x4.add
  simd: [0xfd, 0xe6, 0x01, 0xfd, 0xe4, 0x01],
  // f32x4.relaxed_madd
  fused: [0xfd, 0x85, 0x02],
};

/**
 * A module with one function, chains(rounds: i32, factor: f32): f32. Locals: 0 rounds, 1 factor, 2 the factor in four
 * lanes (m), 3 … the chains, which start at 1, 2, 3, … and become m · chain + m in every round; returns the sum of
 * their first lanes.
 */
function chainsModule(count: number, kernel: Build['kernel']): Uint8Array<ArrayBuffer> {
  const chains = Array.from({ length: count }, (_, i) => 3 + i);
  const step = (at: number) =>
    kernel === 'simd'
      ? [GET, 2, GET, 2, GET, at, ...MULTIPLY_ADD.simd]
      : [GET, 2, GET, at, GET, 2, ...MULTIPLY_ADD.fused];
  const code = [
    ...[1, 1 + count, V128],
    ...[GET, 1, ...SPLAT, SET, 2],
    ...chains.flatMap((at) => [0x43, ...new Uint8Array(Float32Array.of(at - 2).buffer), ...SPLAT, SET, at]),
    // loop … rounds = rounds - 1; again while it is not 0
    ...[0x03, 0x40, ...chains.flatMap((at) => [...step(at), SET, at]), GET, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b],
    ...chains.flatMap((at, i) => [GET, at, 0xfd, 0x1f, 0, ...(i > 0 ? [0x92] : [])]),
    0x0b,
  ];
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, I32, F32, 1, F32]),
    ...section(3, [1, 0]),
    ...section(7, [1, 6, ...new TextEncoder().encode('chains'), 0, 0]),
    ...section(10, [1, ...size(code.length), ...code]),
  );
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...size(content.length), ...content];
}

/** LEB128, for sizes below 2^14. */
function size(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, n >> 7];
}
