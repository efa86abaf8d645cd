/** A worker in the calling thread: the pool's own protocol, with the shard runner within reach and its time counted. */
import type { FromWorker, ToWorker } from '../src/workers/protocol.js';
import { createShardRunner, receiveSetup, type ShardRunner } from '../src/workers/runner.js';
import type { WebWorkerLike } from '../src/workers/start.js';

export interface InlineWorker {
  readonly worker: WebWorkerLike;
  /** Once it has been set up. */
  runner(): ShardRunner;
  /** Milliseconds of work since the last call. */
  takeTime(): number;
}

export function createInlineWorker(): InlineWorker {
  let runner: ShardRunner | null = null;
  let milliseconds = 0;
  const ready = (): ShardRunner => {
    if (runner === null) throw new Error('the worker was not set up');
    return runner;
  };
  const answer = (message: FromWorker) => worker.onmessage?.({ data: message } as MessageEvent);
  const work = (message: ToWorker) => {
    if (message.type === 'setup') {
      runner = createShardRunner(receiveSetup(message.setup));
      answer({ type: 'ready' });
    } else if (message.type === 'weights') ready().setWeights(message.which, message.values);
    else {
      const from = performance.now();
      const result = ready().run(message.job);
      milliseconds += performance.now() - from;
      answer({ type: 'result', id: message.id, result });
    }
  };
  const worker: WebWorkerLike = {
    postMessage: (message) => queueMicrotask(() => work(message as ToWorker)),
    terminate: () => {},
    onmessage: null,
    onerror: null,
  };
  return {
    worker,
    runner: ready,
    takeTime() {
      const taken = milliseconds;
      milliseconds = 0;
      return taken;
    },
  };
}
