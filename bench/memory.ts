/** `node --expose-gc dist/bench/memory.js`: wasm memory and the heap every 200 of 2,000 quick steps. */
import { loadBuild } from '../bindings/build.js';
import { sonnets } from '../src/corpus/sonnets.js';
import { presets } from '../src/train/presets.js';
import { createTrainer } from '../src/train/trainer.js';
import { createInlineWorker, type InlineWorker } from './inline-worker.js';
import { configOf } from './steps.js';

const STEPS = 2000;
const EVERY = 200;

const collect = globalThis.gc;
if (collect === undefined) throw new Error('start this with node --expose-gc');
const corpus = sonnets();
const workers: InlineWorker[] = [];
const trainer = await createTrainer(configOf({ name: 'quick', layers: [presets['fixed-quick']] }, corpus), corpus, {
  build: loadBuild(),
  threads: 1,
  createWorker: () => {
    const inline = createInlineWorker();
    workers.push(inline);
    return inline.worker;
  },
});
console.log('step  wasm bytes  heap bytes  array buffers');
for (let step = 0; step <= STEPS; step++) {
  await trainer.advance();
  if (step % EVERY !== 0) continue;
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const { byteLength } = workers[0]!.runner().engine.instance.memory.buffer;
  console.log([step, byteLength, heapUsed, arrayBuffers].join('  '));
}
trainer.close();
