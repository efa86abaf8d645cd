/**
 * `npm run bench:runtimes [-- NAME…]`: `ihead bench --quick --json` in every runtime and browser that is here, one after the
 * other, into bench/results/. `--thorough` takes the time of the whole suite.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'valibot';
import { benchReportSchema } from '../../bench/report.js';
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
  const valid = parse(benchReportSchema, report);
  writeFileSync(join(results, `${name.toLowerCase().replaceAll(' ', '-')}.json`), `${JSON.stringify(valid)}\n`);
  console.log(`${name}: ${valid.environment.runtime}, ${valid.environment.engine}`);
}

for (const place of commands(ROOT).filter(({ name }) => wanted(name))) {
  if ('get' in place) console.log(`${place.name} is not here: ${place.get}`);
  else {
    const [path, ...options] = place.command;
    const args = [...options, join(ROOT, 'dist/src/cli/main.js'), 'bench', '--json', ...quick];
    keep(
      place.name,
      JSON.parse(execFileSync(path, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })),
    );
  }
}

const pages = await servePages(ROOT);
const machine = { processor: cpus()[0]?.model.trim() ?? null, system: `${type()} ${release()} ${arch()}` };
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
  keep(browser.name, JSON.parse(await text));
}
pages.close();
