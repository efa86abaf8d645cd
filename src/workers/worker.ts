/** Entry of a worker, in any runtime: answers the messages of protocol.ts with one runner of shards. */
import type { FromWorker, ToWorker } from './protocol.js';
import { createShardRunner, receiveSetup, type ShardRunner } from './runner.js';

/** The part of a worker's own side that Web Workers and Node's message port share. */
interface Port {
  post(message: FromWorker, transfer: ArrayBuffer[]): void;
  /** `unreadable`: called for a message that this side could not take out of its clone. */
  listen(receive: (message: ToWorker) => void, unreadable: () => void): void;
}

function ownPort(): Port {
  const scope = globalThis as unknown as {
    postMessage?: (message: FromWorker, transfer: ArrayBuffer[]) => void;
    onmessage: ((event: { data: ToWorker }) => void) | null;
    onmessageerror: (() => void) | null;
  };
  if (typeof scope.postMessage === 'function') {
    return {
      post: (message, transfer) => scope.postMessage!(message, transfer),
      listen: (receive, unreadable) => {
        scope.onmessage = ({ data }) => receive(data);
        scope.onmessageerror = unreadable;
      },
    };
  }
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  if (parentPort === null) throw new Error('this file runs as a worker');
  return {
    post: (message, transfer) => parentPort.postMessage(message, transfer),
    listen: (receive, unreadable) => parentPort.on('message', receive).on('messageerror', unreadable),
  };
}

const port = ownPort();
let runner: ShardRunner | null = null;

const askForBytes = () => port.post({ type: 'unreadable' }, []);

port.listen((message) => {
  if (message.type === 'setup') {
    const { wasm } = message.setup;
    // Some runtimes clone a module into an object of nothing.
    if ('module' in wasm && !(wasm.module instanceof WebAssembly.Module)) return askForBytes();
    runner = createShardRunner(receiveSetup(message.setup));
    port.post({ type: 'ready' }, []);
  } else if (runner === null) {
    throw new Error(`got "${message.type}" before its setup`);
  } else if (message.type === 'weights') {
    runner.setWeights(message.which, message.values);
  } else {
    try {
      const result = runner.run(message.job);
      port.post({ type: 'result', id: message.id, result }, result.kind === 'gradient' ? [result.sums.buffer] : []);
    } catch (error) {
      const { name, message: reason } = error instanceof Error ? error : new Error(String(error));
      port.post({ type: 'failed', id: message.id, name, message: reason }, []);
    }
  }
}, askForBytes);
