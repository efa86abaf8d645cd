/**
 * The step that every peer times: the simplified model of two layers, gradients of W_K of both layers and W_O of the
 * second, and SGD. Sizes come from the command line; weights and tokens from one seed, so that JavaScript peers print
 * the same losses.
 */
import { parseArgs } from 'node:util';

export const OPTIMIZER = { learningRate: 0.2, momentum: 0.9, weightDecay: 1e-4 };

/**
 * --loss, --dim, --batch, --length, --vocab, --share (of positions in an in-context loss), --steps, and the peer's own.
 */
export function readProblem(own = {}) {
  const { values } = parseArgs({
    options: {
      loss: { type: 'string', default: 'in-context' },
      dim: { type: 'string', default: '128' },
      batch: { type: 'string', default: '4' },
      length: { type: 'string', default: '256' },
      vocab: { type: 'string', default: '61' },
      share: { type: 'string', default: '0.29' },
      steps: { type: 'string', default: '3' },
      ...own,
    },
  });
  const { loss, ...rest } = values;
  const numbers = ['dim', 'batch', 'length', 'vocab', 'share', 'steps'].map((key) => [key, Number(rest[key])]);
  return { ...rest, ...Object.fromEntries(numbers), all: loss === 'all', loss };
}

export function makeProblem({ dim, batch, length, vocab, share, all }) {
  const uniform = generator(1);
  const normal = (n) =>
    Float32Array.from({ length: n }, () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
  const linear = (rows) => Float32Array.from({ length: rows * dim }, () => (2 * uniform() - 1) / Math.sqrt(dim));
  const tokens = () => Int32Array.from({ length: batch * length }, () => Math.floor(uniform() * vocab));
  const problem = {
    E: normal(vocab * dim),
    P: normal(length * dim),
    U: linear(vocab),
    WV1: linear(dim),
    WO1: linear(dim),
    WV2: linear(dim),
    WK1: linear(dim),
    WK2: linear(dim),
    WO2: linear(dim),
    z: tokens(),
    y: tokens(),
    /** 1 where the loss reads a position. */
    rows: Float32Array.from({ length: batch * length }, () => (all || uniform() < share ? 1 : 0)),
  };
  return { ...problem, positions: problem.rows.reduce((sum, row) => sum + row, 0) };
}

/** Times `step`, which returns its loss, after two steps of warm-up; prints one JSON object with seconds a step. */
export async function report(name, versions, problem, step) {
  const losses = [];
  const times = [];
  for (let i = 0; i < problem.steps + 2; i++) {
    const from = performance.now();
    losses.push(await step());
    times.push((performance.now() - from) / 1000);
  }
  const timed = times.slice(2);
  const median = [...timed].sort((a, b) => a - b)[timed.length >> 1];
  const { loss, dim, batch, length } = problem;
  console.log(
    JSON.stringify({ name, versions, loss, dim, batch, length, median, times: timed, losses: losses.slice(0, 3) }),
  );
}

/** Numbers in [0, 1): a 32-bit linear congruence. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
