import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { recallAndMargin } from '../../../../src/analysis/memory/associations.js';
import { heldMemories, reportMemory } from '../../../../src/analysis/memory/held.js';
import { memoryProbes } from '../../../../src/analysis/memory/probes.js';
import { uniforms } from '../../uniforms.js';
import { lookup, modelOf, randomLaws, randomWeights } from './samples.js';

const laws = suite('held memories');

const N = 10;

function inputOf(triggers: readonly number[] | null, seed = 1) {
  const random = uniforms(seed);
  const model = modelOf({
    vocabSize: N,
    dim: 24,
    maxLength: 9,
    ffn: ['none', 'linear'],
    projections: { query: true, value: true, output: true },
  });
  const weights = randomWeights(model, random);
  const parameter = lookup(weights);
  return { weights, input: { model, parameter, triggers, laws: randomLaws(random, N), log: Math.log, exp: Math.exp } };
}

laws('their tables are those that the probes count in', () => {
  const { input } = inputOf(null);
  const probes = memoryProbes(input);
  const recalls = new Map(
    heldMemories(input).map(({ kind, scores, wanted }) => [kind.id, wanted && recallAndMargin(scores, wanted)]),
  );
  assert.equal([...recalls.keys()], ['wk0', 'wk1', 'wo1', 'ff1']);
  for (const id of ['wk0', 'wk1', 'wo1'] as const) {
    assert.is(recalls.get(id)!.recall, probes[`${id}_acc`]);
    assert.is(recalls.get(id)!.margin, probes[`margin_${id}`]);
  }
  assert.is(recalls.get('ff1'), null);
});

laws('a model that holds an ideal memory has the ideal table, and is aligned with it', () => {
  const { weights, input } = inputOf([1, 4, 7]);
  for (const memory of heldMemories(input)) {
    const { parameter, ideal } = memory.matrix!;
    const before = reportMemory(memory, input.parameter);
    assert.ok(Math.abs(before.alignment!) < 0.5, memory.kind.id);
    const own = weights.get(parameter)!;
    weights.set(parameter, ideal);
    const [held] = heldMemories(input).filter(({ kind }) => kind.id === memory.kind.id);
    const report = reportMemory(held!, input.parameter);
    const largest = Math.max(...memory.ideal.data.map(Math.abs));
    for (const [n, score] of held!.scores.data.entries()) {
      assert.ok(Math.abs(score - memory.ideal.data[n]!) < 1e-5 * largest, `${memory.kind.id} ${n}`);
    }
    assert.ok(Math.abs(report.alignment! - 1) < 1e-12, memory.kind.id);
    if (memory.wanted !== null) assert.ok(report.leakage! < before.leakage!, memory.kind.id);
    weights.set(parameter, own);
  }
});

laws('an unwanted association that is put in is found, and the singular values carry the whole matrix', () => {
  const { weights, input } = inputOf(null);
  const [output] = heldMemories(input).filter(({ kind }) => kind.id === 'wo1');
  const report = reportMemory(output!, input.parameter, 3);
  assert.is(report.unwanted.length, 3);
  const squares = weights.get(output!.matrix!.parameter)!.reduce((sum, w) => sum + w * w, 0);
  const energy = report.singularValues!.reduce((sum, sigma) => sum + sigma * sigma, 0);
  assert.ok(Math.abs(squares / energy - 1) < 1e-9);
  // The loudest: no other unwanted pair is as far above the wanted score of its input.
  const { scores } = output!;
  const excess = Array.from({ length: N * N }, (_, n) => {
    const input = Math.floor(n / N);
    return scores.data[n]! - scores.data[input * (N + 1)]!;
  });
  assert.is(report.unwanted[0]!.excess, Math.max(...excess));
});

laws('what a model does not have is left out, and what is no single matrix has no ideal one', () => {
  const random = uniforms(3);
  const projections = { query: false, value: true, output: false };
  const model = modelOf({ vocabSize: N, dim: 8, maxLength: 5, positional: 'rotary', projections });
  const tables = { triggers: null, laws: randomLaws(random, N), log: Math.log };
  const parameter = lookup(randomWeights(model, random));
  const [key, output, ...more] = heldMemories({ ...tables, model, parameter });
  assert.equal([key!.kind.id, output!.kind.id, more], ['wk1', 'wo1', []]);
  assert.is(output!.matrix, null);
  assert.equal(reportMemory(output!, parameter).singularValues, null);
  assert.is(recallAndMargin(output!.ideal, output!.wanted!).recall, 1);
  const single = modelOf({ vocabSize: N, dim: 8, maxLength: 5, layers: 1 });
  assert.equal(heldMemories({ ...tables, model: single, parameter: lookup(randomWeights(single, random)) }), []);
});

laws.run();
