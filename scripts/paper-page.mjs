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

/** Beyond this a number at paper scale counts as another one than the paper's: of shares and of losses. */
const FAR = { share: 0.1, loss: 0.2 };

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
    for (const drawing of drawingsOf(folder, name.replace('.json', ''))) {
      copyFileSync(join(folder, drawing), join(to, drawing));
    }
  }
}

/** The figure, then the maps that go with it. */
function drawingsOf(folder, base) {
  return readdirSync(folder)
    .filter((name) => name === `${base}.svg` || (name.startsWith(`${base}-`) && name.endsWith('.svg')))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
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
  const drawings = drawingsOf(join(RESULTS, folder), `${id}-${scale}`);
  const parts = [
    ...drawings.map((name) => `![${title}, ${scale} scale](results/${folder}/${name})`),
    table(results),
    account(results),
  ];
  const computed = results.every(({ trained }) => trained === 0);
  if (scale !== 'paper' && !computed)
    parts.push(`Not measured at paper scale yet: \`ihead repro ${id} --scale paper\`.`);
  return `\n${parts.join('\n\n')}\n`;
}

/** A row for each claim, then for each finding; what the paper reads; two columns for each result. */
function table(results) {
  const rows = [
    [
      'claim',
      'paper',
      ...results.flatMap(({ corpus, scale }) => [`ours: ${corpus}, ${scale} scale`, 'seeds that hold']),
    ],
  ];
  rows.push(rows[0].map(() => '---'));
  const texts = (list, key) => new Set(results.flatMap((result) => result[list].map((one) => one[key])));
  for (const claim of texts('verdicts', 'claim')) {
    const found = results.map(({ verdicts }) => verdicts.find((one) => one.claim === claim));
    rows.push([claim, printed(found), ...found.flatMap(verdict)]);
  }
  for (const finding of texts('findings', 'finding')) {
    const found = results.map(({ findings }) => findings.find((one) => one.finding === finding));
    const cells = found.flatMap((one, n) => [one === undefined ? '' : spread(one), difference(one, results[n])]);
    rows.push([`*${finding}*`, printed(found), ...cells]);
  }
  return rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

function printed(found) {
  const paper = found.find((one) => one?.paper !== undefined)?.paper;
  return paper === undefined ? '' : shown(paper);
}

function verdict(one) {
  if (one === undefined) return ['', ''];
  return [`${one.holds ? '✓' : '**✗**'} ${spread(one)}, wanted ${one.wanted}`, `${one.held} of ${one.seeds}`];
}

/** From the paper's number, at its scale and on its corpus. */
function difference(one, { scale, corpus }) {
  if (one?.paper === undefined || one.measured === null) return '';
  if (scale !== 'paper' || corpus !== 'tiny-shakespeare') return '';
  const by = one.measured - one.paper;
  if (Math.abs(one.paper) > 10) return `${by > 0 ? '+' : ''}${Math.round(by)}`;
  const text = `${by > 0 ? '+' : ''}${shown(Number(by.toFixed(3)))}`;
  return Math.abs(by) > (/loss/.test(one.finding) ? FAR.loss : FAR.share) ? `**${text}**` : text;
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
    .map(({ corpus, scale, seeds, seconds, trained, runtime, versions, sha256, ranOn = [] }) => {
      const time = trained > 0 ? `training took ${minutes(trained)}` : `took ${minutes(seconds)}`;
      const which = `${corpus}, ${scale} scale: ${seeds.length > 1 ? 'seeds' : 'seed'} ${seeds.join(', ')}`;
      const places = ranOn.length > 0 ? ranOn : [{ runtime, sha256 }];
      const on = places.map((place) => `${place.runtime}; build ${place.sha256.slice(0, 12)}`).join('; and ');
      return `- ${which}; ${time}; ${on}; ihead ${versions.ihead}.`;
    })
    .join('\n');
}

function minutes(seconds) {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
