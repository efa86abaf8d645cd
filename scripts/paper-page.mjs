// Keeps docs/paper.md and the files in docs/results/ in step.
//
//   node scripts/paper-page.mjs               writes the measured tables into docs/paper.md
//   node scripts/paper-page.mjs --check       exit status 1 if the page says anything else than the files
//   node scripts/paper-page.mjs --docs DIR   the page and the results of another folder
//   node scripts/paper-page.mjs --take DIR    copies what `ihead repro --out DIR` wrote into docs/results/, then writes
//                                             the tables
//
// A file is taken as it was written, but for its curves, which are large and can be trained again; its figure is the
// SVG beside it.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { scales, shown } from '../dist/src/experiments/experiment.js';
import { withRange } from '../dist/src/experiments/judge.js';

const BLOCK = /(<!-- measured: ([a-z-]+) -->\n)[\s\S]*?(<!-- end -->)/g;
/** Paper scale first. */
const SCALES = Object.keys(scales).reverse();
const FILE = new RegExp(`^[a-z-]+-(${SCALES.join('|')})\\.json$`);

const { values } = parseArgs({
  options: { check: { type: 'boolean' }, take: { type: 'string', multiple: true }, docs: { type: 'string' } },
});
const DOCS = values.docs ?? fileURLToPath(new URL('../docs/', import.meta.url));
const PAGE = join(DOCS, 'paper.md');
const RESULTS = join(DOCS, 'results');
for (const folder of values.take ?? []) take(folder);
const page = readFileSync(PAGE, 'utf8');
const wanted = page.replace(BLOCK, (_, head, id, end) => `${head}${measured(id)}\n${end}`);
if (values.check === true && page !== wanted) {
  console.error('docs/paper.md and docs/results/ disagree: node scripts/paper-page.mjs writes the tables anew');
  process.exitCode = 1;
} else if (values.check !== true) writeFileSync(PAGE, wanted);

function take(folder) {
  for (const name of readdirSync(folder)) {
    if (!FILE.test(name)) continue;
    const { curves, figure, ...result } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const to = join(RESULTS, result.corpus.replace(/\W+/g, '-'));
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, name), `${JSON.stringify(result, null, 1)}\n`);
    copyFileSync(join(folder, name.replace('.json', '.svg')), join(to, name.replace('.json', '.svg')));
  }
}

/** Every result of an experiment, paper scale first. */
function resultsOf(id) {
  const folders = existsSync(RESULTS) ? readdirSync(RESULTS).sort() : [];
  return SCALES.flatMap((scale) =>
    folders.flatMap((folder) => {
      const path = join(RESULTS, folder, `${id}-${scale}.json`);
      return existsSync(path) ? [{ ...JSON.parse(readFileSync(path, 'utf8')), folder }] : [];
    }),
  );
}

function measured(id) {
  const results = resultsOf(id);
  if (results.length === 0) return `Not measured yet: \`ihead repro ${id}\`.`;
  const [{ folder, scale, title }] = results;
  const parts = [`![${title}, ${scale} scale](results/${folder}/${id}-${scale}.svg)`, table(results), account(results)];
  const computed = results.every(({ trained }) => trained === 0);
  if (scale !== 'paper' && !computed)
    parts.push(`Not measured at paper scale yet: \`ihead repro ${id} --scale paper\`.`);
  return `\n${parts.join('\n\n')}\n`;
}

/** A row for each claim, then for each finding; a column for each result. */
function table(results) {
  const columns = results.map(({ corpus, scale }) => `${corpus}, ${scale} scale`);
  const rows = [
    ['claim', ...columns],
    ['---', ...columns.map(() => '---')],
  ];
  for (const claim of new Set(results.flatMap(({ verdicts }) => verdicts.map((one) => one.claim)))) {
    rows.push([claim, ...results.map(({ verdicts }) => verdict(verdicts.find((one) => one.claim === claim)))]);
  }
  for (const finding of new Set(results.flatMap(({ findings }) => findings.map((one) => one.finding)))) {
    const cells = results.map(({ findings }) => findings.find((one) => one.finding === finding));
    rows.push([`*${finding}*`, ...cells.map((one) => (one === undefined ? '' : spread(one)))]);
  }
  return rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

function verdict(one) {
  if (one === undefined) return '';
  const seeds = one.seeds > 1 ? `; ${one.held} of ${one.seeds} seeds` : '';
  return `${one.holds ? '✓' : '**✗**'} ${spread(one)}, wanted ${one.wanted}${seeds}`;
}

/** In JSON a number that was not measured is null. */
function spread(one) {
  const [measured, lowest, highest] = [one.measured, one.lowest, one.highest].map((value) => value ?? Number.NaN);
  return Object.is(lowest, highest) || Number.isNaN(measured)
    ? shown(measured)
    : withRange({ measured, lowest, highest });
}

/** On what, and how long. */
function account(results) {
  return results
    .map(({ corpus, scale, seeds, seconds, trained, runtime, versions, sha256 }) => {
      const time = trained > 0 ? `training took ${minutes(trained)}` : `took ${minutes(seconds)}`;
      const which = `${corpus}, ${scale} scale: ${seeds.length > 1 ? 'seeds' : 'seed'} ${seeds.join(', ')}`;
      return `- ${which}; ${time}; ${runtime}; ihead ${versions.ihead}, build ${sha256.slice(0, 12)}.`;
    })
    .join('\n');
}

function minutes(seconds) {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
