/**
 * The browsers: each opens an address in a fresh page and is gone afterwards. What the page finds out, it posts itself.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { launch } from 'puppeteer-core';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

export interface Browser {
  readonly name: string;
  version(): string;
  /** Resolves once `until` has. */
  visit(url: string, until: Promise<unknown>): Promise<void>;
}

export interface MissingBrowser {
  readonly name: string;
  readonly get: string;
}

const { CHROMIUM = '/usr/bin/chromium', FIREFOX = '/usr/bin/firefox-esr' } = process.env;
const { WEBKIT_DRIVER = '/usr/bin/WebKitWebDriver' } = process.env;
const MINI_BROWSER =
  process.env.MINI_BROWSER ??
  `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;
const XVFB = '/usr/bin/xvfb-run';

export function browsers(): (Browser | MissingBrowser)[] {
  return [
    existsSync(CHROMIUM)
      ? puppeted('Chromium', 'chrome', CHROMIUM)
      : { name: 'Chromium', get: 'apt-get install chromium, or CHROMIUM=/path' },
    existsSync(FIREFOX)
      ? puppeted('Firefox', 'firefox', FIREFOX)
      : { name: 'Firefox', get: 'apt-get install firefox-esr, or FIREFOX=/path' },
    [WEBKIT_DRIVER, MINI_BROWSER, XVFB].every((path) => existsSync(path))
      ? webkit()
      : { name: 'WebKit', get: 'apt-get install webkit2gtk-driver xvfb' },
  ];
}

function puppeted(name: string, browser: 'chrome' | 'firefox', executablePath: string): Browser {
  let version = '';
  return {
    name,
    version: () => version,
    async visit(url, until) {
      const userDataDir = mkdtempSync(join(tmpdir(), 'ihead-browser-'));
      const args = browser === 'chrome' ? ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'] : [];
      const running = await launch({ browser, executablePath, headless: true, userDataDir, args, timeout: 120_000 });
      try {
        version = /[\d.]+/.exec(await running.version())![0];
        const page = await running.newPage();
        await page.goto(url, { timeout: 120_000 });
        await until;
      } finally {
        await running.close();
        rmSync(userDataDir, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
}

/** WebKitGTK's own driver, over plain WebDriver, on a screen that nobody sees. */
function webkit(): Browser {
  let version = '';
  return {
    name: 'WebKit',
    version: () => version,
    async visit(url, until) {
      const port = 20000 + (process.pid % 20000);
      const driver = spawn(XVFB, ['-a', WEBKIT_DRIVER, `--port=${port}`], { detached: true, stdio: 'ignore' });
      // xvfb-run and what it started are one group of their own, and would outlive an interrupted run.
      const end = () => process.kill(-driver.pid!, 'SIGTERM');
      process.once('exit', end);
      const told = async (method: string, path: string, body?: object) => {
        const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
        const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
        const { value } = (await response.json()) as { value: { message?: string } & Record<string, unknown> };
        if (!response.ok) throw new Error(`WebKitWebDriver: ${value.message}`);
        return value;
      };
      try {
        await ready(() => told('GET', '/status'));
        const options = { binary: MINI_BROWSER, args: ['--automation'] };
        const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } };
        const session = await told('POST', '/session', { capabilities });
        version = String((session.capabilities as Record<string, unknown>).browserVersion);
        await told('POST', `/session/${session.sessionId}/url`, { url });
        await until;
        await told('DELETE', `/session/${session.sessionId}`);
      } finally {
        process.off('exit', end);
        end();
      }
    },
  };
}

async function ready(ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await ask();
      return;
    } catch (error) {
      if (tries >= 100) throw error;
      await wait(200);
    }
  }
}
