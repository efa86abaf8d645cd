/**
 * Runs the tests that `npm test` leaves out, a folder at a time; without names, every folder. What follows the names
 * goes to the tests: a part of a file’s name, or what the program of the folder takes.
 *
 *     npm run test:system                        # all of test/system
 *     npm run test:system browser panels         # the panels in Chromium
 *     npm run test:system runtimes Node Firefox  # the table of hashes, for what starts like this
 *     npm run test:slow heap 3                   # three minutes of one run
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Each returns an exit status. */
const run = (program, ...args) => spawnSync(program, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
const node = (...args) => run(process.execPath, ...args);
const uvu = (folder, part = '') => node('node_modules/uvu/bin.js', `dist/test/${folder}`, `${part}.*\\.test\\.js$`);
const buildSite = () => node('scripts/site.mjs');

function oldestTypes() {
  return existsSync(`${root}test/system/types/node_modules`) ? 0 : run('npm', 'ci', '--prefix', 'test/system/types');
}

/** publint and are-the-types-wrong, over what npm pack makes. */
function checkPackage() {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const attw = ['node_modules/@arethetypeswrong/cli/dist/index.js', `dist/ihead-${version}.tgz`];
  return (
    node('node_modules/publint/src/cli.js', '--strict') ||
    run('npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', 'dist') ||
    node(...attw, '--profile', 'esm-only', '--format', 'ascii')
  );
}

const KINDS = {
  system: {
    browser: (part) => buildSite() || uvu('system/browser', part),
    engines: (part) => buildSite() || uvu('system/engines', part),
    examples: (part) => oldestTypes() || uvu('system/examples', part),
    package: (part) => uvu('system/package', part) || checkPackage(),
    queue: (part) => uvu('system/queue', part),
    runtimes: (...args) => uvu('system/runtimes') || node('dist/test/system/runtimes/run.js', ...args),
  },
  slow: {
    bits: (part) => uvu('slow/bits', part),
    cost: (part) => uvu('slow/cost', part),
    curve: (part) => uvu('slow/curve', part),
    faults: (part) => uvu('slow/faults', part),
    kills: (...args) => node('dist/test/slow/kills/kills.test.js', ...args),
    fuzz: (seconds = '60', ...args) => node('dist/test/slow/fuzz/fuzz.test.js', seconds, ...args),
    heap: (...args) => node('dist/test/slow/heap/long-run.test.js', ...args),
  },
};

const [kind, ...given] = process.argv.slice(2);
const folders = KINDS[kind];
const first = given.findIndex((name) => !Object.hasOwn(folders, name));
const names = first < 0 ? given : given.slice(0, first);
if (names.length === 0 && given.length > 0) {
  console.error(`folder: expected one of ${Object.keys(folders).join(', ')}, got ${given[0]}`);
  process.exit(2);
}
for (const name of names.length > 0 ? names : Object.keys(folders)) {
  const status = folders[name](...given.slice(names.length));
  if (status !== 0) process.exitCode = status;
}
