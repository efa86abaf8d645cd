/**
 * How a model knows positions, by `model.positional`: a table whose rows are added to the embeddings, or rotary angles
 * that turn queries and keys of layer 0 and add no table.
 */

export interface PositionTable {
  /** Name of the table [maxLength, d] in weight files. */
  readonly name: string;
  readonly initial: 'embedding' | 'sinusoidal';
  /** Never trained. */
  readonly fixed: boolean;
}

export interface PositionKind {
  readonly table: PositionTable | null;
}

export const positions = {
  random: { table: { name: 'pe', initial: 'embedding', fixed: true } },
  learned: { table: { name: 'pos_embeddings.weight', initial: 'embedding', fixed: false } },
  sinusoidal: { table: { name: 'pe', initial: 'sinusoidal', fixed: true } },
  rotary: { table: null },
} as const satisfies Record<string, PositionKind>;

export type Positional = keyof typeof positions;
export const POSITIONALS = Object.keys(positions) as [Positional, ...Positional[]];

/** The table of positions; null where there is none. */
export function positionTable({ positional }: { readonly positional: Positional }): PositionTable | null {
  return positions[positional].table;
}
