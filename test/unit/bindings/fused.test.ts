/** The fused build: refused where multiplications and additions are not fused, one set of bits where they are. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createPlanner } from '../../../bindings/arena.js';
import { loadBuild } from '../../../bindings/build.js';
import { instantiate, TILES } from '../../../bindings/instance.js';
import { ADD, multiply, packRows, planPanels, SET } from '../../../bindings/matmul.js';
import { useTile } from '../../../bindings/tile.js';
import {
  configFor,
  createTrainer,
  presets,
  savedWeights,
  sha256,
  sonnets,
  UnsupportedError,
} from '../../../src/index.js';
import { evaluate } from '../model/run-case.js';
import { compareWithTruth, disagreements, float32Tolerances, goldenNames, readGolden } from '../twin/golden.js';
import { uniforms } from '../uniforms.js';
import { fusedBuild, fusedMultiplyAdd } from './fused-build.js';
import { cell } from './harness.js';

const laws = suite('the fused build');
const fused = fusedBuild();

laws('kernels that round twice are refused under its name, and the runtime is named', () => {
  const { bytes } = loadBuild();
  assert.throws(
    () => loadBuild('fused', bytes),
    (error: unknown) => {
      assert.instance(error, UnsupportedError);
      assert.match((error as Error).message, / does not fuse multiply and add$/);
      return true;
    },
  );
});

laws('one rounding, where the product’s own would have lost what counts', () => {
  const x = 1 + 2 ** -12;
  assert.is(fusedMultiplyAdd(x, x, -1 - 2 ** -11), 2 ** -24);
  assert.is(fusedMultiplyAdd(3, 5, 7), 22);
  // 812825 · 1321 = 2³⁰ + 1: past halfway between two float32 by less than float64 tells apart.
  assert.is(Math.fround(812825 * (1321 * 2 ** -54) + 1), 1);
  assert.is(fusedMultiplyAdd(812825, 1321 * 2 ** -54, 1), 1 + 2 ** -23);
  assert.is(fusedMultiplyAdd(-812825, 1321 * 2 ** -54, -1), -1 - 2 ** -23);
  assert.is(fusedMultiplyAdd(2 ** -12, 2 ** -12, 1), 1);
});

if (fused !== null) {
  laws('a product is the plain loop with one rounding a step, bit for bit, on either tile', () => {
    for (let size = 1; size <= 33; size++) {
      const [m, n, k] = [size, 1 + ((7 * size) % 33), 1 + ((5 * size) % 29)];
      const planner = createPlanner();
      const [a, b, c] = [planner.matrix('a', m, k), planner.matrix('b', k, n), planner.matrix('c', m, n)];
      const panels = planPanels(planner, 'panels', k, n);
      const instance = instantiate(fused, planner.plan());
      const memory = new Float32Array(instance.memory.buffer);
      for (const tile of TILES) {
        useTile(instance, tile);
        const random = uniforms(size);
        for (const { offset, length } of [a, b, c]) {
          for (let i = 0; i < length; i++) memory[offset / 4 + i] = (2 * random() - 1) * 2 ** Math.floor(20 * random());
        }
        const before = memory.slice();
        packRows(instance, panels, b);
        for (const mode of [SET, ADD] as const) {
          memory.set(before.subarray(c.offset / 4, c.offset / 4 + c.length), c.offset / 4);
          multiply(instance, c, a, panels, m, mode);
          for (let i = 0; i < m; i++) {
            for (let j = 0; j < n; j++) {
              let sum = 0;
              for (let d = 0; d < k; d++) sum = fusedMultiplyAdd(before[cell(a, i, d)]!, before[cell(b, d, j)]!, sum);
              if (mode === ADD) sum = Math.fround(before[cell(c, i, j)]! + sum);
              if (memory[cell(c, i, j)] === sum) continue;
              assert.unreachable(`${m} × ${n} × ${k}, ${tile} tile, ${i}, ${j}: ${memory[cell(c, i, j)]}, not ${sum}`);
            }
          }
        }
      }
    }
  });

  for (const name of goldenNames()) {
    laws(`${name} agrees with its truth, on either path`, () => {
      const { data, truth } = readGolden(name);
      for (const circuit of [true, false]) {
        const result = { ...truth, ...evaluate(data, circuit, fused) };
        assert.is(disagreements(compareWithTruth(result, truth, float32Tolerances(data.optimizer.kind))), '');
      }
    });
  }

  laws('a run has one hash with every tile and number of workers, not that of the strict kernels', async () => {
    const corpus = sonnets();
    const config = (kernel: 'fused' | 'simd') =>
      configFor(corpus, presets['fixed-quick'], { kernel, training: { steps: 4, testSequences: 0 } });
    const hashes = new Set<string>();
    const runs = [
      { build: { ...fused, tile: 'narrow' as const }, threads: 0 },
      { build: { ...fused, tile: 'wide' as const }, threads: 2 },
      { build: fused, threads: 3 },
      { build: loadBuild(), threads: 0 },
    ];
    const counts: number[] = [];
    for (const { build, threads } of runs) {
      const trainer = await createTrainer(config(build.kernel), corpus, { build, threads });
      while (trainer.step < 4) await trainer.advance();
      const file = savedWeights(trainer);
      assert.match(new TextDecoder().decode(file.subarray(0, 4096)), `\\"kernel\\":\\"${build.kernel}\\"`);
      hashes.add(sha256(file));
      counts.push(hashes.size);
      trainer.close();
    }
    assert.equal(counts, [1, 1, 1, 2]);
  });
}

laws.run();
