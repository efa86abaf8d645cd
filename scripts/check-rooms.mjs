/**
 * Holds every import to the table of rooms in CONTRIBUTING.md, and finds circles; imports of types count as well.
 * It reads the sources alone, so nothing has to be built.
 *
 *     node scripts/check-rooms.mjs [ROOT]
 *
 * A row of the table is a folder or a file, what lives there and what it may import: paths and packages in backquotes,
 * where a path stands for all under it, `(types)` after it allows types alone, and `everything` allows all. The row
 * with the longest path counts, and a room may always import itself.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'vite';

const root = process.argv[2] ?? fileURLToPath(new URL('../', import.meta.url));
const faults = [];

/** The rows of the table: { path, everything, grants: [{ path, types }] }. */
function readRooms(text) {
  const table = /\n\| *folder *\|.*\| *may import *\|\n.*\n((?:\|.*\n)+)/.exec(text);
  if (!table) throw new Error('CONTRIBUTING.md: expected a table with the columns folder … may import, got none');
  return table[1]
    .trim()
    .split('\n')
    .map((row) => {
      const cells = row.split('|').slice(1, -1);
      const grants = [...cells.at(-1).matchAll(/`([^`]+)`( \(types\))?/g)];
      return {
        path: /`([^`]+)`/.exec(cells[0])[1],
        everything: /\beverything\b/.test(cells.at(-1)),
        grants: grants.map(([, path, types]) => ({ path, types: types !== undefined })),
      };
    });
}

/** Every source file below a folder, as a path from the root. */
function sourcesIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesIn(`${path}/`);
    return /(?<!\.d)\.(ts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

/** The imports and re-exports of one file: [{ name, types }], names as written. */
function importsOf(path) {
  // AssemblyScript's decorators of functions are no TypeScript.
  const source = readFileSync(join(root, path), 'utf8').replace(/^\s*@\w+(\(.*?\))?/gm, '');
  const { module, program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const found = [];
  for (const { moduleRequest, entries } of module.staticImports) {
    found.push({ name: moduleRequest.value, types: entries.length > 0 && entries.every(({ isType }) => isType) });
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) found.push({ name: moduleRequest.value, types: isType });
    }
  }
  new Visitor({
    ImportExpression: ({ source }) => source.type === 'Literal' && found.push({ name: source.value, types: false }),
    TSImportType: ({ source }) => found.push({ name: source.value, types: true }),
  }).visit(program);
  return found;
}

/** A relative import as a path from the root, a package by its name. */
function resolve(from, name) {
  if (!name.startsWith('.')) return name.startsWith('node:') ? 'node:' : /^(?:@[^/]+\/)?[^/]+/.exec(name)[0];
  // Plain JavaScript imports what was compiled.
  const path = posix.join(posix.dirname(from), name).replace(/^dist\/(?=\w+\/)|(?<=^bench\/peers\/)dist\//, '');
  const source = path.replace(/\.js$/, '.ts').replace(/^assembly\/[^.]*$/, '$&.ts');
  return existsSync(join(root, path)) ? path : source;
}

/** Written by a build, or laid beside the file where it runs. */
const isMade = (path) => /^bindings\/builds\/|node_modules\//.test(path);
const isPath = (target) => target.includes('/') && !target.startsWith('@');
const covers = (rule, path) => path === rule || (rule.endsWith('/') && path.startsWith(rule));

const rooms = readRooms(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')).sort(
  (a, b) => b.path.length - a.path.length,
);
const roomOf = (path) => rooms.find((room) => covers(room.path, path));
for (const { path } of rooms) {
  if (!existsSync(join(root, path))) faults.push(`CONTRIBUTING.md: expected rooms that exist, got ${path}`);
}
const folders = (of) => readdirSync(join(root, of), { withFileTypes: true }).filter((entry) => entry.isDirectory());
const ROOMLESS = /^(?:\.|node_modules$|dist$|runs$)/;
for (const [of, { name }] of ['', 'src/'].flatMap((of) => folders(of).map((entry) => [of, entry]))) {
  const path = `${of}${name}/`;
  const listed = rooms.some((room) => room.path.startsWith(path));
  if (!listed && !ROOMLESS.test(name))
    faults.push(`CONTRIBUTING.md: expected a row for every folder, got none for ${path}`);
}

const arrows = new Map();
const SOURCES = ['assembly/', 'bindings/', 'src/', 'bench/', 'test/', 'examples/', 'scripts/'];
for (const path of SOURCES.filter((folder) => existsSync(join(root, folder))).flatMap(sourcesIn)) {
  const room = roomOf(path);
  if (!room) {
    faults.push(`${path}: expected a room of CONTRIBUTING.md, got none`);
    continue;
  }
  const targets = importsOf(path).map(({ name, types }) => ({ target: resolve(path, name), types }));
  arrows.set(path, [...new Set(targets.map(({ target }) => target))]);
  for (const { target, types } of targets) {
    if (isPath(target) && !isMade(target) && !existsSync(join(root, target))) {
      faults.push(`${path}: expected imports of files that exist, got ${target}`);
    }
    const allowed =
      room.everything ||
      roomOf(target) === room ||
      room.grants.some((grant) => covers(grant.path, target) && (types || !grant.types));
    if (!allowed) {
      faults.push(
        `${path}: expected imports that the row of ${room.path} allows, got ${target}${types ? ' (types)' : ''}`,
      );
    }
  }
}

/** Depth first; a file that is met again while it is open closes a circle. Each circle is told once. */
const done = new Set();
function findCircles(path, open) {
  if (done.has(path) || !arrows.has(path)) return;
  const at = open.indexOf(path);
  if (at >= 0) {
    faults.push(`circle: ${[...open.slice(at), path].join(' → ')}`);
    return;
  }
  for (const target of arrows.get(path)) findCircles(target, [...open, path]);
  done.add(path);
}
for (const path of arrows.keys()) findCircles(path, []);

for (const fault of faults) console.error(fault);
if (faults.length > 0) {
  console.error(`rooms: ${faults.length} faults; the table is in CONTRIBUTING.md`);
  process.exitCode = 1;
}
