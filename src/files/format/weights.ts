/** The weights of a model as the bytes of a file: written for a run, read from anybody's file. */
import { corpusIdentity } from '../../corpus/identity.js';
import { FormatError, show } from '../../errors.js';
import type { ModelConfig } from '../../model/config.js';
import type { Weights } from '../../model/open.js';
import { type ParameterSpec, parameterSpecs } from '../../model/parameters.js';
import type { Config } from '../../train/config.js';
import { type CorpusIdentity, weightsConfig } from '../../train/identity.js';
import type { Trainer } from '../../train/trainer.js';
import { fromReference } from './reference.js';
import { asFloat32, readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.js';

/** What decided the weights beyond the configuration. */
export interface WeightsOrigin {
  /** `Trainer.initialWeightsSha256`. */
  readonly initialWeightsSha256?: string | null;
  /** What was frozen and released in the course of the run. */
  readonly manualFreezes?: string;
}

/** `weights`: every parameter of the model. `step`: how many steps were finished. */
export function weightsFile(
  weights: Weights,
  config: Config,
  corpus: CorpusIdentity | null,
  step: number,
  { initialWeightsSha256 = null, manualFreezes = '' }: WeightsOrigin = {},
): Uint8Array {
  const tensors = parameterSpecs(config.model).map(({ name, shape }) => ({ name, shape, data: weights.get(name)! }));
  return writeSafetensors(tensors, {
    config: weightsConfig(config, corpus),
    step: String(step),
    ...(initialWeightsSha256 === null ? {} : { init: initialWeightsSha256 }),
    ...(manualFreezes === '' ? {} : { by_hand: manualFreezes }),
  });
}

/** The weight file of a run as it stands, the same bytes in every runtime. */
export function savedWeights({ config, corpus, step, initialWeightsSha256, weights }: Trainer): Uint8Array {
  const identity = corpusIdentity(config.task.corpus, corpus);
  return weightsFile(weights(), config, identity, step, { initialWeightsSha256 });
}

/** The weights in the bytes of a safetensors file. Throws FormatError as `fitWeights` does. */
export function readWeights(bytes: Uint8Array, model: ModelConfig, note?: (message: string) => void): Weights {
  return fitWeights(readSafetensors(bytes).tensors, model, note);
}

/**
 * Exactly the model's parameters, each in its shape and finite. A prefix of all names and what the paper's own code
 * saves beside such a model are left out; `note` is told. Throws FormatError for anything else.
 */
export function fitWeights(
  tensors: ReadonlyMap<string, StoredTensor>,
  model: ModelConfig,
  note: (message: string) => void = () => {},
): Weights {
  const specs = parameterSpecs(model);
  const named = fromReference(withoutPrefix(tensors, note), model, note);
  const extra = [...named.keys()].find((name) => !specs.some((spec) => spec.name === name));
  if (extra !== undefined) throw new FormatError(`tensors: expected the parameters of the model, got ${show(extra)}`);
  return new Map(specs.map((spec) => [spec.name, fitTensor(named.get(spec.name), spec)]));
}

/** Wrappers such as DataParallel and torch.compile put a name of their own before all others. */
export function withoutPrefix(
  tensors: ReadonlyMap<string, StoredTensor>,
  note: (message: string) => void,
): ReadonlyMap<string, StoredTensor> {
  // Every model has this one.
  const known = 'layers.0.attention.wk.weight';
  const prefix = [...tensors.keys()].find((name) => name.endsWith(`.${known}`))?.slice(0, -known.length) ?? '';
  if (prefix === '' || ![...tensors.keys()].every((name) => name.startsWith(prefix))) return tensors;
  note(`the prefix ${show(prefix)} of all names is left out`);
  return new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function fitTensor(tensor: StoredTensor | undefined, { name, shape }: ParameterSpec): Float32Array {
  if (tensor === undefined)
    throw new FormatError(`tensor ${show(name)}: expected a tensor of shape ${show(shape)}, got none`);
  if (tensor.shape.join() !== shape.join()) {
    throw new FormatError(`tensor ${show(name)}: expected shape ${show(shape)}, got ${show(tensor.shape)}`);
  }
  const values = asFloat32(tensor);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return values;
  throw new FormatError(`tensor ${show(name)}: number ${bad}: expected a finite float32, got ${values[bad]}`);
}
