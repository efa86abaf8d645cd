// Keeps docs/paper.md and the files in docs/results/ in step.
//
//   node scripts/paper-page.mjs               writes the measured tables into docs/paper.md
//   node scripts/paper-page.mjs --check       exit status 1 if the page says anything else than the files
//   node scripts/paper-page.mjs --docs DIR    the page and the results of another folder
//   node scripts/paper-page.mjs --take DIR    takes what `ihead repro --out DIR` wrote into docs/results/, then writes
//                                             the tables
//   node scripts/paper-page.mjs --unseen DIR  takes the verdicts alone, of seeds that chose no settings
//
// What was measured is taken as it is, judged and drawn as the experiments are now. The curves, which are large and can
// be trained again, stay where they are.
//
// A number in the text is `<!--= ID SCALE CORPUS: claim or finding -->.95<!--/-->`; `least` or `most` before the
// corpus's colon takes that end of the seeds.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawnFigure } from '../dist/src/cli/experiment-drawing.js';
import { experimentNamed, experiments } from '../dist/src/experiments/catalogue.js';
import { scales, shown } from '../dist/src/experiments/experiment.js';
import { judge, withRange } from '../dist/src/experiments/judge.js';

const BLOCK = /(<!-- measured: ([a-z-]+) -->\n)[\s\S]*?(<!-- end -->)/g;
const NUMBER = /(<!--= ([a-z-]+) (quick|paper) ([a-z-]+)( least| most)?: ([^>]+?) -->)[^<]*(<!--\/-->)/g;
/** Paper scale first. */
const SCALES = Object.keys(scales).reverse();
const FILE = new RegExp(`^[a-z-]+-(${SCALES.join('|')})\\.json$`);

/** First seed that chose no setting. */
const FRESH = 101;
/** Beyond this a number at paper scale counts as another one than the paper's: of shares and of losses. */
const FAR = { share: 0.1, loss: 0.2 };

const { values } = parseArgs({
  options: {
    check: { type: 'boolean' },
    take: { type: 'string', multiple: true },
    unseen: { type: 'string', multiple: true },
    docs: { type: 'string' },
  },
});
const DOCS = values.docs ?? fileURLToPath(new URL('../docs/', import.meta.url));
const PAGE = join(DOCS, 'paper.md');
const RESULTS = join(DOCS, 'results');
const UNSEEN = join(DOCS, 'results', 'unseen');
/** Blocks that are not an experiment's. */
const SUMMARIES = { sizes, unseen, differences };
for (const folder of values.take ?? []) for (const result of resultsIn(folder)) take(folder, result);
for (const folder of values.unseen ?? []) for (const result of resultsIn(folder)) keepVerdicts(result);
const page = readFileSync(PAGE, 'utf8');
const wanted = page
  .replace(BLOCK, (_, head, id, end) => `${head}${SUMMARIES[id]?.() ?? measured(id)}\n${end}`)
  .replace(
    NUMBER,
    (_, head, id, scale, corpus, end, text, tail) => `${head}${numberOf(id, scale, corpus, end, text)}${tail}`,
  );
if (values.check === true && page !== wanted) {
  console.error('docs/paper.md and docs/results/ disagree: node scripts/paper-page.mjs writes the tables anew');
  process.exitCode = 1;
} else if (values.check !== true) writeFileSync(PAGE, wanted);

/** What `ihead repro` left in a folder, judged anew. */
function resultsIn(folder) {
  return readdirSync(folder)
    .filter((name) => FILE.test(name))
    .map((name) => {
      const result = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      const experiment = experimentNamed(result.id);
      const { title, source } = experiment;
      const figure = experiment.figure(result.curves[0], result.scale);
      return { ...result, title, source, figure, ...judge(experiment, result.curves, result.scale) };
    });
}

function take(folder, { curves, figure, ...result }) {
  const base = `${result.id}-${result.scale}`;
  const to = join(RESULTS, result.corpus.replace(/\W+/g, '-'));
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, `${base}.json`), `${JSON.stringify(result, null, 1)}\n`);
  for (const name of drawingsOf(folder, base)) copyFileSync(join(folder, name), join(to, name));
  writeFileSync(join(to, `${base}.svg`), `${drawnFigure({ ...result, curves, figure })}\n`);
}

function keepVerdicts({ curves, figure, findings, ...result }) {
  mkdirSync(UNSEEN, { recursive: true });
  writeFileSync(join(UNSEEN, `${result.id}-${result.scale}.json`), `${JSON.stringify(result, null, 1)}\n`);
}

/** The figure, then the maps that go with it. */
function drawingsOf(folder, base) {
  return readdirSync(folder)
    .filter((name) => name === `${base}.svg` || (name.startsWith(`${base}-`) && name.endsWith('.svg')))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** Of a map: which one. */
function partOf(name, id, scale) {
  const part = name.slice(`${id}-${scale}`.length + 1, -'.svg'.length);
  return part === '' ? '' : `: ${part}`;
}

/** Every result of an experiment, paper scale first. */
function resultsOf(id) {
  const folders = existsSync(RESULTS) ? readdirSync(RESULTS).filter((name) => name !== 'unseen') : [];
  folders.sort();
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
    ...drawings.map((name) => `![${title}${partOf(name, id, scale)}, ${scale} scale](results/${folder}/${name})`),
    claims(results),
    ...findings(results),
    account(results),
  ];
  const computed = results.every(({ trained }) => trained === 0);
  if (scale !== 'paper' && !computed)
    parts.push(`Not measured at paper scale yet: \`ihead repro ${id} --scale paper\`.`);
  return `\n${parts.join('\n\n')}\n`;
}

/** A row for each claim; what the paper reads; two columns for each result. */
function claims(results) {
  const head = results.flatMap((result) => [columnOf(result), 'seeds that hold']);
  const rows = texts(results, 'verdicts', 'claim').map((claim) => {
    const found = results.map(({ verdicts }) => verdicts.find((one) => one.claim === claim));
    return [claim, printed(found), ...found.flatMap(verdict)];
  });
  return table(['claim', 'paper', ...head], rows);
}

/** What is measured and not judged, out of the way; the difference where a result has the paper's size and corpus. */
function findings(results) {
  const all = texts(results, 'findings', 'finding');
  if (all.length === 0) return [];
  const head = results.flatMap((result) => [columnOf(result), ...(isThePapers(result) ? ['difference'] : [])]);
  const rows = all.map((finding) => {
    const found = results.map((result) => result.findings.find((one) => one.finding === finding));
    const cells = found.flatMap((one, n) => [
      one === undefined ? '' : spread(one),
      ...(isThePapers(results[n]) ? [difference(one)] : []),
    ]);
    return [finding, printed(found), ...cells];
  });
  const summary = `<summary>Measured and not judged: ${all.length} numbers</summary>`;
  return [`<details>\n${summary}\n\n${table(['', 'paper', ...head], rows)}\n\n</details>`];
}

function texts(results, list, key) {
  return [...new Set(results.flatMap((result) => result[list].map((one) => one[key])))];
}

function columnOf({ corpus, scale }) {
  return `ours: ${corpus}, ${scale} scale`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [head, head.map(() => '---'), ...rows].map(line).join('\n');
}

function isThePapers({ scale, corpus }) {
  return scale === 'paper' && corpus === 'tiny-shakespeare';
}

/** At which size and on how many seeds each experiment stands; one that is computed has a single size. */
function sizes() {
  const rows = experiments.map(({ id, source }) => {
    const results = resultsOf(id);
    const at = (scale) =>
      results
        .filter((result) => result.scale === scale)
        .map(({ corpus, seeds }) => `${corpus}, ${seeds.length} ${seeds.length > 1 ? 'seeds' : 'seed'}`)
        .join('; ');
    const computed = results.length > 0 && results.every(({ trained }) => trained === 0);
    return [source, `\`${id}\``, at('quick'), at('paper') || (computed ? 'the same' : '')];
  });
  return `\n${table(['where', 'experiment', 'quick scale', 'paper scale'], rows)}\n`;
}

/** What was measured on seeds that chose no settings: an experiment a row, and all of it together. */
function unseen() {
  const rows = [];
  let claimed = 0;
  let held = 0;
  for (const { id } of experiments) {
    const kept = SCALES.map((scale) => join(UNSEEN, `${id}-${scale}.json`)).filter((path) => existsSync(path));
    const fresh = resultsOf(id).filter(({ seeds }) => seeds[0] >= FRESH);
    for (const result of [...kept.map((path) => JSON.parse(readFileSync(path, 'utf8'))), ...fresh]) {
      const { seeds, verdicts } = result;
      const failed = verdicts.filter(({ holds }) => !holds);
      claimed += verdicts.length;
      held += verdicts.length - failed.length;
      const names = failed.map((one) => `${one.claim}: ${spread(one)}, wanted ${one.wanted}`).join('; ');
      const share = `${verdicts.length - failed.length} of ${verdicts.length}`;
      rows.push([`\`${id}\``, `${columnOf(result).slice('ours: '.length)}, ${seeds.join(', ')}`, share, names]);
    }
  }
  const share = `${held} of ${claimed} claims hold, ${((100 * held) / claimed).toFixed(1)} %.`;
  return `\n${share}\n\n${table(['experiment', 'seeds', 'claims that hold', 'the others'], rows)}\n`;
}

/** Every number of the paper's that ours at its size and on its corpus is far from. */
function differences() {
  const rows = [];
  let compared = 0;
  for (const { id, source } of experiments) {
    for (const result of resultsOf(id).filter(isThePapers)) {
      for (const one of result.findings) {
        if (one.paper === undefined || one.measured === null || isStep(one)) continue;
        compared++;
        if (isFar(one)) rows.push([source, one.finding, shown(one.paper), spread(one), difference(one)]);
      }
    }
  }
  const account = `Of ${compared} digitised shares and losses measured at paper scale, ${compared - rows.length} lie within .1 (losses: .2).`;
  return `\n${account}\n\n${table(['figure', '', 'paper', 'ours', 'difference'], rows)}\n`;
}

/** A number in the text, from the result that it names. */
function numberOf(id, scale, corpus, end, text) {
  const path = join(RESULTS, corpus, `${id}-${scale}.json`);
  const { verdicts, findings: found } = JSON.parse(readFileSync(path, 'utf8'));
  const one = [...verdicts, ...found].find(({ claim, finding }) => (claim ?? finding) === text);
  if (one === undefined)
    throw new Error(`${path}: expected a claim or finding named in docs/paper.md, got none: ${text}`);
  return shown(end === ' least' ? one.lowest : end === ' most' ? one.highest : one.measured);
}

function printed(found) {
  const paper = found.find((one) => one?.paper !== undefined)?.paper;
  return paper === undefined ? '' : shown(paper);
}

function verdict(one) {
  if (one === undefined) return ['', ''];
  return [`${one.holds ? '✓' : '**✗**'} ${spread(one)}, wanted ${one.wanted}`, `${one.held} of ${one.seeds}`];
}

/** From the paper's number. */
function difference(one) {
  if (one?.paper === undefined || one.measured === null) return '';
  const by = one.measured - one.paper;
  if (isStep(one)) return `${by > 0 ? '+' : ''}${Math.round(by)}`;
  const text = `${by > 0 ? '+' : ''}${shown(Number(by.toFixed(3)))}`;
  return isFar(one) ? `**${text}**` : text;
}

/** Shares and losses are small numbers. */
function isStep({ paper }) {
  return Math.abs(paper) > 10;
}

function isFar({ paper, measured: value, finding }) {
  return Math.abs(value - paper) > (/loss|distance/.test(finding) ? FAR.loss : FAR.share);
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
