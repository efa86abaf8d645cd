import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createInlineWorker, type InlineWorker } from '../../../bench/inline-worker.js';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { withCorpus } from '../../../src/train/config.js';
import { resolveConfig } from '../../../src/train/resolve.js';
import { createTrainer } from '../../../src/train/trainer.js';

const laws = suite('memory');
const { setFlagsFromString } = process.getBuiltinModule('node:v8');
const { runInNewContext } = process.getBuiltinModule('node:vm');

/** What this Node hides unless it was started with --expose-gc. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

laws('300 steps leave wasm memory as it was planned and the heap flat', async () => {
  const collect = collector();
  const corpus = sonnets();
  const open = resolveConfig([
    {
      task: { seqLength: 32, triggers: { count: 3 } },
      model: { dim: 16 },
      training: { steps: 1000, batchSize: 16, evalEvery: 1000, testSequences: 4 },
    },
  ]);
  const workers: InlineWorker[] = [];
  const trainer = await createTrainer(withCorpus(open, corpus), corpus, {
    threads: 1,
    createWorker: () => {
      workers.push(createInlineWorker());
      return workers.at(-1)!.worker;
    },
  });
  for (let i = 0; i < 100; i++) await trainer.advance();
  const { memory, plan } = workers[0]!.runner().engine.instance;
  const held = async () => {
    // Array buffers are given back beside the collector's own work, a moment later.
    for (let i = 0; i < 3; i++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return { heapUsed, arrayBuffers };
  };
  assert.is(memory.buffer.byteLength, plan.bytes);
  const buffer = memory.buffer;
  let before = await held();
  const grown: number[] = [];
  const buffers: number[] = [];
  for (let window = 0; window < 3; window++) {
    for (let i = 0; i < 100; i++) await trainer.advance();
    const after = await held();
    grown.push(after.heapUsed - before.heapUsed);
    buffers.push(after.arrayBuffers - before.arrayBuffers);
    before = after;
  }
  trainer.close();
  assert.is(memory.buffer, buffer, 'growing would have detached the buffer');
  // What the engine compiles or the process writes on its way grows them once, a leak in every window.
  assert.ok(Math.min(...buffers) <= 0, `array buffers grew by ${buffers.join(', ')} bytes in 100 steps each`);
  assert.ok(Math.min(...grown) < 100_000, `the heap grew by ${grown.join(', ')} bytes in 100 steps each`);
});

laws.run();
