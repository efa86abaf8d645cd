import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Matrix64 } from '../../../../src/analysis/algebra/matrix64.js';
import {
  outputValueCircuit,
  positionAttention,
  queryKeyCircuit,
  relayedAttention,
  tokenAttention,
  tokenOutput,
} from '../../../../src/analysis/model/circuits.js';
import type { ModelConfig } from '../../../../src/model/config.js';
import { uniforms } from '../../uniforms.js';
import { lookup, modelOf, randomWeights } from '../memory/samples.js';

const laws = suite('circuits');
const ALL = { query: true, value: true, output: true };
const NONE = { query: false, value: false, output: false };

type Rows = readonly (readonly number[])[];

function plain(values: Float32Array, columns: number): Rows {
  return Array.from({ length: values.length / columns }, (_, r) => [
    ...values.subarray(r * columns, (r + 1) * columns),
  ]);
}

/** Σ_k left[i][k] right[k][j]. */
function times(left: Rows, right: Rows): Rows {
  return left.map((row) => right[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * right[k]![j]!, 0)));
}

function turned(rows: Rows): Rows {
  return rows[0]!.map((_, j) => rows.map((row) => row[j]!));
}

function same(given: Matrix64, truth: Rows): void {
  assert.is(given.rows, truth.length);
  assert.is(given.columns, truth[0]!.length);
  for (const [n, x] of truth.flat().entries()) assert.ok(Math.abs(given.data[n]! - x) < 1e-9);
}

function caseOf(options: Partial<ModelConfig>) {
  const model = modelOf({ vocabSize: 5, dim: 6, maxLength: 4, ...options });
  const weights = randomWeights(model, uniforms(1));
  const of = (name: string) => plain(weights.get(name)!, 6);
  const map = (layer: number, name: string) => of(`layers.${layer}.attention.${name}.weight`);
  return { model, parameter: lookup(weights), of, map };
}

laws('QK and OV are the products of their maps, and their tables ask every pair', () => {
  const { model, parameter, of, map } = caseOf({ projections: ALL });
  const E = of('tok_embeddings.weight');
  const [P, U] = [of('pe'), of('output.weight')];
  const qk = times(turned(map(1, 'wq')), map(1, 'wk'));
  const ov = times(map(1, 'wo'), map(1, 'wv'));
  const at = { layer: 1 };
  same(queryKeyCircuit(model, parameter, at), qk);
  same(outputValueCircuit(model, parameter, at), ov);
  same(tokenAttention(model, parameter, at), times(times(E, qk), turned(E)));
  same(positionAttention(model, parameter, at)!, times(times(P, qk), turned(P)));
  same(tokenOutput(model, parameter, at), turned(times(times(U, ov), turned(E))));
  const relayed = times(times(map(0, 'wo'), map(0, 'wv')), turned(E));
  same(relayedAttention(model, parameter, at), times(times(E, qk), relayed));
});

laws('heads take their own rows, and add up to the whole', () => {
  const { model, parameter, map } = caseOf({ projections: ALL, heads: 3 });
  const rows = (name: string) => map(0, name).slice(2, 4);
  same(queryKeyCircuit(model, parameter, { layer: 0, head: 1 }), times(turned(rows('wq')), rows('wk')));
  const o = map(0, 'wo').map((row) => row.slice(2, 4));
  same(outputValueCircuit(model, parameter, { layer: 0, head: 1 }), times(o, rows('wv')));
  for (const circuit of [queryKeyCircuit, outputValueCircuit]) {
    const whole = circuit(model, parameter, { layer: 0 }).data;
    const heads = [0, 1, 2].map((head) => circuit(model, parameter, { layer: 0, head }).data);
    assert.ok(whole.every((x, n) => Math.abs(x - heads[0]![n]! - heads[1]![n]! - heads[2]![n]!) < 1e-12));
  }
});

laws('maps that the config leaves out are the identity; rotary has no table of positions', () => {
  const { model, parameter, map } = caseOf({ projections: NONE });
  same(queryKeyCircuit(model, parameter, { layer: 0 }), map(0, 'wk'));
  const identity = Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (_, j) => (i === j ? 1 : 0)));
  same(outputValueCircuit(model, parameter, { layer: 0 }), identity);
  const rotary = caseOf({ positional: 'rotary' });
  assert.is(positionAttention(rotary.model, rotary.parameter, { layer: 0 }), null);
});

laws.run();
