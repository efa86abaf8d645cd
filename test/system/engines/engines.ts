/**
 * Three browser engines behind one small face: V8's by puppeteer, Firefox by puppeteer over WebDriver BiDi, WebKit by
 * WebKitWebDriver with MiniBrowser on a virtual screen.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { launch } from 'puppeteer-core';

export type EngineName = 'chromium' | 'firefox' | 'webkit';

export interface Engine {
  readonly version: string;
  open(url: string): Promise<Tab>;
  close(): Promise<void>;
}

export interface Tab {
  /** The value of an expression in the page, awaited there. */
  ask<T>(expression: string): Promise<T>;
}

/** How long an answer of a page may take, in milliseconds. */
const PATIENCE = 90_000;

/** Where each lies, and what to install where it does not. */
const PLACES = {
  chromium: { variable: 'CHROMIUM', path: '/usr/bin/chromium', install: 'chromium' },
  firefox: { variable: 'FIREFOX', path: '/usr/bin/firefox-esr', install: 'firefox-esr' },
  webkit: { variable: 'WEBKIT_DRIVER', path: '/usr/bin/WebKitWebDriver', install: 'webkit2gtk-driver xvfb' },
} as const;
const XVFB = '/usr/bin/xvfb-run';
const MINI_BROWSER =
  process.env.MINI_BROWSER ??
  `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;

const pathOf = (name: EngineName) => process.env[PLACES[name].variable] ?? PLACES[name].path;

/** How to get an engine that is not here; null for one that is. */
export function installationOf(name: EngineName): string | null {
  const needed = name === 'webkit' ? [pathOf(name), MINI_BROWSER, XVFB] : [pathOf(name)];
  if (needed.every((path) => existsSync(path))) return null;
  return `apt-get install ${PLACES[name].install}, or say in ${PLACES[name].variable} where it is`;
}

export async function startEngine(name: EngineName): Promise<Engine> {
  const installation = installationOf(name);
  if (installation !== null) throw new Error(`there is no ${pathOf(name)}: ${installation}`);
  return name === 'webkit' ? startWebKit(pathOf(name)) : startPuppeteer(name, pathOf(name));
}

async function startPuppeteer(name: 'chromium' | 'firefox', executablePath: string): Promise<Engine> {
  const browser = await launch({
    browser: name === 'firefox' ? 'firefox' : 'chrome',
    executablePath,
    protocolTimeout: PATIENCE,
    args: name === 'firefox' ? [] : ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'],
  });
  return {
    version: /[\d.]+/.exec(await browser.version())![0],
    async open(url) {
      const page = await browser.newPage();
      await page.goto(url, { timeout: PATIENCE });
      return { ask: <T>(expression: string) => page.evaluate(expression) as Promise<T> };
    },
    close: () => browser.close(),
  };
}

interface WebKitSession {
  readonly sessionId: string;
  readonly capabilities: { readonly browserVersion: string };
}

/** The driver, its screen and its browser are one group of processes. */
async function startWebKit(driver: string): Promise<Engine> {
  const port = await freePort();
  // Without a language WebKit calls itself a speaker of C, which is no language to Intl.
  const env = { ...process.env, LANG: 'en_US.UTF-8', LANGUAGE: 'en_US' };
  const child = spawn(XVFB, ['-a', driver, `--port=${port}`], { stdio: 'ignore', detached: true, env });
  // An interrupted run ends them, too: they are a group of their own.
  const stop = () => void (child.pid !== undefined && process.kill(-child.pid, 'SIGTERM'));
  process.once('exit', stop);
  const command = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(value)}`);
    return value;
  };
  try {
    await answering(child, () => command('GET', '/status'));
    const options = { binary: MINI_BROWSER, args: ['--automation'] };
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } };
    const opened = (await command('POST', '/session', { capabilities })) as WebKitSession;
    const session = `/session/${opened.sessionId}`;
    await command('POST', `${session}/timeouts`, { script: PATIENCE, pageLoad: PATIENCE });
    return {
      version: opened.capabilities.browserVersion,
      // One window: a page takes the place of the one before it.
      async open(url) {
        await command('POST', `${session}/url`, { url: 'about:blank' });
        await command('POST', `${session}/url`, { url });
        return {
          async ask<T>(expression: string) {
            const script = `const answer = arguments[arguments.length - 1];
              Promise.resolve().then(() => (${expression})).then(
                (value) => answer({ value }), (error) => answer({ error: String(error) }));`;
            const answer = await command('POST', `${session}/execute/async`, { script, args: [] });
            const { value, error } = answer as { value?: T; error?: string };
            if (error !== undefined) throw new Error(error);
            return value as T;
          },
        };
      },
      async close() {
        await command('DELETE', session).catch(() => {});
        process.off('exit', stop);
        stop();
      },
    };
  } catch (error) {
    process.off('exit', stop);
    stop();
    throw error;
  }
}

async function answering(child: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) throw new Error(`the driver ended with code ${child.exitCode}`);
    const answered = await ask().then(
      () => true,
      () => false,
    );
    if (answered) return;
    await wait(100);
  }
  throw new Error('the driver does not answer');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error()),
      );
    });
  });
}
