/** The opening of the page: it moves without a press, stands still where that is wished, and speaks without scripts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OPENING } from '../../../src/lab/site/opening-run.js';
import { startChromium } from './chromium.js';
import { lab, saved, weightsHere } from './lab-page.js';
import { serve } from './server.js';

const SITE = fileURLToPath(new URL('../../../site/', import.meta.url));
if (!existsSync(`${SITE}index.html`)) throw new Error('there is no built page: npm run site makes it');
const chromium = await startChromium();
const server = await serve(SITE);
const laws = suite('the opening in chromium');
laws.after(async () => {
  await chromium.close();
  await server.close();
});

const ADDRESS = `${server.origin}/index.html`;
const INSIDE = "document.getElementById('opening').shadowRoot";
const ask = <T>(page: Page, expression: string) => page.evaluate(expression) as Promise<T>;
const step = (page: Page) => ask<string>(page, `${INSIDE}.querySelector('output').textContent`);

laws('it moves by itself and stops at the end; nothing on the page is pushed about', async () => {
  const { page, complaints } = await chromium.open('about:blank');
  await page.evaluateOnNewDocument(() => {
    Object.assign(window, { shifts: [] });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) (window as unknown as { shifts: unknown[] }).shifts.push(entry.toJSON());
    }).observe({ type: 'layout-shift', buffered: true });
  });
  for (const [width, height] of [
    [1280, 900],
    [390, 844],
  ] as const) {
    await page.setViewport({ width, height });
    await page.goto(ADDRESS);
    await page.waitForFunction(`${INSIDE}?.querySelector('output')?.textContent > 'step 0'`);
    const moved = await step(page);
    assert.match(await ask(page, `${INSIDE}.querySelector('.play').textContent`), /Pause/);
    await page.waitForFunction(`${INSIDE}.querySelector('output').textContent !== '${moved}'`);
    await page.waitForFunction(`${INSIDE}.querySelector('output').textContent === 'step 300'`);
    assert.match(await ask(page, `${INSIDE}.querySelector('.play').textContent`), /again/);
    const shifted = await ask<{ value: number }[]>(page, 'shifts');
    const sum = shifted.reduce((total, { value }) => total + value, 0);
    assert.ok(sum <= 0.02, `${width}: ${JSON.stringify(shifted).slice(0, 900)}`);
    const card = await ask<number>(page, "document.getElementById('opening').getBoundingClientRect().bottom");
    if (width === 1280) assert.ok(card <= height, `the card ends at ${card}`);
  }
  assert.equal(complaints, []);
  await page.close();
});

laws('where less motion is wished it stands at its end, and the slider moves it', async () => {
  const { page } = await chromium.open('about:blank');
  await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
  await page.goto(ADDRESS);
  await page.waitForFunction(`${INSIDE}?.querySelector('output')`);
  assert.is(await step(page), 'step 300');
  await ask(page, 'new Promise((wait) => setTimeout(wait, 600))');
  assert.is(await step(page), 'step 300');
  await ask(page, `${INSIDE}.querySelector('input').focus()`);
  await page.keyboard.press('Home');
  assert.is(await step(page), 'step 0');
  await page.keyboard.press('ArrowRight');
  assert.is(await step(page), `step ${OPENING.every}`);
  assert.match(
    await ask<string>(page, `${INSIDE}.querySelector('input').getAttribute('aria-valuetext')`),
    /^Step 5, accuracy \d+.%\. .*W_O².*%/,
  );
  await page.close();
});

laws('without scripts a picture stands there; it is what a sent link shows', async () => {
  const { page } = await chromium.open('about:blank');
  await page.setJavaScriptEnabled(false);
  await page.goto(ADDRESS);
  const picture = (await page.$('#opening img'))!;
  const { width, height } = (await picture.boundingBox())!;
  assert.ok(width > 300 && height > 150);
  const html = readFileSync(`${SITE}index.html`, 'utf8');
  const sent = /property="og:image" content="\.\/([^"]+)"/.exec(html)![1]!;
  assert.equal([...readFileSync(`${SITE}${sent}`).subarray(1, 4)], [...Buffer.from('PNG')]);
  await page.close();
});

laws('what is trained in its place is the run that was recorded, to the bit', async () => {
  const { page } = await chromium.open(ADDRESS);
  await page.waitForFunction(`${INSIDE}?.querySelector('.foot button')`);
  await ask(page, `${INSIDE}.querySelector('.foot button').click()`);
  await page.waitForFunction(`${lab('#lab-opening')}?.state.status === 'done'`, { timeout: 180_000 });
  const { preset, seed, text, steps } = OPENING;
  assert.is(await ask(page, saved('#lab-opening')), await weightsHere({ seed }, steps, preset));
  const read = `${lab('#lab-opening')}.shadowRoot.querySelector('ihead-reading').shadowRoot.querySelector('input').value`;
  await page.waitForFunction(`${read} === ${JSON.stringify(text)}`);
  await page.close();
});

laws('the page with everything that it loads before a press is at most 250 kB', () => {
  const files = readdirSync(`${SITE}assets`).filter((name) => /\.(js|css|svg)$/.test(name) && !/worker/.test(name));
  const bytes = [`${SITE}index.html`, ...files.map((name) => `${SITE}assets/${name}`)].map(
    (path) => gzipSync(readFileSync(path)).length,
  );
  const sum = bytes.reduce((total, each) => total + each, 0);
  assert.ok(files.length > 2 && sum <= 250_000, `${sum} bytes`);
});

laws.run();
