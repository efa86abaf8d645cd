/**
 * The associative memories of an induction head (paper, section 4), one list: each matrix between what it is asked with
 * (rows) and what it may answer (columns), and the pairs that it should hold. Probes read this list; held.ts sets each
 * beside what it should be, for reports and the lab.
 *
 *     wk0  row t - 1: W_Q¹ p_t        column s: W_K¹ p_s              layer 1 attends to the position before
 *     wk1  row k: W_Q² E[k]           column j: W_K² W_O¹ W_V¹ E[j]   layer 2 finds the token after an earlier k
 *     wo1  row k: W_O² W_V² E[k]      column j: U[j]                  layer 2 writes the token that it attends to
 *     ff1  row k: FF(E[k])            column j: U[j]                  layer 2 adds the bigram law
 *
 * Rows of wk0 are t = 1 … T - 1, its columns s = 0 … T - 2, so there too the right answer is on the diagonal. Norms and
 * the scale of attention are left out, and heads are summed.
 */
import type { ModelConfig } from '../../model/config.js';
import { type Matrix64, rowRange, timesTransposed } from '../algebra/matrix64.js';
import {
  applyMap,
  embeddings,
  feedForward,
  type Laws,
  type ParameterOf,
  positions,
  relay,
  unembeddings,
} from '../model/matrices.js';
import { type Associations, diagonal } from './associations.js';

/** What memories are read from. */
export interface MemoryInput {
  readonly model: ModelConfig;
  readonly parameter: ParameterOf;
  /** Ids of the fixed triggers; null where triggers are random. */
  readonly triggers: ArrayLike<number> | null;
  /** null: the task has no corpus. */
  readonly laws: Laws | null;
  /** Natural logarithm, the same on every host. */
  readonly log: (x: number) => number;
}

export interface MemoryKind {
  readonly id: 'wk0' | 'wk1' | 'wo1' | 'ff1';
  /** The probe that reads it. */
  readonly measure: 'wk0_acc' | 'wk1_acc' | 'wo1_acc' | 'ff1_loss';
  /** What its rows and columns stand for. */
  readonly rows: 'positions' | 'tokens';
  /**
   * Its table, [inputs, outputs]; null where the model does not have it. `at`: the layers that it joins, the one that
   * reads last; default: those of the bare keys.
   */
  scores(input: MemoryInput, ...at: number[]): Matrix64 | null;
  /** The tokens that are asked and compete where not all do: the fixed triggers, ascending. */
  among(input: MemoryInput): Int32Array | null;
  /** The pairs that it should hold; null for a memory that holds a law. */
  wanted(input: MemoryInput): Associations | null;
}

const none = () => null;

const previous: MemoryKind = {
  id: 'wk0',
  measure: 'wk0_acc',
  rows: 'positions',
  scores({ model, parameter }) {
    const P = positions(model, parameter);
    if (P === null) return null;
    const query = applyMap(model, parameter, 0, 'query', rowRange(P, 1, P.rows));
    return timesTransposed(query, applyMap(model, parameter, 0, 'key', rowRange(P, 0, P.rows - 1)));
  },
  among: none,
  wanted: ({ model }) => diagonal(0, model.maxLength - 1),
};

const induction: MemoryKind = {
  id: 'wk1',
  measure: 'wk1_acc',
  rows: 'tokens',
  scores({ model, parameter }, before = 0, layer = 1) {
    const E = embeddings(model, parameter);
    const query = applyMap(model, parameter, layer, 'query', E);
    return timesTransposed(query, applyMap(model, parameter, layer, 'key', relay(model, parameter, before, E)));
  },
  among: ({ triggers }) => triggers && Int32Array.from(triggers).sort(),
  wanted({ model, triggers }) {
    const tokens = triggers ?? Int32Array.from({ length: model.vocabSize }, (_, k) => k);
    return { inputs: tokens, outputs: tokens };
  },
};

const output: MemoryKind = {
  id: 'wo1',
  measure: 'wo1_acc',
  rows: 'tokens',
  scores({ model, parameter }, layer = 1) {
    return timesTransposed(
      relay(model, parameter, layer, embeddings(model, parameter)),
      unembeddings(model, parameter),
    );
  },
  among: none,
  wanted: ({ model }) => diagonal(0, model.vocabSize),
};

const bigrams: MemoryKind = {
  id: 'ff1',
  measure: 'ff1_loss',
  rows: 'tokens',
  scores({ model, parameter }, layer = 1) {
    const outputs = feedForward(model, parameter, layer, embeddings(model, parameter));
    return outputs && timesTransposed(outputs, unembeddings(model, parameter));
  },
  among: none,
  wanted: none,
};

/** From the first layer up; the bigram law last. */
export const MEMORIES = [previous, induction, output, bigrams] as const;
