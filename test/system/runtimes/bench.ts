/**
 * `node dist/test/system/runtimes/bench.js [NAME…]`: `ihead bench --quick --json` in every runtime and browser that is
 * here, one after the other, into bench/results/. `--thorough` takes the time of the whole suite.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Machine } from '../../../bench/environment.js';
import { benchReportSchema } from '../../../bench/report.js';
import { parse } from '../../../src/schema.js';
import { ROOT } from '../package/unpacked.js';
import { browsers } from './browsers.js';
import { servePages } from './pages.js';
import { commands } from './places.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { thorough: { type: 'boolean' } } });
const wanted = (name: string) => positionals.length === 0 || positionals.some((start) => name.startsWith(start));
const quick = values.thorough ? [] : ['--quick'];
const results = join(ROOT, 'bench/results');
mkdirSync(results, { recursive: true });

function keep(name: string, report: unknown): void {
  const valid = parse(benchReportSchema, report, name);
  writeFileSync(join(results, `${name.toLowerCase().replaceAll(' ', '-')}.json`), `${JSON.stringify(valid)}\n`);
  console.log(`${name}: ${valid.environment.runtime}, ${valid.environment.engine}`);
}

for (const place of commands(ROOT).filter(({ name }) => wanted(name))) {
  if ('get' in place) console.log(`${place.name} is not here: ${place.get}`);
  else {
    const [path, ...options] = place.command;
    const bench = (...more: readonly string[]) => {
      const args = [...options, join(ROOT, 'dist/src/cli/main.js'), 'bench', '--json', ...quick, ...more];
      return JSON.parse(execFileSync(path, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    };
    keep(place.name, bench());
    if (place.name === 'Node 26') keep(`${place.name} wide`, bench('--wide-vectors'));
  }
}

const pages = await servePages(ROOT);
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
/** Browsers round the number of cores, to tell their users apart less well. */
const machine: Machine = {
  ihead: version,
  processor: cpus()[0]?.model.trim() ?? null,
  system: `${type()} ${release()} ${arch()}`,
  cores: cpus().length,
};
for (const browser of browsers().filter(({ name }) => wanted(name))) {
  if ('get' in browser) {
    console.log(`${browser.name} is not here: ${browser.get}`);
    continue;
  }
  const { to, reply } = pages.expect();
  const url = new URL(`${pages.origin}/bench/index.html`);
  for (const flag of ['json', ...quick.map(() => 'quick')]) url.searchParams.set(flag, '');
  url.searchParams.set('machine', JSON.stringify(machine));
  url.searchParams.set('to', to);
  const text = reply();
  await browser.visit(
    url.href,
    text.catch(() => {}),
  );
  const report = parse(benchReportSchema, JSON.parse(await text), browser.name);
  // The driver knows the version that the page's own words leave out or invent.
  const runtime = `${browser.name} ${browser.version()}`;
  keep(browser.name, { ...report, environment: { ...report.environment, runtime } });
}
await pages.close();
