/** `ihead lab`: serves the built page on loopback, under the policy that the page is made for. */
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import sirv from 'sirv';
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

/** All that the page needs. */
const POLICY = [
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
    throw new FormatError(`there is no built page at ${SITE}: npm run site makes it`);
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

/** Answers on loopback alone. Throws ConfigError for a port that cannot be had. */
export function serveFolder(folder: string, port: number): Promise<Server> {
  const files = sirv(folder, { dev: false, etag: true, setHeaders: (response) => protect(response) });
  const server = createServer((request, response) => {
    // A page elsewhere may point a name of its own at this machine; it would ask by that name.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) response.writeHead(403).end();
    else
      files(request, response, () => {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('no such file\n');
      });
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const free = 'a port that is free and may be opened; 0 takes any';
      reject(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? new ConfigError('--port', port, free) : error);
    });
    server.listen(port, HOST, () => resolve(server));
  });
}

function protect(response: { setHeader(name: string, value: string): unknown }): void {
  response.setHeader('content-security-policy', POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
}
