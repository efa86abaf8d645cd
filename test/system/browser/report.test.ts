import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reportPage } from '../../../src/report/page.js';
import { HOSTILE, memoryOf, runOf, sampleOf } from '../../unit/report/samples.js';
import { startChromium } from './chromium.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

// Not in a hook: uvu passes over the error of a `before`.
const chromium = await startChromium();
const folder = mkdtempSync(join(tmpdir(), 'ihead-report-'));
const laws = suite('the report in chromium');

laws.after(async () => {
  await chromium.close();
  rmSync(folder, { recursive: true, force: true });
});

const symbols = ['a', ' ', '\n', ...HOSTILE];
const hostile = runOf(HOSTILE[0]!, {
  config: { seed: 2, [HOSTILE[1]!]: HOSTILE[2] },
  samples: [{ ...sampleOf(symbols), title: HOSTILE[1]! }],
  memories: [{ ...memoryOf(symbols), title: HOSTILE[2]! }],
});

async function addressOf(name: string, page: Promise<string>): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, await page);
  return pathToFileURL(path).href;
}

const one = await addressOf('one.html', reportPage({ runs: [runOf('runs/quick-1')] }));
const several = await addressOf('several.html', reportPage({ runs: [runOf('a'), hostile, runOf('c')] }));

laws('no accessibility rule is broken, on a light ground, a dark one and a narrow one', async () => {
  for (const url of [one, several]) {
    const { page } = await chromium.open(url);
    // The page's own policy allows no script: axe is let in past it, and everything is unfolded for it.
    await page.setBypassCSP(true);
    await page.reload();
    await page.addScriptTag({ path: AXE });
    await page.$$eval('details', (folded) => {
      for (const details of folded) details.open = true;
    });
    for (const [scheme, width] of [
      ['light', 1280],
      ['dark', 1280],
      ['light', 360],
    ] as const) {
      await page.setViewport({ width, height: 800 });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      const { violations, passes } = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as AxeResults;
      const found = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('; ')}`,
      );
      assert.equal(found, [], `${scheme}, ${width} wide`);
      assert.ok(passes.some(({ id }) => id === 'color-contrast'));
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${overflow} px wider than the window of ${width}`);
    }
    await page.close();
  }
});

laws('it works from file: without a request, a complaint, or a script but its own', async () => {
  for (const url of [one, several]) {
    const { page, complaints } = await chromium.open(url);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.reload();
    assert.equal(requests, [url]);
    assert.equal(complaints, []);
    assert.match(await page.title(), /^ihead report: /);
    assert.equal(await page.$$eval('script, img, b', (found) => found.map(({ localName }) => localName)), ['script']);
    // The policy lets the page's own style in.
    assert.is.not(await page.$eval('.scroll', (element) => getComputedStyle(element).overflowX), 'visible');
    await page.close();
  }
});

laws('a figure comes down as SVG and as PNG', async () => {
  const { page, complaints } = await chromium.open(one);
  for (const [kind, starts] of [
    ['svg', '<svg '],
    ['png', '\u0089PNG'],
  ] as const) {
    await page.click(`[data-save$="birth.${kind}"]`);
    const bytes = await downloaded(join(chromium.downloads, `runs-quick-1-birth.${kind}`));
    assert.ok(bytes.toString('latin1').startsWith(starts), kind);
  }
  assert.equal(complaints, []);
  await page.close();
});

laws('the page says what is under the pointer or the finger: values of curves, cells of maps', async () => {
  const { page, complaints } = await chromium.open(one);
  const told = async (selector: string, [across, down]: readonly [number, number]) => {
    const at = await page.$eval(
      selector,
      (element, x, y) => {
        element.scrollIntoView({ block: 'center' });
        const box = element.getBoundingClientRect();
        return [box.left + x * box.width, box.top + y * box.height] as const;
      },
      across,
      down,
    );
    await page.mouse.move(at[0] - 1, at[1]);
    await page.mouse.move(...at);
    return page.$eval('.tip', (tip) => (tip as HTMLElement).innerText);
  };
  const last = runOf('a').records.at(-1)!;
  const curve = await told('.wide [data-panel] [data-line]', [0.999, 0.5]);
  assert.match(curve, new RegExp(`^step ${last.iter}\nmodel: ${last.acc_end!.toFixed(3)}`));
  // In the first row of the first sample's map its first symbol attends to itself.
  const [first] = sampleOf(Array.from('to be or not to be')).symbols;
  const cell = await told('[data-rows] rect', [0.001, 0.001]);
  assert.match(cell, /^\u2068.\u2069 → \u2068.\u2069: .+\nreading position/, `${first}: ${cell}`);
  assert.equal(complaints, []);
  await page.close();
});

async function downloaded(path: string): Promise<Buffer> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return readFileSync(path);
    } catch {
      await wait(50);
    }
  }
  throw new Error(`no download came to ${path}`);
}

laws.run();
