/** Starts Debian's chromium without a window, with a profile that is gone afterwards. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, launch, type Page } from 'puppeteer-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Chromium {
  /** A fresh page, and everything that it or its workers complain about. */
  open(url: string): Promise<{ readonly page: Page; readonly complaints: readonly string[] }>;
  /** Where downloads go. */
  readonly downloads: string;
  close(): Promise<void>;
}

export async function startChromium(): Promise<Chromium> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(
      `there is no browser at ${EXECUTABLE}: install one (apt-get install chromium), ` +
        'or say in the environment variable CHROMIUM where it is',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'ihead-browser-'));
  const downloads = join(folder, 'downloads');
  const browser = await launch({
    executablePath: EXECUTABLE,
    userDataDir: join(folder, 'profile'),
    args: FLAGS,
  });
  return {
    downloads,
    open: (url) => openPage(browser, url, downloads),
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function openPage(browser: Browser, url: string, downloads: string) {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warn') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  const session = await page.createCDPSession();
  session.on('Log.entryAdded', ({ entry }) => {
    if (entry.level === 'error' || entry.level === 'warning') complaints.push(`${entry.text} ${entry.url ?? ''}`);
  });
  await session.send('Log.enable');
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads });
  await page.goto(url);
  return { page, complaints };
}
