/** The lab in three browser engines: fast enough to watch, and the same bits in each, as the same run gives in Node. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lab, labPage, saved, timed, weightsHere } from '../browser/lab-page.js';
import { serve } from '../browser/server.js';
import { type EngineName, startEngine, type Tab } from './engines.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const NAMES: readonly EngineName[] = ['chromium', 'firefox', 'webkit'];

if (!existsSync(`${ROOT}dist/site/index.html`)) throw new Error('there is no built page: npm run site makes it');
const server = await serve(ROOT, {
  '/all.html': labPage('<ihead-lab panels="controls reading memories curves"></ihead-lab>'),
});
const laws = suite('the lab in every engine');

laws.after(() => server.close());

for (const name of NAMES) {
  laws(`${name}: in-context accuracy .9 within 20 seconds, and the bytes of ihead train`, async () => {
    const engine = await startEngine(name);
    try {
      const tab = await engine.open(`${server.origin}/all.html`);
      await tab.ask("customElements.whenDefined('ihead-lab').then(() => null)");
      const { reached, whole } = await tab.ask<{ reached: number | null; whole: number }>(timed(0.9));
      console.log(`${name}: accuracy .9 after ${reached?.toFixed(1)} s, all 300 steps after ${whole.toFixed(1)} s`);
      assert.is(await tab.ask(saved()), await weightsHere());
      assert.ok(reached !== null && reached < 20, `${reached} s`);
    } finally {
      await engine.close();
    }
  });
}

const FREE = '#lab-free';
const CHANGES = 'v=2&preset=fixed-quick&seed=7&task.triggers.mode=random&training.lossOn=all&panels=controls,attention';

const STEPS = 12;
const FROZEN_AT = 6;

/** Resolves when the free lab stands still at a step. */
const stands = (step: number) => `new Promise((resolve) => {
  const look = () => {
    const { status, step } = ${lab(FREE)}.state;
    if (status === 'paused' && step === ${step}) resolve(null);
    else setTimeout(look, 20);
  };
  look();
})`;

/** Trains the free lab step by step, freezes a matrix on the way, and gives the link that the page makes of it. */
async function makeLink(tab: Tab): Promise<string> {
  for (let step = 1; step <= STEPS; step++) {
    if (step === FROZEN_AT + 1) {
      await tab.ask(`${lab(FREE)}.shadowRoot.querySelector('ihead-controls').dispatchEvent(new CustomEvent('lab-control', {
        detail: { wants: 'freeze', parameter: 'layers.1.attention.wo.weight', frozen: true }, bubbles: true, composed: true }))`);
    }
    await tab.ask(`${lab(FREE)}.step()`);
    await tab.ask(stands(step));
  }
  return tab.ask<string>("document.getElementById('copy-link').click(), location.hash");
}

laws('a link made in one engine ends in the same bits in the others', async () => {
  const site = `${server.origin}/dist/site/index.html`;
  const hashes = new Map<EngineName, string>();
  let link = `#${CHANGES}`;
  for (const name of NAMES) {
    const engine = await startEngine(name);
    try {
      const tab = await engine.open(`${site}${link}`);
      await tab.ask("customElements.whenDefined('ihead-lab').then(() => null)");
      if (hashes.size === 0) link = await makeLink(tab);
      else await tab.ask(stands(STEPS));
      hashes.set(name, await tab.ask<string>(saved(FREE)));
    } finally {
      await engine.close();
    }
  }
  assert.match(link, `step=${STEPS}`);
  assert.match(link, `hand=${FROZEN_AT}-layers`);
  assert.is(new Set(hashes.values()).size, 1, JSON.stringify([...hashes]));
  assert.equal(server.violations, []);
});

laws.run();
