/** Starts one worker in whatever runtime this is: a Web Worker where there is one, else a thread of Node. */
import type { FromWorker, Setup, ToWorker } from './protocol.js';

/** A running worker, seen from outside. */
export interface WorkerHandle {
  post(message: ToWorker, transfer?: ArrayBuffer[]): void;
  terminate(): void;
}

/** The parts of the Web Worker interface that are needed; a caller may bring its own. */
export interface WebWorkerLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export type WorkerMaker = () => WebWorkerLike;

export interface WorkerEvents {
  message(message: FromWorker): void;
  died(reason: string): void;
}

/** Resolves once the worker has built its runner; rejects if it cannot be started or set up. */
export function startWorker(
  createWorker: WorkerMaker | undefined,
  setup: Setup,
  events: WorkerEvents,
): Promise<WorkerHandle> {
  return new Promise((resolve, reject) => {
    let ready = false;
    const handle = open(createWorker, {
      message(message) {
        if (message.type === 'ready') {
          ready = true;
          resolve(handle);
        } else events.message(message);
      },
      died(reason) {
        if (ready) events.died(reason);
        else reject(new Error(reason));
        ready = true;
      },
    });
    handle.post({ type: 'setup', setup });
  });
}

function open(createWorker: WorkerMaker | undefined, events: WorkerEvents): WorkerHandle {
  if (createWorker !== undefined) return overWeb(createWorker(), events);
  if (typeof Worker === 'function') {
    return overWeb(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }), events);
  }
  return overNode(events);
}

function overWeb(worker: WebWorkerLike, events: WorkerEvents): WorkerHandle {
  worker.onmessage = ({ data }) => events.message(data as FromWorker);
  worker.onerror = (event) => {
    event.preventDefault?.();
    events.died(event.message || 'its script could not be loaded');
  };
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
  };
}

function overNode(events: WorkerEvents): WorkerHandle {
  const { Worker: Thread } = process.getBuiltinModule('node:worker_threads');
  const thread = new Thread(new URL('./worker.js', import.meta.url));
  thread.on('message', (message) => events.message(message as FromWorker));
  thread.on('error', (error) => events.died(error.message));
  thread.on('exit', (code) => events.died(`exit code ${code}`));
  return {
    post: (message, transfer = []) => thread.postMessage(message, transfer),
    terminate: () => void thread.terminate(),
  };
}
