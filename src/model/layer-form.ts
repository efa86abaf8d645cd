/** What a form of a layer hands over: its plan, how it runs forward and backward, and which gradients it derives. */
import type { Matrix } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import type { QueryRows } from '../../bindings/softmax.js';
import type { ModelConfig } from './config.js';
import { turnsPositions } from './positions.js';
import type { Workspace } from './workspace.js';

/** What a layer is planned from. */
export interface LayerContext {
  readonly workspace: Workspace;
  readonly config: ModelConfig;
  readonly layer: number;
  /** The residual stream before the layer, [T, d]. */
  readonly input: Matrix;
  /** Where logits go, [rows of the loss, N], and those rows. */
  readonly logits: Matrix;
  readonly rows: QueryRows;
  /** Whether something trained lies before the layer. */
  readonly inputNeeded: boolean;
  /** Plans a matrix among the sums that a shard sends. */
  readonly sum: (name: string, rows: number, columns: number, stride?: number) => Matrix;
}

/** The attention of one layer, whatever its form. */
export interface AttentionHeads {
  /** Attention weights of each head, [rows, T]. */
  readonly weights: readonly Matrix[];
  /** The rows that they hold: those of the loss in a folded layer, else every one. */
  readonly queries: QueryRows;
  /** Heads whose output the forward pass leaves out; may change between two of them. */
  readonly silenced: boolean[];
}

export interface LayerPlan {
  readonly heads: AttentionHeads;
  /** The residual stream behind the layer; null where the layer makes the logits itself. */
  readonly output: Matrix | null;
}

export interface LayerForm<P extends LayerPlan = LayerPlan> {
  /** Whether a layer can take this form; only the last layer may be one that makes the logits. */
  fits(config: ModelConfig, layer: number): boolean;
  /** Names of the parameters whose gradients `finish` forms from sums; those of the others are summed themselves. */
  derives(config: ModelConfig, layer: number): readonly string[];
  plan(context: LayerContext): P;
  /** Once, before the first forward pass. */
  fill(instance: Instance, plan: P): void;
  /** Once a step, after the weights changed. */
  prepare(instance: Instance, plan: P): void;
  forward(instance: Instance, plan: P): void;
  /** In place: dx, the output's gradient (or the logits'), becomes the input's; gradients and sums are added to. */
  backward(instance: Instance, plan: P, dx: Matrix): void;
  /** Once a step: sums → derived gradients. */
  finish(instance: Instance, plan: P): void;
}

/** Names of the maps of a layer's attention that the model has. */
export function attentionMaps({ projections }: ModelConfig, layer: number): string[] {
  const { query, value, output } = projections;
  const has = { wq: query, wk: true, wv: value, wo: output };
  return Object.entries(has).flatMap(([map, there]) => (there ? [`layers.${layer}.attention.${map}.weight`] : []));
}

/** Whether a layer's attention can be written as circuits: one head, no norm before or behind it, nothing turned. */
export function isCircuit(config: ModelConfig, layer: number): boolean {
  return config.heads === 1 && config.norm === 'none' && !turnsPositions(config, layer);
}
