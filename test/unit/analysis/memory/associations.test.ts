import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { toMatrix } from '../../../../src/analysis/algebra/matrix64.js';
import {
  associationScores,
  diagonal,
  memoryRecall,
  recallAndMargin,
  storeAssociations,
} from '../../../../src/analysis/memory/associations.js';
import { uniforms } from '../../uniforms.js';
import { gaussian, permutation } from './samples.js';

const laws = suite('associations');

const table = (rows: number[][]) => toMatrix(Float64Array.from(rows.flat()), rows.length, rows[0]!.length);

laws('the scores are v_jᵀ W u_i, entry by entry', () => {
  const random = uniforms(1);
  const inputs = gaussian(random, 4, 3);
  const outputs = gaussian(random, 5, 2);
  const weights = gaussian(random, 2, 3);
  const scores = associationScores(outputs, weights, inputs);
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 5; j++) {
      let score = 0;
      for (let a = 0; a < 2; a++) {
        for (let b = 0; b < 3; b++)
          score += outputs.data[j * 2 + a]! * weights.data[a * 3 + b]! * inputs.data[i * 3 + b]!;
      }
      assert.ok(Math.abs(scores.data[i * 5 + j]! - score) < 1e-12);
    }
  }
});

laws('of equal scores the lowest index wins', () => {
  const scores = table([
    [2, 2, 1],
    [3, 3, 3],
    [0, 5, 5],
  ]);
  const recall = (input: number, output: number) =>
    recallAndMargin(scores, { inputs: [input], outputs: [output] }).recall;
  assert.equal([recall(0, 0), recall(0, 1), recall(0, 2)], [1, 0, 0]);
  assert.equal([recall(1, 0), recall(1, 1), recall(1, 2)], [1, 0, 0]);
  assert.equal([recall(2, 0), recall(2, 1), recall(2, 2)], [0, 1, 0]);
});

laws('the margin is the right score minus the best wrong one', () => {
  const scores = table([
    [4, 1, 3],
    [0, 2, 7],
  ]);
  assert.equal(recallAndMargin(scores, { inputs: [0, 1], outputs: [0, 1] }), { recall: 0.5, margin: (1 - 5) / 2 });
  const two = { candidates: () => 2 };
  assert.equal(recallAndMargin(scores, { inputs: [0, 1], outputs: [0, 1] }, two), { recall: 1, margin: (3 + 2) / 2 });
});

laws('one candidate has no margin, no association no recall', () => {
  const scores = table([[4, 1]]);
  assert.equal(recallAndMargin(scores, { inputs: [0], outputs: [0] }, { candidates: () => 1 }), {
    recall: 1,
    margin: null,
  });
  assert.equal(recallAndMargin(scores, diagonal(1, 0)), { recall: null, margin: null });
});

laws('weights count in both means', () => {
  const scores = table([
    [4, 1],
    [7, 1],
  ]);
  const weight = (input: number) => (input === 0 ? 3 : 1);
  assert.equal(recallAndMargin(scores, diagonal(0, 2), { weight }), { recall: 0.75, margin: (3 * 3 - 6) / 4 });
});

laws('a memory of 65 Gaussian associations recalls .20, .72, 1.00 at d = 16, 32, 64', () => {
  for (const [d, expected] of [
    [16, 0.2],
    [32, 0.72],
    [64, 1],
  ] as const) {
    let sum = 0;
    const seeds = 12;
    for (let seed = 0; seed < seeds; seed++) {
      const random = uniforms(100 + seed);
      const inputs = gaussian(random, 65, d);
      const outputs = gaussian(random, 65, d);
      sum += memoryRecall({ inputs, outputs, weights: storeAssociations(outputs, inputs) }, diagonal(0, 65))!;
    }
    assert.ok(Math.abs(sum / seeds - expected) < 0.05, `d = ${d}: ${sum / seeds}, ${expected} expected`);
  }
});

laws('a perfect memory asked for permuted answers is right by chance', () => {
  const random = uniforms(7);
  const inputs = gaussian(random, 65, 128);
  const outputs = gaussian(random, 65, 128);
  const scores = associationScores(outputs, storeAssociations(outputs, inputs), inputs);
  assert.is(recallAndMargin(scores, diagonal(0, 65)).recall, 1);
  let sum = 0;
  for (let draw = 0; draw < 400; draw++) {
    sum += recallAndMargin(scores, { inputs: diagonal(0, 65).inputs, outputs: permutation(random, 65) }).recall!;
  }
  assert.ok(Math.abs(sum / 400 - 1 / 65) < 0.004, `${sum / 400}`);
});

laws.run();
