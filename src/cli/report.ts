/** `ihead report`: one HTML page about one run or several side by side. */
import { dirname, join, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import type { MetricsRecord } from '../analysis/record.js';
import { ConfigError, FormatError } from '../errors.js';
import { loadRasterAssets, readJson, removeStaleTemporaries, writeAtomic } from '../files/bytes.js';
import { PARAMS_FILE, readMetrics } from '../files/run.js';
import { type ReportRun, reportPage } from '../report/page.js';
import { createRasterizer } from '../report/raster.js';
import { integer } from '../schema.js';
import { readOption } from './options.js';
import { note } from './output.js';
import { circuitsOf, memoriesOf } from './report-matrices.js';
import { drawnSamples, writtenSample } from './report-samples.js';
import { loadWeights } from './saved-weights.js';

interface ReportOptions {
  readonly out: string;
  readonly count: string;
  readonly text: readonly string[];
}

const MOST_JSON_BYTES = 2 ** 24;

export function addReport(program: Command): void {
  program
    .command('report')
    .summary('one HTML page about one run or several')
    .description(
      'Writes a page without scripts and without a network: settings and how they differ, curves, final numbers beside their ' +
        'baselines, attention on sequences drawn at random or written by hand, the memories in the weights beside the ideal ones. Every figure ' +
        'can be saved from it.',
    )
    .argument('<folders...>', "runs' folders")
    .option('--out <file>', 'where the page goes', 'report.html')
    .option('--count <n>', 'sequences drawn at random to show attention on, of each run', '2')
    .option(
      '--text <text>',
      'a sequence written by hand; may be given again',
      (text, all: string[]) => [...all, text],
      [],
    )
    .action(report);
}

async function report(folders: readonly string[], options: ReportOptions): Promise<void> {
  const count = readOption('--count', integer(0, 20), options.count);
  const names = shortNames(folders.map((folder) => resolve(folder)));
  const runs = folders.map((folder, n) => readReportRun(folder, names[n]!, count, options.text));
  removeStaleTemporaries(dirname(options.out));
  writeAtomic(options.out, await reportPage({ runs, raster: createRasterizer(loadRasterAssets) }));
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

function readReportRun(folder: string, name: string, count: number, texts: readonly string[]): ReportRun {
  const records = readMetrics(folder) as MetricsRecord[];
  if (records.length === 0) throw new FormatError(`${folder}: its metrics.jsonl holds no evaluation`);
  const loaded = loadWeights(folder, {});
  return {
    name,
    config: readJson(join(folder, PARAMS_FILE), MOST_JSON_BYTES),
    records,
    samples: [...texts.map((text) => writtenSample(loaded, text)), ...drawnSamples(loaded, count)],
    memories: memoriesOf(loaded),
    circuits: circuitsOf(loaded),
  };
}
