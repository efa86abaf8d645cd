/** What a case and its truth are made of, and how they are written as JSON. */
import type { ModelConfig } from '../../../src/model/config.js';
import type { TrainingConfig } from '../../../src/train/config.js';
import type { OptimizerConfig } from '../../../src/train/optimizers.js';

/** Row-major values with their shape. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** A model, its parameters and one batch to train it on. */
export interface Case {
  readonly name: string;
  readonly model: ModelConfig;
  readonly freeze: readonly string[];
  readonly optimizer: OptimizerConfig;
  readonly lossOn: TrainingConfig['lossOn'];
  /** tokens, targets, occurrences: [B][T]. */
  readonly tokens: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
  readonly occurrences: readonly (readonly number[])[];
  readonly parameters: Tensors;
}

/** What a case must give. `gradients` and `parametersAfterThreeSteps` hold the trained parameters. */
export interface Truth {
  /** null: the loss is on in-context positions and the batch has none. */
  readonly loss: number | null;
  /** [B, T, N] */
  readonly logits: Tensor;
  /** [B, H, T, T] of each layer; null where it is not part of the case. */
  readonly attention: readonly Tensor[] | null;
  readonly gradients: Tensors;
  readonly lossesOverThreeSteps: readonly (number | null)[];
  readonly parametersAfterThreeSteps: Tensors;
}

/** A tensor in JSON: base64 of little-endian values with their shape, or nested arrays of numbers. */
export type TensorJson =
  | { readonly shape: readonly number[]; readonly f32: string }
  | { readonly shape: readonly number[]; readonly f64: string }
  | NestedNumbers;
export type NestedNumbers = readonly (number | NestedNumbers)[];
export type TensorsJson = Readonly<Record<string, TensorJson>>;

export type CaseJson = Omit<Case, 'parameters'> & { readonly parameters: TensorsJson };
export type TruthJson = Pick<Truth, 'loss' | 'lossesOverThreeSteps'> & {
  readonly logits: TensorJson;
  readonly attention: readonly TensorJson[] | null;
  readonly gradients: TensorsJson;
  readonly parametersAfterThreeSteps: TensorsJson;
};

export function decodeTensor(json: TensorJson): Tensor {
  if ('shape' in json) {
    const [text, width] = 'f32' in json ? [json.f32, 4] : [json.f64, 8];
    const bytes = Buffer.from(text, 'base64');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = Float64Array.from({ length: bytes.byteLength / width }, (_, i) =>
      width === 4 ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true),
    );
    const size = json.shape.reduce((a, b) => a * b, 1);
    if (values.length !== size) throw new RangeError(`${values.length} values do not fill [${json.shape}]`);
    return { shape: json.shape, values };
  }
  const shape: number[] = [];
  for (let level: number | NestedNumbers = json; typeof level === 'object'; level = level[0]!) shape.push(level.length);
  return { shape, values: Float64Array.from((json as number[][]).flat(shape.length - 1)) };
}

export function encodeTensor({ shape, values }: Tensor, kind: 'f32' | 'f64'): TensorJson {
  const width = kind === 'f32' ? 4 : 8;
  const view = new DataView(new ArrayBuffer(values.length * width));
  values.forEach((value, i) => {
    if (kind === 'f32') view.setFloat32(4 * i, value, true);
    else view.setFloat64(8 * i, value, true);
  });
  const base64 = Buffer.from(view.buffer).toString('base64');
  return kind === 'f32' ? { shape, f32: base64 } : { shape, f64: base64 };
}

/** A golden file, or any case written in its form. Without `embeddingScale`, which decides no result, it is unit. */
export function decodeCase(json: CaseJson): Case {
  return {
    name: json.name,
    model: { ...json.model, embeddingScale: json.model.embeddingScale ?? 'unit' },
    freeze: json.freeze,
    optimizer: json.optimizer,
    lossOn: json.lossOn,
    tokens: json.tokens,
    targets: json.targets,
    occurrences: json.occurrences,
    parameters: eachTensor(json.parameters, decodeTensor),
  };
}

/** A case as a file for another program; its parameters are float32. */
export function encodeCase(data: Case): CaseJson {
  return { ...data, parameters: eachTensor(data.parameters, (tensor) => encodeTensor(tensor, 'f32')) };
}

/** The truth fields of a golden file, or of what an engine printed. */
export function decodeTruth(json: TruthJson): Truth {
  return {
    loss: json.loss,
    logits: decodeTensor(json.logits),
    attention: json.attention?.map(decodeTensor) ?? null,
    gradients: eachTensor(json.gradients, decodeTensor),
    lossesOverThreeSteps: json.lossesOverThreeSteps,
    parametersAfterThreeSteps: eachTensor(json.parametersAfterThreeSteps, decodeTensor),
  };
}

function eachTensor<From, To>(all: Readonly<Record<string, From>>, convert: (one: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, convert(one)]));
}
