/** `ihead report`: one HTML page about one run or several side by side. */
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Build } from '../../bindings/instance.js';
import { STREAMS } from '../../bindings/sampler.js';
import { positionAttention, relayedAttention, tokenOutput } from '../analysis/circuits.js';
import type { Matrix64 } from '../analysis/products.js';
import type { MetricsRecord } from '../analysis/record.js';
import { FormatError } from '../errors.js';
import { readJson, writeAtomic } from '../files/bytes.js';
import { loadRasterAssets } from '../files/raster.js';
import { PARAMS_FILE, readMetrics } from '../files/run.js';
import { createObserver } from '../model/observation.js';
import type { AssociationMatrix } from '../report/heatmaps.js';
import { createRasterizer } from '../report/raster.js';
import { type ReportRun, type ReportSample, reportPage } from '../report/report.js';
import { integer } from '../schema.js';
import { sequences } from '../task/sequences.js';
import { chooseBuild } from './kernel.js';
import { readOption } from './options.js';
import { note } from './output.js';
import { type LoadedWeights, loadWeights } from './weights.js';

interface ReportOptions {
  readonly out: string;
  readonly count: string;
}

const MOST_JSON_BYTES = 2 ** 24;
/** Positions of the table that the first layer's map is drawn over. */
const MOST_POSITIONS = 64;

export function addReport(program: Command): void {
  program
    .command('report')
    .summary('one HTML page about one run or several')
    .description(
      'Writes a page without scripts and without a network: settings and how they differ, curves, final numbers beside their ' +
        'baselines, attention on fresh sequences, the memories in the weights. Every figure can be saved from it.',
    )
    .argument('<folders...>', "runs' folders")
    .option('--out <file>', 'where the page goes', 'report.html')
    .option('--count <n>', 'sequences to show attention on, of each run', '2')
    .action(report);
}

async function report(folders: readonly string[], options: ReportOptions): Promise<void> {
  const count = readOption('--count', integer(0, 20), options.count);
  const build = chooseBuild('auto');
  const runs = folders.map((folder) => readReportRun(folder, count, build));
  writeAtomic(options.out, await reportPage({ runs, raster: createRasterizer(loadRasterAssets) }));
  note(`written: ${options.out}`);
}

function readReportRun(folder: string, count: number, build: Build): ReportRun {
  const records = readMetrics(folder) as readonly unknown[] as readonly MetricsRecord[];
  if (records.length === 0) throw new FormatError(`${folder}: its metrics.jsonl holds no evaluation`);
  const loaded = loadWeights(folder, {});
  return {
    name: basename(resolve(folder)),
    config: readJson(join(folder, PARAMS_FILE), MOST_JSON_BYTES),
    records,
    samples: samplesOf(loaded, count, build),
    memories: memoriesOf(loaded),
  };
}

function samplesOf({ config, task, weights }: LoadedWeights, count: number, build: Build): ReportSample[] {
  if (count === 0) return [];
  const { symbols } = task.corpus;
  const named = (ids: ArrayLike<number>) => Array.from(ids, (id) => symbols[id]!);
  const length = config.task.seqLength;
  const { circuit } = config.training;
  const observer = createObserver(build, { model: config.model, length, circuit, weights });
  const samples: ReportSample[] = [];
  for (const sequence of sequences(task, { seed: config.seed, count, stream: STREAMS.fresh, build })) {
    const { attention, predictions } = observer.observe(sequence.tokens, sequence.targets);
    samples.push({
      title: `fresh sequence ${samples.length + 1}`,
      symbols: named(sequence.tokens),
      targets: named(sequence.targets),
      occurrences: sequence.occurrences,
      predictions: named(predictions),
      attention,
    });
  }
  return samples;
}

/** The memories of an induction head, for a model of two layers or more. */
function memoriesOf({ config, corpus, weights }: LoadedWeights): AssociationMatrix[] {
  const { model } = config;
  if (model.layers < 2) return [];
  const parameter = (name: string) => weights.get(name)!;
  const { symbols } = corpus;
  const tokens = { rows: symbols, columns: symbols };
  const memories: AssociationMatrix[] = [
    {
      ...tokens,
      title: 'W_O of layer 2: what attending to a token makes it put out (U W_O W_V E)',
      rowTitle: 'attended token',
      columnTitle: 'token put out',
      scores: tokenOutput(model, parameter, { layer: 1 }).data,
    },
    {
      ...tokens,
      title: 'W_K of layer 2: which token it looks for behind which (W_Q E against W_K W_O W_V E)',
      rowTitle: 'present token',
      columnTitle: 'token before the place looked at',
      scores: relayedAttention(model, parameter, { layer: 1 }).data,
    },
  ];
  const places = positionAttention(model, parameter, { layer: 0 });
  return places === null ? memories : [...memories, previousToken(places)];
}

function previousToken({ rows, columns, data }: Matrix64): AssociationMatrix {
  const size = Math.min(rows, MOST_POSITIONS);
  const names = Array.from({ length: size }, (_, t) => String(t));
  return {
    title: 'W_K of layer 1: which position it looks at (P against P)',
    rows: names,
    columns: names,
    rowTitle: 'position',
    columnTitle: 'position looked at',
    scores: Float64Array.from({ length: size * size }, (_, i) => data[Math.floor(i / size) * columns + (i % size)]!),
  };
}
