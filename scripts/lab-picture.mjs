// Draws docs/lab.png, the picture of the lab in the README: npm run build, then node scripts/lab-picture.mjs. Needs
// Chromium.
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { serveFolder } from '../dist/src/cli/lab.js';

const PAGE = `<!doctype html><script type="module" src="/lab.js"></script>
<ihead-lab preset="fixed-quick" panels="memories"></ihead-lab>`;

const server = await serveFolder(fileURLToPath(new URL('../dist/', import.meta.url)), 0);
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage();
await page.setViewport({ width: 1280, height: 900 });
const address = `http://127.0.0.1:${server.address().port}/`;
await page.setRequestInterception(true);
page.on('request', (request) => {
  if (request.url() === address) request.respond({ contentType: 'text/html', body: PAGE });
  else request.continue();
});
await page.goto(address);
const lab = await page.waitForSelector('ihead-lab');
await lab.evaluate(async (element) => {
  await customElements.whenDefined('ihead-lab');
  const done = new Promise((resolve) => element.addEventListener('done', resolve, { once: true }));
  element.start();
  await done;
});
await page.waitForNetworkIdle();
await new Promise((resolve) => setTimeout(resolve, 1000));
await lab.screenshot({ path: fileURLToPath(new URL('../docs/lab.png', import.meta.url)) });
await browser.close();
server.close();
