/** A server on loopback for pages that post what they find out. */
import { serve } from '../browser/server.js';

const PATIENCE = 20 * 60_000;

export interface Pages {
  readonly origin: string;
  /** An address to post to, and a promise of what is posted, to be asked for before. */
  expect(): { readonly to: string; reply(): Promise<string> };
  close(): Promise<void>;
}

/** Serves the folder under the strict policy, and takes what pages post. */
export async function servePages(folder: string): Promise<Pages> {
  const waiting = new Map<string, (text: string) => void>();
  const { origin, close } = await serve(folder, {}, (path, body) => waiting.get(path)?.(body));
  let asked = 0;
  return {
    origin,
    expect() {
      const path = `/reply-${asked++}`;
      return {
        to: `${origin}${path}`,
        reply: () =>
          new Promise<string>((resolve, reject) => {
            waiting.set(path, resolve);
            setTimeout(() => reject(new Error(`no answer came in ${PATIENCE / 60_000} minutes`)), PATIENCE).unref();
          }),
      };
    },
    close,
  };
}
