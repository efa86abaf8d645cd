/** The page of panels.test.ts: each panel by itself, and views of real runs that it can be fed with. */
import { build } from 'esbuild';
import type { Page, Viewport } from 'puppeteer-core';
import type { MetricsRecord } from '../../../src/analysis/record.js';
import { sonnets } from '../../../src/corpus/sonnets.js';
import { PANELS as NAMES } from '../../../src/lab/border/panel-names.js';
import type { LabView } from '../../../src/lab/border/view.js';
import { createMoments } from '../../../src/lab/worker/moment.js';
import { sequences } from '../../../src/task/sequences.js';
import { asTriggers, createTask } from '../../../src/task/task.js';
import type { ConfigLayer } from '../../../src/train/config.js';
import { withCorpus } from '../../../src/train/config.js';
import { presetNamed } from '../../../src/train/presets.js';
import { resolveConfig } from '../../../src/train/resolve.js';
import { createTrainer } from '../../../src/train/trainer.js';
import { startChromium } from './chromium.js';
import { serve } from './server.js';

/** Every panel that shows a view, and the dock that stands above them. */
export const PANELS = [...NAMES.filter((name) => name !== 'controls'), 'dock'] as const;

const corpus = sonnets();

/** A view of a real run, its last record shown. */
async function viewOf(layer: ConfigLayer): Promise<LabView> {
  const config = withCorpus(resolveConfig([presetNamed('fixed-quick'), layer]), corpus);
  const trainer = await createTrainer(config, corpus, { threads: 0 });
  const records: MetricsRecord[] = [];
  while (trainer.step < config.training.steps) {
    const { record } = await trainer.advance();
    if (record !== null) records.push(record);
  }
  const weights = trainer.weights();
  trainer.close();
  const task = asTriggers(createTask(config.task, corpus));
  const [sequence] = [...sequences(task, { seed: 1, count: 1 })];
  const { tokens, triggers } = sequence!;
  const moment = createMoments(
    config,
    task,
  )({
    step: config.training.steps,
    weights,
    text: tokens,
    triggers,
    silenced: [[0, 0]],
  });
  return { config, symbols: corpus.symbols, records, shown: records.length - 1, moment };
}

const short = { steps: 41, batchSize: 16, evalEvery: 5, optimizer: { learningRate: 0.05 } };
export const views: Readonly<Record<string, LabView>> = {
  simple: await viewOf({ model: { ffn: 'linear' }, training: short }),
  full: await viewOf({ ...presetNamed('full'), task: { seqLength: 96 }, training: { steps: 2, batchSize: 4 } }),
  oneLayer: await viewOf({
    model: { layers: 1 },
    task: { triggers: { count: 0 } },
    training: { ...short, lossOn: 'all' },
  }),
};

const script = await build({
  stdin: {
    contents: PANELS.map((panel) => `import './${panel}.js';`).join('\n'),
    resolveDir: new URL('../../../src/lab/panels/', import.meta.url).pathname,
  },
  bundle: true,
  format: 'esm',
  target: 'es2022',
  write: false,
  logLevel: 'silent',
});

const HTML = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Panels</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css">
<script type="module" src="/panels.js"></script></head><body><main><h1>Panels</h1>
${PANELS.map((panel) => `<ihead-${panel}></ihead-${panel}>`).join('\n')}</main></body></html>`;

// Typed arrays do not survive JSON.
const packed = JSON.stringify(views, (_, value) => (value instanceof Float32Array ? { floats: [...value] } : value));
export const server = await serve('/nonexistent', {
  '/': HTML,
  '/page.html': HTML,
  '/page.css': ':root { color-scheme: light dark; background: light-dark(#fff, #111); color: light-dark(#111, #eee) }',
  '/panels.js': script.outputFiles[0]!.text,
  '/views.json': packed,
});

export const chromium = await startChromium();

let users = 0;

/** Of a suite that opens pages here: the last one of the process to end closes browser and server. */
export function closeAfter(suite: { after(hook: () => Promise<void>): void }): void {
  users++;
  suite.after(async () => {
    users--;
    if (users > 0) return;
    await chromium.close();
    await server.close();
  });
}

export const PHONE: Viewport = { width: 390, height: 800, hasTouch: true, isMobile: true };

/** A page whose panels show a view; its events are gathered in `requests`. */
export async function open(name: string, viewport: Viewport = { width: 1000, height: 1200 }) {
  const { page, complaints } = await chromium.open(`${server.origin}/page.html`);
  await page.setViewport(viewport);
  await page.evaluate(async () => {
    const revive = (_: string, value: { floats?: number[] }) =>
      value?.floats ? Float32Array.from(value.floats) : value;
    const views = JSON.parse(await (await fetch('/views.json')).text(), revive);
    const requests: unknown[] = [];
    for (const kind of ['lab-goto', 'lab-sequence', 'lab-sample', 'lab-silence']) {
      document.addEventListener(kind, (event) => requests.push([kind, (event as CustomEvent).detail]));
    }
    Object.assign(window, { views, requests });
  });
  await show(page, name);
  return { page, complaints };
}

/** Gives every panel this view, with some of it changed. '': null. */
export async function show(page: Page, name: string, change: Partial<LabView> = {}): Promise<void> {
  await page.evaluate(
    async (name, change) => {
      const { views } = window as unknown as { views: Record<string, object> };
      for (const panel of document.querySelectorAll<HTMLElement & { view: unknown; updateComplete: Promise<boolean> }>(
        'main > :not(h1)',
      )) {
        panel.view = name === '' ? null : { ...views[name], ...change };
        await panel.updateComplete;
      }
    },
    name,
    change,
  );
}

export const requests = (page: Page): Promise<[string, unknown][]> =>
  page.evaluate('window.requests.splice(0)') as never;
/** Within a panel's shadow root. */
export const within = (panel: (typeof PANELS)[number], selector: string) => `ihead-${panel} >>> ${selector}`;
export const textOf = (page: Page, selector: string) => page.$eval(selector, (element) => element.textContent ?? '');
