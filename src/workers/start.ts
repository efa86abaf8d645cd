/** Starts one worker in whatever runtime this is: a Web Worker where there is one, else a thread of Node. */
import type { Build } from '../../bindings/instance.js';
import { sendTask, type Task } from '../task/task.js';
import type { FromWorker, Setup, ToWorker } from './protocol.js';

/** A running worker, seen from outside. */
export interface WorkerHandle {
  post(message: ToWorker, transfer?: ArrayBuffer[]): void;
  terminate(): void;
  /** A worker at rest keeps no process alive, one at work does; absent where the runtime has no such thing. */
  rest?(): void;
  work?(): void;
}

/** The parts of the Web Worker interface that are needed; a caller may bring its own. */
export interface WebWorkerLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export type WorkerMaker = () => WebWorkerLike;

/** What a worker says once it is set up. */
type Answer = Extract<FromWorker, { readonly id: number }>;

interface Events<Message> {
  message(message: Message): void;
  died(reason: string): void;
}

export type WorkerEvents = Events<Answer>;

/** What workers are set up with: the build in both of its forms. */
export interface PoolSetup extends Setup {
  readonly task: Task | null;
  readonly wasm: Pick<Build, 'kernel' | 'module' | 'bytes' | 'tile'>;
}

/** Resolves once the worker has built its runner; rejects if it cannot be started or set up within `patience` ms. */
export function startWorker(
  createWorker: WorkerMaker | undefined,
  setup: PoolSetup,
  patience: number,
  events: WorkerEvents,
): Promise<WorkerHandle> {
  return new Promise((resolve, reject) => {
    let waiting = true;
    const { kernel, tile, module, bytes } = setup.wasm;
    const task = setup.task && sendTask(setup.task);
    const send = (form: Pick<Build, 'module'> | Pick<Build, 'bytes'>) =>
      handle.post({ type: 'setup', setup: { ...setup, task, wasm: { kernel, tile, ...form } } });
    const handle = open(createWorker, {
      message(message) {
        if (message.type === 'ready') {
          settle();
          resolve(handle);
        } else if (message.type === 'unreadable') send({ bytes });
        else events.message(message);
      },
      died(reason) {
        if (!waiting) return events.died(reason);
        settle();
        reject(new Error(reason));
      },
    });
    const timer = setTimeout(() => {
      settle();
      handle.terminate();
      reject(new Error(`it has not answered for ${(patience / 1000).toFixed(0)} s`));
    }, patience);
    const settle = () => {
      waiting = false;
      clearTimeout(timer);
    };
    try {
      send({ module });
    } catch {
      // No structured clone of modules here.
      send({ bytes });
    }
  });
}

function open(createWorker: WorkerMaker | undefined, events: Events<FromWorker>): WorkerHandle {
  if (createWorker !== undefined) return overWeb(createWorker(), events);
  if (typeof Worker === 'function') {
    return overWeb(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }), events);
  }
  return overNode(events);
}

function overWeb(worker: WebWorkerLike, events: Events<FromWorker>): WorkerHandle {
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

/** Under a name, so that bundlers, which look for the literal above, do not take this one for a file of theirs. */
const FILE = './worker.js';

function overNode(events: Events<FromWorker>): WorkerHandle {
  if (typeof process !== 'object' || typeof process.getBuiltinModule !== 'function') {
    throw new Error('this runtime has neither Worker nor process.getBuiltinModule (Node ≥ 20.16)');
  }
  const { Worker: Thread } = process.getBuiltinModule('node:worker_threads');
  const thread = new Thread(new URL(FILE, import.meta.url));
  thread.on('message', (message) => events.message(message as FromWorker));
  thread.on('error', (error) => events.died(error.message));
  thread.on('exit', (code) => events.died(`exit code ${code}`));
  return {
    post: (message, transfer = []) => thread.postMessage(message, transfer),
    terminate: () => void thread.terminate(),
    rest: () => thread.unref(),
    work: () => thread.ref(),
  };
}
