/** The page of the lab, as `npm run site` builds it, under the policy of a strict page. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Page } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startChromium } from './chromium.js';
import { lab, saved, weightsHere } from './lab-page.js';
import { serve } from './server.js';

const SITE = fileURLToPath(new URL('../../../site/', import.meta.url));
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const FREE = '#lab-free';

if (!existsSync(`${SITE}index.html`)) throw new Error('there is no built page: npm run site makes it');
// Not in a hook: uvu passes over the error of a `before`.
const chromium = await startChromium();
const server = await serve(SITE);
const laws = suite('the page of the lab in chromium');

laws.after(async () => {
  await chromium.close();
  await server.close();
});

const ask = <T>(page: Page, expression: string) => page.evaluate(expression) as Promise<T>;

async function open(hash = ''): Promise<{ page: Page; complaints: readonly string[] }> {
  const opened = await chromium.open(`${server.origin}/index.html${hash}`);
  await opened.page.setViewport({ width: 1280, height: 900 });
  await opened.page.waitForFunction(`customElements.get('ihead-lab') && ${lab(FREE)}.hasUpdated`);
  return opened;
}

const stands = (step: number) => `${lab(FREE)}.state.status === 'paused' && ${lab(FREE)}.state.step === ${step}`;

laws('every page is reached from every other one, and no link of the site leads nowhere', async () => {
  const files = readdirSync(SITE).filter((name) => name.endsWith('.html'));
  assert.ok(files.length >= 5, files.join());
  for (const name of files) {
    const text = readFileSync(`${SITE}${name}`, 'utf8');
    assert.is(text.match(/<nav class="site"/g)?.length, 1, name);
    for (const other of files) assert.ok(text.includes(`href="./${other}"`), `${name} → ${other}`);
    assert.is(text.match(/aria-current="page"/g)!.length, 1, name);
    for (const [, link] of text.matchAll(/ (?:href|src)="([^"]*)"/g)) {
      if (/^(https?|data):/.test(link!)) continue;
      const [file, place] = link!.split('#') as [string, string?];
      assert.ok(existsSync(`${SITE}${file === '' ? name : file}`), `${name}: ${link}`);
      if (place === undefined || place === '') continue;
      const target = readFileSync(`${SITE}${file === '' ? name : file}`, 'utf8');
      assert.ok(target.includes(`id="${place}"`), `${name}: ${link}`);
    }
  }
});

laws('the pages of text break no accessibility rule, fit a telephone, and need no script', async () => {
  for (const name of ['paper', 'benchmarks', 'library', 'element']) {
    const { page, complaints } = await chromium.open(`${server.origin}/${name}.html`);
    await page.setBypassCSP(true);
    await page.reload();
    await page.addScriptTag({ path: AXE });
    for (const [scheme, width] of [
      ['light', 1280],
      ['dark', 390],
    ] as const) {
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      const { violations } = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as AxeResults;
      const found = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join('; ')}`,
      );
      assert.equal(found, [], `${name}, ${scheme}`);
      const wide = await ask<number>(page, 'document.documentElement.scrollWidth - innerWidth');
      assert.ok(wide <= 0, `${name}: ${wide} px wider than ${width}`);
    }
    assert.equal(complaints, []);
    await page.close();
  }
});

laws('every lab of the story has settings that can be, and none trains by itself', async () => {
  const { page, complaints } = await open();
  const labs = await ask<string[]>(page, "[...document.querySelectorAll('ihead-lab')].map((l) => l.id)");
  assert.is(labs.length, 7);
  for (const id of labs) {
    assert.is(await ask(page, `${lab(`#${id}`)}.state.status`), 'idle');
    await ask(page, `${lab(`#${id}`)}.step()`);
    await page.waitForFunction(`${lab(`#${id}`)}.state.step === 1`);
  }
  assert.is(await ask(page, `${lab('#lab-one')}.state.ready.config.model.layers`), 1);
  const frozen = `${lab('#lab-output')}.state.matrices.filter(({ frozen }) => frozen).map(({ parameter }) => parameter)`;
  assert.equal(await ask(page, frozen), ['layers.0.attention.wk.weight', 'layers.1.attention.wk.weight']);
  assert.equal(complaints, []);
  assert.equal(server.violations, []);
  await page.close();
});

laws('the address follows the free lab, and whoever opens it gets the same bits', async () => {
  const layer = { seed: 5, task: { triggers: { count: 3 } }, training: { lossOn: 'all' } } as const;
  const first = await open('#preset=quick&seed=5&task.triggers.count=3&training.lossOn=all&panels=controls');
  for (let step = 1; step <= 3; step++) {
    await ask(first.page, `${lab(FREE)}.step()`);
    await first.page.waitForFunction(stands(step));
  }
  await first.page.click('#copy-link');
  const link = await ask<string>(first.page, 'location.hash');
  assert.is(link, '#v=2&preset=fixed-quick&seed=5&task.triggers.count=3&training.lossOn=all&step=3&panels=controls');
  const bytes = await ask<string>(first.page, saved(FREE));
  await first.page.close();

  const second = await open(link);
  await second.page.waitForFunction(stands(3));
  assert.is(await ask(second.page, saved(FREE)), bytes);
  assert.is(bytes, await weightsHere(layer, 3));
  await second.page.close();
});

laws('a link that leads nowhere says why, as text, and the page works on', async () => {
  for (const hash of [
    '#preset=%3Cimg%20src=x%3E',
    '#model.dim=1e9',
    '#training.steps=%ff',
    '#step=-1',
    '#task.corpus=/etc/passwd',
  ]) {
    const { page, complaints } = await open(hash);
    assert.match(await ask<string>(page, "document.getElementById('link-fault').innerText"), /does not lead to a run/);
    assert.is(await ask(page, "document.querySelectorAll('#link-fault *').length"), 0);
    await ask(page, `${lab(FREE)}.step()`);
    await page.waitForFunction(`${lab(FREE)}.state.step === 1`);
    assert.equal(complaints, []);
    await page.close();
  }
});

laws('the controls do what they say, by keyboard', async () => {
  const { page } = await open('#preset=quick&training.steps=40&panels=controls');
  const inside = `${lab(FREE)}.shadowRoot.querySelector('ihead-controls').shadowRoot`;
  const play = () =>
    ask(page, `${lab(FREE)}.shadowRoot.querySelector('ihead-dock').shadowRoot.querySelector('.play').focus()`);
  const press = async (selector: string, key: 'Enter' | 'Space') => {
    await ask(page, `${inside}.querySelector(${JSON.stringify(selector)}).focus()`);
    await page.keyboard.press(key);
  };
  await play();
  await page.keyboard.press('Enter');
  await page.waitForFunction(`${lab(FREE)}.state.step > 1`);
  await play();
  await page.keyboard.press('Enter');
  await page.waitForFunction(`${lab(FREE)}.state.status === 'paused'`);
  await press('[part=parts] summary', 'Enter');
  await press('[part=parts] input', 'Space');
  await page.waitForFunction(`${lab(FREE)}.state.matrices[0].frozen`);
  await press('[part=settings] summary', 'Enter');
  await ask(page, `${inside}.querySelector('[part=settings] input').select()`);
  await ask(page, `${inside}.querySelector('[part=settings] input').focus()`);
  await page.keyboard.type('77\n');
  await page.waitForFunction(`${lab(FREE)}.state.ready.config.seed === 77 && ${lab(FREE)}.state.step === 0`);
  await ask(page, `${inside}.querySelector('textarea').value = 'abracadabra, a bar, a crab: '.repeat(20)`);
  await ask(page, `[...${inside}.querySelectorAll('button')].find((b) => /pasted/.test(b.textContent)).click()`);
  await page.waitForFunction(`${lab(FREE)}.state.ready.config.task.corpus === 'pasted text'`);
  assert.match(await ask<string>(page, `${lab(FREE)}.linkObstacle`), /not part of a link/);
  await page.close();
});

laws('no accessibility rule is broken, before a run and in one, light or dark, wide or narrow', async () => {
  const { page } = await open();
  await page.setBypassCSP(true);
  await page.reload();
  await page.addScriptTag({ path: AXE });
  await page.waitForFunction(`${lab(FREE)}.hasUpdated`);
  for (const state of ['idle', 'paused']) {
    if (state === 'paused') {
      await ask(
        page,
        `${lab(FREE)}.addEventListener('record', ({ detail }) => { if (detail.iter >= 5) ${lab(FREE)}.pause(); })`,
      );
      await ask(page, `${lab(FREE)}.start()`);
      await page.waitForFunction(`${lab(FREE)}.state.status === 'paused' && ${lab(FREE)}.state.step > 5`);
    }
    for (const [scheme, width] of [
      ['light', 1280],
      ['dark', 380],
    ] as const) {
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      const { violations } = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as AxeResults;
      const found = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join('; ')}`,
      );
      assert.equal(found, [], `${state}, ${scheme}, ${width} wide`);
      const overflow = await ask<number>(page, 'document.documentElement.scrollWidth - innerWidth');
      assert.ok(overflow <= 0, `${state}: ${overflow} px wider than the window of ${width}`);
    }
  }
  await page.close();
});

laws.run();
