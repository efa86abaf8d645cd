import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBuild } from '../../../../bindings/build.js';
import { exactMath } from '../../../../bindings/math.js';
import {
  ALL_BLOCKS,
  createOneHotModel,
  type MemoryName,
  type OneHotMemories,
  RELEVANT_BLOCKS,
  zeroMemories,
} from '../../../../src/analysis/theory/one-hot-model.js';
import { createSingleTrigger } from '../../../../src/analysis/theory/single-trigger.js';
import { TOP_DOWN, threeSteps } from '../../../../src/analysis/theory/three-steps.js';
import { uniforms } from '../../uniforms.js';

const laws = suite('three gradient steps');
const build = loadBuild();
const math = exactMath(build);
const NAMES: readonly MemoryName[] = ['previousKey', 'inductionKey', 'output'];

/** Small enough for a difference quotient in every weight, with memories that are all in use. */
function randomMemories(sizes: { symbols: number; length: number }, seed: number): OneHotMemories {
  const random = uniforms(seed);
  const memories = zeroMemories(sizes);
  for (const name of NAMES) for (let n = 0; n < memories[name].length; n++) memories[name][n] = 2 * random() - 1;
  return memories;
}

for (const [what, reads] of [
  ['the relevant blocks', RELEVANT_BLOCKS],
  ['every block', ALL_BLOCKS],
] as const) {
  laws(`reading ${what}, the gradient is the slope of the loss in every weight`, () => {
    const sizes = { symbols: 3, length: 5 };
    const memories = randomMemories(sizes, 1);
    const model = createOneHotModel(sizes, reads, math);
    const tokens = Int32Array.of(2, 1, 0, 0, 1);
    const h = 2 ** -17;
    for (const name of NAMES) {
      const memory = memories[name];
      const gradient = new Float64Array(memory.length);
      model.forward(memories, tokens, 0);
      model.backward(memories, name, gradient);
      assert.ok(gradient.some((g) => Math.abs(g) > 1e-3));
      for (let n = 0; n < memory.length; n++) {
        const at = memory[n]!;
        memory[n] = at + h;
        const above = model.forward(memories, tokens, 0);
        memory[n] = at - h;
        const below = model.forward(memories, tokens, 0);
        memory[n] = at;
        assert.ok(Math.abs(gradient[n]! - (above - below) / (2 * h)) < 1e-8, `${name} ${n}`);
      }
    }
  });
}

const SIZES = { symbols: 16, length: 16 };
const STEP_SIZES = { output: 1e2, inductionKey: 1e5, previousKey: 1e5 };
const draw = createSingleTrigger(SIZES, 5, build);
const run = (order: readonly MemoryName[], sequences: number, reads = RELEVANT_BLOCKS) =>
  threeSteps({ sizes: SIZES, reads, order, stepSizes: STEP_SIZES, sequences, evaluated: 512 }, draw, math);

laws('from the top down, each step stores its memory, and the last one solves the task', () => {
  const [first, second, third] = run(TOP_DOWN, 32768);
  assert.is(first!.recall.output, 1);
  assert.ok(first!.recall.inductionKey < 0.2);
  assert.is(second!.recall.inductionKey, 1);
  assert.ok(second!.recall.accuracy < 0.3);
  assert.is(third!.recall.previousKey, 1);
  assert.is(third!.recall.firstLayerOnTrigger, 1);
  assert.ok(third!.recall.accuracy >= 0.93, `${third!.recall.accuracy}`);
  assert.ok(third!.recall.secondLayerMass >= 0.9, `${third!.recall.secondLayerMass}`);
});

laws('in every other order, a key that is asked too early has a gradient of exactly zero', () => {
  const [O, K2, K1] = TOP_DOWN as [MemoryName, MemoryName, MemoryName];
  for (const order of [
    [O, K1, K2],
    [K2, O, K1],
    [K2, K1, O],
    [K1, O, K2],
    [K1, K2, O],
  ]) {
    const done = new Set<MemoryName>();
    for (const { stepped, largestGradient, recall } of run(order, 512)) {
      const above = stepped === O ? [] : stepped === K2 ? [O] : [O, K2];
      const moves = above.every((name) => done.has(name));
      assert.is(largestGradient > 0, moves, `${stepped} in ${order}`);
      if (moves) done.add(stepped);
      assert.ok(recall.accuracy < 0.4);
    }
    assert.is(done.has(K1), false);
  }
});

laws('reading every block, the first two steps still store their memories and the third fails', () => {
  const [first, second, third] = run(TOP_DOWN, 8192, ALL_BLOCKS);
  assert.is(first!.recall.output, 1);
  assert.is(second!.recall.inductionKey, 1);
  assert.ok(third!.recall.accuracy <= 0.2, `${third!.recall.accuracy}`);
});

laws('a sequence has its trigger twice, its output behind the first, and depends on its own index alone', () => {
  const places = new Set<number>();
  for (let index = 0; index < 500; index++) {
    const { tokens, trigger, output, place } = draw(2, index);
    assert.is(tokens.filter((z) => z === trigger).length, 2);
    assert.is(tokens[15], trigger);
    assert.is(tokens[place], trigger);
    assert.is(tokens[place + 1], output);
    assert.ok(output !== trigger && tokens.every((z) => z >= 0 && z < 16));
    places.add(place);
  }
  assert.equal(
    [...places].sort((a, b) => a - b),
    Array.from({ length: 13 }, (_, t) => t),
  );
  const seventh = [...draw(2, 7).tokens];
  draw(2, 400);
  assert.equal([...draw(2, 7).tokens], seventh);
  assert.throws(() => createSingleTrigger({ symbols: 1, length: 16 }, 1, build), /symbols: expected .*, got 1/);
  assert.throws(() => createSingleTrigger({ symbols: 5, length: 3 }, 1, build), /length: expected .*, got 3/);
});

laws.run();
