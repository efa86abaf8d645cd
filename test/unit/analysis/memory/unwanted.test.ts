import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { timesTransposed } from '../../../../src/analysis/algebra/matrix64.js';
import { diagonal, storeAssociations } from '../../../../src/analysis/memory/associations.js';
import { alignment, leakage, unwantedAssociations } from '../../../../src/analysis/memory/unwanted.js';
import { uniforms } from '../../uniforms.js';
import { gaussian } from './samples.js';

const laws = suite('unwanted associations');

laws('the pairs that drown a wanted one are listed, the loudest first', () => {
  const scores = { rows: 3, columns: 3, data: Float64Array.of(5, 6, 1, 9, 2, 4, 7, 8, 9) };
  assert.equal(unwantedAssociations(scores, diagonal(0, 3)), [
    { input: 1, output: 0, excess: 7 },
    { input: 1, output: 2, excess: 2 },
    { input: 0, output: 1, excess: 1 },
  ]);
  assert.is(unwantedAssociations(scores, diagonal(0, 3), 1).length, 1);
  assert.equal(unwantedAssociations(scores, { inputs: [1, 1], outputs: [0, 1] }), []);
  assert.equal(unwantedAssociations(scores, diagonal(0, 0)), []);
});

laws('leakage is the noise beside the signal, √(2/d + N/d²) for Gaussian embeddings', () => {
  const scores = { rows: 2, columns: 2, data: Float64Array.of(3, 1, -1, 3) };
  assert.ok(Math.abs(leakage(scores, diagonal(0, 2))! - 1 / 3) < 1e-15);
  assert.is(leakage(scores, diagonal(0, 0)), null);
  const random = uniforms(1);
  const [N, d] = [64, 128];
  const [u, v] = [gaussian(random, N, d), gaussian(random, N, d)];
  const table = timesTransposed(timesTransposed(u, storeAssociations(v, u)), v);
  const expected = Math.sqrt(2 / d + N / d ** 2);
  assert.ok(Math.abs(leakage(table, diagonal(0, N))! / expected - 1) < 0.1);
});

laws('alignment is 1 for a multiple, -1 for its opposite, about 0 for a stranger, nothing for zero', () => {
  const random = uniforms(2);
  const a = gaussian(random, 32, 32).data;
  assert.ok(
    Math.abs(
      alignment(
        a,
        a.map((x) => 3 * x),
      )! - 1,
    ) < 1e-14,
  );
  assert.ok(
    Math.abs(
      alignment(
        a,
        Float32Array.from(a, (x) => -x),
      )! + 1,
    ) < 1e-6,
  );
  assert.ok(Math.abs(alignment(a, gaussian(random, 32, 32).data)!) < 0.15);
  assert.is(alignment(a, new Float64Array(1024)), null);
  assert.throws(() => alignment(a, new Float64Array(3)), /\(1024\), got 3/);
});

laws.run();
