/** Entry of a worker, in any runtime: answers the messages of protocol.ts with one runner of shards. */
import type { FromWorker, ToWorker } from './protocol.js';
import { createShardRunner, type ShardRunner } from './runner.js';

/** The part of a worker's own side that Web Workers and Node's message port share. */
interface Port {
  post(message: FromWorker, transfer: ArrayBuffer[]): void;
  listen(receive: (message: ToWorker) => void): void;
}

function ownPort(): Port {
  const scope = globalThis as unknown as {
    postMessage?: (message: FromWorker, transfer: ArrayBuffer[]) => void;
    onmessage: ((event: { data: ToWorker }) => void) | null;
  };
  if (typeof scope.postMessage === 'function') {
    return {
      post: (message, transfer) => scope.postMessage!(message, transfer),
      listen: (receive) => {
        scope.onmessage = ({ data }) => receive(data);
      },
    };
  }
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  if (parentPort === null) throw new Error('this file runs as a worker, not on its own');
  return {
    post: (message, transfer) => parentPort.postMessage(message, transfer),
    listen: (receive) => parentPort.on('message', receive),
  };
}

const port = ownPort();
let runner: ShardRunner | null = null;

port.listen((message) => {
  if (message.type === 'setup') {
    runner = createShardRunner(message.setup);
    port.post({ type: 'ready' }, []);
  } else if (runner === null) {
    throw new Error(`a worker got "${message.type}" before its setup`);
  } else if (message.type === 'weights') {
    runner.setWeights(message.all, message.values);
  } else {
    try {
      const result = runner.run(message.job);
      port.post({ type: 'result', id: message.id, result }, result.kind === 'gradient' ? [result.sums.buffer] : []);
    } catch (error) {
      const { name, message: reason } = error instanceof Error ? error : new Error(String(error));
      port.post({ type: 'failed', id: message.id, name, message: reason }, []);
    }
  }
});
