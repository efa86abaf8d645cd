/** Memory: known before it is asked for, refused where it cannot be, and addressed right above 2 GiB. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createPlanner, MOST_ARENA_BYTES, PAGE_BYTES } from '../../../bindings/arena.js';
import { loadBuild } from '../../../bindings/build.js';
import { instantiate, MemoryError } from '../../../bindings/instance.js';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { ConfigError } from '../../../src/errors.js';
import { createEngine } from '../../../src/model/engine.js';
import { trainedNames } from '../../../src/model/parameters.js';
import { planModel } from '../../../src/model/plan.js';
import { createTask } from '../../../src/task/task.js';
import { arenaBytesOf } from '../../../src/train/arena-bytes.js';
import type { Config, ConfigLayer } from '../../../src/train/config.js';
import { withCorpus } from '../../../src/train/config.js';
import { resolveConfig } from '../../../src/train/resolve.js';
import { createStepper } from '../../../src/train/stepper.js';
import { createTrainer } from '../../../src/train/trainer.js';
import { createShardRunner } from '../../../src/workers/runner.js';
import { randomCase } from '../twin/cases.js';

const laws = suite('memory');
const corpus = sonnets();
const build = loadBuild();

function configOf(layer: ConfigLayer): Config {
  return withCorpus(resolveConfig([layer]), corpus);
}

const SMALL: ConfigLayer = { task: { seqLength: 32 }, model: { dim: 32 }, training: { batchSize: 2, steps: 1 } };

laws('what is needed is what the arenas then are', async () => {
  const adamw: ConfigLayer = { ...SMALL, training: { ...SMALL.training, freeze: [], optimizer: { kind: 'adamw' } } };
  for (const config of [configOf(SMALL), configOf(adamw)]) {
    const needed = arenaBytesOf(config, corpus, 2);
    const { model, training } = config;
    const trainer = await createTrainer(config, corpus, { threads: 0 });
    const runner = createShardRunner({
      wasm: { kernel: 'simd', bytes: build.bytes },
      model,
      length: config.task.seqLength,
      circuit: training.circuit,
      trained: trainedNames(model, training),
      lossOn: training.lossOn,
      seed: 1,
      task: createTask(config.task, corpus),
    });
    const { bytes } = runner.engine.arena;
    const stepper = await createStepper(
      { build, model, length: config.task.seqLength, seed: 1, task: null, training },
      { threads: 0 },
    );
    const trainerBytes = stepper.engine.instance.memory.buffer.byteLength;
    stepper.close();
    assert.is(runner.engine.instance.memory.buffer.byteLength, bytes);
    assert.equal(needed, { trainer: trainerBytes, worker: bytes, total: trainerBytes + 2 * bytes });
    // Without workers the calling thread holds one runner's arena beside the trainer's.
    assert.equal(trainer.arenaBytes, { ...needed, total: trainerBytes + bytes });
    trainer.close();
  }
});

laws('moments count, a second one for AdamW; so do threads', () => {
  const moments = (kind: 'sgd' | 'adamw', threads: number) =>
    arenaBytesOf(
      configOf({ ...SMALL, model: { dim: 256 }, training: { optimizer: { kind }, freeze: [] } }),
      corpus,
      threads,
    );
  const weights = 4 * (2 * 61 * 256 + 3 * 2 * 256 * 256);
  const sgd = moments('sgd', 1);
  const difference = moments('adamw', 1).total - sgd.total;
  assert.ok(Math.abs(difference - weights) <= PAGE_BYTES, `${difference} bytes, ${weights} expected`);
  const [two, three] = [moments('sgd', 2).total, moments('sgd', 3).total];
  assert.is(three - two, two - sgd.total);
});

laws('an arena over 4 GiB is refused before anything is made, with its size', async () => {
  const config = configOf({ task: { seqLength: 8192 }, model: { dim: 4096, heads: 8 } });
  const { trainer, worker } = arenaBytesOf(config, corpus, 1);
  const bytes = Math.max(trainer, worker);
  assert.ok(bytes > 2 ** 32);
  try {
    await createTrainer(config, corpus, { threads: 0 });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, ConfigError);
    const { message, key } = error as ConfigError;
    assert.is(key, 'model.dim');
    const needed = Math.ceil(bytes / 2 ** 20);
    assert.match(message, new RegExp(`it needs ${needed} MiB, and one WebAssembly memory holds 4095`));
  }
});

laws('an arena that the runtime does not give is an error that says how much it was', () => {
  const planner = createPlanner();
  planner.region('three pages and more', 'f32', (3 * PAGE_BYTES) / 4);
  // (module (memory (export "memory") 1 1) (func (export "heapBase") (result i32) i32.const 0))
  const onePage = new Uint8Array([
    ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 5, 4, 1, 1, 1, 1, 7, 21, 2, 6],
    ...[...'memory'].map((letter) => letter.charCodeAt(0)),
    ...[2, 0, 8],
    ...[...'heapBase'].map((letter) => letter.charCodeAt(0)),
    ...[0, 0, 10, 6, 1, 4, 0, 65, 0, 11],
  ]);
  const tiny = { ...build, module: new WebAssembly.Module(onePage) };
  assert.throws(
    () => instantiate(tiny, { ...planner.plan(), bytes: 5 * 2 ** 20 }),
    (error: Error) => error instanceof MemoryError && /needs 5 MiB .* has not given it/.test(error.message),
  );
  assert.throws(
    () => instantiate(build, { regions: [], bytes: MOST_ARENA_BYTES + PAGE_BYTES }),
    (error: Error) => error instanceof MemoryError && error.bytes === 2 ** 32 && /4095 MiB/.test(error.message),
  );
});

laws('an arena that reaches past 2 GiB gives the bits of one that does not', () => {
  for (const circuit of [true, false]) {
    const data = randomCase({ model: { ffn: ['linear', 'linear'] } }, 7, 1, 21);
    const results = [0, 2 ** 31 + 2 ** 29].map((gap) => {
      const planner = createPlanner();
      planner.region('gap', 'f32', gap / 4);
      const plan = planModel(planner, data.model, 21, { circuit, isTrained: ({ fixed }) => !fixed });
      const engine = createEngine(instantiate(build, planner.plan()), plan);
      assert.ok(plan.logits.offset >= gap);
      for (const [name, { values }] of Object.entries(data.parameters)) engine.weight(name).set(values);
      engine.prepare();
      engine.clearSums();
      engine.tokens.set(data.tokens[0]!);
      engine.targets.set(data.targets[0]!);
      engine.useAllRows();
      engine.forward();
      const logits = engine.read(plan.logits);
      const attended = [0, 1].map((layer) => engine.attendedKeys(layer, 0).slice());
      const loss = engine.loss();
      engine.backward();
      const sums = engine.exportSums();
      engine.addSums(sums);
      engine.finish();
      const gradients = plan.parameters.map(({ spec }) => engine.gradient(spec.name)?.slice());
      return { logits, attended, loss, sums, gradients };
    });
    assert.equal(results[1], results[0]);
    assert.ok(results[0]!.gradients.some((gradient) => gradient?.some((g) => g !== 0)));
  }
});

laws.run();
