/**
 * State dicts of the paper's own code, which has two classes:
 *
 *     basic   two layers of one head without a query map. Buffers first: pe, freqs_cis, used or not
 *     full    pe first if positions are sinusoidal, and pos_embeddings.weight all the same; LayerNorms of a
 *             feed-forward block in every layer, block or not; output.weight also where it is tok_embeddings.weight
 *
 * What is saved beside the parameters of a model is passed over in reading, and made in writing for those
 * who load with `strict=True`.
 */
import type { MathFunctions } from '../../../bindings/math.js';
import { ConfigError, FormatError, show } from '../../errors.js';
import type { ModelConfig } from '../../model/config.js';
import type { Weights } from '../../model/open.js';
import { parameterSpecs } from '../../model/parameters.js';
import { asFloat32, type NamedTensor, type StoredTensor } from './safetensors.js';

const TOKENS = 'tok_embeddings.weight';
const OUTPUT = 'output.weight';
const POSITIONS = 'pos_embeddings.weight';
const TABLE = 'pe';
const ANGLES = 'freqs_cis';
const THETA = 10_000;

/** A tensor that the code saves and the model does not use. */
interface Unused {
  readonly name: string;
  readonly shape: readonly number[];
  /** What its numbers are where it has to be made. */
  readonly value: number;
}

/**
 * The tensors without those that a model of this kind does not use, a tied output under its embedding's name; `note` is
 * told of both. Throws FormatError where a tied output has other numbers than the embedding.
 */
export function fromReference(
  tensors: ReadonlyMap<string, StoredTensor>,
  model: ModelConfig,
  note: (message: string) => void,
): ReadonlyMap<string, StoredTensor> {
  const kept = new Map(tensors);
  // A table of positions beside rotary angles is of that code where its angles are there too; else of another model.
  const unused = unusedBeside(model).filter(({ name }) => name !== TABLE || kept.has(ANGLES));
  const passed = [ANGLES, ...unused.map(({ name }) => name)].filter((name) => kept.delete(name));
  const output = kept.get(OUTPUT);
  if (model.tieOutput && output !== undefined) {
    const tokens = kept.get(TOKENS);
    if (tokens === undefined) {
      kept.set(TOKENS, { ...output, name: TOKENS });
      note(`${OUTPUT} stands for ${TOKENS}: the output is tied`);
    } else if (!sameNumbers(tokens, output)) {
      throw new FormatError(`tensor ${show(OUTPUT)}: expected the numbers of ${TOKENS} (tieOutput), got others`);
    } else passed.push(OUTPUT);
    kept.delete(OUTPUT);
  }
  if (passed.length > 0) note(`passed over, for the model does not use it: ${passed.join(', ')}`);
  return kept;
}

/** How the one tensor of a tied output is called: by both names, or as a file that keeps one of them calls it. */
export type TiedNames = 'both' | 'output';

/**
 * The tensors that the paper's code expects of such a model, in its order. Throws a ConfigError that names the setting
 * which neither of its classes has.
 */
export function referenceTensors(
  weights: Weights,
  model: ModelConfig,
  math: MathFunctions,
  tied: TiedNames = 'both',
): NamedTensor[] {
  const full = model.projections.query;
  checkModel(model, full ? FULL : BASIC);
  const tensors = new Map<string, NamedTensor>();
  for (const { name, shape } of parameterSpecs(model)) tensors.set(name, { name, shape, data: weights.get(name)! });
  for (const { name, shape, value } of unusedBeside(model)) {
    const length = shape.reduce((product, size) => product * size, 1);
    tensors.set(name, { name, shape, data: new Float32Array(length).fill(value) });
  }
  if (!full) tensors.set(ANGLES, rotaryAngles(model, math));
  if (model.tieOutput) {
    tensors.set(OUTPUT, { ...tensors.get(TOKENS)!, name: OUTPUT });
    if (tied === 'output') tensors.delete(TOKENS);
  }
  return namesInOrder(model).flatMap((name) => tensors.get(name) ?? []);
}

/** What a class of the code can be: each setting with its choices. */
type Limits = (
  model: ModelConfig,
) => readonly (readonly [setting: string, given: unknown, choices: readonly unknown[]])[];

const BASIC: Limits = ({ layers, heads, projections, positional, norm, ffn, ffnPlacement, tieOutput }) => [
  ['model.layers', layers, [2]],
  ['model.heads', heads, [1]],
  ['model.projections.value', projections.value, [true]],
  ['model.projections.output', projections.output, [true]],
  ['model.positional', positional, ['random', 'sinusoidal', 'rotary']],
  ['model.norm', norm, ['none']],
  ['model.ffnPlacement', ffn.every((kind) => kind === 'none') ? 'sequential' : ffnPlacement, ['sequential']],
  ['model.tieOutput', tieOutput, [false]],
];

const FULL: Limits = ({ positional, norm, ffn, ffnPlacement, attentionScale }) => {
  const kinds = ffn[0] === 'none' ? ffn.slice(1) : ffn;
  const same = kinds.every((kind) => kind === kinds[0]);
  const free = norm === 'none' || ffn.every((kind) => kind === 'none');
  return [
    ['model.positional', positional, ['learned', 'sinusoidal']],
    ['model.ffn', ffn, same ? [ffn] : ['one kind for all layers but a first one of none']],
    ['model.ffnPlacement', ffnPlacement, free ? [ffnPlacement] : [norm === 'pre' ? 'parallel' : 'sequential']],
    ['model.attentionScale', attentionScale, ['sqrt']],
  ];
};

function checkModel(model: ModelConfig, limits: Limits): void {
  for (const [setting, given, choices] of limits(model)) {
    if (choices.includes(given)) continue;
    const expected = `${choices.join(' or ')}, as the paper's code has it beside model.projections.query=${model.projections.query}`;
    throw new ConfigError(setting, given, expected);
  }
}

function unusedBeside({ layers, dim, maxLength, positional, norm, ffn }: ModelConfig): Unused[] {
  const unused: Unused[] = [];
  if (positional === 'rotary') unused.push({ name: TABLE, shape: [maxLength, dim], value: 0 });
  if (positional === 'sinusoidal') unused.push({ name: POSITIONS, shape: [maxLength, dim], value: 0 });
  for (let layer = 0; layer < layers; layer++) {
    if (norm === 'none' || ffn[layer] !== 'none') continue;
    unused.push({ name: `layers.${layer}.ff_norm.weight`, shape: [dim], value: 1 });
    unused.push({ name: `layers.${layer}.ff_norm.bias`, shape: [dim], value: 0 });
  }
  return unused;
}

/** Every name that may be there. Names of a layer stand in the order of their files, its norms last. */
function namesInOrder({ layers }: ModelConfig): string[] {
  const maps = ['wq', 'wk', 'wv', 'wo'].map((map) => `attention.${map}.weight`);
  const forward = ['ff.weight', 'ff.w1.weight', 'ff.w2.weight'];
  const norms = ['attention_norm', 'ff_norm'].flatMap((norm) => [`${norm}.weight`, `${norm}.bias`]);
  const inLayers = Array.from({ length: layers }, (_, layer) =>
    [...maps, ...forward, ...norms].map((name) => `layers.${layer}.${name}`),
  );
  return [TABLE, ANGLES, TOKENS, POSITIONS, ...inLayers.flat(), 'norm.weight', 'norm.bias', OUTPUT];
}

/** [maxLength, ⌊d/2⌋] complex: e^(i t θ^(-2k/d)), rounded to float32 at every step as PyTorch rounds. */
function rotaryAngles({ maxLength, dim }: ModelConfig, { exp, log, sin, cos }: MathFunctions): NamedTensor {
  const { fround } = Math;
  const pairs = Math.floor(dim / 2);
  const data = new Float32Array(2 * maxLength * pairs);
  for (let k = 0; k < pairs; k++) {
    const frequency = fround(1 / fround(exp(fround((2 * k) / dim) * log(THETA))));
    for (let t = 0; t < maxLength; t++) {
      const angle = fround(t * frequency);
      data[2 * (t * pairs + k)] = cos(angle);
      data[2 * (t * pairs + k) + 1] = sin(angle);
    }
  }
  return { name: ANGLES, dtype: 'C64', shape: [maxLength, pairs], data };
}

function sameNumbers(a: StoredTensor, b: StoredTensor): boolean {
  if (a.shape.join() !== b.shape.join()) return false;
  const others = asFloat32(b);
  return asFloat32(a).every((value, i) => Object.is(value, others[i]));
}
