/**
 * The step in plain loops over typed arrays: what one writes without a library. Causal loops end at the diagonal,
 * logits are made for the loss's rows alone, and no gradient is formed for a frozen map.
 */

export interface Sizes {
  readonly dim: number;
  readonly batch: number;
  readonly length: number;
  readonly vocab: number;
  readonly positions: number;
}

export interface Weights {
  readonly E: Float32Array;
  readonly P: Float32Array;
  readonly U: Float32Array;
  readonly WV1: Float32Array;
  readonly WO1: Float32Array;
  readonly WV2: Float32Array;
  readonly WK1: Float32Array;
  readonly WK2: Float32Array;
  readonly WO2: Float32Array;
}

export interface Batch {
  readonly z: Int32Array;
  readonly y: Int32Array;
  readonly rows: Float32Array;
}

export interface Optimizer {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

type Matrix = Float32Array;

/** c[m, n] += a[m, k] b[k, n] */
function addNN(c: Matrix, a: Matrix, b: Matrix, m: number, n: number, k: number): void {
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      const x = a[i * k + l]!;
      for (let j = 0; j < n; j++) c[i * n + j]! += x * b[l * n + j]!;
    }
  }
}

/** c[m, n] = a[m, k] b[n, k]ᵀ */
function productNT(c: Matrix, a: Matrix, b: Matrix, m: number, n: number, k: number): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[i * k + l]! * b[j * k + l]!;
      c[i * n + j] = sum;
    }
  }
}

/** c[m, n] += a[k, m]ᵀ b[k, n] */
function addTN(c: Matrix, a: Matrix, b: Matrix, m: number, n: number, k: number): void {
  for (let l = 0; l < k; l++) {
    for (let i = 0; i < m; i++) {
      const x = a[l * m + i]!;
      for (let j = 0; j < n; j++) c[i * n + j]! += x * b[l * n + j]!;
    }
  }
}

/** scores[t, s] = a[t] · b[s] for s ≤ t */
function causalProduct(scores: Matrix, a: Matrix, b: Matrix, T: number, d: number): void {
  for (let t = 0; t < T; t++) {
    for (let s = 0; s <= t; s++) {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += a[t * d + i]! * b[s * d + i]!;
      scores[t * T + s] = sum;
    }
  }
}

/** out[t] += Σ_{s ≤ t} weights[t, s] x[s] */
function addMixed(out: Matrix, weights: Matrix, x: Matrix, T: number, d: number): void {
  for (let t = 0; t < T; t++) {
    for (let s = 0; s <= t; s++) {
      const w = weights[t * T + s]!;
      for (let i = 0; i < d; i++) out[t * d + i]! += w * x[s * d + i]!;
    }
  }
}

/** out[s] += Σ_{t ≥ s} weights[t, s] x[t] */
function addSpread(out: Matrix, weights: Matrix, x: Matrix, T: number, d: number): void {
  for (let t = 0; t < T; t++) {
    for (let s = 0; s <= t; s++) {
      const w = weights[t * T + s]!;
      for (let i = 0; i < d; i++) out[s * d + i]! += w * x[t * d + i]!;
    }
  }
}

function softmax(scores: Matrix, T: number, scale: number): void {
  for (let t = 0; t < T; t++) {
    let most = -Infinity;
    for (let s = 0; s <= t; s++) most = Math.max(most, scores[t * T + s]!);
    let sum = 0;
    for (let s = 0; s <= t; s++) sum += scores[t * T + s] = Math.exp(scale * (scores[t * T + s]! - most));
    for (let s = 0; s <= t; s++) scores[t * T + s]! /= sum;
  }
}

/** dweights → dscores */
function softmaxBackward(dweights: Matrix, weights: Matrix, T: number, scale: number): void {
  for (let t = 0; t < T; t++) {
    let mean = 0;
    for (let s = 0; s <= t; s++) mean += weights[t * T + s]! * dweights[t * T + s]!;
    for (let s = 0; s <= t; s++) {
      dweights[t * T + s] = scale * weights[t * T + s]! * (dweights[t * T + s]! - mean);
    }
  }
}

/** A step over the whole batch, one sequence after the other; returns its loss before the update. */
export function createStep(sizes: Sizes, weights: Weights, data: Batch, optimizer: Optimizer): () => number {
  const { dim: d, batch, length: T, vocab: N, positions } = sizes;
  const { E, P, U, WV1, WO1, WV2, WK1, WK2, WO2 } = weights;
  const scale = 1 / Math.sqrt(d);
  const wide = () => new Float32Array(T * d);
  const pairs = () => new Float32Array(T * T);
  const [x0, k1, v1, m1, x1, k2, v2, m2, x2] = [wide(), wide(), wide(), wide(), wide(), wide(), wide(), wide(), wide()];
  const [dx2, dm2, dv2, dk2, dx1, dm1, dk1] = [wide(), wide(), wide(), wide(), wide(), wide(), wide()];
  const [a1, a2, da] = [pairs(), pairs(), pairs()];
  const logits = new Float32Array(N);
  const trained = [WK1, WK2, WO2].map((weight) => ({
    weight,
    gradient: new Float32Array(weight.length),
    moment: new Float32Array(weight.length),
  }));
  const [dWK1, dWK2, dWO2] = trained.map(({ gradient }) => gradient) as [Matrix, Matrix, Matrix];

  /** x + W_O A W_V x, all of it kept for the way back. */
  function attend(
    x: Matrix,
    [WK, WV, WO]: readonly [Matrix, Matrix, Matrix],
    [k, v, a, m, out]: readonly [Matrix, Matrix, Matrix, Matrix, Matrix],
  ): void {
    productNT(k, x, WK, T, d, d);
    productNT(v, x, WV, T, d, d);
    causalProduct(a, x, k, T, d);
    softmax(a, T, scale);
    m.fill(0);
    addMixed(m, a, v, T, d);
    productNT(out, m, WO, T, d, d);
    for (let i = 0; i < out.length; i++) out[i]! += x[i]!;
  }

  function lossAndGradient(sequence: number): number {
    let loss = 0;
    dx2.fill(0);
    for (let t = 0; t < T; t++) {
      const at = sequence * T + t;
      if (data.rows[at] === 0) continue;
      const x = x2.subarray(t * d, (t + 1) * d);
      productNT(logits, x, U, 1, N, d);
      let most = -Infinity;
      for (let j = 0; j < N; j++) most = Math.max(most, logits[j]!);
      let sum = 0;
      for (let j = 0; j < N; j++) sum += Math.exp(logits[j]! - most);
      loss += Math.log(sum) + most - logits[data.y[at]!]!;
      for (let j = 0; j < N; j++) logits[j] = Math.exp(logits[j]! - most) / sum / positions;
      logits[data.y[at]!]! -= 1 / positions;
      addNN(dx2.subarray(t * d, (t + 1) * d), logits, U, 1, d, N);
    }
    return loss;
  }

  function sequenceStep(sequence: number): number {
    for (let t = 0; t < T; t++) {
      const token = data.z[sequence * T + t]!;
      for (let i = 0; i < d; i++) x0[t * d + i] = E[token * d + i]! + P[t * d + i]!;
    }
    attend(x0, [WK1, WV1, WO1], [k1, v1, a1, m1, x1]);
    attend(x1, [WK2, WV2, WO2], [k2, v2, a2, m2, x2]);
    const loss = lossAndGradient(sequence);

    addTN(dWO2, dx2, m2, d, d, T);
    for (const zeroed of [dm2, dv2, dk2, dm1, dk1]) zeroed.fill(0);
    addNN(dm2, dx2, WO2, T, d, d);
    addSpread(dv2, a2, dm2, T, d);
    causalProduct(da, dm2, v2, T, d);
    softmaxBackward(da, a2, T, scale);
    addSpread(dk2, da, x1, T, d);
    addTN(dWK2, dk2, x1, d, d, T);
    dx1.set(dx2);
    addMixed(dx1, da, k2, T, d);
    addNN(dx1, dk2, WK2, T, d, d);
    addNN(dx1, dv2, WV2, T, d, d);

    addNN(dm1, dx1, WO1, T, d, d);
    causalProduct(da, dm1, v1, T, d);
    softmaxBackward(da, a1, T, scale);
    addSpread(dk1, da, x0, T, d);
    addTN(dWK1, dk1, x0, d, d, T);
    return loss;
  }

  return () => {
    for (const { gradient } of trained) gradient.fill(0);
    let loss = 0;
    for (let sequence = 0; sequence < batch; sequence++) loss += sequenceStep(sequence);
    const { learningRate, momentum, weightDecay } = optimizer;
    for (const { weight, gradient, moment } of trained) {
      for (let i = 0; i < weight.length; i++) {
        moment[i] = momentum * moment[i]! + gradient[i]! + weightDecay * weight[i]!;
        weight[i]! -= learningRate * moment[i]!;
      }
    }
    return loss / positions;
  };
}
