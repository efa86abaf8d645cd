/** The residual stream's start, x[t] = E[z_t] (+ P[t]), and the gradients of both tables. */
import { type Matrix, type Region, rowsOf } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import { addRows, gatherAddRows, gatherRows, scatterAddRows } from '../../bindings/rows.js';
import type { ModelConfig } from './config.js';
import { positionTable } from './positions.js';
import type { Workspace } from './workspace.js';

export interface EmbeddingPlan {
  readonly tokens: Region<'i32'>;
  readonly embeddings: Matrix;
  readonly dembeddings: Matrix | null;
  /** The first T rows of the table of positions; null for rotary ones. */
  readonly positions: Matrix | null;
  readonly dpositions: Matrix | null;
  readonly output: Matrix;
}

export function planEmbedding(workspace: Workspace, config: ModelConfig): EmbeddingPlan {
  const { planner, dim, length, tokens } = workspace;
  const name = positionTable(config)?.name ?? null;
  const rows = (m: Matrix | null) => m && rowsOf(m, 0, length);
  return {
    tokens,
    embeddings: workspace.weight('tok_embeddings.weight'),
    dembeddings: workspace.gradient('tok_embeddings.weight'),
    positions: name === null ? null : rows(workspace.weight(name)),
    dpositions: name === null ? null : rows(workspace.gradient(name)),
    output: planner.matrix('embedded', length, dim),
  };
}

export function embeddingForward(instance: Instance, plan: EmbeddingPlan): void {
  const { output, embeddings, positions, tokens } = plan;
  if (positions === null) gatherRows(instance, output, embeddings, tokens, output.rows);
  else gatherAddRows(instance, output, embeddings, tokens, positions, output.rows);
}

/** dx[T, d] → dE[z_t] += dx[t], dP[t] += dx[t], where they are trained. */
export function embeddingBackward(instance: Instance, plan: EmbeddingPlan, dx: Matrix): void {
  const { dembeddings, dpositions, tokens } = plan;
  if (dembeddings !== null) scatterAddRows(instance, dembeddings, tokens, dx, dx.rows);
  if (dpositions !== null) addRows(instance, dpositions, dx, dx.rows);
}
