/** Entry of a lab's worker: a session behind its messages. A page that can make no worker takes the session itself. */
import type { ToLab } from '../border/messages.js';
import { createSession } from './session.js';

const scope = globalThis as unknown as {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  onmessage: ((event: { readonly data: ToLab }) => void) | null;
};

if (!('document' in globalThis)) {
  const session = createSession((message, transfer = []) => scope.postMessage(message, transfer));
  scope.onmessage = ({ data }) => session.receive(data);
}

export { createSession };
