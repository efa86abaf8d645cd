/** `ihead report`: one HTML page about one run or several side by side. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import type { MetricsRecord } from '../analysis/record.js';
import { ConfigError, DivergenceError, FormatError, show } from '../errors.js';
import { runFolderOf } from '../files/archive.js';
import { readJson, removeStaleTemporaries, writeAtomic } from '../files/bytes.js';
import { MOST_JSON_BYTES, PARAMS_FILE, readMetrics, WEIGHTS_FILE } from '../files/run.js';
import type { ReportRun } from '../report/page.js';
import { integer } from '../schema.js';
import { isGroup } from '../task/kinds.js';
import type { Config } from '../train/config.js';
import { canonicalJson } from '../train/identity.js';
import { type MemoryPart, memoryParts, tableBytes } from '../train/memory-bytes.js';
import { addMemoryOption, type MemoryOption } from './memory.js';
import { addSetOption, readOption } from './options.js';
import { note } from './output.js';
import { circuitsOf, memoriesOf, shownTables } from './report-matrices.js';
import { drawnSamples, writtenSample } from './report-samples.js';
import { checkForward, loadWeights } from './saved-weights.js';

interface ReportOptions extends MemoryOption {
  readonly out: string;
  readonly count: string;
  readonly text: readonly string[];
  readonly set?: readonly string[];
}

export function addReport(program: Command): void {
  const command = program
    .command('report')
    .summary('one HTML page about one run or several')
    .description(
      'Writes a page that needs no network: settings and how they differ, curves, final numbers beside their ' +
        'baselines, attention on sequences drawn at random or written by hand, the memories in the weights beside the ideal ones. Every figure ' +
        'can be saved from it.',
    )
    .argument('<folders...>', "runs' folders, or their .zip from the lab")
    .option('--out <file>', 'where the page goes', 'report.html')
    .option('--count <n>', 'sequences drawn at random to show attention on, of each run', '2')
    .option(
      '--text <text>',
      'a sequence written by hand; may be given again',
      (text, all: string[]) => [...all, text],
      [],
    );
  addMemoryOption(addSetOption(command)).action(report);
}

async function report(folders: readonly string[], options: ReportOptions): Promise<void> {
  const count = readOption('--count', integer(0, 20), options.count);
  const names = shortNames(folders.map((folder) => resolve(folder)));
  const runs = folders.map((folder, n) => readReportRun(runFolderOf(folder), names[n]!, count, options));
  removeStaleTemporaries(dirname(options.out));
  // Only here: the libraries behind it are most of the program.
  const { reportPage } = await import('../report/page.js');
  writeAtomic(options.out, await reportPage({ runs }));
  note(`written: ${options.out}`);
}

/** The end of each path, as long as it takes to tell them apart. */
function shortNames(paths: readonly string[]): string[] {
  const again = paths.find((path, n) => paths.indexOf(path) < n);
  if (again !== undefined) throw new ConfigError('folders', again, 'a run that is not named already');
  const parts = paths.map((path) => path.split(sep));
  for (let length = 1; ; length++) {
    const names = parts.map((path) => path.slice(-length).join('/'));
    if (new Set(names).size === names.length) return names;
  }
}

function readReportRun(folder: string, name: string, count: number, options: ReportOptions): ReportRun {
  const { text } = options;
  const records = readMetrics(folder) as MetricsRecord[];
  if (records.length === 0) throw new FormatError(`${folder}: its metrics.jsonl holds no evaluation`);
  const weighs = existsSync(join(folder, WEIGHTS_FILE));
  // What a lab saves piece by piece: the weights know their settings.
  const bare = weighs && !existsSync(join(folder, PARAMS_FILE));
  const params = bare ? {} : readJson(join(folder, PARAMS_FILE), MOST_JSON_BYTES);
  if (!weighs) {
    note(`${folder}: no weights were saved; the page shows its settings and curves alone`);
    return { name, config: params, records, samples: [], memories: [], circuits: [] };
  }
  const loaded = loadWeights(folder, options, (config, corpus) => [...memoryParts(config, corpus, 0), looks(config)]);
  try {
    checkForward(loaded);
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    note(`warning: ${folder}: ${error.message}`);
  }
  return {
    name,
    config: asDecided(params, loaded.decided ?? {}, '', (key, told, own) => {
      // Where it lies now; its counts were compared.
      if (bare || key === 'task.corpus') return;
      note(`warning: ${folder}: ${PARAMS_FILE} has ${key} as ${show(told)}; the weights were made with ${show(own)}`);
    }),
    records,
    samples: [...text.map((written) => writtenSample(loaded, written)), ...drawnSamples(loaded, count)],
    memories: memoriesOf(loaded),
    circuits: circuitsOf(loaded),
  };
}

/** The tables of memories and circuits, which are all there while the page is drawn. */
function looks({ model }: Config): MemoryPart {
  return { what: "tables of the model's memories and circuits", bytes: shownTables(model) * tableBytes(model) };
}

/** params.json with the settings that the weight file brings in their places; `differs` is told of each other one. */
function asDecided(
  params: unknown,
  decided: object,
  above: string,
  differs: (key: string, told: unknown, own: unknown) => void,
): Readonly<Record<string, unknown>> {
  const told = isGroup(params) ? params : {};
  const merged: Record<string, unknown> = { ...told };
  for (const [name, own] of Object.entries(decided)) {
    const key = above === '' ? name : `${above}.${name}`;
    if (isGroup(own)) merged[name] = asDecided(told[name], own, key, differs);
    else if (own !== undefined) {
      if (canonicalJson(told[name] ?? null) !== canonicalJson(own)) differs(key, told[name], own);
      merged[name] = own;
    }
  }
  return merged;
}
