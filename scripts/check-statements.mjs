/**
 * Holds what is said to what is: the README's list of dependencies, the length of comments, and the length of files.
 *
 *     node scripts/check-statements.mjs
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const COLUMNS = 120;
const LINES = 400;

const read = (path) => readFileSync(`${root}${path}`, 'utf8');
const faults = [];

const uses = /the command line uses(.*?)\.\n/s.exec(read('README.md'))?.[1] ?? '';
const named = [...uses.matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort();
const real = Object.keys(JSON.parse(read('package.json')).dependencies).sort();
if (named.join() !== real.join()) {
  faults.push(`README.md, "the command line uses …": expected ${real.join(', ')}, got ${named.join(', ')}`);
}

const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.mjs', '*.js'];
const files = execFileSync('git', listed, { cwd: root, encoding: 'utf8' }).trim().split('\n');
for (const path of files.filter((file) => existsSync(`${root}${file}`))) {
  const lines = read(path).replace(/\n$/, '').split('\n');
  if (lines.length > LINES) faults.push(`${path}: expected at most ${LINES} lines, got ${lines.length}`);
  for (const [i, line] of lines.entries()) {
    if (line.length > COLUMNS && /^\s*(\/\/|\/?\*)|\s\/\/ /.test(line)) {
      faults.push(`${path}:${i + 1}: expected a comment of at most ${COLUMNS} columns, got ${line.length}`);
    }
  }
}

for (const fault of faults) console.error(fault);
if (faults.length > 0) {
  console.error(`statements: ${faults.length} faults`);
  process.exitCode = 1;
}
