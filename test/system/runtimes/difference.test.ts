import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as library from '../../../src/index.js';
import { describeDifference, firstDifference } from './difference.js';
import { type Ask, answer, type Work } from './tasks.js';

const laws = suite('where two runtimes part');
const work: Work = { preset: 'fixed-quick', steps: 3, threads: 0, batchSize: 8 };
const sound = (ask: Ask) => answer(library, ask);
/** One after the other: an engine that is damaged for one is damaged for all. */
let before: Promise<unknown> = Promise.resolve();
const inTurn = (asked: (ask: Ask) => Promise<unknown>) => (ask: Ask) => {
  const next = before.then(() => asked(ask));
  before = next;
  return next;
};

/** A runtime in which a kernel, from its call number `from` on, gets one bit of what it wrote wrong. */
async function damaged(ask: Ask, kernel: string, from: number): Promise<unknown> {
  const { Instance } = WebAssembly;
  let calls = 0;
  const broken = function (this: unknown, module: WebAssembly.Module) {
    const exports: Record<string, unknown> = { ...new Instance(module).exports };
    const memory = exports.memory as WebAssembly.Memory;
    const call = exports[kernel] as (...args: number[]) => unknown;
    exports[kernel] = (...args: number[]) => {
      const result = call(...args);
      if (++calls > from) new Int32Array(memory.buffer)[args[0]! >> 2]! ^= 1 << 16;
      return result;
    };
    return { exports };
  };
  try {
    WebAssembly.Instance = broken as unknown as typeof Instance;
    return await answer(library, ask);
  } finally {
    WebAssembly.Instance = Instance;
  }
}

laws('two that agree have none', async () => {
  assert.is(await firstDifference(work, inTurn(sound), inTurn(sound)), null);
});

laws('a kernel that gets one bit wrong in the second step is named, with step, tensor and element', async () => {
  // 8 sequences, 2 layers, at the evaluation before the first step and at every step.
  const from = 8 * 2 * 2 + 5;
  const found = await firstDifference(
    work,
    inTurn(sound),
    inTurn((ask) => damaged(ask, 'causalSoftmax', from)),
  );
  assert.ok(found !== null);
  assert.ok(found.step >= 1 && found.step <= 3);
  assert.match(found.tensor, /^layers\.\d\.attention\.w[ko]\.weight$/);
  assert.ok(found.element >= 0 && found.values[0] !== found.values[1]);
  assert.is(found.kernel?.name, 'causalSoftmax');
  assert.match(describeDifference(['here', 'there'], work, found), /causalSoftmax/);
});

laws.run();
