/**
 * The plan of a model: from its config to blocks, regions and sums, before any memory exists. Which form each layer takes is
 * decided here and nowhere else:
 *   folded  the last layer, in circuit form, together with the output: one head, no norm, no MLP in that layer
 *   table   the first of several layers, in circuit form: one head, no norm, a table of positions
 *   plain   everything else, and every layer when `circuit` is false
 */
import type { Matrix, MatrixRegion, Planner, Region } from '../../bindings/arena.js';
import { planWeights, type QueryRows } from '../../bindings/attention.js';
import { planPanels } from '../../bindings/matmul.js';
import { planRotary } from '../../bindings/rotary.js';
import { type BlockPlan, planBlock } from './block.js';
import type { ModelConfig } from './config.js';
import { type EmbeddingPlan, planEmbedding, positionTable } from './embedding.js';
import { type FoldedLayerPlan, planFoldedLayer } from './folded-layer.js';
import { type OutputPlan, planOutput } from './output.js';
import { type ParameterSpec, parameterSpecs } from './parameters.js';
import { firstPosition } from './table-attention.js';
import type { Workspace } from './workspace.js';

export type LayerForm = 'plain' | 'table' | 'folded';

export interface PlannedParameter {
  readonly spec: ParameterSpec;
  readonly weight: MatrixRegion;
  /** Complete after `finish`; null for a parameter that is never trained. */
  readonly gradient: MatrixRegion | null;
}

export interface ModelPlan {
  readonly config: ModelConfig;
  readonly length: number;
  readonly forms: readonly LayerForm[];
  /** In file order. */
  readonly parameters: readonly PlannedParameter[];
  /** All trained weights, and all weights, as one region each. */
  readonly trainedWeights: Region<'f32'>;
  readonly weights: Region<'f32'>;
  /** What backward adds to and a shard sends, in this order: gradients of plain maps, sums of circuit forms. */
  readonly sums: readonly Region<'f32'>[];
  /** A shard's sums in one piece, on their way to being added. */
  readonly staging: Region<'f32'>;
  /** Gradients that `finish` forms from the sums of circuit forms. */
  readonly derived: readonly Region<'f32'>[];
  readonly tokens: Region<'i32'>;
  readonly targets: Region<'i32'>;
  readonly rows: QueryRows;
  readonly all: QueryRows;
  readonly embedding: EmbeddingPlan;
  readonly blocks: readonly BlockPlan[];
  /** Exactly one of these two makes the logits. */
  readonly folded: FoldedLayerPlan | null;
  readonly output: OutputPlan | null;
  /** By layer. */
  readonly attention: readonly AttentionHeads[];
  readonly logits: Matrix;
  readonly losses: Region<'f32'>;
  readonly predictions: Region<'i32'>;
  readonly attended: Region<'i32'>;
  /** The gradient that flows down the residual stream. */
  readonly dx: Matrix;
  /** Whether anything trained lies behind the last block's output. */
  readonly streamNeeded: boolean;
}

/** The attention of one layer, whatever its form. */
export interface AttentionHeads {
  /** Attention weights of each head. */
  readonly heads: readonly Matrix[];
  /** The rows that they hold: those of the loss in a folded layer, else every one. */
  readonly rows: QueryRows;
  /** Heads whose output the forward pass leaves out. */
  readonly silenced: boolean[];
}

/** One head of a model. */
export type HeadAddress = readonly [layer: number, head: number];

export interface ModelPlanOptions {
  readonly circuit: boolean;
  /** Whether a parameter is trained at some step. */
  readonly isTrained: (spec: ParameterSpec) => boolean;
}

export function planModel(planner: Planner, config: ModelConfig, length: number, options: ModelPlanOptions): ModelPlan {
  const forms = layerForms(config, options.circuit);
  const { parameters, trainedWeights, weights } = planParameters(planner, parameterSpecs(config), options.isTrained);
  const derivedNames = derivedGradients(config, forms);
  const sums: Region<'f32'>[] = [];
  const derived: Region<'f32'>[] = [];
  for (const { spec, gradient } of parameters) {
    if (gradient !== null) (derivedNames(spec.name) ? derived : sums).push(gradient);
  }
  const workspace = planWorkspace(planner, config, length, parameters);
  const { tokens, all } = workspace;
  const rows: QueryRows = { positions: planner.region('positions of the loss', 'i32', length), count: length };
  const sum = (name: string, height: number, columns: number, stride?: number): Matrix => {
    const matrix = planner.matrix(name, height, columns, stride);
    sums.push(matrix);
    return matrix;
  };
  const trainedBefore = (layer: number) =>
    parameters.some(({ spec, gradient }) => gradient !== null && layerOf(spec.name) < layer);

  const embedding = planEmbedding(workspace);
  const positions = positionTable(config);
  const rotary = positions === null ? planRotary(planner, 'rotary', length, config.dim / config.heads) : null;
  const blocks: BlockPlan[] = [];
  const attention: AttentionHeads[] = [];
  let stream = embedding.output;
  for (const [layer, form] of forms.entries()) {
    if (form === 'folded') break;
    const block = planBlock(workspace, layer, stream, {
      form,
      rotary: layer === 0 ? rotary : null,
      inputNeeded: trainedBefore(layer),
      positions,
      sum,
    });
    blocks.push(block);
    attention.push({
      heads: block.attention.form === 'plain' ? block.attention.plan.weights : [block.attention.plan.weights],
      rows: all,
      silenced: block.attention.plan.silenced,
    });
    stream = block.output;
  }
  const logits = planner.matrix('logits', length, config.vocabSize, Math.ceil(config.vocabSize / 16) * 16);
  const last = config.layers - 1;
  const isFolded = forms[last] === 'folded';
  const streamNeeded = trainedBefore(isFolded ? last : config.layers);
  const folded = isFolded ? planFoldedLayer(workspace, last, stream, logits, rows, streamNeeded, sum) : null;
  if (folded !== null) attention.push({ heads: [folded.weights], rows, silenced: folded.silenced });
  const output = isFolded ? null : planOutput(workspace, stream, logits, rows, streamNeeded);
  const sumLength = sums.reduce((total, { length: size }) => total + size, 0);
  return {
    config,
    length,
    forms,
    parameters,
    trainedWeights,
    weights,
    sums,
    staging: planner.region('sums of a shard', 'f32', sumLength),
    derived,
    tokens,
    targets: planner.region('targets', 'i32', length),
    rows,
    all,
    embedding,
    blocks,
    folded,
    output,
    attention,
    logits,
    losses: planner.region('losses', 'f32', length),
    predictions: planner.region('predictions', 'i32', length),
    attended: planner.region('attended', 'i32', length),
    dx: planner.matrix('gradient of the stream', length, config.dim),
    streamNeeded,
  };
}

/** The form that each layer takes. */
export function layerForms(config: ModelConfig, circuit: boolean): LayerForm[] {
  const able = circuit && config.heads === 1 && config.norm === 'none';
  const last = config.layers - 1;
  return Array.from({ length: config.layers }, (_, layer) => {
    if (!able || (layer === 0 && config.positional === 'rotary')) return 'plain';
    if (layer === last && config.ffn[layer] !== 'mlp') return 'folded';
    return layer === 0 ? 'table' : 'plain';
  });
}

/** Which gradients only `finish` forms: the maps inside a circuit. */
function derivedGradients(config: ModelConfig, forms: readonly LayerForm[]): (name: string) => boolean {
  return (name) => {
    const layer = layerOf(name);
    if (layer >= 0 && layer < config.layers && forms[layer] !== 'plain') {
      return name.includes('.attention.w') || (forms[layer] === 'folded' && name.endsWith('.ff.weight'));
    }
    return layer >= config.layers && forms.at(-1) === 'folded';
  };
}

/** -1: embeddings; 0, 1, …: a layer; config.layers and more: final norm and output. */
function layerOf(name: string): number {
  if (name.startsWith('layers.')) return Number.parseInt(name.slice('layers.'.length), 10);
  return name.startsWith('output') || name.startsWith('norm') ? Infinity : -1;
}

function planParameters(
  planner: Planner,
  specs: readonly ParameterSpec[],
  isTrained: (spec: ParameterSpec) => boolean,
) {
  const place = (spec: ParameterSpec, label: string) => {
    const columns = spec.shape.at(-1)!;
    return planner.matrix(label, spec.shape.length === 1 ? 1 : spec.shape[0]!, columns);
  };
  const trained = specs.filter(isTrained);
  const weightOf = new Map<string, MatrixRegion>();
  for (const spec of [...trained, ...specs.filter((other) => !trained.includes(other))]) {
    weightOf.set(spec.name, place(spec, spec.name));
  }
  const placed = [...weightOf.values()];
  const parameters = specs.map(
    (spec): PlannedParameter => ({
      spec,
      weight: weightOf.get(spec.name)!,
      gradient: trained.includes(spec) ? place(spec, `${spec.name}, gradient`) : null,
    }),
  );
  return {
    parameters,
    trainedWeights: span('trained weights', placed.slice(0, trained.length)),
    weights: span('weights', placed),
  };
}

/** Neighbouring regions as one, alignment gaps included. */
function span(name: string, regions: readonly Region<'f32'>[]): Region<'f32'> {
  const first = regions[0];
  const last = regions.at(-1);
  if (first === undefined || last === undefined) return { name, kind: 'f32', shape: [0], offset: 0, length: 0 };
  const length = (last.offset - first.offset) / 4 + last.length;
  return { name, kind: 'f32', shape: [length], offset: first.offset, length };
}

function planWorkspace(
  planner: Planner,
  config: ModelConfig,
  length: number,
  parameters: readonly PlannedParameter[],
): Workspace {
  const temporaries = new Map<string, Matrix>();
  const find = (name: string) => {
    const found = parameters.find(({ spec }) => spec.name === name);
    if (found === undefined) throw new RangeError(`the model has no parameter ${name}`);
    return found;
  };
  const exists = (name: string) => parameters.some(({ spec }) => spec.name === name);
  const { dim, vocabSize } = config;
  const hidden = config.ffn.includes('mlp') ? 4 * dim : dim;
  const area = (depth: number, columns: number) => depth * Math.ceil(columns / 16) * 16;
  const table = firstPosition(vocabSize) + length;
  const largest = Math.max(
    area(dim, table),
    area(table, dim),
    area(length, hidden),
    area(length, vocabSize),
    area(vocabSize, dim),
    area(vocabSize, length),
    area(dim, vocabSize),
    area(dim, dim),
  );
  return {
    planner,
    config,
    length,
    tokens: planner.region('tokens', 'i32', length),
    all: { positions: planner.region('all positions', 'i32', length), count: length },
    scratch: planPanels(planner, 'scratch', largest / 16, 16),
    dweights: planWeights(planner, 'gradient of attention weights', length, length),
    weight: (name) => find(name).weight,
    gradient: (name) => (exists(name) ? find(name).gradient : null),
    temporary(name, columns = dim) {
      const known = temporaries.get(name);
      if (known !== undefined) return known;
      const made = planner.matrix(name, length, columns);
      temporaries.set(name, made);
      return made;
    },
  };
}
