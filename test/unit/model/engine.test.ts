/** The engine against golden cases from PyTorch in float64. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compareWithTruth, disagreements, float32Tolerances, goldenNames, readGolden } from '../twin/golden.js';
import { evaluate } from './run-case.js';

const golden = suite('golden cases');

for (const name of goldenNames()) {
  for (const circuit of [true, false]) {
    golden(`${name}, ${circuit ? 'circuit' : 'plain'} path`, () => {
      const { data, truth } = readGolden(name);
      const result = { ...truth, ...evaluate(data, circuit) };
      assert.is(disagreements(compareWithTruth(result, truth, float32Tolerances(data.optimizer.kind))), '');
      assert.equal(Object.keys(result.gradients).sort(), Object.keys(truth.gradients).sort());
    });
  }
}

golden.run();
