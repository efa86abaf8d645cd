/** Golden cases as JSON: reading one, with every size held against its model, and writing what came out of it. */

import * as v from 'valibot';
import { FormatError, show } from '../../errors.js';
import { parameterSpecs } from '../../model/parameters.js';
import { readModel } from '../../model/schema.js';
import { boolean, list, oneOf, overlay, parse, text } from '../../schema.js';
import { LOSS_RULE_NAMES } from '../../task/kinds.js';
import type { CaseResult, GoldenCase } from '../../train/golden-case.js';
import { optimizerSchema } from '../../train/schema.js';
import { decodeTensor, type EncodedTensor, encodeTensor } from './tensors.js';

const NEEDED = ['model', 'freeze', 'optimizer', 'lossOn', 'tokens', 'targets', 'occurrences', 'parameters'] as const;
const TRUTH = ['loss', 'logits', 'attention', 'gradients', 'lossesOverThreeSteps', 'parametersAfterThreeSteps'];
const KNOWN: readonly string[] = [...NEEDED, ...TRUTH, 'name', 'circuit'];

const freezeSchema = list(text('a glob over parameter names', 200), 'a list of globs over parameter names', 1000);
const lossOnSchema = oneOf(...LOSS_RULE_NAMES);
const circuitSchema = v.optional(boolean, true);

/**
 * A case from a file's parsed JSON. Its truth is not read, but for `attention: null`, which says that none is wanted.
 * Throws a ConfigError or FormatError that names the field. `warn` is told of fields that no case has.
 */
export function readCase(value: unknown, warn: (message: string) => void): GoldenCase {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FormatError(`case: expected an object with the fields ${NEEDED.join(', ')}, got ${show(value)}`);
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const missing = NEEDED.find((name) => !Object.hasOwn(fields, name));
  if (missing !== undefined) throw new FormatError(`${missing}: expected a field of the case, got none`);
  for (const name of Object.keys(fields)) {
    if (!KNOWN.includes(name)) warn(`${show(name)} is no field of a case and is passed over`);
  }
  const model = readModel(fields.model);
  const tokens = readIds(fields.tokens, 'tokens', 0, model.vocabSize - 1);
  const size = { B: tokens.length, T: tokens[0]!.length };
  if (size.T > model.maxLength) {
    throw new FormatError(`tokens: expected sequences of at most model.maxLength (${model.maxLength}), got ${size.T}`);
  }
  return {
    model,
    training: {
      freeze: parse(freezeSchema, fields.freeze, 'freeze'),
      optimizer: parse(optimizerSchema, overlay(optimizerSchema, {}, fields.optimizer, 'optimizer'), 'optimizer'),
      lossOn: parse(lossOnSchema, fields.lossOn, 'lossOn'),
      circuit: parse(circuitSchema, fields.circuit, 'circuit'),
    },
    tokens,
    targets: readIds(fields.targets, 'targets', 0, model.vocabSize - 1, size),
    occurrences: readIds(fields.occurrences, 'occurrences', 0, 2 ** 31 - 1, size),
    parameters: readParameters(fields.parameters, parameterSpecs(model)),
    attention: fields.attention !== null,
  };
}

/** The truth fields of a result; tensors as base64 of float32. */
export function encodeResult(result: CaseResult): Record<keyof CaseResult, unknown> {
  const encodeAll = (tensors: CaseResult['gradients']): Record<string, EncodedTensor> =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, encodeTensor(tensor)]));
  return {
    loss: result.loss,
    logits: encodeTensor(result.logits),
    attention: result.attention?.map(encodeTensor) ?? null,
    gradients: encodeAll(result.gradients),
    lossesOverThreeSteps: result.lossesOverThreeSteps,
    parametersAfterThreeSteps: encodeAll(result.parametersAfterThreeSteps),
  };
}

/** [B][T] whole numbers; the first of these fields says what B and T are. */
function readIds(
  value: unknown,
  name: string,
  least: number,
  most: number,
  size?: { readonly B: number; readonly T: number },
): Int32Array[] {
  const { B, T } = size ?? {
    B: Array.isArray(value) ? value.length : 0,
    T: Array.isArray(value) && Array.isArray(value[0]) ? value[0].length : 0,
  };
  if (!Array.isArray(value) || value.length !== B || B === 0 || T === 0) {
    const expected = size === undefined ? 'a list of sequences, neither of them empty' : `a list of ${B} sequences`;
    throw new FormatError(`${name}: expected ${expected}, got ${show(value)}`);
  }
  return value.map((row: unknown, b) => {
    if (!Array.isArray(row) || row.length !== T) {
      throw new FormatError(`${name}[${b}]: expected a list of ${T} numbers, got ${show(row)}`);
    }
    const bad = row.findIndex((id) => !Number.isInteger(id) || id < least || id > most);
    if (bad < 0) return Int32Array.from(row as number[]);
    throw new FormatError(
      `${name}[${b}][${bad}]: expected a whole number from ${least} to ${most}, got ${show(row[bad])}`,
    );
  });
}

/** Exactly the model's parameters, each in its shape, in finite float32. */
function readParameters(value: unknown, specs: ReturnType<typeof parameterSpecs>): Map<string, Float32Array> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FormatError(`parameters: expected an object of tensors, got ${show(value)}`);
  }
  const given = new Map<string, unknown>(Object.entries(value));
  for (const name of given.keys()) {
    if (!specs.some((spec) => spec.name === name)) {
      throw new FormatError(`parameters: expected the parameters of this model, got ${show(name)}`);
    }
  }
  return new Map(
    specs.map(({ name, shape }) => {
      const field = `parameters.${name}`;
      if (!given.has(name))
        throw new FormatError(`${field}: expected a tensor for this parameter of the model, got none`);
      const tensor = decodeTensor(given.get(name), field);
      if (tensor.shape.join() !== shape.join()) {
        throw new FormatError(`${field}: expected shape ${show(shape)}, got ${show(tensor.shape)}`);
      }
      const data = Float32Array.from(tensor.data);
      const bad = data.findIndex((x) => !Number.isFinite(x));
      if (bad >= 0)
        throw new FormatError(`${field}: number ${bad}: expected a finite float32, got ${tensor.data[bad]}`);
      return [name, data];
    }),
  );
}
