/** A server on loopback for pages that post what they find out. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { POLICY, TYPES } from '../../../src/cli/lab.js';

const PATIENCE = 20 * 60_000;

export interface Pages {
  readonly origin: string;
  /** An address to post to, and a promise of what is posted, to be asked for before. */
  expect(): { readonly to: string; reply(): Promise<string> };
  close(): void;
}

/** Serves the folder under the strict policy, and takes what pages post. */
export async function servePages(folder: string): Promise<Pages> {
  const waiting = new Map<string, (text: string) => void>();
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    if (request.method === 'POST') {
      let body = '';
      for await (const chunk of request) body += chunk;
      waiting.get(path)?.(body);
      response.writeHead(204).end();
      return;
    }
    const file = join(folder, path);
    const headers = {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
    };
    if (existsSync(file) && extname(file) !== '') response.writeHead(200, headers).end(readFileSync(file));
    else response.writeHead(404, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
