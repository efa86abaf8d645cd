/**
 * The two-layer model of the paper's three-step construction, with one-hot embeddings, for N tokens and T positions.
 *
 * The residual stream has four blocks, D = 2N + 2T in all:
 *
 *     [ w_E(z) : N | p_t : T | w_1(z) : N | Φ p_t : T ]
 *       token        position  tokens that   positions that
 *                              layer 1 read  layer 1 read
 *
 * Layer 1 attends with scores (x_s)ᵀ W_K¹ x_r over the first two blocks and writes Σ_r A_sr (w_1(z_r) + Φ p_r) beside
 * them. Layer 2 attends from the last token alone: scores (x_T)ᵀ W_K² x_s, and logits W_O² Σ_s β_s x_s. Scores are not
 * scaled, values are the stream itself, and the stream does not reach the logits by another way.
 *
 * What layer 2 reads of the stream is a choice: the relevant block for each of query, key and value, or everything. A
 * sequence costs O(T²) for the first layer, plus products over the blocks that are read.
 */
import { softmax, type Transcendentals } from '../algebra/softmax.js';

/** Sizes: N tokens, T positions. */
export interface OneHotSizes {
  readonly symbols: number;
  readonly length: number;
}

export type Block = 'token' | 'position' | 'relayedToken' | 'relayedPosition';

/** The blocks that layer 2 reads. */
export interface Reads {
  readonly query: readonly Block[];
  readonly key: readonly Block[];
  readonly value: readonly Block[];
}

/** Query w_E, key w_1, value w_E. */
export const RELEVANT_BLOCKS: Reads = { query: ['token'], key: ['relayedToken'], value: ['token'] };

const EVERY_BLOCK: readonly Block[] = ['token', 'position', 'relayedToken', 'relayedPosition'];

export const ALL_BLOCKS: Reads = { query: EVERY_BLOCK, key: EVERY_BLOCK, value: EVERY_BLOCK };

export type MemoryName = 'previousKey' | 'inductionKey' | 'output';

/** W_K¹: [N + T, N + T], W_K²: [D, D], W_O²: [N, D]; a row is an output. All row-major. */
export type OneHotMemories = Readonly<Record<MemoryName, Float64Array>>;

/** What a forward pass leaves behind; overwritten by the next one. */
export interface OneHotState {
  /** A: [T, T], row s over r ≤ s. */
  readonly attention: Float64Array;
  /** β: [T]. */
  readonly lastAttention: Float64Array;
  /** p(k): [N]. */
  readonly probabilities: Float64Array;
}

export interface OneHotModel {
  readonly state: OneHotState;
  /** Tokens [T] → the state. Returns the loss at the last token, in nats. */
  forward(memories: OneHotMemories, tokens: Int32Array, target: number): number;
  /** gradient += dL/dW of the one memory, for the sequence of the last forward pass. */
  backward(memories: OneHotMemories, name: MemoryName, gradient: Float64Array): void;
}

/** Places of the blocks in the stream. */
export interface BlockPlaces {
  readonly position: number;
  readonly relayedToken: number;
  readonly relayedPosition: number;
  /** D. */
  readonly dim: number;
}

export function blockPlaces({ symbols: N, length: T }: OneHotSizes): BlockPlaces {
  return { position: N, relayedToken: N + T, relayedPosition: 2 * N + T, dim: 2 * N + 2 * T };
}

export function zeroMemories(sizes: OneHotSizes): OneHotMemories {
  const { symbols: N, length: T } = sizes;
  const { dim } = blockPlaces(sizes);
  return {
    previousKey: new Float64Array((N + T) ** 2),
    inductionKey: new Float64Array(dim * dim),
    output: new Float64Array(N * dim),
  };
}

export function createOneHotModel(sizes: OneHotSizes, reads: Reads, math: Transcendentals): OneHotModel {
  const { symbols: N, length: T } = sizes;
  const places = blockPlaces(sizes);
  const D = places.dim;
  const W = N + T;
  const last = T - 1;
  const attention = new Float64Array(T * T);
  const lastAttention = new Float64Array(T);
  const probabilities = new Float64Array(N);
  const query = new Float64Array(D);
  const asked = new Float64Array(D);
  const mixed = new Float64Array(D);
  const dscores = new Float64Array(T);
  const dkey = new Float64Array(D);
  const dmixed = new Float64Array(D);
  const dquery = new Float64Array(D);
  const dattention = new Float64Array(T);
  const error = new Float64Array(N);
  const present = new Int32Array(D);
  let tokens = new Int32Array(T);
  let target = 0;

  const reading = (blocks: readonly Block[]) => ({
    token: blocks.includes('token'),
    position: blocks.includes('position'),
    relayedToken: blocks.includes('relayedToken'),
    relayedPosition: blocks.includes('relayedPosition'),
  });
  const queryReads = reading(reads.query);
  const keyReads = reading(reads.key);
  const valueReads = reading(reads.value);
  const relays = (r: ReturnType<typeof reading>) => r.relayedToken || r.relayedPosition;

  /** into += weight · x_s, on the blocks that are read. */
  function addStream(into: Float64Array, s: number, weight: number, r: ReturnType<typeof reading>): void {
    if (r.token) into[tokens[s]!]! += weight;
    if (r.position) into[places.position + s]! += weight;
    if (!relays(r)) return;
    for (let at = 0; at <= s; at++) {
      const share = weight * attention[s * T + at]!;
      if (r.relayedToken) into[places.relayedToken + tokens[at]!]! += share;
      if (r.relayedPosition) into[places.relayedPosition + at]! += share;
    }
  }

  /** vector · (w_1(z_r) + Φ p_r), on the blocks that are read. */
  function relayed(vector: Float64Array, r: number, on: ReturnType<typeof reading>): number {
    const token = on.relayedToken ? vector[places.relayedToken + tokens[r]!]! : 0;
    return on.relayedPosition ? token + vector[places.relayedPosition + r]! : token;
  }

  /** vector · x_s, on the blocks that are read. */
  function alongStream(vector: Float64Array, s: number, r: ReturnType<typeof reading>): number {
    let sum = 0;
    if (r.token) sum += vector[tokens[s]!]!;
    if (r.position) sum += vector[places.position + s]!;
    if (relays(r)) for (let at = 0; at <= s; at++) sum += attention[s * T + at]! * relayed(vector, at, r);
    return sum;
  }

  function attend(previousKey: Float64Array): void {
    for (let s = 0; s < T; s++) {
      const byToken = tokens[s]! * W;
      const byPosition = (N + s) * W;
      for (let r = 0; r <= s; r++) {
        const z = tokens[r]!;
        attention[s * T + r] =
          previousKey[byToken + z]! +
          previousKey[byToken + N + r]! +
          previousKey[byPosition + z]! +
          previousKey[byPosition + N + r]!;
      }
      softmax(attention, s * T, s * T + s + 1, math);
    }
  }

  function forward(memories: OneHotMemories, sequence: Int32Array, answer: number): number {
    tokens = sequence as typeof tokens;
    target = answer;
    attend(memories.previousKey);
    query.fill(0);
    addStream(query, last, 1, queryReads);
    asked.fill(0);
    addRows(asked, memories.inductionKey, query, D, D);
    for (let s = 0; s < T; s++) lastAttention[s] = alongStream(asked, s, keyReads);
    softmax(lastAttention, 0, T, math);
    mixed.fill(0);
    for (let s = 0; s < T; s++) addStream(mixed, s, lastAttention[s]!, valueReads);
    multiply(probabilities, memories.output, mixed, N, D, present);
    const right = probabilities[target]!;
    return softmax(probabilities, 0, N, math) - right;
  }

  function backward(memories: OneHotMemories, name: MemoryName, gradient: Float64Array): void {
    for (let k = 0; k < N; k++) error[k] = probabilities[k]! - (k === target ? 1 : 0);
    if (name === 'output') {
      addOuter(gradient, error, mixed, N, D, present);
      return;
    }
    dmixed.fill(0);
    addRows(dmixed, memories.output, error, N, D);
    let mean = 0;
    for (let s = 0; s < T; s++) {
      dscores[s] = alongStream(dmixed, s, valueReads);
      mean += lastAttention[s]! * dscores[s]!;
    }
    for (let s = 0; s < T; s++) dscores[s] = lastAttention[s]! * (dscores[s]! - mean);
    dkey.fill(0);
    for (let s = 0; s < T; s++) addStream(dkey, s, dscores[s]!, keyReads);
    if (name === 'inductionKey') {
      addOuter(gradient, query, dkey, D, D, present);
      return;
    }
    if (relays(queryReads)) multiply(dquery, memories.inductionKey, dkey, D, D, present);
    for (let s = 0; s < T; s++) attendBackward(s, gradient);
  }

  /** Row s of layer 1's attention: through keys and values of position s, and through the query where s is the last. */
  function attendBackward(s: number, gradient: Float64Array): void {
    const row = s * T;
    let mean = 0;
    for (let r = 0; r <= s; r++) {
      let d = dscores[s]! * relayed(asked, r, keyReads) + lastAttention[s]! * relayed(dmixed, r, valueReads);
      if (s === last) d += relayed(dquery, r, queryReads);
      dattention[r] = d;
      mean += attention[row + r]! * d;
    }
    const byToken = tokens[s]! * W;
    const byPosition = (N + s) * W;
    for (let r = 0; r <= s; r++) {
      const d = attention[row + r]! * (dattention[r]! - mean);
      const z = tokens[r]!;
      gradient[byToken + z]! += d;
      gradient[byToken + N + r]! += d;
      gradient[byPosition + z]! += d;
      gradient[byPosition + N + r]! += d;
    }
  }

  return { state: { attention, lastAttention, probabilities }, forward, backward };
}

/** out = M x.  M: [rows, columns]. Most entries of x are 0: `present` lists the columns of the others. */
function multiply(
  out: Float64Array,
  matrix: Float64Array,
  x: Float64Array,
  rows: number,
  columns: number,
  present: Int32Array,
): void {
  let count = 0;
  for (let c = 0; c < columns; c++) if (x[c] !== 0) present[count++] = c;
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += matrix[r * columns + present[i]!]! * x[present[i]!]!;
    out[r] = sum;
  }
}

/** out += xᵀ M.  M: [rows, columns]. */
function addRows(out: Float64Array, matrix: Float64Array, x: Float64Array, rows: number, columns: number): void {
  for (let r = 0; r < rows; r++) {
    const value = x[r]!;
    if (value === 0) continue;
    const row = r * columns;
    for (let c = 0; c < columns; c++) out[c]! += value * matrix[row + c]!;
  }
}

/** M += x yᵀ.  M: [rows, columns]. */
function addOuter(
  matrix: Float64Array,
  x: Float64Array,
  y: Float64Array,
  rows: number,
  columns: number,
  present: Int32Array,
): void {
  let count = 0;
  for (let c = 0; c < columns; c++) if (y[c] !== 0) present[count++] = c;
  for (let r = 0; r < rows; r++) {
    const value = x[r]!;
    if (value === 0) continue;
    const row = r * columns;
    for (let i = 0; i < count; i++) matrix[row + present[i]!]! += value * y[present[i]!]!;
  }
}
