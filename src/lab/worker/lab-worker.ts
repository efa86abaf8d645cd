/** Entry of a lab's worker: a session behind its messages. */
import type { ToLab } from '../border/messages.js';
import { createSession } from './session.js';

const scope = globalThis as unknown as {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  onmessage: ((event: { readonly data: ToLab }) => void) | null;
};

const session = createSession((message, transfer = []) => scope.postMessage(message, transfer));
scope.onmessage = ({ data }) => session.receive(data);
