/**
 * Curves of experiments on disk, named by the hash of what decides them:
 *
 *     KEY.json    { key, build, rows, sha256 } of a run that is finished
 *     KEY.part/   a run under way: its metrics and its last checkpoints
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../analysis/record.js';
import type { Corpus } from '../corpus/corpus.js';
import { corpusIdentity } from '../corpus/identity.js';
import { ConfigError, FormatError, show } from '../errors.js';
import type { Config } from '../train/config.js';
import { resumableConfig } from '../train/identity.js';
import type { TrainingState } from '../train/state.js';
import type { Trainer } from '../train/trainer.js';
import { fileError, makeFolder, readJson, removeStaleTemporaries, writeAtomic } from './bytes.js';
import { readMetrics } from './run.js';
import { openRunFolder, type RunFolder } from './run-folder.js';
import { CHECKPOINT_PAUSE, nativeSha256, newestState, saveState } from './saved-states.js';

/** A run that is trained now, kept on the way so that it can go on where it was stopped. */
export interface RunUnderWay {
  /** Where it stopped before, and what had been measured until then. */
  readonly saved: { readonly state: TrainingState; readonly rows: readonly Row[] } | null;
  append(row: Row): void;
  /** Between two steps: saves where the trainer stands, now and then. */
  stepped(trainer: Trainer): void;
  save(trainer: Trainer): void;
  /** Its curve is kept, and nothing else is needed. */
  finish(): void;
  /** It stops here; what was saved stays. After `finish` it does nothing. */
  close(): void;
}

export interface CurveStore {
  get(key: string): Promise<readonly Row[] | undefined>;
  set(key: string, curve: readonly Row[]): Promise<void>;
  /** null: nothing can be kept of it on the way. */
  begin(key: string, config: Config, corpus: Corpus): RunUnderWay | null;
}

const MOST_BYTES = 2 ** 28;
const PART = '.part';

/**
 * A folder of curves. A file that is damaged or says another key or build is no error: `warn` is told, and its run is
 * trained again. `build`: sha256 of the kernels.
 */
export function curveStore(folder: string, build: string, warn: (message: string) => void = () => {}): CurveStore {
  removeStaleTemporaries(folder);
  const fileOf = (key: string) => join(folder, `${key}.json`);
  const partOf = (key: string) => join(folder, key + PART);
  removeFinishedParts(folder);
  return {
    async get(key) {
      if (!existsSync(fileOf(key))) return undefined;
      try {
        return readCurve(readJson(fileOf(key), MOST_BYTES), key, build);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        warn(`warning: ${fileOf(key)} is not believed (${error.message})`);
        return undefined;
      }
    },
    async set(key, curve) {
      try {
        makeFolder(folder);
      } catch (error) {
        throw fileError('make', folder, error);
      }
      const rows = JSON.stringify(curve);
      const head = JSON.stringify({ key, build, sha256: nativeSha256(rows) });
      writeAtomic(fileOf(key), `${head.slice(0, -1)},"rows":${rows}}\n`);
    },
    begin(key, config, corpus) {
      let part: RunFolder;
      try {
        part = openRunFolder(partOf(key), 'resume');
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        warn(`warning: a run goes on without checkpoints (${error.message})`);
        return null;
      }
      return underWay(part, resumableConfig(config, corpusIdentity(config.task.corpus, corpus)), warn);
    },
  };
}

/** Throws a FormatError that says what is wrong with it. */
function readCurve(value: unknown, key: string, build: string): readonly Row[] {
  const given = (value ?? {}) as Readonly<Record<string, unknown>>;
  const { rows, sha256 } = given;
  if (given.key !== key) throw new FormatError(`key: expected ${key}, got ${show(given.key)}`);
  if (given.build !== build) throw new FormatError(`build: expected ${build}, got ${show(given.build)}`);
  if (!Array.isArray(rows) || !rows.every(isRow)) throw new FormatError(`rows: expected objects of numbers`);
  if (nativeSha256(JSON.stringify(rows)) !== sha256) throw new FormatError('its sha256 is another one');
  return rows as readonly Row[];
}

function underWay(part: RunFolder, line: string, warn: (message: string) => void): RunUnderWay {
  let open = true;
  let saved = performance.now();
  const save = (trainer: Trainer) => {
    saveState(trainer, part);
    saved = performance.now();
  };
  const close = () => {
    if (open) part.close();
    open = false;
  };
  return {
    saved: goOn(part, line, warn),
    append: part.appendMetrics,
    stepped(trainer) {
      if (performance.now() - saved >= CHECKPOINT_PAUSE) save(trainer);
    },
    save,
    finish() {
      close();
      rmSync(part.path, { recursive: true, force: true });
    },
    close,
  };
}

/** The newest state that is whole, with the metrics cut to what they were then. */
function goOn(part: RunFolder, line: string, warn: (message: string) => void): RunUnderWay['saved'] {
  const state = newestState(
    part,
    ({ config }) => config === line,
    (message) => warn(`warning: ${message}`),
  );
  if (state !== null) return { state, rows: readMetrics(part.path) };
  part.cutMetrics(0);
  return null;
}

/** Of runs whose curves are there: whoever kept the curve was stopped before it could clear up. */
function removeFinishedParts(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).filter((found) => found.endsWith(PART))) {
    if (!existsSync(join(folder, `${name.slice(0, -PART.length)}.json`))) continue;
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isRow(row: unknown): boolean {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false;
  return Object.values(row).every((value) => value === null || typeof value === 'number');
}
