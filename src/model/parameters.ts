/** The parameters of a model: their names, shapes and initial values, in the order of a weights file. */
import type { ModelConfig } from './config.js';
import type { FeedForwardParameter } from './feed-forwards/kind.js';
import { feedForwardParameters } from './feed-forwards/kinds.js';
import { positionTable } from './positions.js';

export type Initial =
  | { readonly law: 'normal'; readonly scale: number }
  | { readonly law: 'uniform'; readonly bound: number }
  | { readonly law: 'constant'; readonly value: number }
  | { readonly law: 'sinusoidal' };

export interface ParameterSpec {
  readonly name: string;
  /** [rows, columns], or [columns] for a LayerNorm's weight or bias. */
  readonly shape: readonly number[];
  readonly initial: Initial;
  /** Stable number of the parameter in the random counter: initial values do not depend on what else the model has. */
  readonly id: number;
  /** A table that is never trained. */
  readonly fixed: boolean;
  /** Where it stands in the residual stream: -1 before the layers, 0 … layers-1 inside one, layers behind the last. */
  readonly layer: number;
}

/** Every parameter of the model, in file order. */
export function parameterSpecs(config: ModelConfig): ParameterSpec[] {
  const { vocabSize, dim, maxLength, layers, projections, norm } = config;
  const specs: ParameterSpec[] = [];
  let layer = -1;
  const add = (name: string, shape: number[], initial: Initial, id: number, fixed = false) =>
    specs.push({ name, shape, initial, id, fixed, layer });
  const linear = (name: string, rows: number, columns: number, id: number) =>
    add(name, [rows, columns], { law: 'uniform', bound: 1 / Math.sqrt(columns) }, id);
  const layerNorm = (name: string, id: number) => {
    add(`${name}.weight`, [dim], { law: 'constant', value: 1 }, id);
    add(`${name}.bias`, [dim], { law: 'constant', value: 0 }, id + 1);
  };
  const embedding: Initial = {
    law: 'normal',
    scale: config.embeddingScale === 'unit' ? 1 : 1 / Math.sqrt(dim),
  };

  add('tok_embeddings.weight', [vocabSize, dim], embedding, 0);
  const table = positionTable(config);
  if (table !== null) {
    const initial: Initial = table.initial === 'embedding' ? embedding : { law: table.initial };
    add(table.name, [maxLength, dim], initial, 1, table.fixed);
  }
  for (layer = 0; layer < layers; layer++) {
    const name = `layers.${layer}`;
    const id = 16 * (layer + 1);
    if (projections.query) linear(`${name}.attention.wq.weight`, dim, dim, id);
    linear(`${name}.attention.wk.weight`, dim, dim, id + 1);
    if (projections.value) linear(`${name}.attention.wv.weight`, dim, dim, id + 2);
    if (projections.output) linear(`${name}.attention.wo.weight`, dim, dim, id + 3);
    const maps: readonly FeedForwardParameter[] = feedForwardParameters[config.ffn[layer]!];
    for (const map of maps) linear(`${name}.ff.${map.name}`, map.out * dim, map.in * dim, id + map.id);
    if (norm !== 'none') {
      layerNorm(`${name}.attention_norm`, id + 8);
      if (maps.length > 0) layerNorm(`${name}.ff_norm`, id + 10);
    }
  }
  if (norm === 'pre') layerNorm('norm', 2);
  if (!config.tieOutput) linear('output.weight', vocabSize, dim, 4);
  return specs;
}

/** Whether a glob over parameter names (`*` matches any run of characters, dots included) matches a name. */
export function matchesGlob(glob: string, name: string): boolean {
  const [head = '', ...parts] = glob.split('*');
  if (parts.length === 0) return glob === name;
  if (!name.startsWith(head)) return false;
  const tail = parts.pop() ?? '';
  let from = head.length;
  for (const part of parts) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return name.length - tail.length >= from && name.endsWith(tail);
}

/** Which parameters are trained: globs over names, and globs with the step that releases what they match. */
export interface Freezing {
  readonly freeze: readonly string[];
  readonly freezeUntil: readonly { readonly parameter: string; readonly step: number }[];
}

/**
 * The step from which each parameter is trained: 0, a later one, or Infinity. `freezeUntil` wins over `freeze`; among
 * several of its globs that match, the last one counts.
 */
export function trainedFrom(spec: ParameterSpec, { freeze, freezeUntil }: Freezing): number {
  if (spec.fixed) return Infinity;
  const release = freezeUntil.filter((entry) => matchesGlob(entry.parameter, spec.name)).at(-1);
  if (release !== undefined) return release.step;
  return freeze.some((glob) => matchesGlob(glob, spec.name)) ? Infinity : 0;
}

/** Names of the parameters that are trained at some step, or may be released by hand, in file order. */
export function trainedNames(model: ModelConfig, freezing: Freezing, releasable: readonly string[] = []): string[] {
  const trained = parameterSpecs(model).filter(
    (spec) =>
      trainedFrom(spec, freezing) < Infinity ||
      (!spec.fixed && releasable.some((glob) => matchesGlob(glob, spec.name))),
  );
  return trained.map(({ name }) => name);
}
