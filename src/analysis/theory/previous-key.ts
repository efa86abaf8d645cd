/**
 * Lemma 5 (paper, appendix B): the first gradient of W_K¹. Layer 1 attends between positions alone,
 * A(W)_ts = softmax_{s ≤ t}(p_tᵀ W p_s); the query of the last token scores each place by what layer 1 brought there,
 * s_t = Σ_s A_ts r_s with r_s = x_Tᵀ K x_s; layer 2's softmax is linearised, β_t = (1 + s_t - s̄)/T; logits are
 * v_kᵀ Φ Σ_t β_t x_t.
 */
import { type Matrix64, timesTransposed, transpose } from '../algebra/matrix64.js';
import { softmax, type Transcendentals } from '../algebra/softmax.js';

export interface PreviousKeyTask {
  /** p_t as rows: [T, e]. */
  readonly positions: Matrix64;
  /** X of each sequence: [T, d], the T inputs as rows. */
  readonly sequences: readonly Matrix64[];
  /** y of each sequence. */
  readonly targets: ArrayLike<number>;
  /** K, layer 2's key on what layer 1 writes of an input: [d, d]. */
  readonly key: Matrix64;
  /** Φ, what layer 2 writes of an input: [d_out, d]. */
  readonly relay: Matrix64;
  /** v_k as rows: [N, d_out]. */
  readonly outputs: Matrix64;
}

/** L(W), W: [e, e]. */
export function previousKeyLoss(task: PreviousKeyTask, weights: Matrix64, math: Transcendentals): number {
  const { positions: P, sequences, targets } = task;
  const T = P.rows;
  const attention = timesTransposed(timesTransposed(P, transpose(weights)), P).data;
  for (let t = 0; t < T; t++) softmax(attention, t * T, t * T + t + 1, math);
  let loss = 0;
  for (const [n, X] of sequences.entries()) {
    const scored = lastScores(task, X);
    const scores = new Float64Array(T);
    for (let t = 0; t < T; t++) for (let s = 0; s <= t; s++) scores[t]! += attention[t * T + s]! * scored[s]!;
    const mean = scores.reduce((sum, score) => sum + score, 0) / T;
    const logits = logitsOf(
      task,
      X,
      scores.map((score) => (1 + score - mean) / T),
    );
    const right = logits[targets[n]!]!;
    loss += softmax(logits, 0, logits.length, math) - right;
  }
  return loss / sequences.length;
}

/**
 * At W = 0: ∇L = E[Σ_t (1/(tT)) (g_t - ḡ) p_t Σ_{s ≤ t} r_s (p_s - p̄_t)ᵀ], [e, e], with t counted from 1, p̄_t the
 * mean of p_1 … p_t, and g_t = -Σ_k (1{y=k} - p(k|X)) v_kᵀ Φ x_t: places whose input speaks for the target learn to
 * attend to the position at which the last token's match stands.
 */
export function previousKeyGradient(task: PreviousKeyTask, math: Transcendentals): Matrix64 {
  const { positions: P, sequences, targets, relay, outputs } = task;
  const { rows: T, columns: e } = P;
  const gradient = new Float64Array(e * e);
  for (const [n, X] of sequences.entries()) {
    const scored = lastScores(task, X);
    const scores = new Float64Array(T);
    let sum = 0;
    for (let t = 0; t < T; t++) {
      sum += scored[t]!;
      scores[t] = sum / (t + 1);
    }
    const mean = scores.reduce((total, score) => total + score, 0) / T;
    const error = logitsOf(
      task,
      X,
      scores.map((score) => (1 + score - mean) / T),
    );
    softmax(error, 0, error.length, math);
    error[targets[n]!]! -= 1;
    const wish = timesTransposed({ rows: 1, columns: error.length, data: error }, transpose(outputs));
    const support = timesTransposed(timesTransposed(wish, transpose(relay)), X).data;
    const middle = support.reduce((total, value) => total + value, 0) / T;
    const before = new Float64Array(e);
    const matched = new Float64Array(e);
    let total = 0;
    for (let t = 0; t < T; t++) {
      total += scored[t]!;
      for (let a = 0; a < e; a++) {
        before[a]! += P.data[t * e + a]!;
        matched[a]! += scored[t]! * P.data[t * e + a]!;
      }
      const weight = (support[t]! - middle) / ((t + 1) * T * sequences.length);
      for (let a = 0; a < e; a++) {
        for (let b = 0; b < e; b++) {
          gradient[a * e + b]! += weight * P.data[t * e + a]! * (matched[b]! - (total * before[b]!) / (t + 1));
        }
      }
    }
  }
  return { rows: e, columns: e, data: gradient };
}

/** r_s = x_Tᵀ K x_s: [T]. */
function lastScores({ key }: PreviousKeyTask, X: Matrix64): Float64Array {
  const last: Matrix64 = { rows: 1, columns: X.columns, data: X.data.slice((X.rows - 1) * X.columns) };
  return timesTransposed(timesTransposed(last, transpose(key)), X).data;
}

/** v_kᵀ Φ Σ_t β_t x_t for every k. */
function logitsOf({ relay, outputs }: PreviousKeyTask, X: Matrix64, weights: Float64Array): Float64Array {
  const mixed = timesTransposed({ rows: 1, columns: X.rows, data: weights }, transpose(X));
  return timesTransposed(timesTransposed(mixed, relay), outputs).data;
}
