/** The memories of one model beside what they should be, with their names: for reports and the lab. */
import { identity, type Matrix64, toMatrix } from '../algebra/matrix64.js';
import { singularValues } from '../algebra/singular.js';
import { attentionName, feedForwardName, type ParameterOf } from '../model/matrices.js';
import type { Associations } from './associations.js';
import { idealFeedForward, idealInductionKey, idealOutput, idealPreviousKey, LEAST_PROBABILITY } from './ideal.js';
import { MEMORIES, type MemoryInput, type MemoryKind } from './memories.js';
import { alignment, leakage, type UnwantedAssociation, unwantedAssociations } from './unwanted.js';

/** A single matrix that holds a memory: its parameter's name, and the matrix that it should be, [d, d]. */
export interface MemoryMatrix {
  readonly parameter: string;
  readonly ideal: Float32Array;
}

interface Ideal {
  readonly title: string;
  /** What its rows and columns are called. */
  readonly asked: string;
  readonly answer: string;
  /** null where it is no single matrix. */
  matrix(input: MemoryInput): MemoryMatrix | null;
}

const IDEALS: Readonly<Record<MemoryKind['id'], Ideal>> = {
  wk0: {
    title: 'W_K of layer 1: which position it looks at (P against P)',
    asked: 'position',
    answer: 'position looked at',
    matrix: ({ model, parameter }) => ({
      parameter: attentionName(0, 'key'),
      ideal: idealPreviousKey(model, parameter),
    }),
  },
  wk1: {
    title: 'W_K of layer 2: which token it looks for behind which (W_Q E against W_K W_O W_V E)',
    asked: 'present token',
    answer: 'token before the place looked at',
    matrix: ({ model, parameter, triggers }) => ({
      parameter: attentionName(1, 'key'),
      ideal: idealInductionKey(model, parameter, 1, { tokens: triggers }),
    }),
  },
  wo1: {
    title: 'W_O of layer 2: what attending to a token makes it put out (U W_O W_V E)',
    asked: 'attended token',
    answer: 'token put out',
    matrix: ({ model, parameter }) =>
      model.projections.output ? { parameter: attentionName(1, 'output'), ideal: idealOutput(model, parameter) } : null,
  },
  ff1: {
    title: 'W_F of layer 2: what it adds behind a token (U W_F E), to be the bigram law',
    asked: 'present token',
    answer: 'token put out',
    matrix: ({ model, parameter, laws, log }) =>
      laws !== null && model.ffn[1] === 'linear'
        ? { parameter: feedForwardName(1), ideal: idealFeedForward(model, parameter, laws, log) }
        : null,
  },
};

export interface HeldMemory extends Omit<Ideal, 'matrix'> {
  readonly kind: MemoryKind;
  readonly scores: Matrix64;
  /** The same table of a model that holds the ideal memory. */
  readonly ideal: Matrix64;
  readonly matrix: MemoryMatrix | null;
  /** The pairs that it should hold; null for a memory that holds a law. */
  readonly wanted: Associations | null;
}

/** What the memory probes do not say. null: a mean over nothing. */
export interface MemoryReport {
  /** Cosine of the matrix and its ideal; null where the memory is no single one. */
  readonly alignment: number | null;
  /** Noise beside signal in the table of scores. */
  readonly leakage: number | null;
  /** Of the matrix, the largest first; null where the memory is no single one. */
  readonly singularValues: Float64Array | null;
  /** The pairs that score above a wanted one, the highest first. */
  readonly unwanted: readonly UnwantedAssociation[];
}

/**
 * The memories that the model's first two layers have: none of a model with one layer, no wk0 where positions have no
 * table, no ff1 without a feed-forward block in the second layer.
 */
export function heldMemories(input: MemoryInput): readonly HeldMemory[] {
  if (input.model.layers < 2) return [];
  return MEMORIES.flatMap((kind): HeldMemory[] => {
    const scores = kind.scores(input);
    if (scores === null || scores.rows === 0) return [];
    const { matrix: matrixOf, ...names } = IDEALS[kind.id];
    const matrix = matrixOf(input);
    const wanted = kind.wanted(input);
    let ideal: Matrix64;
    if (wanted === null) ideal = bigramLaw(input);
    else ideal = matrix === null ? identity(scores.rows) : kind.scores(installed(input, matrix))!;
    return [{ kind, ...names, scores, ideal, matrix, wanted }];
  });
}

/** The model with the ideal matrix in its place. */
function installed(input: MemoryInput, { parameter: name, ideal }: MemoryMatrix): MemoryInput {
  return { ...input, parameter: (asked) => (asked === name ? ideal : input.parameter(asked)) };
}

/** What rows and columns of a memory are called; `symbols`: of the tokens. */
export function memoryNames(
  { kind: { rows: kind }, scores: { rows, columns } }: Pick<HeldMemory, 'kind' | 'scores'>,
  symbols: readonly string[],
): { readonly inputs: readonly string[]; readonly outputs: readonly string[] } {
  if (kind === 'tokens') return { inputs: symbols, outputs: symbols };
  const numbers = (from: number, count: number) => Array.from({ length: count }, (_, t) => String(from + t));
  return { inputs: numbers(1, rows), outputs: numbers(0, columns) };
}

/** Looks into one of them. `most`: unwanted associations that are named. */
export function reportMemory(
  { scores, matrix, wanted }: HeldMemory,
  parameter: ParameterOf,
  most = Infinity,
): MemoryReport {
  const weights = matrix && parameter(matrix.parameter);
  const d = Math.sqrt(weights?.length ?? 0);
  return {
    alignment: weights && alignment(weights, matrix!.ideal),
    leakage: wanted && leakage(scores, wanted),
    singularValues: weights && singularValues(toMatrix(weights, d, d)),
    unwanted: wanted === null ? [] : unwantedAssociations(scores, wanted, most),
  };
}

/** What ff1 should hold: log π_b, whatever matrix holds it. Asked of tasks that have one. */
function bigramLaw({ model: { vocabSize: N }, laws, log }: MemoryInput): Matrix64 {
  return { rows: N, columns: N, data: laws!.bigramLaw.map((p) => log(Math.max(p, LEAST_PROBABILITY))) };
}
