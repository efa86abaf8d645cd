/** What pages and readers do to a lab beside its plan: it rests, ends, refuses and recovers. */
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startChromium } from './chromium.js';
import { lab, labPage, saved } from './lab-page.js';
import { serve } from './server.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const TEXT = 'abracadabra, a bar, a crab. '.repeat(20);

const chromium = await startChromium();
const server = await serve(ROOT, {
  '/lab.html': labPage('<ihead-lab panels="controls curves sequence"></ihead-lab>'),
  '/text.txt': TEXT,
});
const laws = suite('a lab beside its plan');

laws.after(async () => {
  await chromium.close();
  await server.close();
});

const ask = <T>(page: Page, expression: string) => page.evaluate(expression) as Promise<T>;
const DOCK = `${lab()}.shadowRoot.querySelector('ihead-dock')`;
const CONTROLS = `${lab()}.shadowRoot.querySelector('ihead-controls')`;
const ERROR = `(${lab()}.shadowRoot.querySelector('.error')?.textContent ?? '')`;
const field = (label: string) =>
  `[...${CONTROLS}.shadowRoot.querySelectorAll('label')].find((l) => l.textContent.includes('${label}')).querySelector('input')`;

async function open(): Promise<{ page: Page; close: () => Promise<void> }> {
  const { page, complaints } = await chromium.open(`${server.origin}/lab.html`);
  await page.setViewport({ width: 1280, height: 900 });
  await page.waitForFunction(`customElements.get('ihead-lab') && ${lab()}.hasUpdated`);
  return {
    page,
    async close() {
      assert.equal(complaints, []);
      await page.close();
    },
  };
}

laws('removed while its text is on its way, it starts nothing', async () => {
  const { page, close } = await open();
  await ask(
    page,
    `window.gone = ${lab()}; gone.corpus = '/text.txt'; gone.updateComplete.then(() => { gone.start(); gone.remove(); })`,
  );
  await wait(800);
  assert.is(page.workers().length, 0);
  assert.is(await ask(page, 'gone.state.status'), 'idle');
  // Back in the page it trains on the text.
  await ask(page, 'document.body.append(gone); gone.step()');
  await page.waitForFunction("gone.state.ready?.config.task.corpus === 'text.txt' && gone.state.step === 1");
  await close();
});

laws('while it has no place in the page it rests, and then goes on', async () => {
  const { page, close } = await open();
  await ask(page, `${lab()}.start()`);
  await page.waitForFunction(`${lab()}.state.step > 2`);
  await ask(page, `${lab()}.hidden = true`);
  await page.waitForFunction(`${lab()}.state.status === 'paused'`);
  const step = await ask<number>(page, `${lab()}.state.step`);
  await wait(300);
  assert.is(await ask(page, `${lab()}.state.step`), step);
  await ask(page, `${lab()}.hidden = false`);
  await page.waitForFunction(`${lab()}.state.step > ${step}`);
  await close();
});

laws('hidden while it is made ready, it waits until it is seen', async () => {
  const { page, close } = await open();
  await ask(page, `${lab()}.start(); ${lab()}.hidden = true`);
  await page.waitForFunction(`${lab()}.state.status === 'paused'`);
  const step = await ask<number>(page, `${lab()}.state.step`);
  assert.ok(step < 10, `${step} steps`);
  await wait(300);
  assert.is(await ask(page, `${lab()}.state.step`), step);
  await ask(page, `${lab()}.hidden = false`);
  await page.waitForFunction(`${lab()}.state.step > ${step}`);
  await close();
});

laws('an attribute that cannot be is told and leaves the controls; put right, nothing is wrong', async () => {
  const { page, close } = await open();
  await ask(page, `${lab()}.setAttribute('seed', 'abc'), ${lab()}.updateComplete`);
  assert.match(await ask<string>(page, ERROR), /seed: expected .*, got NaN/);
  assert.ok(await ask(page, `${DOCK}.shadowRoot.querySelector('.play') !== null`));
  await ask(page, `${lab()}.setAttribute('seed', '2'), ${lab()}.updateComplete`);
  assert.is(await ask(page, ERROR), '');
  await close();
});

laws('a setting that is refused is told, and its field shows what is', async () => {
  const { page, close } = await open();
  await ask(page, `${lab()}.step()`);
  await page.waitForFunction(`${lab()}.state.step === 1`);
  for (const [label, value, is] of [
    ['(K)', '-3', '5'],
    ['(d)', '4096', '128'],
    ['Learning rate', '', '0.2'],
  ] as const) {
    await ask(page, `((i) => { i.value = '${value}'; i.dispatchEvent(new Event('change')); })(${field(label)})`);
    await wait(50);
    assert.is(await ask(page, `${field(label)}.value`), is);
    if (value !== '') assert.match(await ask<string>(page, ERROR), `, got ${value}`);
  }
  assert.is(await ask(page, `${lab()}.state.step`), 1);
  await ask(page, `((i) => { i.value = '3'; i.dispatchEvent(new Event('change')); })(${field('(K)')})`);
  await page.waitForFunction(`${lab()}.state.ready.config.task.triggers.count === 3`);
  assert.is(await ask(page, `${field('(K)')}.value`), '3');
  assert.is(await ask(page, ERROR), '');
  await close();
});

laws('a setting that is not on offer is shown all the same', async () => {
  const { page, close } = await open();
  await ask(page, `${lab()}.config = { model: { layers: 3, ffn: 'none' } }, ${lab()}.updateComplete`);
  const shown = `[...${CONTROLS}.shadowRoot.querySelectorAll('label')].find((l) => /^Layers/.test(l.textContent)).querySelector('select').value`;
  assert.is(await ask(page, shown), '3');
  await close();
});

laws('a head is left out by the controls', async () => {
  const { page, close } = await open();
  await ask(page, `${lab()}.step()`);
  await page.waitForFunction(`${lab()}.state.step === 1`);
  await ask(
    page,
    `${field('layer 2')}.closest('details').querySelectorAll('fieldset')[1].querySelectorAll('input')[1].click()`,
  );
  await page.waitForFunction(`JSON.stringify(${lab()}.state.silenced) === '[[1,0]]'`);
  await close();
});

laws('the keyboard stays on what was pressed', async () => {
  const { page, close } = await open();
  const pressed = `((a) => { while (a.shadowRoot?.activeElement) a = a.shadowRoot.activeElement; return a.textContent.trim(); })(document.activeElement)`;
  await page.keyboard.press('Tab');
  assert.is(await ask(page, pressed), 'Train');
  await page.keyboard.press('Enter');
  await page.waitForFunction(`${lab()}.state.step > 10 && ${pressed} === 'Pause'`);
  await page.keyboard.press('Enter');
  await page.waitForFunction(`${lab()}.state.status === 'paused' && ${pressed} === 'Go on'`);
  await page.keyboard.press('Tab');
  const at = await ask<number>(page, `${lab()}.state.step`);
  for (let n = 1; n <= 3; n++) {
    await page.keyboard.press('Enter');
    await page.waitForFunction(`${lab()}.state.status === 'paused' && ${lab()}.state.step === ${at + n}`);
    assert.is(await ask(page, pressed), 'One step');
  }
  const time = `${lab()}.shadowRoot.querySelector('ihead-dock').shadowRoot`;
  await ask(page, `${time}.querySelector('input').focus()`);
  await page.keyboard.press('Home');
  await page.waitForFunction(`${time}.querySelector('output').textContent === 'step 0'`);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForFunction(`${time}.querySelector('.newest').ariaDisabled === 'true'`);
  assert.is(await ask(page, pressed), 'Newest');
  await close();
});

laws('a text too long is refused whole, and a file is loaded beside the text it is of', async () => {
  const { page, close } = await open();
  const paste = (text: string) =>
    ask(
      page,
      `${CONTROLS}.shadowRoot.querySelector('textarea').value = ${text};
       [...${CONTROLS}.shadowRoot.querySelectorAll('button')].find((b) => /pasted/.test(b.textContent)).click()`,
    );
  await paste("''");
  await page.waitForFunction(`/at least 2/.test(${ERROR})`);
  await paste("'ab '.repeat(2 ** 21)");
  await page.waitForFunction(`/at most 4194304/.test(${ERROR})`);
  await paste(JSON.stringify(TEXT));
  await ask(page, `${lab()}.step()`);
  await page.waitForFunction(`${lab()}.state.step === 1`);
  const bytes = await ask<string>(page, saved());
  await ask(page, `${lab()}.save().then((bytes) => { window.kept = bytes; })`);
  // No run is left, only the text.
  await ask(
    page,
    `((lab) => { const at = lab.parentNode; lab.remove(); return new Promise((r) => setTimeout(() => { at.append(lab); r(); }, 50)); })(${lab()})`,
  );
  await ask(page, `${lab()}.load(kept)`);
  assert.is(await ask(page, saved()), bytes);
  await close();
});

laws('a run longer than its settings counts its own steps, and ends where every run ends', async () => {
  const { page, close } = await open();
  await ask(page, `${lab()}.steps = 12, ${lab()}.updateComplete`);
  await ask(page, `${lab()}.start()`);
  await page.waitForFunction(`${lab()}.state.status === 'done'`);
  await ask(page, `${lab()}.start()`);
  await page.waitForFunction(`${lab()}.state.status === 'done' && ${lab()}.state.step === 24`);
  const time = `${DOCK}.shadowRoot.querySelector('[part=step]').textContent`;
  await page.waitForFunction(`${time} === 'step 24'`);
  assert.match(await ask<string>(page, `${DOCK}.shadowRoot.querySelector('.of').textContent`), /of 24/);
  await close();
});

laws.run();
