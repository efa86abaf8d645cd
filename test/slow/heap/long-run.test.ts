/**
 * A run that goes on for minutes takes no more memory than it took when its record buffer was full: page, the lab's
 * worker and the trainer's, each after a forced collection. `npm run test:slow heap 10`: for ten minutes.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CDPSession, Page } from 'puppeteer-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startChromium } from '../../system/browser/chromium.js';
import { lab, labPage } from '../../system/browser/lab-page.js';
import { serve } from '../../system/browser/server.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const MINUTES = Number(process.argv[2] ?? 10);
const SECONDS_BETWEEN = 5;
/** Samples that a median is taken of, at the beginning and at the end. */
const SAMPLES = 9;
/** Share by which the heap may differ. */
const MOST = 0.1;
const RECORDS = `${lab()}.shadowRoot.querySelector('ihead-curves').view?.records.length ?? 0`;

if (!(MINUTES >= 2)) throw new Error(`${process.argv[2]} is no number of minutes, at least 2`);

interface Sample {
  readonly seconds: number;
  readonly step: number;
  readonly records: number;
  /** Bytes: objects, the engine's own, and the buffers of arrays. */
  readonly page: number;
  readonly workers: number;
}

interface HeapUsage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize: number;
  readonly backingStorageSize: number;
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  // The protocol's types lag behind what the browser answers.
  const usage = (await session.send('Runtime.getHeapUsage')) as unknown as HeapUsage;
  return usage.usedSize + usage.embedderHeapUsedSize + usage.backingStorageSize;
}

async function sample(page: Page, session: CDPSession, began: number): Promise<Sample> {
  const step = (await page.evaluate(`${lab()}.state.step`)) as number;
  const records = (await page.evaluate(RECORDS)) as number;
  const workers = await Promise.all(page.workers().map(({ client }) => heapOf(client)));
  assert.is(workers.length, 3, 'the worker of the lab and two of the trainer');
  return {
    seconds: Math.round((performance.now() - began) / 1000),
    step,
    records,
    page: await heapOf(session),
    workers: workers.reduce((a, b) => a + b, 0),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(2)} MiB`;

const chromium = await startChromium();
const server = await serve(ROOT, {
  '/all.html': labPage(
    '<ihead-lab preset="fixed-quick" steps="100000" panels="controls reading memories curves"></ihead-lab>',
  ),
});
const laws = suite('the heap of a long run');

laws.after(async () => {
  await chromium.close();
  await server.close();
});

laws(`after ${MINUTES} minutes the heap is what it was once the record buffer was full`, async () => {
  const { page, complaints } = await chromium.open(`${server.origin}/all.html`);
  await page.setViewport({ width: 1280, height: 900 });
  const session = await page.createCDPSession();
  const began = performance.now();
  await page.evaluate(`${lab()}.start()`);
  const samples: Sample[] = [];
  while (performance.now() - began < MINUTES * 60_000) {
    await wait(SECONDS_BETWEEN * 1000);
    const taken = await sample(page, session, began);
    samples.push(taken);
    const { seconds, step, records, page: own, workers } = taken;
    console.log(
      `${seconds} s, step ${step}, ${records} records: page ${mebibytes(own)}, workers ${mebibytes(workers)}`,
    );
  }
  assert.is(await page.evaluate(`${lab()}.state.status`), 'running');

  // Full: as many records as ever; one more or less is the last of all, between two that stay.
  const most = Math.max(...samples.map(({ records }) => records));
  const full = samples.filter(({ records }) => records >= most - 1);
  assert.ok(full.length >= 2 * SAMPLES, `${full.length} samples of a full buffer: give it more minutes`);
  const first = full.slice(0, SAMPLES);
  const last = full.slice(-SAMPLES);
  for (const place of ['page', 'workers'] as const) {
    const before = median(first.map((taken) => taken[place]));
    const after = median(last.map((taken) => taken[place]));
    const change = after / before - 1;
    console.log(
      `${place}: ${mebibytes(before)} once full, ${mebibytes(after)} at the end, ${(100 * change).toFixed(1)} %`,
    );
    assert.ok(Math.abs(change) <= MOST, `${place}: ${mebibytes(before)} became ${mebibytes(after)}`);
  }
  assert.equal(complaints, []);
});

laws.run();
