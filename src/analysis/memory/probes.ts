/**
 * Memory probes: how well the raw weights store the pieces of an induction head (paper, section 4), each a memory of
 * the list in memories.ts read along its diagonal. In a deeper model wo1 is asked of every later layer and wk1 of every
 * pair of layers; ff1_loss of every layer with a feed-forward block.
 */
import { type Matrix64, rowsAt, transpose } from '../algebra/matrix64.js';
import { softmax, type Transcendentals } from '../algebra/softmax.js';
import {
  ABSENT,
  bandKey,
  layerKey,
  type Mean,
  PROBE_KEYS,
  type ProbeKey,
  type ProbeMetrics,
  WINDOW,
} from '../record.js';
import { diagonal, type Reading, recallAndMargin } from './associations.js';
import { MEMORIES, type MemoryInput } from './memories.js';

export interface ProbeInput extends MemoryInput {
  /** Exponential, the same on every host. */
  readonly exp: (x: number) => number;
}

const [previous, induction, output, bigrams] = MEMORIES;

/** All probes in the record's order, bands behind wk0_causal_acc, further layers last. T: the model's maxLength. */
export function memoryProbes(input: ProbeInput): ProbeMetrics {
  const { model } = input;
  const measured: Partial<Record<ProbeKey, Mean>> = {};
  let bands: readonly Mean[] | null = null;
  if (model.layers > 1) {
    const written = outputMemory(input, 1);
    const scores = induction.scores(input)!;
    const { recall, margin } = inductionMemory(input, scores);
    Object.assign(measured, {
      ...{ wo1_acc: written.recall, margin_wo1: written.margin },
      ...{ wk1_acc: recall, margin_wk1: margin, wk1_freq_acc: frequentMemory(input, scores) },
      ff1_loss: globalMemory(input, 1),
    });
    const places = previous.scores(input);
    if (places !== null) {
      Object.assign(measured, previousMemory(places, model.maxLength));
      bands = previousBands(places, model.maxLength);
    }
  }
  const probes: Record<string, Mean> = {};
  for (const key of PROBE_KEYS) {
    const value = measured[key];
    probes[key] = value === undefined ? ABSENT : value;
    if (key !== 'wk0_causal_acc') continue;
    for (let b = 0; WINDOW * b < model.maxLength; b++) probes[bandKey(b)] = bands === null ? ABSENT : bands[b]!;
  }
  return { ...probes, ...(model.layers > 1 ? furtherLayers(input) : {}) } as ProbeMetrics;
}

/** What the bare keys, which mean layers 0 and 1, do not say. A layer without a feed-forward block has no ff1_loss. */
function furtherLayers(input: ProbeInput): Record<string, Mean> {
  const { model } = input;
  const probes: Record<string, Mean> = {};
  for (let layer = 2; layer < model.layers; layer++) {
    probes[layerKey('wo1_acc', layer)] = outputMemory(input, layer).recall;
  }
  for (let a = 0; a < model.layers; a++) {
    for (let b = Math.max(a + 1, 2); b < model.layers; b++) {
      probes[layerKey('wk1_acc', a, b)] = inductionMemory(input, induction.scores(input, a, b)!).recall;
    }
  }
  for (let layer = 0; layer < model.layers; layer++) {
    if (layer === 1 || model.ffn[layer] === 'none') continue;
    probes[layerKey('ff1_loss', layer)] = globalMemory(input, layer);
  }
  return probes;
}

function outputMemory(input: ProbeInput, layer: number): Reading {
  return recallAndMargin(output.scores(input, layer)!, diagonal(0, input.model.vocabSize));
}

/** Over the fixed triggers alone where there are any, else over all tokens. */
function inductionMemory(input: ProbeInput, scores: Matrix64): Reading {
  const ids = induction.among(input);
  if (ids === null) return recallAndMargin(scores, diagonal(0, input.model.vocabSize));
  // Rows and columns ascend, so that of equal scores the lowest token wins.
  return recallAndMargin(transpose(rowsAt(transpose(rowsAt(scores, ids)), ids)), diagonal(0, ids.length));
}

function frequentMemory({ model, laws }: ProbeInput, scores: Matrix64): Mean {
  return recallAndMargin(scores, diagonal(0, model.vocabSize), { weight: (k) => laws.unigramLaw[k]! }).recall;
}

function previousMemory(scores: Matrix64, T: number): Partial<Record<ProbeKey, Mean>> {
  const whole = recallAndMargin(scores, diagonal(0, T - 1));
  return {
    wk0_acc: whole.recall,
    margin_wk0: whole.margin,
    wk0_64_acc: leading(scores, Math.min(WINDOW, T) - 1),
    wk0_early_acc: leading(scores, Math.floor(T / 4) - 1),
    wk0_causal_acc: recallAndMargin(scores, diagonal(0, T - 1), { candidates: (row) => row + 1 }).recall,
  };
}

/** Recall within the first `size` rows and columns. */
function leading(scores: Matrix64, size: number): Mean {
  return recallAndMargin(scores, diagonal(0, size), { candidates: () => size }).recall;
}

/** Band b: the rows of t = 64 b … 64 b + 63, against all columns. */
function previousBands(scores: Matrix64, T: number): readonly Mean[] {
  return Array.from({ length: Math.ceil(T / WINDOW) }, (_, b) => {
    const from = Math.max(WINDOW * b, 1);
    const to = Math.min(WINDOW * (b + 1), T);
    return recallAndMargin(scores, diagonal(from - 1, to - 1)).recall;
  });
}

/**
 * Mean over tokens k that are no fixed trigger of KL(π_b(·|k) ‖ softmax(U FF(E[k]))), with the layer's feed-forward
 * block: how much of the bigram law it has stored. ABSENT without one.
 */
function globalMemory(input: ProbeInput, layer: number): Mean {
  const { model, triggers, laws } = input;
  const logits = bigrams.scores(input, layer);
  if (logits === null) return ABSENT;
  const N = model.vocabSize;
  const left = new Set(triggers === null ? [] : Array.from(triggers));
  let sum = 0;
  let tokens = 0;
  for (let k = 0; k < N; k++) {
    if (left.has(k)) continue;
    const row = logits.data.subarray(k * N, (k + 1) * N);
    sum += divergence(laws.bigramLaw.subarray(k * N, (k + 1) * N), row, input);
    tokens++;
  }
  return tokens === 0 ? null : sum / tokens;
}

/** KL(law ‖ softmax(logits)) in nats. */
function divergence(law: Float64Array, logits: Float64Array, math: Transcendentals): number {
  const normaliser = softmax(logits.slice(), 0, logits.length, math);
  let sum = 0;
  for (let j = 0; j < law.length; j++) {
    const p = law[j]!;
    if (p > 0) sum += p * (math.log(p) - (logits[j]! - normaliser));
  }
  return sum;
}
