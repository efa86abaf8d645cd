/**
 * The way from a lab to its session: a worker where one can be made, else the page itself. A script of another origin
 * is no worker's by itself, but a worker of this page may import it; where a policy forbids that too, the session runs
 * in the page, a step at a time.
 */
import type { FromLab, ToLab } from '../border/messages.js';

export interface WorkerLink {
  post(message: ToLab): void;
  /** Ends what runs behind it; nothing is heard of it any more. */
  close(): void;
}

export interface LinkListener {
  heard(message: FromLab): void;
  /** Nothing more will come: what happened, in a sentence. The link is closed. */
  broken(message: string): void;
}

/** Where a message goes, whatever runs there. */
interface Runner {
  post(message: ToLab): void;
  close(): void;
}

/** What the worker's file exports to a page that runs it itself. */
interface SessionModule {
  createSession(post: (message: FromLab) => void): { receive(message: ToLab): void; close(): void };
}

const FILE = 'lab-worker.js';

export function openLink(listener: LinkListener): WorkerLink {
  const address = new URL(FILE, import.meta.url).href;
  let runner: Runner | null = null;
  let closed = false;
  let heardAny = false;
  /** Until something is heard nobody knows whether anything has arrived. */
  let sent: ToLab[] = [];

  const heard = (message: FromLab) => {
    if (closed) return;
    heardAny = true;
    sent = [];
    listener.heard(message);
  };
  const broken = (message: string) => {
    if (closed) return;
    close();
    listener.broken(message);
  };

  function workerBy(make: () => Worker, otherwise: () => void): void {
    let worker: Worker;
    try {
      worker = make();
    } catch {
      otherwise();
      return;
    }
    worker.onmessage = ({ data }) => heard(data as FromLab);
    worker.onmessageerror = () => broken('a message of the worker could not be read');
    worker.onerror = (event) => {
      event.preventDefault();
      // A worker that has said nothing may never have begun: a policy stopped it, or its file is not there.
      if (heardAny) broken(event.message || 'the worker has ended');
      else {
        worker.terminate();
        if (!closed) otherwise();
      }
    };
    use({ post: (message) => worker.postMessage(message), close: () => worker.terminate() });
  }

  function use(next: Runner): void {
    runner = next;
    for (const message of sent) next.post(message);
  }

  function close(): void {
    closed = true;
    runner?.close();
    runner = null;
    sent = [];
  }

  const ofThisOrigin = () => {
    return new Worker(new URL('./lab-worker.js', import.meta.url), { type: 'module' });
  };
  const importing = () => {
    const blob = new Blob([`import ${JSON.stringify(address)};`], { type: 'text/javascript' });
    const here = URL.createObjectURL(blob);
    const worker = new Worker(here, { type: 'module' });
    setTimeout(() => URL.revokeObjectURL(here), 60_000);
    return worker;
  };
  async function inPage(): Promise<void> {
    try {
      const { createSession } = (await import(/* @vite-ignore */ address)) as SessionModule;
      if (closed) return;
      const session = createSession(heard);
      use({ post: (message) => session.receive(message), close: () => session.close() });
    } catch (error) {
      broken(`${address}: the worker's file could not be loaded (${(error as Error).message})`);
    }
  }

  const foreign = new URL(address).origin !== location.origin;
  if (foreign) workerBy(importing, () => void inPage());
  else workerBy(ofThisOrigin, () => void inPage());
  return {
    post(message) {
      if (closed) return;
      if (!heardAny) sent.push(message);
      runner?.post(message);
    },
    close,
  };
}
