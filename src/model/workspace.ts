/**
 * What every block of a model plan shares: the width, the places of weights and gradients, and scratch buffers. A plan
 * is made once, before any memory exists; blocks only remember matrices.
 */
import type { Matrix, MatrixRegion, Planner, Region } from '../../bindings/arena.js';
import type { Panels } from '../../bindings/matmul.js';
import type { QueryRows } from '../../bindings/softmax.js';

export interface Workspace {
  readonly planner: Planner;
  /** Width of the residual stream (d). */
  readonly dim: number;
  /** Tokens of a sequence (T). */
  readonly length: number;
  readonly tokens: Region<'i32'>;
  /** Every position, 0 … T-1. */
  readonly all: QueryRows;
  /** Packed right-hand sides that live for one product. */
  readonly scratch: Panels;
  weight(name: string): MatrixRegion;
  /** Where the gradient of a trained parameter is summed; null for one that is not trained. */
  gradient(name: string): MatrixRegion | null;
  /** Gradient of one head's attention weights; lives within one block's backward pass. */
  readonly dweights: Matrix;
  /** [T, columns] buffers (default: d) that live within one block's backward pass, by name. */
  temporary(name: string, columns?: number): Matrix;
}

/** Whether any of these parameters is trained. */
export function trained(workspace: Workspace, ...names: string[]): boolean {
  return names.some((name) => workspace.gradient(name) !== null);
}
