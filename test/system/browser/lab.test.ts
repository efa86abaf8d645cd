/** <ihead-lab> in Chromium, from the built files, under the policy of a strict page. */
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Page } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startChromium } from './chromium.js';
import { lab, labPage, saved, timed, weightsHere } from './lab-page.js';
import { serve } from './server.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Milliseconds from a press to the frame that answers it. */
const MOST_DELAY = 50;
const ROUNDS = 6;
const ALL = 'controls reading memories curves';

// Not in a hook: uvu passes over the error of a `before`.
const chromium = await startChromium();
const server = await serve(ROOT, {
  '/all.html': labPage(`<ihead-lab panels="${ALL}"></ihead-lab>`),
  '/two.html': labPage('<ihead-lab id="a" seed="1"></ihead-lab><ihead-lab id="b" seed="2" steps="20"></ihead-lab>'),
  '/play.html': labPage('<ihead-lab panels="reading" autoplay></ihead-lab>'),
  '/below.html': labPage(
    `<ihead-lab id="first" steps="5"></ihead-lab>${'<p>and so on</p>'.repeat(99)}<ihead-lab id="last" steps="5" autoplay></ihead-lab>`,
  ),
});
const laws = suite('the lab in chromium');

laws.after(async () => {
  await chromium.close();
  await server.close();
});

/** Opens a page; at its end nothing has been complained of, unless it was expected. */
async function open(path: string): Promise<{ page: Page; close: (expected?: RegExp) => Promise<void> }> {
  const before = server.violations.length;
  const { page, complaints } = await chromium.open(`${server.origin}${path}`);
  await page.setViewport({ width: 1280, height: 900 });
  await page.waitForFunction(`customElements.get('ihead-lab') && ${lab()}.hasUpdated`);
  return {
    page,
    async close(expected) {
      assert.equal(server.violations.slice(before), []);
      assert.equal(expected === undefined ? complaints : complaints.filter((text) => !expected.test(text)), []);
      await page.close();
    },
  };
}

const ask = <T>(page: Page, expression: string) => page.evaluate(expression) as Promise<T>;
const status = (wanted: string, selector?: string) => `${lab(selector)}.state.status === '${wanted}'`;

laws(
  'it trains the quick preset to an in-context accuracy of .9 within 20 seconds, to the bytes of ihead train',
  async () => {
    const { page, close } = await open('/all.html');
    const { reached } = await ask<{ reached: number | null }>(page, timed(0.9));
    assert.ok(reached !== null && reached < 20, `${reached} s`);
    assert.is(await ask(page, saved()), await weightsHere());
    assert.is(await ask(page, `${lab()}.state.ready.threads`), 2);
    await close();
  },
);

/** Of a list of delays in the page. */
async function ninetyNinth(page: Page, list: string): Promise<number> {
  const delays = (await ask<number[]>(page, list)).sort((a, b) => a - b);
  assert.ok(delays.length >= 190, `${delays.length} ${list}`);
  return delays[Math.floor(0.99 * delays.length)]!;
}

laws('while it trains, 99 of 100 key presses are answered within 50 ms', async () => {
  const { page, close } = await open('/all.html');
  await ask(
    page,
    `addEventListener('keydown', (event) => {
      answers.push(performance.now() - event.timeStamp);
      requestAnimationFrame(() => frames.push(performance.now() - event.timeStamp));
    }); ${lab()}.start()`,
  );
  await page.waitForFunction(`${lab()}.state.step > 10`);
  // What else runs on the machine only ever makes answers later: the quietest of a few rounds counts.
  let least = Infinity;
  for (let round = 0; round < ROUNDS && least >= MOST_DELAY; round++) {
    await ask(page, `window.answers = []; window.frames = []; ${lab()}.start()`);
    for (let presses = 0; presses < 200; presses++) {
      await page.keyboard.press('Shift');
      await wait(10);
    }
    const [heard, drawn] = [await ninetyNinth(page, 'answers'), await ninetyNinth(page, 'frames')];
    console.log(`99 of 100 heard within ${heard.toFixed(0)} ms, drawn within ${drawn.toFixed(0)} ms`);
    least = Math.min(least, drawn);
  }
  assert.ok(least < MOST_DELAY, `${least} ms`);
  await close();
});

laws('a text typed while the model trains is read to its last letter, and the memories stay', async () => {
  const { page, close } = await open('/all.html');
  await ask(page, `${lab()}.steps = 5000; ${lab()}.updateComplete.then(() => ${lab()}.start())`);
  const reading = `${lab()}.shadowRoot.querySelector('ihead-reading')`;
  await page.waitForFunction(`${reading}.view?.moment?.memories.length > 0`);
  await ask(page, `${reading}.shadowRoot.querySelector('input').select()`);
  await ask(page, `${reading}.shadowRoot.querySelector('input').focus()`);
  await page.keyboard.type('to be or not to be');
  await page.waitForFunction(`${reading}.view.moment.sequence.tokens.length === 18`);
  assert.is(await ask(page, `${reading}.shadowRoot.querySelector('input').value`), 'to be or not to be');
  assert.ok(await ask(page, `${reading}.view.moment.memories.length > 0`));
  const at = await ask<number>(page, `${reading}.view.moment.step`);
  await page.waitForFunction(`${reading}.view.moment.step > ${at}`);
  assert.is(await ask(page, `${reading}.view.moment.sequence.tokens.length`), 18);
  await close();
});

laws(
  'an embed without controls that starts by itself can be paused, and started where motion is not wished',
  async () => {
    const { page, close } = await open('/play.html');
    const play = `${lab()}.shadowRoot.querySelector('ihead-dock').shadowRoot.querySelector('.play')`;
    await page.waitForFunction(`${lab()}.state.step > 2`);
    await ask(page, `${play}.click()`);
    await page.waitForFunction(status('paused'));
    await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
    await page.reload();
    await page.waitForFunction(`customElements.get('ihead-lab') && ${lab()}.hasUpdated`);
    await wait(300);
    assert.is(await ask(page, `${lab()}.state.status`), 'idle');
    await ask(page, `${play}.click()`);
    await page.waitForFunction(`${lab()}.state.step > 2`);
    await close();
  },
);

laws('the example of eleven lines trains', async () => {
  const { page, close } = await open('/examples/embed/index.html');
  await ask(page, `${lab()}.step()`);
  await page.waitForFunction(`${lab()}.state.step === 1`);
  assert.is(await ask(page, saved()), await weightsHere({}, 1));
  await close();
});

laws('nothing is computed and no worker made before it is asked to start', async () => {
  const { page, close } = await open('/all.html');
  await wait(300);
  assert.is(page.workers().length, 0);
  assert.is(await ask(page, `${lab()}.state.status`), 'idle');
  await close();
});

laws('paused, stepped, left, reset, saved and loaded, it stays the same run', async () => {
  const { page, close } = await open('/all.html');
  await ask(page, `${lab()}.start()`);
  await page.waitForFunction(`${lab()}.state.step >= 4`);
  await ask(page, `${lab()}.pause()`);
  await page.waitForFunction(status('paused'));
  const at = await ask<number>(page, `${lab()}.state.step`);
  await wait(200);
  assert.is(await ask(page, `${lab()}.state.step`), at);
  await ask(page, `${lab()}.step()`);
  await page.waitForFunction(`${lab()}.state.step === ${at + 1} && ${status('paused')}`);
  const bytes = await ask<string>(page, saved());
  assert.is(bytes, await weightsHere({}, at + 1));

  await ask(page, `${lab()}.save().then((bytes) => { window.kept = bytes; })`);
  await ask(page, `${lab()}.reset()`);
  await page.waitForFunction(`${lab()}.state.step === 0`);
  assert.is(await ask(page, saved()), await weightsHere({}, 0));
  await ask(page, `${lab()}.load(kept)`);
  assert.is(await ask(page, `${lab()}.state.step`), at + 1);
  assert.is(await ask(page, saved()), bytes);
  assert.match(await ask<string>(page, `${lab()}.load(new Uint8Array(3)).catch((error) => error.message)`), /got 3/);
  await close();
});

laws('two labs on a page train side by side, each its own run', async () => {
  const { page, close } = await open('/two.html');
  await ask(page, `${lab('#a')}.start(); ${lab('#b')}.start()`);
  await page.waitForFunction(status('done', '#b'), { timeout: 60_000 });
  await ask(page, `${lab('#a')}.pause()`);
  await page.waitForFunction(status('paused', '#a'));
  const step = await ask<number>(page, `${lab('#a')}.state.step`);
  assert.is(await ask(page, saved('#b')), await weightsHere({ seed: 2, training: { steps: 20 } }));
  assert.is(await ask(page, saved('#a')), await weightsHere({ seed: 1 }, step));
  await close();
});

laws('its worker ends with it, rests while the page is hidden, and does not mind being moved', async () => {
  const { page, close } = await open('/all.html');
  await ask(page, `${lab()}.start()`);
  await page.waitForFunction(`${lab()}.state.step > 2`);
  await ask(page, `document.body.append(${lab()})`);
  const moved = await ask<number>(page, `${lab()}.state.step`);
  await page.waitForFunction(`${lab()}.state.step > ${moved}`);

  const hide = (hidden: boolean) =>
    ask(
      page,
      `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
       document.dispatchEvent(new Event('visibilitychange'))`,
    );
  await hide(true);
  await page.waitForFunction(status('paused'));
  await hide(false);
  await page.waitForFunction(status('running'));

  assert.ok(page.workers().length > 0);
  await ask(page, `window.gone = ${lab()}; gone.remove()`);
  await page.waitForFunction("gone.state.status === 'idle'");
  for (let tries = 0; tries < 50 && page.workers().length > 0; tries++) await wait(20);
  assert.is(page.workers().length, 0);
  await close();
});

laws('autoplay waits until the lab is in sight', async () => {
  const { page, close } = await open('/below.html');
  await wait(500);
  assert.is(await ask(page, `${lab('#last')}.state.status`), 'idle');
  await ask(page, `${lab('#last')}.scrollIntoView()`);
  await page.waitForFunction(status('done', '#last'), { timeout: 60_000 });
  assert.is(await ask(page, `${lab('#first')}.state.status`), 'idle');
  await close();
});

laws('a setting that cannot be is told as text, and whatever a text holds stays text', async () => {
  const { page, close } = await open('/all.html');
  await ask(
    page,
    `window.told = []; addEventListener('fail', ({ detail }) => told.push(detail.message)); ${lab()}.preset = '<img src=x>'`,
  );
  await ask(page, `${lab()}.start()`);
  await page.waitForFunction('told.length === 1');
  assert.match((await ask<string[]>(page, 'told'))[0]!, /preset: expected one of.*, got "<img src=x>"/);
  const hostile = '<img src=x onerror=document.title=1>&amp;"\\'.repeat(20);
  await ask(page, `${lab()}.preset = 'fixed-quick'; ${lab()}.corpusText = ${JSON.stringify(hostile)}; ${lab()}.step()`);
  await page.waitForFunction(`${lab()}.state.step === 1`);
  await page.waitForFunction(`${lab()}.shadowRoot.querySelector('ihead-reading').view?.moment`);
  const images = `(function count(root) {
    return [...root.querySelectorAll('*')].reduce((n, e) => n + (e.shadowRoot ? count(e.shadowRoot) : 0), root.querySelectorAll('img').length);
  })(document)`;
  assert.is(await ask(page, images), 0);
  assert.is(await page.title(), 'labs');
  assert.match(
    await ask<string>(
      page,
      `Promise.resolve().then(() => { ${lab()}.corpusText = 'aaa'; return ${lab()}.updateComplete; }).then(() => ${lab()}.start()).then(() => new Promise((r) => setTimeout(r, 300))).then(() => told.at(-1))`,
    ),
    /different characters/,
  );
  await close();
});

laws('no accessibility rule is broken in any state, light or dark, wide or narrow', async () => {
  const { page } = await open('/all.html');
  // The policy allows no script of others: axe is let in past it.
  await page.setBypassCSP(true);
  await page.reload();
  await page.addScriptTag({ path: AXE });
  await page.waitForFunction(`${lab()}.hasUpdated`);
  const unfold = `(function open(root) {
    for (const details of root.querySelectorAll('details')) details.open = true;
    for (const element of root.querySelectorAll('*')) if (element.shadowRoot) open(element.shadowRoot);
  })(document)`;
  const states: readonly (readonly [string, string])[] = [
    ['idle', '0'],
    ['unfolded', unfold],
    [
      'paused',
      `new Promise((resolve) => { ${lab()}.addEventListener('record', ({ detail }) => { if (detail.iter >= 10) { ${lab()}.pause(); setTimeout(resolve, 500); } }); ${lab()}.start(); }).then(() => ${unfold})`,
    ],
    ['failed', `${lab()}.load(new Uint8Array(9)).catch(() => {})`],
  ];
  for (const [state, expression] of states) {
    await ask(page, expression);
    for (const [scheme, width] of [
      ['light', 1280],
      ['dark', 1280],
      ['light', 360],
    ] as const) {
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      const { violations } = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as AxeResults;
      const found = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html, target }) => `${target} ${html.slice(0, 160)}`).join('; ')}`,
      );
      assert.equal(found, [], `${state}, ${scheme}, ${width} wide`);
      const overflow = await ask<number>(page, 'document.documentElement.scrollWidth - innerWidth');
      assert.ok(overflow <= 0, `${state}: ${overflow} px wider than the window of ${width}`);
    }
  }
  await page.close();
});

laws.run();
