/**
 * Gradients in closed form (paper, sections 3 to 6 and appendix B): why one gradient step builds an associative memory.
 * In all of them v_k are output embeddings, logits are linear in the matrix that is asked about, and the loss is
 * cross-entropy in nats.
 */
import { type Matrix64, timesTransposed, transpose, transposedTimes } from '../algebra/matrix64.js';
import { softmax, type Transcendentals } from '../algebra/softmax.js';

/** Lemma 1: a token z with embedding u_z decides the law of the target. */
export interface TokenTask {
  /** u_z as rows: [Z, d_in]. */
  readonly inputs: Matrix64;
  /** v_k as rows: [N, d_out]. */
  readonly outputs: Matrix64;
  /** p(z, y = k): [Z, N], of sum 1. */
  readonly joint: Matrix64;
}

/** Lemma 2: n noisy inputs, each with its target; all weigh the same. */
export interface NoisyTask {
  /** x as rows: [n, d_in]. */
  readonly inputs: Matrix64;
  /** y of each: n ids below N. */
  readonly targets: ArrayLike<number>;
  /** v_k as rows: [N, d_out]. */
  readonly outputs: Matrix64;
}

/** Lemma 4: sequences that one attention layer reads from its last position. */
export interface AttentionTask {
  /** X of each sequence: [T, d], the T inputs as rows. */
  readonly sequences: readonly Matrix64[];
  /** y of each sequence. */
  readonly targets: ArrayLike<number>;
  /** Φ, what attention writes of an input: [d_out, d]. */
  readonly relay: Matrix64;
  /** v_k as rows: [N, d_out]. */
  readonly outputs: Matrix64;
}

export interface ClassMeans {
  /** p(k): [N]. */
  readonly share: Float64Array;
  /** μ_k = E[x | y = k] as rows: [N, d_in]; 0 for a class without inputs. */
  readonly means: Matrix64;
  /** p(k) μ̂_k = E[p_W(k|x) x] as rows: [N, d_in]. */
  readonly predicted: Matrix64;
}

/** L(W) = E[CE(y, (v_kᵀ W u_z)_k)], W: [d_out, d_in]. */
export function tokenLoss(task: TokenTask, weights: Matrix64, math: Transcendentals): number {
  const logits = timesTransposed(timesTransposed(task.inputs, weights), task.outputs);
  return expectedLoss(logits, task.joint, math);
}

/** Lemma 1: ∇L = Σ_z p(z) Σ_k (p_W(k|z) - p(k|z)) v_k u_zᵀ, [d_out, d_in]. */
export function tokenGradient(task: TokenTask, weights: Matrix64, math: Transcendentals): Matrix64 {
  const { inputs, outputs, joint } = task;
  const N = outputs.rows;
  const error = timesTransposed(timesTransposed(inputs, weights), outputs);
  for (let z = 0; z < inputs.rows; z++) {
    softmax(error.data, z * N, (z + 1) * N, math);
    let share = 0;
    for (let k = 0; k < N; k++) share += joint.data[z * N + k]!;
    for (let k = 0; k < N; k++) error.data[z * N + k] = share * error.data[z * N + k]! - joint.data[z * N + k]!;
  }
  return transposedTimes(outputs, transposedTimes(error, inputs));
}

/** L(W) = E[CE(y, (v_kᵀ W x)_k)], W: [d_out, d_in]. */
export function noisyLoss(task: NoisyTask, weights: Matrix64, math: Transcendentals): number {
  const logits = timesTransposed(timesTransposed(task.inputs, weights), task.outputs);
  return expectedLoss(logits, oneHot(task.targets, task.outputs.rows), math);
}

/** Lemma 2: ∇L = Σ_k p(k) v_k (μ̂_k - μ_k)ᵀ, [d_out, d_in]: noise that all classes share cancels. */
export function noisyGradient(task: NoisyTask, weights: Matrix64, math: Transcendentals): Matrix64 {
  const { share, means, predicted } = classMeans(task, weights, math);
  const d = means.columns;
  const differences = Float64Array.from(predicted.data, (x, n) => x - share[Math.floor(n / d)]! * means.data[n]!);
  return transposedTimes(task.outputs, { ...means, data: differences });
}

/** The two means of every class that Lemma 2 compares. */
export function classMeans(task: NoisyTask, weights: Matrix64, math: Transcendentals): ClassMeans {
  const { inputs, targets, outputs } = task;
  const n = inputs.rows;
  const N = outputs.rows;
  const probabilities = timesTransposed(timesTransposed(inputs, weights), outputs);
  for (let i = 0; i < n; i++) softmax(probabilities.data, i * N, (i + 1) * N, math);
  const totals = transposedTimes(oneHot(targets, N), inputs);
  const predicted = transposedTimes(probabilities, inputs);
  const share = new Float64Array(N);
  for (let i = 0; i < n; i++) share[targets[i]!]! += 1 / n;
  const means = totals.data.map((x, at) => (x === 0 ? 0 : x / share[Math.floor(at / totals.columns)]!));
  return {
    share,
    means: { ...totals, data: means },
    predicted: { ...predicted, data: predicted.data.map((x) => x / n) },
  };
}

/** L(W), W: [d, d]: logits v_kᵀ Φ Σ_t softmax_t(x_Tᵀ W x_t) x_t at the last of T positions, scores not scaled. */
export function attentionLoss(task: AttentionTask, weights: Matrix64, math: Transcendentals): number {
  const { sequences, targets, relay, outputs } = task;
  let loss = 0;
  for (const [n, X] of sequences.entries()) {
    const scores = timesTransposed(timesTransposed(lastRow(X), transpose(weights)), X);
    softmax(scores.data, 0, X.rows, math);
    const logits = logitsOf(scores.data, X, relay, outputs);
    const right = logits[targets[n]!]!;
    loss += softmax(logits, 0, logits.length, math) - right;
  }
  return loss / sequences.length;
}

/**
 * Lemma 4, at W = 0: ∇L = -E[(1/T) Σ_t Σ_k (1{y=k} - p_0(k|X)) (v_kᵀ Φ x_t) x_T (x_t - x̄)ᵀ], [d, d], p_0 the
 * prediction with uniform attention. Inputs that speak for the target, compared with the mean of the sequence, are what
 * the key learns to find.
 */
export function attentionGradient(task: AttentionTask, math: Transcendentals): Matrix64 {
  const { sequences, targets, relay, outputs } = task;
  const d = relay.columns;
  const gradient = new Float64Array(d * d);
  for (const [n, X] of sequences.entries()) {
    const T = X.rows;
    const uniform = new Float64Array(T).fill(1 / T);
    const mean = timesTransposed({ rows: 1, columns: T, data: uniform }, transpose(X)).data;
    const error = logitsOf(uniform, X, relay, outputs);
    softmax(error, 0, error.length, math);
    for (let k = 0; k < error.length; k++) error[k] = (k === targets[n] ? 1 : 0) - error[k]!;
    const wish = timesTransposed({ rows: 1, columns: error.length, data: error }, transpose(outputs));
    const support = timesTransposed(timesTransposed(wish, transpose(relay)), X).data;
    const key = new Float64Array(d);
    for (let t = 0; t < T; t++) {
      for (let b = 0; b < d; b++) key[b]! += support[t]! * (X.data[t * d + b]! - mean[b]!);
    }
    const query = lastRow(X).data;
    for (let a = 0; a < d; a++) {
      for (let b = 0; b < d; b++) gradient[a * d + b]! -= (query[a]! * key[b]!) / (T * sequences.length);
    }
  }
  return { rows: d, columns: d, data: gradient };
}

/** v_kᵀ Φ Σ_t a_t x_t for every k. */
function logitsOf(attention: Float64Array, X: Matrix64, relay: Matrix64, outputs: Matrix64): Float64Array {
  const mixed = timesTransposed({ rows: 1, columns: X.rows, data: attention }, transpose(X));
  return timesTransposed(timesTransposed(mixed, relay), outputs).data;
}

function lastRow(X: Matrix64): Matrix64 {
  return { rows: 1, columns: X.columns, data: X.data.slice((X.rows - 1) * X.columns) };
}

/** Σ joint(i, k) (log Σ_j exp logits(i, j) - logits(i, k)). */
function expectedLoss(logits: Matrix64, joint: Matrix64, math: Transcendentals): number {
  const N = logits.columns;
  let loss = 0;
  for (let i = 0; i < logits.rows; i++) {
    const row = logits.data.slice(i * N, (i + 1) * N);
    const normaliser = softmax(row, 0, N, math);
    for (let k = 0; k < N; k++) loss += joint.data[i * N + k]! * (normaliser - logits.data[i * N + k]!);
  }
  return loss;
}

/** The empirical law of n targets: [n, N], 1/n at each one's own. */
function oneHot(targets: ArrayLike<number>, N: number): Matrix64 {
  const data = new Float64Array(targets.length * N);
  for (let i = 0; i < targets.length; i++) data[i * N + targets[i]!] = 1 / targets.length;
  return { rows: targets.length, columns: N, data };
}
