/** The panels by themselves, fed with a real run: strict policy, axe in every state, keyboard, events, figures. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TriggersConfig } from '../../../src/task/kinds.js';
import { chromium, closeAfter, open, PANELS, requests, server, show, textOf, views, within } from './panels-page.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const laws = suite('panels in chromium');
closeAfter(laws);

laws('axe finds nothing: with nothing to see, with records alone, whole, unfolded; light, dark, narrow', async () => {
  const { page } = await open('simple');
  await page.evaluate(`${AXE};0`);
  const states: [string, () => Promise<unknown>][] = [
    ['null', () => show(page, '')],
    ['no record yet', () => show(page, 'simple', { records: [], shown: 0, moment: null })],
    ['no moment', () => show(page, 'simple', { moment: null })],
    ['one layer', () => show(page, 'oneLayer')],
    ['several heads', () => show(page, 'full')],
    ['whole', () => show(page, 'simple')],
    ['maps', () => page.$eval(within('reading', '#tab-map'), (tab) => (tab as HTMLElement).click())],
    [
      'unfolded, with a complaint',
      async () => {
        for (const details of await page.$$('main >>> details'))
          await details.evaluate((d) => d.setAttribute('open', ''));
        await page.$eval(within('reading', 'input'), (input) => {
          (input as HTMLInputElement).value = 'ß';
          input.dispatchEvent(new Event('input'));
        });
      },
    ],
  ];
  for (const [state, reach] of states) {
    await reach();
    for (const [scheme, width] of [
      ['light', 1280],
      ['dark', 1280],
      ['light', 360],
    ] as const) {
      await page.setViewport({ width, height: 800 });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      const { violations, passes } = (await page.evaluate('axe.run()')) as AxeResults;
      const found = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('; ')}`,
      );
      assert.equal(found, [], `${state}, ${scheme}, ${width} wide`);
      assert.ok(passes.some(({ id }) => id === 'color-contrast'));
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(over <= 0, `${state}: ${over} px wider than the window of ${width}`);
    }
  }
  await page.close();
});

laws('a panel without anything to show says what will be there', async () => {
  const { page } = await open('');
  for (const panel of PANELS.filter((name) => name !== 'dock'))
    assert.match(await textOf(page, within(panel, '.waiting')), /^Here .* trains\.$/);
  await show(page, 'oneLayer');
  assert.match(await textOf(page, within('memories', '.waiting')), /one layer has no such memories/);
  await page.close();
});

laws(
  'a cell of a matrix under the pointer is named by its row and its column, and by the slider without a pointer',
  async () => {
    const { page } = await open('simple');
    const memory = views.simple!.moment!.memories.find(({ id }) => id === 'wk1')!;
    const canvas = (await page.$(within('memories', '#ideal-wk1')))!;
    await canvas.scrollIntoView();
    const { x, y, width, height } = (await canvas.boundingBox())!;
    await page.mouse.move(x + width - 8, y + height - 8);
    const answer = within('memories', '[aria-labelledby="memory-wk1"] .answer');
    const last = `“${memory.inputs.at(-1)}”`;
    const named = await textOf(page, answer);
    assert.ok(named.startsWith(`Asked with ${last}, it answers ${last} this loudly: `), named);
    await page.mouse.move(x + width / 2, y - 200);
    assert.match(await textOf(page, answer), new RegExp(`^Asked with ${last}, it answers “.” .*(Right|It should be)`));
    await (await page.$(within('memories', '[aria-labelledby="memory-wk1"] input')))!.focus();
    await page.keyboard.press('Home');
    assert.match(await textOf(page, answer), new RegExp(`^Asked with “${memory.inputs[0]}”`));
    await page.close();
  },
);

laws('time: the slider, the newest record, and a press on a curve go to a record', async () => {
  const { page } = await open('simple');
  const last = views.simple!.records.length - 1;
  await (await page.$(within('dock', 'input')))!.focus();
  await page.keyboard.press('ArrowLeft');
  assert.equal(await requests(page), [['lab-goto', { index: last - 1 }]]);
  await show(page, 'simple', { shown: 2 });
  assert.match(await textOf(page, within('dock', 'output')), /^step 10$/);
  await (await page.$(within('dock', '.newest')))!.click();
  assert.equal(await requests(page), [['lab-goto', { index: last }]]);
  for (const panel of ['curves', 'memories'] as const) {
    const over = (await page.$(within(panel, '.u-over')))!;
    await over.scrollIntoView();
    const { x, y, width, height } = (await over.boundingBox())!;
    await page.mouse.click(x + width - 1, y + height / 2);
    await page.mouse.click(x + 1, y + height / 2);
    assert.equal(await requests(page), [
      ['lab-goto', { index: last }],
      ['lab-goto', { index: 0 }],
    ]);
  }
  await page.close();
});

laws('the numbers beside a chart are those of the shown record', async () => {
  const { page } = await open('simple');
  for (const shown of [0, 3]) {
    await show(page, 'simple', { shown });
    const record = views.simple!.records[shown]!;
    const label = await page.$eval(within('curves', '#plot-loss'), (plot) => plot.getAttribute('aria-label'));
    assert.ok(label!.includes(`step ${record.iter}`) && label!.includes(record.loss_bigram!.toFixed(2)), label!);
    const recall = await textOf(page, within('memories', '[part=legend]'));
    assert.ok(recall.includes(`${Math.round(100 * record.wo1_acc!)}\u00a0%`), recall);
    assert.ok(recall.includes(`${record.ff1_loss!.toFixed(2)} nats`), recall);
  }
  await page.close();
});

laws('a test set with another law of outputs has a line of its own, and only then', async () => {
  const { page } = await open('simple');
  await drawnIn(page, 'light');
  // Its colour is that of the frame too.
  const dots = () =>
    page.$eval(within('curves', '#plot-accuracy canvas'), (element) => {
      const canvas = element as HTMLCanvasElement;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      let found = 0;
      for (let n = 0; n < data.length; n += 4) {
        if (data[n] === 0x85 && data[n + 1] === 0x85 && data[n + 2] === 0x8d) found++;
      }
      return found;
    });
  const without = await dots();
  const { config } = views.simple!;
  await show(page, 'simple', {
    config: { ...config, task: { ...(config.task as TriggersConfig), testOutputs: 'bigram' } },
  });
  assert.ok((await dots()) > without + 20);
  assert.match(await textOf(page, within('curves', '.charts')), /model on the test set, bigram outputs/);
  await show(page, 'simple');
  assert.is(await dots(), without);
  await page.close();
});

/** A scheme, and every panel painted in it. */
async function drawnIn(page: Page, value: 'light' | 'dark'): Promise<void> {
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
}

laws('the pictures are drawn, follow the colour scheme, and come as files', async () => {
  const { page } = await open('simple');
  const inkOf = (selector: string) =>
    page.$eval(selector, (element) => {
      const { width, height } = element as HTMLCanvasElement;
      const { data } = (element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
      const colors = new Set<number>();
      for (let n = 0; n < data.length; n += 4) colors.add((data[n]! << 16) | (data[n + 1]! << 8) | data[n + 2]!);
      return { colors: colors.size, sum: data.reduce((sum, x) => sum + x, 0) };
    });
  await page.$eval(within('reading', '#tab-map'), (tab) => (tab as HTMLElement).click());
  for (const selector of [
    within('curves', '#plot-loss canvas'),
    within('memories', '#scores-wo1'),
    within('memories', '#ideal-wk0'),
    within('reading', '#map-0-0'),
  ]) {
    await drawnIn(page, 'light');
    const light = await inkOf(selector);
    assert.ok(light.colors > 20, `${selector}: ${light.colors} colours`);
    await drawnIn(page, 'dark');
    assert.is.not((await inkOf(selector)).sum, light.sum, selector);
  }
  const files = (await page.evaluate(async () => {
    const found: [string, string, string, number][] = [];
    for (const panel of document.querySelectorAll<HTMLElement & { figures(): Promise<{ name: string; blob: Blob }[]> }>(
      'main > :not(h1)',
    )) {
      for (const { name, blob } of await panel.figures()) {
        const start = String.fromCharCode(...new Uint8Array(await blob.slice(0, 4).arrayBuffer()));
        const text = blob.type === 'image/svg+xml' ? await blob.text() : '<svg/>';
        const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
        if (parsed.querySelector('parsererror') !== null) throw new Error(`${name}: ${text.slice(0, 2000)}`);
        found.push([name, blob.type, start, blob.size]);
      }
    }
    return found;
  })) as [string, string, string, number][];
  assert.equal(files.map(([name]) => name).sort(), [
    'accuracy.svg',
    'attention.png',
    'loss.svg',
    'memories.png',
    'recall.svg',
    'sequence.svg',
  ]);
  for (const [name, type, start, size] of files) {
    assert.is(start, name.endsWith('.png') ? '\u0089PNG' : '<svg');
    assert.is(type, name.endsWith('.png') ? 'image/png' : 'image/svg+xml');
    assert.ok(size > 1500, `${name}: ${size} bytes`);
  }
  await page.close();
});

laws('a browser without a locale, whose language Intl refuses, draws the curves too', async () => {
  const { page, complaints } = await chromium.open(`${server.origin}/page.html`);
  await page.evaluateOnNewDocument("Object.defineProperty(navigator, 'language', { value: 'C', configurable: true })");
  await page.reload();
  assert.equal(complaints, []);
  assert.ok(await page.evaluate("customElements.get('ihead-curves') !== undefined"));
  await page.close();
});

laws('taken out and put back, a panel works on; the policy was never broken and nothing complained', async () => {
  const { page, complaints } = await open('full');
  await page.evaluate(async () => {
    for (const panel of document.querySelectorAll<HTMLElement & { updateComplete: Promise<boolean> }>(
      'main > :not(h1)',
    )) {
      const parent = panel.parentElement!;
      panel.remove();
      parent.append(panel);
      await panel.updateComplete;
    }
  });
  await show(page, 'simple');
  assert.is((await page.$$(within('curves', '.uplot'))).length, 2);
  assert.is((await page.$$(within('memories', '.uplot'))).length, 1);
  assert.equal(complaints, []);
  assert.equal(server.violations, []);
  await page.close();
});

laws.run();
