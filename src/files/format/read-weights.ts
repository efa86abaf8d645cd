/** The weights of a model out of a file of anybody's: PyTorch's as well as ihead's own. */
import { FormatError, show } from '../../errors.js';
import type { ModelConfig } from '../../model/config.js';
import type { Weights } from '../../model/open.js';
import { parameterSpecs } from '../../model/parameters.js';
import { asFloat32, readSafetensors, type Safetensors } from './safetensors.js';

/** The weights in the bytes of a safetensors file. Throws FormatError unless they are exactly the model's. */
export function readWeights(bytes: Uint8Array, model: ModelConfig): Weights {
  return fitWeights(readSafetensors(bytes).tensors, model);
}

/** Exactly the model's parameters, each in its shape and finite. */
export function fitWeights(tensors: Safetensors['tensors'], model: ModelConfig): Weights {
  const specs = parameterSpecs(model);
  const extra = [...tensors.keys()].find((name) => !specs.some((spec) => spec.name === name));
  if (extra !== undefined) throw new FormatError(`tensors: expected the parameters of the model, got ${show(extra)}`);
  return new Map(
    specs.map(({ name, shape }) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new FormatError(`tensor ${show(name)} is missing, and the model has it`);
      if (tensor.shape.join() !== shape.join()) {
        throw new FormatError(`tensor ${show(name)}: expected shape ${show(shape)}, got ${show(tensor.shape)}`);
      }
      const values = asFloat32(tensor);
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0)
        throw new FormatError(`tensor ${show(name)}: number ${bad} is ${values[bad]}, not a finite float32`);
      return [name, values];
    }),
  );
}
