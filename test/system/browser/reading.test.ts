/** The reading by itself, fed with a real run: keyboard, pointer, finger, and a text that is typed. */
import type { Page } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { visibleSymbol } from '../../../src/corpus/symbol-names.js';
import { closeAfter, open, PHONE, requests, show, textOf, views, within } from './panels-page.js';

const laws = suite('the reading in chromium');
closeAfter(laws);

/** The letter that the reading has chosen, from 1. */
const chosen = (page: Page) =>
  page.$eval(within('reading', '[role=slider]'), (slider) => Number(slider.getAttribute('aria-valuenow')));

laws('by keyboard a letter is chosen, held and let go, and everything follows: sentence, bars, maps', async () => {
  const { page } = await open('simple');
  const { moment, symbols } = views.simple!;
  const { tokens, next } = moment!.sequence;
  assert.is(await chosen(page), tokens.length);
  await (await page.$(within('reading', '[role=slider]')))!.focus();
  await page.keyboard.press('Home');
  for (let n = 0; n < 9; n++) await page.keyboard.press('ArrowRight');
  assert.is(await chosen(page), 10);
  const bars = await page.$$eval(within('reading', '[part=bars] li'), (rows) => rows.map((row) => row.textContent));
  for (const [n, { token, probability }] of next[9]!.entries()) {
    const share = probability < 0.005 ? '<\u00a01\u00a0%' : `${Math.round(100 * probability)}\u00a0%`;
    assert.ok(bars[n]!.includes(visibleSymbol(symbols[token]!)) && bars[n]!.includes(share), `${bars[n]}: ${share}`);
  }
  await (await page.$(within('reading', '#tab-map')))!.focus();
  await page.keyboard.press('Enter');
  for (const { layer, weights } of moment!.attention) {
    const T = tokens.length;
    const row = weights.subarray(9 * T, 9 * T + 10);
    const most = row.indexOf(Math.max(...row));
    const where = most === 9 ? 'itself' : most === 8 ? 'the one before' : `position ${most}`;
    const share = `${Math.round(100 * row[most]!)}\u00a0%`;
    const label = await page.$eval(within('reading', `#map-${layer}-0`), (map) => map.getAttribute('aria-label'));
    assert.ok(label!.includes(`(${where}`) && label!.includes(share), `${label}: ${where} ${share}`);
  }
  await (await page.$(within('reading', '[role=slider]')))!.focus();
  await page.keyboard.press('Enter');
  assert.is(await chosen(page), tokens.length);
  for (const name of ['layer 1', 'layer 2']) {
    await (await page.$(within('reading', `.which [aria-label="Leave out ${name}"]`)))!.focus();
    await page.keyboard.press('Enter');
  }
  assert.equal(await requests(page), [
    ['lab-silence', { layer: 0, head: 0, silenced: false }],
    ['lab-silence', { layer: 1, head: 0, silenced: true }],
  ]);
  await page.close();
});

laws(
  'a pointer chooses a letter while it is there, a press holds it; a tap does the same, on text and maps',
  async () => {
    const { page } = await open('simple');
    const T = views.simple!.moment!.sequence.tokens.length;
    const letter = (n: number) => within('reading', `[data-position="${n}"]`);
    await (await page.$(letter(3)))!.hover();
    assert.is(await chosen(page), 4);
    await page.mouse.move(2, 2);
    assert.is(await chosen(page), T);
    await (await page.$(letter(5)))!.click();
    await page.mouse.move(2, 2);
    assert.is(await chosen(page), 6);
    const map = async (of: Page) => {
      // The pictures included.
      await of.$eval('ihead-reading', (panel) => panel.updateComplete);
      const canvas = (await of.$(within('reading', '#map-1-0')))!;
      await canvas.scrollIntoView();
      return (await canvas.boundingBox())!;
    };
    await (await page.$(within('reading', '#tab-map')))!.click();
    const wide = await map(page);
    await page.mouse.move(wide.x + wide.width / 2, wide.y + wide.height - 4);
    assert.is(await chosen(page), T);
    await page.close();

    const { page: phone } = await open('simple', PHONE);
    await (await phone.$(letter(7)))!.tap();
    assert.is(await chosen(phone), 8);
    await (await phone.$(within('reading', '#tab-map')))!.tap();
    const narrow = await map(phone);
    await phone.touchscreen.tap(narrow.x + narrow.width / 2, narrow.y + narrow.height - 4);
    assert.is(await chosen(phone), T);
    await phone.close();
  },
);

laws(
  'whatever can be pressed keeps the contrast of its label under a pointer, and the size of a finger by touch',
  async () => {
    const { page } = await open('simple');
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      const found = await page.$$('main >>> :is(button, select, input[type=text])');
      assert.ok(found.length > 8);
      for (const control of found) {
        await control.scrollIntoView();
        await control.hover();
        for (const part of ['rest', 'focus'] as const) {
          if (part === 'focus') await control.focus();
          const { ratio, name } = await control.evaluate(contrastOf);
          assert.ok(ratio >= 4.5, `${name}, ${scheme}, ${part}: ${ratio}`);
        }
      }
    }
    await page.close();
    const { page: phone } = await open('simple', PHONE);
    for (const control of await phone.$$('main >>> :is(button, select, summary, input, [role=slider])')) {
      const box = await control.boundingBox();
      // Not shown on a phone.
      if (box === null) continue;
      const { width, height } = box;
      const name = await control.evaluate((element) => element.outerHTML.slice(0, 80));
      assert.ok(width >= 44 && height >= 44, `${name}: ${width} × ${height}`);
    }
    await phone.close();
  },
);

/** Of an element's text on what lies under it. Runs in the page. */
function contrastOf(element: Element): { ratio: number; name: string } {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  const channels = (color: string) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = channels(color).map((c) =>
      c <= 10 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let ground: Element | null = element;
  const above = (at: Element) => at.parentElement ?? (at.getRootNode() as ShadowRoot).host ?? null;
  while (ground !== null && channels(getComputedStyle(ground).backgroundColor)[3] === 0) ground = above(ground);
  const a = luminance(getComputedStyle(element).color);
  const b = ground === null ? 1 : luminance(getComputedStyle(ground).backgroundColor);
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  return { ratio, name: element.textContent!.trim() || element.outerHTML.slice(0, 60) };
}

laws(
  'a typed text goes out as tokens at each key; one that the model cannot read is refused with a reason',
  async () => {
    const { page } = await open('simple');
    const { symbols } = sonnets();
    const input = (await page.$(within('reading', 'input')))!;
    const type = async (text: string) => {
      await input.evaluate((field) => (field as HTMLInputElement).select());
      await input.type(text);
      return textOf(page, within('reading', '.complaint'));
    };
    assert.is(await type('to↵'), '');
    const read = ['t', 'to', 'to\n'].map((text) => ({ tokens: [...text].map((symbol) => symbols.indexOf(symbol)) }));
    assert.equal(
      await requests(page),
      read.map((tokens) => ['lab-sequence', tokens]),
    );
    // What is being typed is not taken away by a view of what was typed before.
    await show(page, 'simple');
    assert.is(await input.evaluate((field) => (field as HTMLInputElement).value), 'to↵');
    assert.match(await type('<b>ß'), /“<”|“>”|“ß”/);
    await requests(page);
    assert.match(await type('a'.repeat(66)), /66 characters are too many.* 64/);
    assert.is((await requests(page)).length, 64);
    assert.is((await page.$$('main >>> b > *')).length, 0);
    const press = async (name: string) => {
      const buttons = await page.$$(within('reading', 'form button'));
      for (const button of buttons)
        if ((await button.evaluate((b) => b.textContent))!.includes(name)) await button.click();
    };
    await press('Draw a text');
    assert.equal(await requests(page), [['lab-sample', null]]);
    await page.close();
  },
);

laws('what the model expects is added to the text, as long as the text can be read', async () => {
  const { page } = await open('simple');
  const { sequence } = views.simple!.moment!;
  const tokens = sequence.tokens.slice(0, 10);
  const cut = {
    ...sequence,
    tokens,
    next: sequence.next.slice(0, 10),
    probability: [...sequence.probability.slice(0, 9), null],
  };
  const attention = views.simple!.moment!.attention.map((head) => ({
    ...head,
    weights: Array.from({ length: 100 }, () => 0.1),
  }));
  await show(page, 'simple', {
    moment: { ...views.simple!.moment!, memories: [], sequence: cut, attention: attention as never },
  });
  await (await page.$(within('reading', 'form button')))!.click();
  assert.equal(await requests(page), [['lab-sequence', { tokens: [...tokens, sequence.next[9]![0]!.token] }]]);
  await page.close();
});

laws.run();
