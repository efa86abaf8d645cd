/** Files that the paper's own PyTorch code wrote, in ../reference, each with the logits that it gave. */
import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBuild } from '../../../../bindings/build.js';
import { exactMath } from '../../../../bindings/math.js';
import { ConfigError, FormatError } from '../../../../src/errors.js';
import { referenceTensors } from '../../../../src/files/format/reference.js';
import {
  asFloat32,
  type NamedTensor,
  readSafetensors,
  writeSafetensors,
} from '../../../../src/files/format/safetensors.js';
import { decodeTensor } from '../../../../src/files/format/tensors.js';
import { fitWeights, readWeights } from '../../../../src/files/format/weights.js';
import type { ModelConfig } from '../../../../src/model/config.js';
import { openObserver } from '../../../../src/model/observation.js';
import { readModel } from '../../../../src/model/schema.js';

const laws = suite("weights of the paper's own code");
const folder = new URL('../../../../../test/unit/files/reference/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -5));
const math = exactMath(loadBuild());
const TOLERANCE = 5e-6;

interface Reference {
  readonly model: ModelConfig;
  readonly bytes: Uint8Array;
  readonly keys: readonly string[];
  readonly tokens: readonly (readonly number[])[];
  readonly logits: ArrayLike<number>;
}

/** What the code's arguments are as settings of ours. */
function modelOf(kind: string, given: Readonly<Record<string, unknown>>): ModelConfig {
  const sizes = { vocabSize: given.vocab_size, dim: given.dim, maxLength: given.max_length };
  if (kind === 'basic') return readModel({ ...sizes, ffn: ['none', given.final_ffn ? 'linear' : 'none'] });
  return readModel({
    ...sizes,
    heads: given.n_heads,
    projections: { query: true },
    positional: given.sin_cos ? 'sinusoidal' : 'learned',
    norm: 'pre',
    ffn: [given.no_first_layer_ffn ? 'none' : 'mlp', 'mlp'],
    ffnPlacement: 'parallel',
    tieOutput: given.tie_output === true,
  });
}

function reference(name: string): Reference {
  const given = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  return {
    model: modelOf(given.class, given.arguments),
    bytes: readFileSync(new URL(`${name}.safetensors`, folder)),
    keys: given.keys,
    tokens: given.tokens,
    logits: decodeTensor(given.logits, 'logits').data,
  };
}

/** The tensors of a file, to be changed and written again. */
function tensorsOf(bytes: Uint8Array): NamedTensor[] {
  const kept = [...readSafetensors(bytes).tensors.values()].filter(({ dtype }) => dtype === 'F32');
  return kept.map((tensor) => ({ name: tensor.name, shape: tensor.shape, data: asFloat32(tensor) }));
}

function refused(act: () => unknown, kind: typeof ConfigError | typeof FormatError, expected: RegExp): void {
  assert.throws(act, (error: unknown) => error instanceof kind && expected.test(error.message));
}

for (const name of names) {
  laws(`${name}: gives the logits that the code gave`, () => {
    const { model, bytes, tokens, logits } = reference(name);
    const observer = openObserver(model, readWeights(bytes, model));
    const largest = Math.max(...Array.from(logits, Math.abs));
    const found = tokens.flatMap((sequence) => [...observer.observe(sequence, sequence).logits]);
    assert.is(found.length, logits.length);
    for (const [i, value] of found.entries()) assert.ok(Math.abs(value - logits[i]!) <= TOLERANCE * largest, `${i}`);
  });

  laws(`${name}: what was read is written with the code's keys, order, types and shapes, and is read again`, () => {
    const { model, bytes, keys } = reference(name);
    const weights = readWeights(bytes, model);
    const tied = keys.includes('tok_embeddings.weight') ? 'both' : 'output';
    const written = readSafetensors(writeSafetensors(referenceTensors(weights, model, math, tied)));
    const original = readSafetensors(bytes);
    assert.equal([...written.tensors.keys()], keys);
    for (const [key, tensor] of original.tensors) {
      const ours = written.tensors.get(key)!;
      assert.equal([key, ours.dtype, ours.shape], [key, tensor.dtype, tensor.shape]);
      if (tensor.dtype === 'C64') {
        const parts = [ours, tensor].map((side) => asFloat32({ ...side, dtype: 'F32' }));
        for (const [i, value] of parts[0]!.entries()) assert.ok(Math.abs(value - parts[1]![i]!) < 1e-6, `${key} ${i}`);
      }
    }
    assert.equal(fitWeights(written.tensors, model), weights);
  });
}

laws('what is passed over is told, once for all tensors', () => {
  const notesOf = (name: string) => {
    const { model, bytes } = reference(name);
    const notes: string[] = [];
    readWeights(bytes, model, (message) => notes.push(message));
    return notes.join('\n');
  };
  assert.match(notesOf('basic'), /^passed over, .*: freqs_cis$/);
  assert.match(notesOf('full-sinusoidal'), /^passed over, .*: pos_embeddings\.weight$/);
  assert.match(notesOf('full-no-first-ffn'), /^passed over, .*: layers\.0\.ff_norm\.weight, layers\.0\.ff_norm\.bias$/);
  assert.match(notesOf('full-tied'), /^passed over, .*: output\.weight$/);
  assert.match(notesOf('full-tied-under-output'), /^output\.weight stands for tok_embeddings\.weight/);
  assert.is(notesOf('full'), '');
});

laws('one prefix of all names is left out and told; of some names it is not', () => {
  const { model, bytes } = reference('full');
  const tensors = tensorsOf(bytes);
  for (const prefix of ['module.', '_orig_mod.', 'module._orig_mod.']) {
    const notes: string[] = [];
    const renamed = tensors.map((tensor) => ({ ...tensor, name: prefix + tensor.name }));
    const weights = readWeights(writeSafetensors(renamed), model, (message) => notes.push(message));
    assert.equal(weights, readWeights(bytes, model));
    assert.equal(notes, [`the prefix "${prefix}" of all names is left out`]);
  }
  const some = tensors.map((tensor, i) => ({ ...tensor, name: (i > 0 ? 'module.' : '') + tensor.name }));
  refused(() => readWeights(writeSafetensors(some), model), FormatError, /expected the parameters of the model/);
});

laws('what the code does not save beside such a model is refused', () => {
  const { model, bytes } = reference('full');
  const more = { name: 'pe', shape: [8, 8], data: new Float32Array(64) };
  refused(() => readWeights(writeSafetensors([...tensorsOf(bytes), more]), model), FormatError, /got "pe"/);
  const basic = reference('basic');
  const norm = { name: 'layers.0.ff_norm.weight', shape: [8], data: new Float32Array(8) };
  refused(() => readWeights(writeSafetensors([...tensorsOf(basic.bytes), norm]), basic.model), FormatError, /ff_norm/);
  const tied = reference('full-tied');
  const apart = tensorsOf(tied.bytes).map((tensor) =>
    tensor.name === 'output.weight' ? { ...tensor, data: tensor.data.map((value) => value + 1) } : tensor,
  );
  refused(
    () => readWeights(writeSafetensors(apart), tied.model),
    FormatError,
    /expected the numbers of tok_embeddings/,
  );
});

laws('numbers that are not finite are refused wherever they stand', () => {
  const { model, bytes } = reference('basic');
  for (const bad of [NaN, Infinity, -Infinity]) {
    const tensors = tensorsOf(bytes);
    tensors.at(-1)!.data[47] = bad;
    refused(
      () => readWeights(writeSafetensors(tensors), model),
      FormatError,
      /number 47: expected a finite float32, got/,
    );
  }
});

laws('a model that neither class of the code can be is not written', () => {
  const sizes = { vocabSize: 6, dim: 8, maxLength: 8 };
  const full = { ...sizes, projections: { query: true }, positional: 'learned', norm: 'pre', ffn: 'mlp' };
  const cases: [Record<string, unknown>, string][] = [
    [{ ...sizes, layers: 3 }, 'model.layers'],
    [{ ...sizes, heads: 2 }, 'model.heads'],
    [{ ...sizes, norm: 'pre' }, 'model.norm'],
    [{ ...sizes, positional: 'learned' }, 'model.positional'],
    [{ ...sizes, tieOutput: true }, 'model.tieOutput'],
    [{ ...sizes, projections: { output: false } }, 'model.projections.output'],
    [{ ...sizes, ffn: 'linear', ffnPlacement: 'parallel' }, 'model.ffnPlacement'],
    [full, 'model.ffnPlacement'],
    [{ ...full, norm: 'post', ffnPlacement: 'parallel' }, 'model.ffnPlacement'],
    [{ ...full, ffn: ['mlp', 'none'] }, 'model.ffn'],
    [{ ...full, positional: 'rotary' }, 'model.positional'],
    [{ ...full, ffnPlacement: 'parallel', attentionScale: 'none' }, 'model.attentionScale'],
  ];
  for (const [settings, key] of cases) {
    const model = readModel(settings);
    assert.throws(
      () => referenceTensors(new Map(), model, math),
      (error: unknown) => error instanceof ConfigError && error.key === key,
      key,
    );
  }
});

laws.run();
