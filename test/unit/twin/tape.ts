/**
 * Reverse-mode differentiation over the few matrix operations that the model family needs, in float64 and plain loops.
 *
 * An operation computes its value at once and pushes onto the tape the step that carries its gradient back; `rewind`
 * runs those steps from the last to the first. All matrices are row-major. It shares nothing with the engine.
 */

export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly value: Float64Array;
  /** Derivative of the loss by each entry. Every use of the matrix adds to it. */
  readonly gradient: Float64Array;
}

export type Tape = (() => void)[];

export function matrix(rows: number, cols: number, value: Float64Array = new Float64Array(rows * cols)): Matrix {
  if (value.length !== rows * cols) throw new RangeError(`${value.length} values do not fill ${rows} × ${cols}`);
  return { rows, cols, value, gradient: new Float64Array(rows * cols) };
}

/** Carries the gradients back through everything on the tape, which is empty afterwards. */
export function rewind(tape: Tape): void {
  for (let back = tape.pop(); back !== undefined; back = tape.pop()) back();
}

/** table[n, d], ids[T] → [T, d]: row t is the table's row ids[t]. */
export function gather(tape: Tape, table: Matrix, ids: readonly number[]): Matrix {
  const d = table.cols;
  const out = matrix(ids.length, d);
  ids.forEach((id, t) => {
    if (!(id >= 0 && id < table.rows)) throw new RangeError(`row ${id} of a table of ${table.rows}`);
    for (let j = 0; j < d; j++) out.value[t * d + j] = table.value[id * d + j]!;
  });
  tape.push(() => {
    ids.forEach((id, t) => {
      for (let j = 0; j < d; j++) table.gradient[id * d + j]! += out.gradient[t * d + j]!;
    });
  });
  return out;
}

/** a + b, of equal shapes. */
export function add(tape: Tape, a: Matrix, b: Matrix): Matrix {
  const out = matrix(a.rows, a.cols);
  for (let i = 0; i < out.value.length; i++) out.value[i] = a.value[i]! + b.value[i]!;
  tape.push(() => {
    for (let i = 0; i < out.value.length; i++) {
      a.gradient[i]! += out.gradient[i]!;
      b.gradient[i]! += out.gradient[i]!;
    }
  });
  return out;
}

export function scale(tape: Tape, a: Matrix, factor: number): Matrix {
  const out = matrix(a.rows, a.cols);
  for (let i = 0; i < out.value.length; i++) out.value[i] = factor * a.value[i]!;
  tape.push(() => {
    for (let i = 0; i < out.value.length; i++) a.gradient[i]! += factor * out.gradient[i]!;
  });
  return out;
}

export function relu(tape: Tape, a: Matrix): Matrix {
  const out = matrix(a.rows, a.cols);
  for (let i = 0; i < out.value.length; i++) out.value[i] = Math.max(0, a.value[i]!);
  tape.push(() => {
    for (let i = 0; i < out.value.length; i++) if (a.value[i]! > 0) a.gradient[i]! += out.gradient[i]!;
  });
  return out;
}

/** a[m, k] bᵀ with b[n, k] → [m, n]. A linear map with weight W is `timesTransposed(x, W)`. */
export function timesTransposed(tape: Tape, a: Matrix, b: Matrix): Matrix {
  const [m, n, k] = [a.rows, b.rows, a.cols];
  const out = matrix(m, n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a.value[i * k + l]! * b.value[j * k + l]!;
      out.value[i * n + j] = sum;
    }
  }
  tape.push(() => {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        const g = out.gradient[i * n + j]!;
        for (let l = 0; l < k; l++) {
          a.gradient[i * k + l]! += g * b.value[j * k + l]!;
          b.gradient[j * k + l]! += g * a.value[i * k + l]!;
        }
      }
    }
  });
  return out;
}

/** a[m, k] b[k, n] → [m, n]. */
export function times(tape: Tape, a: Matrix, b: Matrix): Matrix {
  const [m, n, k] = [a.rows, b.cols, a.cols];
  const out = matrix(m, n);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      for (let j = 0; j < n; j++) out.value[i * n + j]! += a.value[i * k + l]! * b.value[l * n + j]!;
    }
  }
  tape.push(() => {
    for (let i = 0; i < m; i++) {
      for (let l = 0; l < k; l++) {
        for (let j = 0; j < n; j++) {
          a.gradient[i * k + l]! += out.gradient[i * n + j]! * b.value[l * n + j]!;
          b.gradient[l * n + j]! += out.gradient[i * n + j]! * a.value[i * k + l]!;
        }
      }
    }
  });
  return out;
}

/** Columns first … first + count - 1 of a: one head's part of a projection. */
export function columns(tape: Tape, a: Matrix, first: number, count: number): Matrix {
  const out = matrix(a.rows, count);
  for (let t = 0; t < a.rows; t++) {
    for (let j = 0; j < count; j++) out.value[t * count + j] = a.value[t * a.cols + first + j]!;
  }
  tape.push(() => {
    for (let t = 0; t < a.rows; t++) {
      for (let j = 0; j < count; j++) a.gradient[t * a.cols + first + j]! += out.gradient[t * count + j]!;
    }
  });
  return out;
}

/** [T, e] of each head, side by side → [T, heads · e]. */
export function sideBySide(tape: Tape, parts: readonly Matrix[]): Matrix {
  const { rows, cols: e } = parts[0]!;
  const d = parts.length * e;
  const out = matrix(rows, d);
  parts.forEach((part, h) => {
    for (let t = 0; t < rows; t++) {
      for (let j = 0; j < e; j++) out.value[t * d + h * e + j] = part.value[t * e + j]!;
    }
  });
  tape.push(() => {
    parts.forEach((part, h) => {
      for (let t = 0; t < rows; t++) {
        for (let j = 0; j < e; j++) part.gradient[t * e + j]! += out.gradient[t * d + h * e + j]!;
      }
    });
  });
  return out;
}

/** Rotary positions on one head, x[T, e]: the pair (2i, 2i+1) of row t turns by t · 10000^(-2i/e). */
export function turn(tape: Tape, x: Matrix): Matrix {
  const e = x.cols;
  if (e % 2 !== 0) throw new RangeError(`rotary positions turn pairs, and a head of ${e} columns leaves one over`);
  const out = matrix(x.rows, e);
  const eachPair = (visit: (first: number, cos: number, sin: number) => void) => {
    for (let t = 0; t < x.rows; t++) {
      for (let j = 0; j < e; j += 2) {
        const angle = t * 10000 ** (-j / e);
        visit(t * e + j, Math.cos(angle), Math.sin(angle));
      }
    }
  };
  eachPair((i, cos, sin) => {
    out.value[i] = cos * x.value[i]! - sin * x.value[i + 1]!;
    out.value[i + 1] = sin * x.value[i]! + cos * x.value[i + 1]!;
  });
  tape.push(() => {
    eachPair((i, cos, sin) => {
      x.gradient[i]! += cos * out.gradient[i]! + sin * out.gradient[i + 1]!;
      x.gradient[i + 1]! += cos * out.gradient[i + 1]! - sin * out.gradient[i]!;
    });
  });
  return out;
}

/** LayerNorm over the columns, with biased variance: w · (x - mean) / √(variance + 1e-5) + b.  w, b: [1, d]. */
export function layerNorm(tape: Tape, x: Matrix, w: Matrix, b: Matrix): Matrix {
  const d = x.cols;
  const out = matrix(x.rows, d);
  const normal = new Float64Array(x.value.length);
  const inverse = new Float64Array(x.rows);
  for (let t = 0; t < x.rows; t++) {
    const row = x.value.subarray(t * d, t * d + d);
    const mean = row.reduce((sum, v) => sum + v, 0) / d;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / d;
    inverse[t] = 1 / Math.sqrt(variance + 1e-5);
    for (let j = 0; j < d; j++) {
      normal[t * d + j] = (row[j]! - mean) * inverse[t]!;
      out.value[t * d + j] = w.value[j]! * normal[t * d + j]! + b.value[j]!;
    }
  }
  tape.push(() => {
    for (let t = 0; t < x.rows; t++) {
      let mean = 0; // of dn = w · dout, the gradient at the normalised row
      let along = 0; // mean of dn · n
      for (let j = 0; j < d; j++) {
        const g = out.gradient[t * d + j]!;
        const n = normal[t * d + j]!;
        w.gradient[j]! += g * n;
        b.gradient[j]! += g;
        mean += (g * w.value[j]!) / d;
        along += (g * w.value[j]! * n) / d;
      }
      for (let j = 0; j < d; j++) {
        const dn = out.gradient[t * d + j]! * w.value[j]!;
        x.gradient[t * d + j]! += inverse[t]! * (dn - mean - normal[t * d + j]! * along);
      }
    }
  });
  return out;
}

/** scores[T, T] → weights[T, T]: row t is the softmax over s ≤ t, and 0 beyond. */
export function causalSoftmax(tape: Tape, scores: Matrix): Matrix {
  const T = scores.rows;
  const out = matrix(T, T);
  for (let t = 0; t < T; t++) softmaxRow(scores.value.subarray(t * T, t * T + t + 1), out.value, t * T);
  tape.push(() => {
    for (let t = 0; t < T; t++) {
      let mean = 0;
      for (let s = 0; s <= t; s++) mean += out.value[t * T + s]! * out.gradient[t * T + s]!;
      for (let s = 0; s <= t; s++) {
        scores.gradient[t * T + s]! += out.value[t * T + s]! * (out.gradient[t * T + s]! - mean);
      }
    }
  });
  return out;
}

/**
 * Cross-entropy in nats, summed over the rows t with counts[t] and divided by `over`.
 *   logits[T, N]; the returned number is this sequence's part of the batch's mean.
 */
export function crossEntropy(
  tape: Tape,
  logits: Matrix,
  targets: readonly number[],
  counts: readonly boolean[],
  over: number,
): number {
  const N = logits.cols;
  let sum = 0;
  for (let t = 0; t < logits.rows; t++) {
    if (!counts[t]) continue;
    const row = logits.value.subarray(t * N, t * N + N);
    const probabilities = new Float64Array(N);
    const logNormalizer = softmaxRow(row, probabilities, 0);
    const target = targets[t]!;
    sum += logNormalizer - row[target]!;
    tape.push(() => {
      for (let j = 0; j < N; j++) {
        logits.gradient[t * N + j]! += (probabilities[j]! - (j === target ? 1 : 0)) / over;
      }
    });
  }
  return sum / over;
}

/** softmax(row) into out from `at` on. Returns log Σ exp(row). */
function softmaxRow(row: Float64Array, out: Float64Array, at: number): number {
  const max = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sum = row.reduce((total, v) => total + Math.exp(v - max), 0);
  for (let j = 0; j < row.length; j++) out[at + j] = Math.exp(row[j]! - max) / sum;
  return max + Math.log(sum);
}
