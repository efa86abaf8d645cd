import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
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
function ask(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = { host: '127.0.0.1', port, path, method, headers: { host: `127.0.0.1:${port}`, ...headers } };
    request(asked, (response) => {
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

/** The bytes of a request as they stand → the first line of what comes back. */
function askRaw(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text));
    let reply = '';
    socket.on('data', (chunk) => {
      reply += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(reply.split('\r\n')[0]!));
  });
}

const strict = ({ headers }: Answer) => /default-src 'none'/.test(String(headers['content-security-policy']));

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
    const answer = await ask(path);
    assert.equal([answer.status, strict(answer)], [404, true], path);
    assert.not.match(answer.body, 'secret');
  }
});

laws('answers to its own name alone', async () => {
  for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost@evil.example', `[::1]:${port}`]) {
    const answer = await ask('/', { host });
    assert.equal([answer.status, strict(answer)], [403, true], host);
  }
  assert.is((await ask('/', { host: `localhost:${port}` })).status, 200);
});

laws('gives whole files, whatever range is asked for', async () => {
  const { body } = await ask('/');
  const ranges = [
    'bytes=0-9007199254740993',
    'bytes=5-1',
    'bytes=-5',
    'bytes=0-0,2-3',
    'bytes=99999-',
    'bytes=',
    'x',
    '-',
  ];
  for (const range of ranges) {
    for (const more of [{}, { 'if-range': '"x"' }]) {
      const answer = await ask('/', { range, ...more });
      assert.equal([answer.status, answer.body, answer.headers['content-range']], [200, body, undefined], range);
    }
  }
});

laws('takes GET and HEAD alone', async () => {
  const head = await ask('/', {}, 'HEAD');
  assert.equal([head.status, head.body, strict(head)], [200, '', true]);
  assert.is(head.headers['content-length'], (await ask('/')).headers['content-length']);
  for (const method of ['POST', 'PUT', 'DELETE', 'TRACE', 'OPTIONS', 'PATCH', 'PROPFIND']) {
    const answer = await ask('/', {}, method);
    assert.equal([answer.status, answer.headers.allow, strict(answer)], [405, 'GET, HEAD', true], method);
  }
});

laws('no address and no request ends it', async () => {
  for (const path of [
    '/%',
    '/%ff',
    '/%00',
    '/index.html%00',
    '/?',
    '/#',
    '//',
    '/constructor',
    `/${'a/'.repeat(4000)}`,
  ]) {
    const answer = await ask(path);
    assert.ok([200, 404].includes(answer.status!) && strict(answer), path.slice(0, 40));
  }
  const named = `Host: 127.0.0.1:${port}\r\n`;
  for (const text of [
    '',
    '\0',
    'GET',
    'GET / HTTP/9.9\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: \r\n\r\n',
    `GET constructor HTTP/1.1\r\n${named}\r\n`,
  ])
    assert.not.match(await askRaw(text), / 200 /);
  assert.match(await askRaw(`GET http://127.0.0.1/ HTTP/1.1\r\n${named}\r\n`), /404|^$/);
  assert.not.match(await askRaw(`CONNECT 127.0.0.1:80 HTTP/1.1\r\n${named}\r\n`), / 200 /);
  assert.is((await ask('/', { connection: 'upgrade', upgrade: 'websocket' })).status, 200);
  assert.is((await ask('/')).status, 200);
});

laws('a file that can no longer be read is a 500 under the policy', async () => {
  writeFileSync(join(folder, 'gone.js'), 'export {};');
  const other = await serveFolder(folder, 0);
  rmSync(join(folder, 'gone.js'));
  const { port: elsewhere } = other.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${elsewhere}/gone.js`);
  assert.is(response.status, 500);
  assert.match(response.headers.get('content-security-policy')!, "default-src 'none'");
  assert.is((await fetch(`http://127.0.0.1:${elsewhere}/`)).status, 200);
  other.closeAllConnections();
  other.close();
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
