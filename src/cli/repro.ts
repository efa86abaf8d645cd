/** `ihead repro`: repeats the paper's experiments and says, claim by claim, what was measured. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import type { Corpus } from '../corpus/corpus.js';
import { ConfigError } from '../errors.js';
import { experiments, experimentsNamed } from '../experiments/catalogue.js';
import { type Experiment, isTrained, minutesOf, type Scale, scales } from '../experiments/experiment.js';
import { findingLine, verdictLine } from '../experiments/judge.js';
import { configOf, type ExperimentResult, type RunnerOptions, runExperiment } from '../experiments/runner.js';
import { fileError, makeFolder, removeStaleTemporaries, writeAtomic } from '../files/bytes.js';
import { loadCorpus } from '../files/corpus.js';
import { curveStore } from '../files/curve-cache.js';
import { finishedRuns } from '../files/finished-runs.js';
import { integer, oneOf } from '../schema.js';
import type { Config } from '../train/config.js';
import { memoryParts } from '../train/memory-bytes.js';
import { addSpeedOptions, chooseBuild, type SpeedOptions, tuned } from './builds.js';
import { type EndSignal, listenForEndings, statusOf } from './endings.js';
import type { Recorded } from './experiment-drawing.js';
import { addMemoryOption, checkMemory, checkSymbolCount, type MemoryOption, readMemory } from './memory.js';
import { machineLayer, readOption } from './options.js';
import { note, oneLine, outliveReader, write, writeJson } from './output.js';
import { createExperimentProgress } from './progress.js';
import { surroundings } from './surroundings.js';

interface ReproOptions extends SpeedOptions, MemoryOption {
  readonly scale: string;
  readonly seed: string;
  readonly seeds?: string;
  readonly corpus: string;
  readonly threads?: string;
  readonly out: string;
  readonly runs?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

const A_CLAIM_FAILED = 1;
const MOST_SEEDS = 100;

export function addRepro(program: Command): void {
  const ids = experiments.map(({ id }) => id).join(', ');
  const command = program
    .command('repro')
    .summary("repeat the paper's experiments, claim by claim")
    .description(
      `Runs an experiment (${ids}) or all of them, draws its figure, and prints each claim with what was measured. ` +
        'A second call redraws from the curves of the first. Exit status 1 if a claim fails.',
    )
    .argument('[experiment]', 'an experiment, a place in the paper such as figure-4, or all');
  addMemoryOption(addSpeedOptions(command))
    .option(
      '--scale <name>',
      Object.entries(scales)
        .map(([name, what]) => `${name}: ${what}`)
        .join('; '),
      'quick',
    )
    .option('--seed <n>', 'first seed', '1')
    .option('--seeds <n>', 'how many seeds (default: what the claims need)')
    .option('--corpus <file>', 'sonnets, a text, or a counts file', 'sonnets')
    .option('--threads <n>', 'workers (default: one a core)')
    .option('--out <folder>', 'where figures and curves go', join('runs', 'repro'))
    .option('--runs <folder>', 'a folder of finished runs (ihead train): one of the same settings is not trained again')
    .option('--list', 'name the experiments, where the paper has them, their runs and expected minutes')
    .option(
      '--json',
      'print one JSON object an experiment, or the list as one array; everything else goes to standard error',
    )
    .action(repro);
}

async function repro(name: string | undefined, options: ReproOptions): Promise<void> {
  if (name === undefined && options.list !== true) {
    throw new ConfigError('experiment', '', `a name, or --list (${experiments.length} experiments)`);
  }
  const chosen = experimentsNamed(name ?? 'all');
  const scale = readOption('--scale', oneOf(...(Object.keys(scales) as Scale[])), options.scale);
  if (options.list === true) return list(chosen, scale, options.json === true);
  const seed = readOption('--seed', integer(0, Number.MAX_SAFE_INTEGER - MOST_SEEDS), options.seed);
  const seeds = options.seeds === undefined ? undefined : readOption('--seeds', integer(1, MOST_SEEDS), options.seeds);
  const threads =
    options.threads === undefined ? machineLayer().threads! : readOption('--threads', integer(0, 256), options.threads);
  const limit = readMemory(options);
  const corpus = loadCorpus(options.corpus, (symbols) => checkSymbolCount(limit, symbols));
  for (const experiment of chosen) checkRuns(experiment, { scale, corpus, threads, limit });
  const build = tuned(chooseBuild('auto'), options, note);
  const finished = options.runs === undefined ? undefined : finishedRuns(options.runs);
  makeOut(options.out);
  const shared = {
    scale,
    seed,
    ...(seeds === undefined ? {} : { seeds }),
    threads,
    corpus,
    build,
    ...(finished === undefined ? {} : { finished: (config: Config) => finished(config, corpus) }),
    cache: curveStore(join(options.out, 'curves'), build.sha256, note),
    warn: note,
  } satisfies RunnerOptions;
  let failed = 0;
  const progress = createExperimentProgress(process.stderr);
  const kept = join(options.out, 'curves');
  let trains = false;
  const stop = new AbortController();
  const endings = listenForEndings((signal) => {
    progress.end();
    if (trains) {
      note('stopping after this step; Ctrl-C again quits at once');
      stop.abort(new Stopped(signal));
    } else {
      note(`stopped; curves of finished runs are kept in ${kept}`);
      process.exit(statusOf(signal));
    }
  });
  outliveReader();
  try {
    for (const experiment of chosen) {
      trains = isTrained(experiment);
      const result = await runExperiment(experiment, { ...shared, progress: progress.show, signal: stop.signal });
      trains = false;
      progress.end();
      const { title, source } = experiment;
      const recorded = { title, source, corpus: corpus.name, ...result, ...surroundings(build) };
      const files = await save(experiment, recorded, corpus, options.out);
      failed += result.verdicts.filter(({ holds }) => !holds).length;
      if (options.json === true) await writeJson({ ...recorded, files });
      else await write(`${account(experiment, result, files).map(oneLine).join('\n')}\n\n`);
    }
    if (failed > 0) process.exitCode = A_CLAIM_FAILED;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    progress.end();
    note(`stopped; runs go on from what is kept in ${kept}`);
    process.exitCode = statusOf(error.by);
  } finally {
    endings.release();
  }
}

/** Why runs end before their last step. */
class Stopped extends Error {
  readonly by: EndSignal;

  constructor(by: EndSignal) {
    super(`stopped by ${by}`);
    this.by = by;
  }
}

/** Refuses an experiment whose runs, as many side by side as there are threads, take more than is allowed. */
function checkRuns(
  experiment: Experiment,
  { scale, corpus, threads, limit }: { scale: Scale; corpus: Corpus; threads: number; limit: number },
): void {
  if (!isTrained(experiment)) return;
  const lanes = Math.max(1, threads);
  for (const { config } of experiment.runs(scale)) {
    const parts = memoryParts(configOf(config, 0, { corpus, threads: 0 }), corpus, 0);
    checkMemory(
      limit,
      parts.map(({ what, bytes }) => ({ what: `${what} in each of ${lanes} runs`, bytes: lanes * bytes })),
    );
  }
}

function makeOut(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    throw fileError('make', folder, error);
  }
  // Checked before training, which may take hours.
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    removeStaleTemporaries(folder);
  } catch (error) {
    throw fileError('write into', folder, error);
  }
}

/** Figure as SVG and PNG, everything measured as JSON; gives back their paths. */
async function save(experiment: Experiment, result: Recorded, corpus: Corpus, out: string): Promise<string[]> {
  const { id, scale, curves } = result;
  const base = join(out, `${id}-${scale}`);
  const { drawnFigure, drawnPicture, pngOf } = await import('./experiment-drawing.js');
  const svg = drawnFigure(result);
  const png = await pngOf(svg);
  const pictures = experiment.pictures?.(curves[0]!, corpus) ?? [];
  const files: [string, string | Uint8Array][] = [
    [`${base}.svg`, `${svg}\n`],
    [`${base}.png`, png],
    [`${base}.json`, `${JSON.stringify(result)}\n`],
    ...pictures.map((picture): [string, string] => [`${base}-${picture.name}.svg`, `${drawnPicture(picture)}\n`]),
  ];
  for (const [path, content] of files) writeAtomic(path, content);
  return files.map(([path]) => path);
}

function account(experiment: Experiment, result: ExperimentResult, files: readonly string[]): string[] {
  const { verdicts, findings, seeds, seconds } = result;
  const held = verdicts.filter(({ holds }) => holds).length;
  return [
    `${experiment.id}: ${experiment.title} (${experiment.source})`,
    ...verdicts.map(verdictLine),
    ...findings.map((found) => findingLine(found, seeds.length)),
    `${held} of ${verdicts.length} claims hold; seeds ${seeds.join(', ')}; ${seconds.toFixed(0)} s; ${files.join('  ')}`,
  ];
}

/** What `--list` says of each experiment. `runs`: trainings over all the seeds that its claims need, or 0. */
async function list(chosen: readonly Experiment[], scale: Scale, asJson: boolean): Promise<void> {
  const rows = chosen.map((experiment) => {
    const { id, title, source, seeds } = experiment;
    const runs = isTrained(experiment) ? experiment.runs(scale).length * seeds[scale] : 0;
    return { id, title, source, runs, minutes: minutesOf(experiment, scale) };
  });
  if (asJson) return writeJson(rows);
  const width = Math.max(...rows.map(({ id }) => id.length));
  const lines = rows.map(
    ({ id, title, source, runs, minutes }) =>
      `${id.padEnd(width)}  ${title} (${source}; ${runs} ${runs === 1 ? 'run' : 'runs'}, ${minutes} min)`,
  );
  await write(`${lines.map(oneLine).join('\n')}\n`);
}
