/**
 * `npm run test:system runtimes`: the package as it is published, in every runtime, browser and bundler that is
 * installed here. One table; a column of work has one sha256 of model.safetensors, or the first difference is looked
 * for and named.
 *
 *     npm run test:system runtimes                   # everything that is here
 *     npm run test:system runtimes Node Firefox      # what starts like this
 *     npm run test:system -- runtimes --json FILE    # the table as JSON as well
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, unpack } from '../package/unpacked.js';
import { type Browser, browsers } from './browsers.js';
import { BUNDLERS, pageOf } from './bundlers.js';
import { type Asked, describeDifference, firstDifference } from './difference.js';
import { servePages } from './pages.js';
import { commands, type Found, type Place } from './places.js';
import type { Trained, Work } from './tasks.js';

const WORKS: readonly Work[] = [
  { preset: 'fixed-quick', steps: 50, threads: 2 },
  { preset: 'fixed', steps: 5, threads: 2 },
  { preset: 'full', steps: 5, threads: 2 },
  { preset: 'fixed-quick', steps: 50, threads: 2, kernel: 'fused' },
  { preset: 'full', steps: 5, threads: 2, kernel: 'fused' },
];

interface Row {
  readonly name: string;
  readonly version: string;
  readonly threads: number;
  readonly hashes: Trained['hashes'];
  readonly seconds: number;
  readonly trouble: string;
}

type Pages = Awaited<ReturnType<typeof servePages>>;

function askPage(browser: Browser, page: string, pages: Pages): Asked {
  return async (ask) => {
    const { to, reply } = pages.expect();
    const text = reply();
    const url = new URL(page, pages.origin);
    url.searchParams.set('ask', JSON.stringify(ask));
    url.searchParams.set('to', to);
    await browser.visit(
      url.href,
      text.catch(() => {}),
    );
    const { result, error } = JSON.parse(await text) as { result?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return result;
  };
}

const isMissing = <T extends object>(found: T): found is Extract<T, { get: string }> => 'get' in found;

/** Every place that is here, in the order of the table, and what is not. */
async function places(folder: string, pages: Pages, wanted: (name: string) => boolean) {
  const found: Found[] = commands(folder).filter(({ name }) => wanted(name));
  const present: Browser[] = [];
  for (const browser of browsers()) {
    if (isMissing(browser)) {
      if (wanted(browser.name)) found.push(browser);
      continue;
    }
    present.push(browser);
    if (!wanted(browser.name)) continue;
    const { name, version } = browser;
    found.push({ name, version, ask: askPage(browser, '/index.html', pages) });
  }
  const closing: (() => Promise<void>)[] = [];
  for (const bundler of BUNDLERS.filter(({ name }) => wanted(name))) {
    const [browser] = present;
    if (browser === undefined) {
      found.push({ name: bundler.name, get: 'any of the browsers above' });
      continue;
    }
    try {
      const { version, page, close } = await bundler.build(folder);
      closing.push(close);
      const name = `${bundler.name}, ${browser.name}`;
      found.push({ name, version: () => version, ask: askPage(browser, page, pages) });
    } catch (error) {
      const missing = (error as { code?: string }).code === 'MODULE_NOT_FOUND';
      if (!missing) throw error;
      found.push({ name: bundler.name, get: 'npm ci --prefix test/system/runtimes' });
    }
  }
  return { found, close: () => Promise.all(closing.map((close) => close())) };
}

async function rowOf(place: Place): Promise<Row> {
  const from = performance.now();
  const { name } = place;
  try {
    const { threads, hashes, warnings } = (await place.ask({ task: 'train', works: WORKS })) as Trained;
    const seconds = (performance.now() - from) / 1000;
    const alone = threads < WORKS[0]!.threads ? `${threads} workers. ${warnings[0] ?? ''}` : (warnings[0] ?? '');
    return { name, version: place.version(), threads, hashes, seconds, trouble: alone };
  } catch (error) {
    const seconds = (performance.now() - from) / 1000;
    return { name, version: '', threads: 0, hashes: [], seconds, trouble: (error as Error).message.split('\n')[0]! };
  }
}

function table(rows: readonly Row[]): string {
  const head = [
    'where',
    'version',
    'workers',
    ...WORKS.map(({ preset, steps, kernel }) => [preset, kernel, steps].filter(Boolean).join(', ')),
    'seconds',
    '',
  ];
  const cells = rows.map(({ name, version, threads, hashes, seconds, trouble }) => [
    ...[name, version, String(threads), ...WORKS.map((_, i) => hashes[i]?.slice(0, 12) ?? '—')],
    ...[seconds.toFixed(0), trouble],
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...cells].map((row) => row[i]!.length)));
  return [head, ...cells]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function prepare(folder: string): void {
  const own = (name: string) => join(ROOT, 'test/system/runtimes', name);
  for (const name of ['process.mjs', 'page.mjs', 'plain.mjs', 'bundled.mjs'])
    copyFileSync(own(name), join(folder, name));
  copyFileSync(join(ROOT, 'dist/test/system/runtimes/tasks.js'), join(folder, 'tasks.js'));
  copyFileSync(join(folder, 'node_modules/ihead/dist/fused.wasm'), join(folder, 'fused.wasm'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'index.html'), pageOf('./plain.mjs'));
  writeFileSync(join(folder, 'bundled.html'), pageOf('./bundled.mjs'));
  for (const name of ['webpack', 'esbuild', 'rollup']) mkdirSync(join(folder, 'out', name), { recursive: true });
}

/** The places whose hash is not the most common one, each beside one that has it. */
async function explain(rows: readonly Row[], byName: ReadonlyMap<string, Place>): Promise<boolean> {
  let agreed = true;
  for (const [i, work] of WORKS.entries()) {
    const having = rows.filter(({ hashes }) => typeof hashes[i] === 'string');
    const times = (hash: string) => having.filter(({ hashes }) => hashes[i] === hash).length;
    const usual = having.map(({ hashes }) => hashes[i]!).sort((a, b) => times(b) - times(a))[0];
    const reference = having.find(({ hashes }) => hashes[i] === usual);
    for (const { name } of having.filter(({ hashes }) => hashes[i] !== usual)) {
      agreed = false;
      const [here, there] = [byName.get(reference!.name)!, byName.get(name)!];
      const found = await firstDifference(work, here.ask, there.ask);
      console.log(
        found === null
          ? `${name}: ${work.preset} differs with workers alone`
          : describeDifference([here.name, name], work, found),
      );
    }
  }
  return agreed;
}

const { values: given, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const wanted = (name: string) => positionals.length === 0 || positionals.some((start) => name.startsWith(start));
const unpacked = unpack();
prepare(unpacked.folder);
const pages = await servePages(unpacked.folder);
const { found, close } = await places(unpacked.folder, pages, wanted);
const rows: Row[] = [];
const byName = new Map<string, Place>();
for (const place of found) {
  if (isMissing(place)) continue;
  byName.set(place.name, place);
  console.error(`${place.name} …`);
  rows.push(await rowOf(place));
}
console.log(table(rows));
for (const { name, get } of found.filter(isMissing)) console.log(`${name} is not here: ${get}`);
const agreed = await explain(rows, byName);
/** Strict kernels run everywhere; fused ones where they can be had and the runtime fuses. */
const whole = rows.every(({ hashes }) => WORKS.every(({ kernel }, i) => kernel !== undefined || hashes[i] != null));
if (agreed && whole) console.log(`one hash a column, ${rows.length} places`);
if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify({ works: WORKS, rows }, null, 2)}\n`);
await close();
unpacked.remove();
process.exit(agreed && whole && rows.length > 0 ? 0 : 1);
