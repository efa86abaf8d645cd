/**
 * Holds what is said to what is: the README's list of dependencies; scripts and paths that documents name; the width of
 * comments and prose; the length of files.
 *
 *     node scripts/check-statements.mjs
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const COLUMNS = 120;
const LINES = 400;
/** Made by a build or a run, so that a fresh clone does not have them. */
const MADE = /^(dist|runs|node_modules|bindings\/builds)\//;
/** Lines of a document that may be longer: tables, code, pictures, marks. */
const NO_PROSE = /^(\||!\[|<| {4}|```)/;

const exists = (path) => existsSync(`${root}${path}`);
const read = (path) => readFileSync(`${root}${path}`, 'utf8');
const faults = [];

function tracked(...patterns) {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns];
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim().split('\n').filter(exists);
}

function checkWidths(path, concerns, what) {
  for (const [i, line] of read(path).split('\n').entries()) {
    if (line.length <= COLUMNS || !concerns(line)) continue;
    faults.push(`${path}:${i + 1}: expected ${what} of at most ${COLUMNS} columns, got ${line.length}`);
  }
}

const { dependencies, scripts } = JSON.parse(read('package.json'));
const uses = /the\s+command\s+line\s+uses(.*?)\.\n/s.exec(read('README.md'))?.[1] ?? '';
const named = [...uses.matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort();
const real = Object.keys(dependencies).sort();
if (named.join() !== real.join()) {
  faults.push(`README.md, "the command line uses …": expected ${real.join(', ')}, got ${named.join(', ')}`);
}

for (const path of tracked('*.ts', '*.mjs', '*.js')) {
  const { length } = read(path).replace(/\n$/, '').split('\n');
  if (length > LINES) faults.push(`${path}: expected at most ${LINES} lines, got ${length}`);
  checkWidths(path, (line) => /^\s*(\/\/|\/?\*)|\s\/\/ /.test(line), 'a comment');
}

for (const path of tracked('*.md')) {
  // A program writes half of the lines of docs/paper.md, one a claim.
  if (path !== 'docs/paper.md') checkWidths(path, (line) => !NO_PROSE.test(line), 'prose');
  const text = read(path);
  // bench/peers has a package of its own.
  for (const [, name] of text.matchAll(/\bnpm run ([a-z:-]+)/g)) {
    if (name !== 'compare' && !Object.hasOwn(scripts, name)) {
      faults.push(`${path}: expected a script of package.json, got npm run ${name}`);
    }
  }
  for (const [, name] of text.matchAll(/`((?:assembly|bindings|src|test|bench|scripts|examples|docs)\/[\w./-]*)`/g)) {
    if (!exists(name) && !MADE.test(name) && !/NAME|FILE/.test(name)) {
      faults.push(`${path}: expected paths that exist, got ${name}`);
    }
  }
}

for (const fault of faults) console.error(fault);
if (faults.length > 0) {
  console.error(`statements: ${faults.length} faults`);
  process.exitCode = 1;
}
