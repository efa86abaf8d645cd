/** Runs that are there, from folders and from the rows of a sweep, with the settings in which they differ. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Row } from '../analysis/record.js';
import { ConfigError, FormatError } from '../errors.js';
import { readBytes } from '../files/bytes.js';
import { PARAMS_FILE, readConfigFile, readMetrics } from '../files/run.js';
import { canonicalJson } from '../train/identity.js';
import { SWEEPS_FOLDER } from './rows.js';
import { isRunId } from './run-id.js';
import type { Settings } from './settings.js';
import { runFolder } from './store.js';

export interface ComparedRun {
  /** Absolute. */
  readonly directory: string;
  /** Those in which the runs differ, but for the seed. */
  readonly settings: Settings;
  readonly seed: number;
  readonly records: readonly Row[];
}

/** Runs of one setting, over their seeds. */
export interface SettingGroup {
  readonly settings: Settings;
  readonly runs: readonly ComparedRun[];
}

const MOST_ROWS_BYTES = 2 ** 28;
/** Where and how a run was trained, and what tells it from its neighbours alone. */
const NO_SETTINGS = ['threads', 'kernel', 'seed'];

/**
 * `paths`: folders of runs, folders that hold such folders, rows of a sweep (.jsonl), or a store, which stands for the
 * sweep that was last there. Runs without an evaluation are left out. Throws a FormatError where nothing is left.
 */
export function comparedRuns(paths: readonly string[]): ComparedRun[] {
  const directories = [...new Set(paths.flatMap(foldersOf))];
  const read = directories.flatMap((directory) => {
    const records = readMetrics(directory);
    if (records.length === 0) return [];
    return [{ directory, records, flat: flatten(readConfigFile(join(directory, PARAMS_FILE))) }];
  });
  if (read.length === 0) throw new FormatError(`${paths.join(', ')}: expected runs with evaluations, got none`);
  const all = new Set(read.flatMap(({ flat }) => [...flat.keys()]));
  const differing = [...all].filter((path) => {
    const texts = new Set(read.map(({ flat }) => canonicalJson(flat.get(path) ?? null)));
    return texts.size > 1 && !NO_SETTINGS.includes(path);
  });
  return read.map(({ directory, records, flat }) => ({
    directory,
    records,
    settings: Object.fromEntries(differing.map((path) => [path, flat.get(path) ?? null])),
    seed: Number(flat.get('seed')),
  }));
}

/** By the values of these settings, in the order in which they are met; default: by all in which the runs differ. */
export function grouped(runs: readonly ComparedRun[], by?: readonly string[]): SettingGroup[] {
  const groups = new Map<string, { readonly settings: Settings; readonly runs: ComparedRun[] }>();
  for (const run of runs) {
    const paths = by ?? Object.keys(run.settings);
    const settings = Object.fromEntries(paths.map((path) => [path, run.settings[path]]));
    const key = canonicalJson(settings);
    const group = groups.get(key) ?? { settings, runs: [] };
    group.runs.push(run);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => compareSettings(a.settings, b.settings));
}

/** The path that a person means: a whole one, or an end that no other has. Throws a ConfigError for any other. */
export function settingNamed(name: string, paths: readonly string[]): string {
  const meant = paths.filter((path) => path === name || path.endsWith(`.${name}`));
  if (meant.length === 1) return meant[0]!;
  const known = paths.length === 0 ? 'none: the runs differ in their seeds alone' : paths.join(', ');
  throw new ConfigError('--by', name, `one setting in which the runs differ (${known})`);
}

function foldersOf(path: string): string[] {
  if (path.endsWith('.jsonl')) return rowFolders(path);
  if (!existsSync(path)) throw new FormatError(`cannot read ${path}: there is no such file or folder`);
  if (existsSync(join(path, PARAMS_FILE))) return [resolve(path)];
  const sweeps = join(path, SWEEPS_FOLDER);
  const rows = existsSync(sweeps) ? readdirSync(sweeps).filter((name) => name.endsWith('.jsonl')) : [];
  const age = (name: string) => statSync(join(sweeps, name)).mtimeMs;
  const [newest] = rows.sort((a, b) => age(b) - age(a));
  if (newest !== undefined) return rowFolders(join(sweeps, newest));
  const inside = readdirSync(path).map((name) => resolve(path, name));
  return inside.filter((folder) => existsSync(join(folder, PARAMS_FILE)));
}

/** A store may have been moved: its runs lie beside its rows. */
function rowFolders(path: string): string[] {
  const store = dirname(dirname(resolve(path)));
  const lines = new TextDecoder().decode(readBytes(path, MOST_ROWS_BYTES)).trim().split('\n');
  const ids = lines.map((line, at) => {
    try {
      const { id, status } = JSON.parse(line) as { readonly id?: unknown; readonly status?: unknown };
      if (typeof id === 'string' && isRunId(id)) return status === 'finished' ? id : null;
    } catch {
      // Told below.
    }
    throw new FormatError(`${path}: line ${at + 1}: expected the row of a run`);
  });
  return ids.flatMap((id) => (id === null ? [] : [runFolder(store, id)]));
}

/** Settings by their paths; lists stay whole. */
function flatten(value: object, above = ''): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  for (const [name, inner] of Object.entries(value)) {
    const path = above === '' ? name : `${above}.${name}`;
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
      for (const [deeper, leaf] of flatten(inner, path)) flat.set(deeper, leaf);
    } else flat.set(path, inner);
  }
  return flat;
}

/** Numbers by size, all else by its text. */
function compareSettings(a: Settings, b: Settings): number {
  for (const [path, left] of Object.entries(a)) {
    const right = b[path];
    if (canonicalJson(left) === canonicalJson(right)) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return canonicalJson(left) < canonicalJson(right) ? -1 : 1;
  }
  return 0;
}
