import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { serveFolder } from '../../../src/cli/lab.js';

const laws = suite('ihead lab');
const root = mkdtempSync(join(tmpdir(), 'ihead-lab-'));
const folder = join(root, 'site');
mkdirSync(join(folder, 'assets'), { recursive: true });
writeFileSync(join(folder, 'index.html'), '<!doctype html><title>lab</title>');
writeFileSync(join(folder, 'assets', 'page.js'), 'export {};');
writeFileSync(join(root, 'secret.txt'), 'secret');
const server = await serveFolder(folder, 0);
const { port } = server.address() as AddressInfo;

laws.after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(root, { recursive: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The path goes out as it stands: no client mends its dots. */
function ask(path: string, host = `127.0.0.1:${port}`): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    })
      .on('error', reject)
      .end();
  });
}

laws('gives the page and its files, under a strict policy', async () => {
  const page = await ask('/');
  assert.is(page.status, 200);
  assert.match(page.body, '<title>lab</title>');
  const policy = String(page.headers['content-security-policy']);
  for (const part of ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'"])
    assert.match(policy, part);
  assert.not.match(policy, 'unsafe-inline');
  const script = await ask('/assets/page.js');
  assert.is(script.status, 200);
  assert.match(String(script.headers['content-type']), 'text/javascript');
});

laws('gives nothing outside its folder', async () => {
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/../../secret.txt',
    '//etc/passwd',
  ]) {
    const { status, body } = await ask(path);
    assert.is(status, 404, path);
    assert.not.match(body, 'secret');
  }
});

laws('answers to its own name alone', async () => {
  assert.is((await ask('/', 'evil.example')).status, 403);
  assert.is((await ask('/', `localhost:${port}`)).status, 200);
});

laws('says which port is taken', async () => {
  try {
    await serveFolder(folder, port);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).name, 'ConfigError');
    assert.match((error as Error).message, `, got ${port}`);
  }
});

laws.run();
