/** `ihead lab`: serves the built page on loopback, under the policy that the page is made for. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { ConfigError, FormatError } from '../errors.js';
import { integer } from '../schema.js';
import { readOption } from './options.js';
import { write } from './output.js';

interface LabOptions {
  readonly port: string;
}

const SITE = fileURLToPath(new URL('../../site/', import.meta.url));
const HOST = '127.0.0.1';
const STOPPED = 130;
const METHODS: readonly (string | undefined)[] = ['GET', 'HEAD'];

/** All that a page with the lab needs. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** On every answer, whatever its status. */
const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
} as const;

/** By extension, of what a page is made of. */
export const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

export function addLab(program: Command): void {
  program
    .command('lab')
    .summary('serve the page on which an induction head is born')
    .description('Serves the built page to this machine alone, until Ctrl-C. Everything is computed in the browser.')
    .option('--port <n>', 'which port; 0: any that is free', '4173')
    .action(lab);
}

async function lab(options: LabOptions): Promise<void> {
  const port = readOption('--port', integer(0, 65535), options.port);
  if (!existsSync(join(SITE, 'index.html'))) {
    throw new FormatError(`${SITE}: expected the built page (npm run site makes it), got none`);
  }
  const server = await serveFolder(SITE, port);
  const { port: taken } = server.address() as AddressInfo;
  await write(`http://${HOST}:${taken}/  (Ctrl-C ends it)\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  server.closeAllConnections();
  server.close();
  process.exitCode = STOPPED;
}

/**
 * Gives the files that the folder holds now, whole, on loopback alone: GET and HEAD, no ranges. Throws ConfigError for
 * a port that cannot be had.
 */
export function serveFolder(folder: string, port: number): Promise<Server> {
  const files = filesIn(folder);
  const server = createServer((request, response) => {
    try {
      answer(files, request, response);
    } catch {
      // A file that was there at the start and cannot be read now.
      send(response, 500, 'this cannot be given\n');
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const free = 'a port that is free and may be opened; 0 takes any';
      reject(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? new ConfigError('--port', port, free) : error);
    });
    server.listen(port, HOST, () => resolve(server));
  });
}

/** Path in an address → path on the disk. What is not listed here is not given, however its address is written. */
function filesIn(folder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const address = `/${path.slice(join(folder, sep).length).replaceAll(sep, '/')}`;
    files.set(address, path);
    if (entry.name === 'index.html') files.set(address.slice(0, -entry.name.length), path);
  }
  return files;
}

function answer(files: ReadonlyMap<string, string>, request: IncomingMessage, response: ServerResponse): void {
  const { host = '' } = request.headers;
  // A page elsewhere may point a name of its own at this machine; it would ask by that name.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) send(response, 403, 'not by this name\n');
  else if (!METHODS.includes(request.method)) {
    send(response, 405, 'GET and HEAD alone\n', { allow: METHODS.join(', ') });
  } else {
    const file = files.get(pathOf(request.url ?? ''));
    if (file === undefined) send(response, 404, 'no such file\n');
    else
      send(response, 200, readFileSync(file), { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
  }
}

/** An address without its query, its escapes read; one with broken escapes as it stands. */
function pathOf(address: string): string {
  const path = address.replace(/[?#].*$/s, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Node leaves out the body in its answer to HEAD. */
function send(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  const length = String(typeof body === 'string' ? Buffer.byteLength(body) : body.length);
  response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain', 'content-length': length, ...headers });
  response.end(body);
}
