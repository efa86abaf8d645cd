// Draws docs/lab.png, the picture of the lab in the README: npm run build, then node scripts/lab-picture.mjs. Needs
// Chromium.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import sirv from 'sirv';

const PAGE = `<!doctype html><script type="module" src="/lab.js"></script>
<ihead-lab preset="quick" panels="memories"></ihead-lab>`;

const files = sirv(fileURLToPath(new URL('../dist/', import.meta.url)), { dev: true });
const server = createServer((request, response) => {
  if (request.url !== '/') return files(request, response);
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end(PAGE);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage();
await page.setViewport({ width: 1280, height: 900 });
await page.goto(`http://127.0.0.1:${server.address().port}/`);
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
