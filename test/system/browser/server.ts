/** A static server on loopback for the tests: the project's own files, under the policy of a strict page. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { POLICY, TYPES } from '../../../src/cli/lab.js';

export interface Server {
  readonly origin: string;
  /** What the browser reported of the policy being broken, from pages and workers alike. */
  readonly violations: readonly string[];
  close(): Promise<void>;
}

/**
 * `extra`: files that are only there for a test, by path. `receive` gets what pages post, but not reports of a broken
 * policy: those are the violations.
 */
export function serve(
  root: string,
  extra: Readonly<Record<string, string>> = {},
  receive: (path: string, body: string) => void = () => {},
): Promise<Server> {
  const violations: string[] = [];
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    if (request.method === 'POST') {
      let body = '';
      for await (const chunk of request) body += chunk;
      if (path === '/violations') violations.push(body);
      else receive(path, body);
      response.writeHead(204).end();
      return;
    }
    const contents = extra[path] ?? (await readFile(join(root, path)).catch(() => null));
    const headers = {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': `${POLICY}; report-uri /violations`,
      'x-content-type-options': 'nosniff',
    };
    if (contents === null) response.writeHead(404, headers).end();
    else response.writeHead(200, headers).end(contents);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const close = () =>
        new Promise<void>((closed) => {
          server.closeAllConnections();
          server.close(() => closed());
        });
      resolve({ origin: `http://127.0.0.1:${port}`, violations, close });
    });
  });
}
