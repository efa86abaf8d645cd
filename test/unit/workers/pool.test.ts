/** Any number of workers, dying ones and none at all: the same bits. */
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sonnets } from '../../../src/corpus/sonnets.js';
import type { Config } from '../../../src/train/config.js';
import { withCorpus } from '../../../src/train/config.js';
import { presetNamed } from '../../../src/train/presets.js';
import { resolveConfig } from '../../../src/train/resolve.js';
import { createTrainer, type TrainerOptions } from '../../../src/train/trainer.js';
import { type FromWorker, type SentSetup, shardsOf, type ToWorker } from '../../../src/workers/protocol.js';
import type { WebWorkerLike } from '../../../src/workers/start.js';

const corpus = sonnets();
const config = withCorpus(
  resolveConfig([
    presetNamed('fixed-quick'),
    {
      task: { seqLength: 24 },
      model: { dim: 20 },
      training: { steps: 6, batchSize: 37, evalEvery: 4, testSequences: 21 },
    },
  ]),
  corpus,
);

interface Outcome {
  readonly weights: string;
  readonly records: string;
  readonly warnings: readonly string[];
  readonly threads: number;
}

async function run(options: TrainerOptions & { expected?: number }, settings: Config = config): Promise<Outcome> {
  const warnings: string[] = [];
  const trainer = await createTrainer(settings, corpus, { warn: (message) => warnings.push(message), ...options });
  const records: unknown[] = [];
  while (trainer.step < settings.training.steps) {
    const { record } = await trainer.advance();
    if (record !== null) records.push({ ...record, seconds: 0, tokens_per_second: 0 });
  }
  const bytes = [...trainer.weights().values()].map((values) => Buffer.from(values.buffer).toString('base64'));
  // A replacement may still be starting.
  for (let i = 0; i < 100 && trainer.threads < (options.expected ?? 0); i++)
    await new Promise((r) => setTimeout(r, 50));
  const { threads } = trainer;
  trainer.close();
  return { weights: bytes.join(), records: JSON.stringify(records), warnings, threads };
}

/** A thread of Node behind the interface of a Web Worker, which ends itself before it answers job number `dies`. */
function mortal(dies: number): WebWorkerLike {
  const thread = new Worker(new URL('../../../src/workers/worker.js', import.meta.url));
  let jobs = 0;
  const worker: WebWorkerLike = {
    onmessage: null,
    onerror: null,
    postMessage(message, transfer) {
      const isJob = (message as { type: string }).type === 'job';
      if (isJob && ++jobs === dies) void thread.terminate();
      else thread.postMessage(message, transfer);
    },
    terminate: () => void thread.terminate(),
  };
  thread.on('message', (data) => worker.onmessage?.({ data } as MessageEvent));
  thread.on('exit', (code) => worker.onerror?.({ message: `exit ${code}` } as ErrorEvent));
  return worker;
}

const laws = suite('workers');
let truth: Outcome;

laws.before(async () => {
  truth = await run({ threads: 0 });
});

laws('the number of workers changes no bit', async () => {
  for (const threads of [1, 2, 3, 5]) {
    const outcome = await run({ threads });
    assert.is(outcome.threads, threads);
    assert.is(outcome.weights, truth.weights);
    assert.is(outcome.records, truth.records);
    assert.equal(outcome.warnings, []);
  }
});

laws('what is evaluated, and how often, changes no weight', async () => {
  for (const evalEvery of [1, 100]) {
    const training = { ...config.training, evalEvery, testSequences: 5 };
    assert.is((await run({ threads: 2 }, { ...config, training })).weights, truth.weights);
  }
});

laws('a worker that dies is replaced, and its shards are done again', async () => {
  let made = 0;
  const outcome = await run({ threads: 2, expected: 2, createWorker: () => mortal(made++ < 2 ? 7 * made : 0) });
  assert.is(outcome.weights, truth.weights);
  assert.is(outcome.records, truth.records);
  assert.is(outcome.warnings.length, 2);
  assert.is(made, 4);
  assert.is(outcome.threads, 2);
});

laws('when every worker dies again and again the calling thread takes over', async () => {
  const outcome = await run({ threads: 2, createWorker: () => mortal(1) });
  assert.is(outcome.weights, truth.weights);
  assert.is(outcome.threads, 0);
});

/** A worker that turns what its thread says about job number `n`; null: it says nothing. */
function lying(turn: (message: FromWorker, n: number) => FromWorker | null): WebWorkerLike {
  const worker = mortal(-1);
  let jobs = 0;
  const outer: WebWorkerLike = { ...worker, onmessage: null, onerror: null };
  worker.onmessage = ({ data }) => {
    const said = turn(data as FromWorker, (data as FromWorker).type === 'result' ? ++jobs : 0);
    if (said !== null) outer.onmessage?.({ data: said } as MessageEvent);
  };
  return outer;
}

laws('a worker that stops answering, or answers what cannot be right, is replaced; the bits are the same', async () => {
  const silent = (message: FromWorker, n: number) => (n >= 5 ? null : message);
  const short = (message: FromWorker, n: number): FromWorker => {
    if (n < 5 || message.type !== 'result' || message.result.kind !== 'gradient') return message;
    return { ...message, result: { ...message.result, sums: message.result.sums.slice(1) } };
  };
  const otherKind = (message: FromWorker, n: number): FromWorker =>
    n === 5 && message.type === 'result'
      ? { ...message, result: { kind: 'evaluate', counters: new Float64Array(3) } }
      : message;
  const nothing = (message: FromWorker, n: number): FromWorker =>
    n === 5 ? ({ ...message, result: undefined } as unknown as FromWorker) : message;
  for (const [turn, warning] of [
    [silent, /has not answered for 2 s/],
    [short, /its answer is none/],
    [otherKind, /its answer is none/],
    [nothing, /its answer is none/],
  ] as const) {
    let made = 0;
    const createWorker = () => (made++ === 0 ? lying(turn) : mortal(-1));
    const outcome = await run({ threads: 2, patience: 2000, createWorker });
    assert.is(outcome.weights, truth.weights);
    assert.is(outcome.records, truth.records);
    assert.match(outcome.warnings.join(), warning);
  }
});

laws('a worker that is never ready is given up', async () => {
  const createWorker = () => lying((message) => (message.type === 'ready' ? null : message));
  const outcome = await run({ threads: 2, patience: 500, createWorker });
  assert.is(outcome.weights, truth.weights);
  assert.match(outcome.warnings.join(), 'it has not answered for 1 s');
});

laws('where no worker can be started the calling thread does the work', async () => {
  const outcome = await run({
    threads: 3,
    createWorker: () => {
      throw new Error('no workers here');
    },
  });
  assert.is(outcome.weights, truth.weights);
  assert.is(outcome.threads, 0);
  assert.match(outcome.warnings.join(), 'no workers here');
});

laws('shards cover a batch once, in order, however small it is', () => {
  for (const count of [1, 2, 15, 16, 17, 64, 100, 512]) {
    const shards = shardsOf(count, { stream: 0, split: 'train', step: 3 });
    let end = 0;
    for (const { from, to } of shards) {
      assert.is(from, end);
      assert.ok(to > from);
      end = to;
    }
    assert.is(end, count);
    assert.ok(shards.length <= 16);
  }
});

/** What a worker is given as its kernels: `clone` stands for the runtime's way of sending a setup. */
function watched(setups: unknown[], clone: (setup: SentSetup) => SentSetup): WebWorkerLike {
  const worker = mortal(-1);
  const { postMessage } = worker;
  worker.postMessage = (message, transfer) => {
    const told = message as ToWorker;
    if (told.type !== 'setup') return postMessage(message, transfer);
    setups.push(Object.keys(told.setup.wasm).sort().join());
    postMessage({ ...told, setup: clone(told.setup) }, transfer);
  };
  return worker;
}

laws('a worker is handed the compiled kernels, or bytes where modules cannot be sent or do not arrive', async () => {
  const whole = (setup: SentSetup) => setup;
  const refusing = (setup: SentSetup) => {
    if ('module' in setup.wasm) throw new DOMException('a module', 'DataCloneError');
    return setup;
  };
  const emptying = (setup: SentSetup) =>
    'module' in setup.wasm
      ? { ...setup, wasm: { kernel: setup.wasm.kernel, module: {} as WebAssembly.Module } }
      : setup;
  for (const [clone, expected] of [
    [whole, ['kernel,module,tile']],
    [refusing, ['kernel,module,tile', 'bytes,kernel,tile']],
    [emptying, ['kernel,module,tile', 'bytes,kernel,tile']],
  ] as const) {
    const setups: string[] = [];
    const outcome = await run({ threads: 1, createWorker: () => watched(setups, clone) });
    assert.equal(setups, expected);
    assert.is(outcome.weights, truth.weights);
    assert.equal(outcome.warnings, []);
  }
});

laws('a runtime without any kind of worker is told so, and trains in the calling thread', async () => {
  const { getBuiltinModule } = process;
  try {
    Object.assign(process, { getBuiltinModule: undefined });
    const outcome = await run({ threads: 2 });
    assert.is(outcome.threads, 0);
    assert.is(outcome.weights, truth.weights);
    assert.equal(outcome.warnings.length, 1);
    assert.match(outcome.warnings[0]!, /neither Worker nor.*the calling thread does the work/);
  } finally {
    Object.assign(process, { getBuiltinModule });
  }
});

laws.run();
