/** The plan of a model: from its config to layers, regions and sums, before any memory exists. */
import type { Matrix, MatrixRegion, Planner, Region } from '../../bindings/arena.js';
import { planPanels } from '../../bindings/matmul.js';
import { planWeights, type QueryRows } from '../../bindings/softmax.js';
import type { ModelConfig } from './config.js';
import { type EmbeddingPlan, planEmbedding } from './embedding.js';
import type { FeedForwardParameter } from './feed-forwards/kind.js';
import { feedForwardParameters } from './feed-forwards/kinds.js';
import { formsOf, type LayerFormName, layerForms } from './forms.js';
import type { AttentionHeads, LayerForm, LayerPlan } from './layer-form.js';
import { type OutputPlan, planOutput } from './output.js';
import { type ParameterSpec, parameterSpecs } from './parameters.js';
import { firstPosition } from './table-attention.js';
import type { Workspace } from './workspace.js';

export interface PlannedParameter {
  readonly spec: ParameterSpec;
  readonly weight: MatrixRegion;
  /** Complete after `finish`; null for a parameter that is never trained. */
  readonly gradient: MatrixRegion | null;
}

export interface ModelPlan {
  readonly config: ModelConfig;
  readonly length: number;
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
  readonly layers: readonly PlannedLayer[];
  /** By layer. */
  readonly attention: readonly AttentionHeads[];
  /** null where the last layer makes the logits itself. */
  readonly output: OutputPlan | null;
  readonly logits: Matrix;
  readonly losses: Region<'f32'>;
  readonly predictions: Region<'i32'>;
  readonly attendedKeys: Region<'i32'>;
  /** The gradient that flows down the residual stream. */
  readonly dx: Matrix;
  /** Whether anything trained lies before the last layer, or before the output. */
  readonly streamNeeded: boolean;
}

/** A layer in one of the forms, with that form's plan. */
export type PlannedLayer = {
  [F in LayerFormName]: { readonly form: F; readonly plan: ReturnType<(typeof layerForms)[F]['plan']> };
}[LayerFormName];

/** One head of a model. */
export type HeadAddress = readonly [layer: number, head: number];

export interface ModelPlanOptions {
  readonly circuit: boolean;
  /** Whether a parameter is trained at some step. */
  readonly isTrained: (spec: ParameterSpec) => boolean;
}

export function planModel(planner: Planner, config: ModelConfig, length: number, options: ModelPlanOptions): ModelPlan {
  const names = formsOf(config, options.circuit);
  const forms = names.map((name): LayerForm<LayerPlan> => layerForms[name]);
  const { parameters, trainedWeights, weights } = planParameters(planner, parameterSpecs(config), options.isTrained);
  const derivedNames = new Set(forms.flatMap((form, layer) => form.derives(config, layer)));
  const sums: Region<'f32'>[] = [];
  const derived: Region<'f32'>[] = [];
  for (const { spec, gradient } of parameters) {
    if (gradient !== null) (derivedNames.has(spec.name) ? derived : sums).push(gradient);
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
    parameters.some(({ spec, gradient }) => gradient !== null && spec.layer < layer);

  const embedding = planEmbedding(workspace, config);
  const logits = planner.matrix('logits', length, config.vocabSize, Math.ceil(config.vocabSize / 16) * 16);
  const layers: PlannedLayer[] = [];
  let stream: Matrix | null = embedding.output;
  for (const [layer, form] of forms.entries()) {
    const plan: LayerPlan = form.plan({
      workspace,
      config,
      layer,
      input: stream!,
      logits,
      rows,
      inputNeeded: trainedBefore(layer),
      sum,
    });
    layers.push({ form: names[layer]!, plan } as PlannedLayer);
    stream = plan.output;
  }
  const streamNeeded = trainedBefore(stream === null ? config.layers - 1 : config.layers);
  const output = stream && planOutput(workspace, config, stream, logits, rows, streamNeeded);
  const sumLength = sums.reduce((total, { length: size }) => total + size, 0);
  return {
    config,
    length,
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
    layers,
    attention: layers.map(({ plan }) => plan.heads),
    output,
    logits,
    losses: planner.region('losses', 'f32', length),
    predictions: planner.region('predictions', 'i32', length),
    attendedKeys: planner.region('attended keys', 'i32', length),
    dx: planner.matrix('gradient of the stream', length, config.dim),
    streamNeeded,
  };
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
    if (found === undefined) throw new RangeError(`parameter: expected one of the model's, got ${name}`);
    return found;
  };
  const exists = (name: string) => parameters.some(({ spec }) => spec.name === name);
  const { dim, vocabSize } = config;
  const maps = config.ffn.flatMap((kind): readonly FeedForwardParameter[] => feedForwardParameters[kind]);
  const hidden = dim * Math.max(1, ...maps.map((map) => Math.max(map.out, map.in)));
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
    dim,
    length,
    tokens: planner.region('tokens', 'i32', length),
    all: { positions: planner.region('all positions', 'i32', length), count: length },
    scratch: planPanels(planner, 'scratch', largest / 16, 16),
    dweights: planWeights(planner, 'gradient of attention weights', length, length),
    weight: (name) => find(name).weight,
    gradient: (name) => (exists(name) ? find(name).gradient : null),
    temporary(name, columns = dim) {
      // Blocks of several widths may ask for one of the same name.
      const key = columns === dim ? name : `${name}, ${columns} columns`;
      const made = temporaries.get(key) ?? planner.matrix(key, length, columns);
      temporaries.set(key, made);
      return made;
    },
  };
}
