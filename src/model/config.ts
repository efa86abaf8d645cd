/** What a model may be: one family from the paper's simplified transformer to the full one. */

export type FeedForward = 'none' | 'linear' | 'mlp';
export type Positional = 'random' | 'learned' | 'sinusoidal' | 'rotary';
export type Norm = 'none' | 'pre' | 'post';

export interface ModelConfig {
  readonly vocabSize: number;
  /** Width of the residual stream (d). */
  readonly dim: number;
  /** Longest sequence that runs; rows of the table of positions. */
  readonly maxLength: number;
  readonly layers: number;
  readonly heads: number;
  /** false: that map of every attention block is the identity. */
  readonly projections: { readonly query: boolean; readonly value: boolean; readonly output: boolean };
  readonly positional: Positional;
  readonly norm: Norm;
  /** One entry a layer. */
  readonly ffn: readonly FeedForward[];
  readonly ffnPlacement: 'sequential' | 'parallel';
  readonly attentionScale: 'sqrt' | 'none';
  readonly tieOutput: boolean;
  /** Scale of the embeddings' and positions' initial values: N(0, 1) or N(0, 1/d). */
  readonly embeddingScale: 'unit' | 'inverse-sqrt-dim';
}
