/** How a model knows positions, by `model.positional`. */

export interface PositionTable {
  /** Name of the table [maxLength, d] in weight files. */
  readonly name: string;
  readonly initial: 'embedding' | 'sinusoidal';
  /** Never trained. */
  readonly fixed: boolean;
}

export interface PositionKind {
  /** A table whose rows are added to the embeddings. */
  readonly table: PositionTable | null;
  /** Whether the queries and keys of layer 0 are turned, pair by pair, by angles that grow with the position. */
  readonly turns: boolean;
}

export const positions = {
  random: { turns: false, table: { name: 'pe', initial: 'embedding', fixed: true } },
  learned: { turns: false, table: { name: 'pos_embeddings.weight', initial: 'embedding', fixed: false } },
  sinusoidal: { turns: false, table: { name: 'pe', initial: 'sinusoidal', fixed: true } },
  rotary: { turns: true, table: null },
} as const satisfies Record<string, PositionKind>;

export type Positional = keyof typeof positions;
export const POSITIONALS = Object.keys(positions) as [Positional, ...Positional[]];

/** The table of positions; null where there is none. */
export function positionTable({ positional }: { readonly positional: Positional }): PositionTable | null {
  return positions[positional].table;
}

/** Whether the queries and keys of a layer are turned by their positions. */
export function turnsPositions({ positional }: { readonly positional: Positional }, layer: number): boolean {
  return layer === 0 && positions[positional].turns;
}
