/**
 * Memory probes: how well the raw weights store the pieces of an induction head (paper, section 4), each a memory of
 * the list in memories.ts read along its diagonal. In a deeper model wo1 is asked of every later layer and wk1 of every
 * pair of layers; ff1_loss of every layer with a feed-forward block.
 */
import { type Matrix64, rowsAt, transpose } from '../algebra/matrix64.js';
import { softmax, type Transcendentals } from '../algebra/softmax.js';
import type { Laws } from '../model/matrices.js';
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
import { MEMORIES, type MemoryInput, type MemoryKind } from './memories.js';

export interface ProbeInput extends MemoryInput {
  /** Exponential, the same on every host. */
  readonly exp: (x: number) => number;
}

const [previous, induction, output, bigrams] = MEMORIES;
const ALL = MEMORIES.map(({ id }) => id);

/**
 * All probes in the record's order, bands behind wk0_causal_acc, further layers last. T: the model's maxLength. Tokens
 * are those of the corpus: special ones behind them are neither asked nor answers. `asked`: the memories that mean
 * something in the model's task; the probes of others are ABSENT.
 */
export function memoryProbes(input: ProbeInput, asked: readonly MemoryKind['id'][] = ALL): ProbeMetrics {
  const { model } = input;
  const measured: Partial<Record<ProbeKey, Mean>> = {};
  let bands: readonly Mean[] | null = null;
  if (model.layers > 1) {
    if (asked.includes('wo1')) {
      const written = outputMemory(input, 1);
      Object.assign(measured, { wo1_acc: written.recall, margin_wo1: written.margin });
    }
    if (asked.includes('wk1')) {
      const scores = ofTokens(induction.scores(input)!, input);
      const { recall, margin } = inductionMemory(input, scores);
      Object.assign(measured, {
        wk1_acc: recall,
        margin_wk1: margin,
        wk1_freq_acc: input.laws && frequentMemory(input.laws, scores),
      });
    }
    if (asked.includes('ff1')) measured.ff1_loss = globalMemory(input, 1);
    const places = asked.includes('wk0') ? previous.scores(input) : null;
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
  return { ...probes, ...(model.layers > 1 ? furtherLayers(input, asked) : {}) } as ProbeMetrics;
}

/** What the bare keys, which mean layers 0 and 1, do not say. A layer without a feed-forward block has no ff1_loss. */
function furtherLayers(input: ProbeInput, asked: readonly MemoryKind['id'][]): Record<string, Mean> {
  const { model } = input;
  const probes: Record<string, Mean> = {};
  const measure = (id: MemoryKind['id'], of: () => Mean): Mean => (asked.includes(id) ? of() : ABSENT);
  for (let layer = 2; layer < model.layers; layer++) {
    probes[layerKey('wo1_acc', layer)] = measure('wo1', () => outputMemory(input, layer).recall);
  }
  for (let a = 0; a < model.layers; a++) {
    for (let b = Math.max(a + 1, 2); b < model.layers; b++) {
      const recall = () => inductionMemory(input, ofTokens(induction.scores(input, a, b)!, input)).recall;
      probes[layerKey('wk1_acc', a, b)] = measure('wk1', recall);
    }
  }
  for (let layer = 0; layer < model.layers; layer++) {
    if (layer === 1 || model.ffn[layer] === 'none') continue;
    probes[layerKey('ff1_loss', layer)] = measure('ff1', () => globalMemory(input, layer));
  }
  return probes;
}

/** The symbols that tokens stand for, without special ones behind them. */
function tokensOf({ laws, model }: ProbeInput): number {
  return laws?.unigramLaw.length ?? model.vocabSize;
}

/** The part of a table of tokens that is about the corpus's. */
function ofTokens(scores: Matrix64, input: ProbeInput): Matrix64 {
  const N = tokensOf(input);
  if (scores.rows === N) return scores;
  const ids = Int32Array.from({ length: N }, (_, k) => k);
  return transpose(rowsAt(transpose(rowsAt(scores, ids)), ids));
}

function outputMemory(input: ProbeInput, layer: number): Reading {
  return recallAndMargin(ofTokens(output.scores(input, layer)!, input), diagonal(0, tokensOf(input)));
}

/** Over the fixed triggers alone where there are any, else over all tokens. */
function inductionMemory(input: ProbeInput, scores: Matrix64): Reading {
  const ids = induction.among(input);
  if (ids === null) return recallAndMargin(scores, diagonal(0, scores.rows));
  // Rows and columns ascend, so that of equal scores the lowest token wins.
  return recallAndMargin(transpose(rowsAt(transpose(rowsAt(scores, ids)), ids)), diagonal(0, ids.length));
}

function frequentMemory(laws: Laws, scores: Matrix64): Mean {
  return recallAndMargin(scores, diagonal(0, scores.rows), { weight: (k) => laws.unigramLaw[k]! }).recall;
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
  const { triggers, laws } = input;
  const scores = bigrams.scores(input, layer);
  if (scores === null || laws === null) return ABSENT;
  const logits = ofTokens(scores, input);
  const N = logits.rows;
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
