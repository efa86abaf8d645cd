/** `ihead repro`: repeats the paper's experiments and says, claim by claim, what was measured. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import { experimentNamed, experiments } from '../experiments/catalogue.js';
import { type Experiment, type Scale, shown } from '../experiments/experiment.js';
import { verdictLine } from '../experiments/judge.js';
import { type ExperimentResult, type RunnerOptions, type RunProgress, runExperiment } from '../experiments/runner.js';
import { fileError, loadRasterAssets, makeFolder, removeStaleTemporaries, writeAtomic } from '../files/bytes.js';
import { loadCorpus } from '../files/corpus.js';
import { curveStore } from '../files/curves.js';
import { experimentFigure } from '../report/experiment-figure.js';
import { createRasterizer, sharpWidth } from '../report/raster.js';
import { integer, oneOf } from '../schema.js';
import { chooseBuild } from './builds.js';
import { machineLayer, readOption } from './options.js';
import { note, oneLine, write, writeJson } from './output.js';
import { surroundings } from './surroundings.js';

interface ReproOptions {
  readonly scale: string;
  readonly seed: string;
  readonly seeds?: string;
  readonly corpus: string;
  readonly threads?: string;
  readonly out: string;
  readonly json?: boolean;
}

/** What is written down: what was measured, and on what. */
type Told = ExperimentResult & { readonly corpus: string };

const A_CLAIM_FAILED = 1;
const STOPPED = 130;
const MOST_SEEDS = 100;

export function addRepro(program: Command): void {
  const ids = experiments.map(({ id }) => id).join(', ');
  program
    .command('repro')
    .summary("repeat the paper's experiments, claim by claim")
    .description(
      `Runs an experiment (${ids}) or all of them, draws its figure, and prints each claim with what was measured. ` +
        'A second call redraws from the curves of the first. Exit status 1 if a claim fails.',
    )
    .argument('<experiment>', 'an experiment, or all')
    .option('--scale <name>', "quick: minutes; paper: the paper's size", 'quick')
    .option('--seed <n>', 'first seed', '1')
    .option('--seeds <n>', 'how many seeds (default: what the claims need)')
    .option('--corpus <file>', 'sonnets, a text, or a counts file', 'sonnets')
    .option('--threads <n>', 'workers (default: one a core)')
    .option('--out <folder>', 'where figures and curves go', join('runs', 'repro'))
    .option('--json', 'print one JSON object an experiment; everything else goes to standard error')
    .action(repro);
}

async function repro(id: string, options: ReproOptions): Promise<void> {
  const chosen = id === 'all' ? experiments : [experimentNamed(id)];
  const scale: Scale = readOption('--scale', oneOf('quick', 'paper'), options.scale);
  const seed = readOption('--seed', integer(0, Number.MAX_SAFE_INTEGER - MOST_SEEDS), options.seed);
  const seeds = options.seeds === undefined ? undefined : readOption('--seeds', integer(1, MOST_SEEDS), options.seeds);
  const threads =
    options.threads === undefined ? machineLayer().threads! : readOption('--threads', integer(0, 256), options.threads);
  const corpus = loadCorpus(options.corpus);
  const build = chooseBuild('auto');
  makeOut(options.out);
  const shared = {
    scale,
    seed,
    ...(seeds === undefined ? {} : { seeds }),
    threads,
    corpus,
    build,
    cache: curveStore(join(options.out, 'curves')),
    warn: note,
  } satisfies RunnerOptions;
  let failed = 0;
  const progress = createLine();
  const stop = () => {
    progress.clear();
    note(`stopped; curves of finished runs are kept in ${join(options.out, 'curves')}`);
    process.exit(STOPPED);
  };
  process.on('SIGINT', stop);
  for (const experiment of chosen) {
    const result = await runExperiment(experiment, { ...shared, progress: progress.show });
    progress.clear();
    const told = { ...described(experiment), corpus: corpus.name, ...result, ...surroundings(build) };
    const files = await save(experiment, told, options.out);
    failed += result.verdicts.filter(({ holds }) => !holds).length;
    if (options.json === true) await writeJson({ ...told, files });
    else await write(`${account(experiment, result, files).map(oneLine).join('\n')}\n\n`);
  }
  process.off('SIGINT', stop);
  if (failed > 0) process.exitCode = A_CLAIM_FAILED;
}

function makeOut(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    throw fileError('make', folder, error);
  }
  // Before hours of training, not after them.
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    removeStaleTemporaries(folder);
  } catch (error) {
    throw fileError('write into', folder, error);
  }
}

function described({ title, source }: Experiment): { title: string; source: string } {
  return { title, source };
}

/** Figure as SVG and PNG, everything measured as JSON; gives back their paths. */
async function save(experiment: Experiment, result: Told, out: string): Promise<string[]> {
  const { id, scale, seeds, curves, figure, corpus } = result;
  const base = join(out, `${id}-${scale}`);
  const subtitle = `${experiment.source}; ${scale} scale, ${corpus}, seed ${seeds[0]}`;
  const svg = experimentFigure(figure, curves[0]!, experiment.title, subtitle);
  const png = await createRasterizer(loadRasterAssets).toPng(svg, sharpWidth(svg));
  writeAtomic(`${base}.svg`, `${svg}\n`);
  writeAtomic(`${base}.png`, png);
  writeAtomic(`${base}.json`, `${JSON.stringify(result)}\n`);
  return [`${base}.svg`, `${base}.png`, `${base}.json`];
}

function account(experiment: Experiment, result: ExperimentResult, files: readonly string[]): string[] {
  const { verdicts, findings, seeds, seconds } = result;
  const held = verdicts.filter(({ holds }) => holds).length;
  return [
    `${experiment.id}: ${experiment.title} (${experiment.source})`,
    ...verdicts.map(verdictLine),
    ...findings.map(({ finding, measured, lowest, highest }) =>
      seeds.length > 1
        ? `found  ${finding}: ${shown(measured)} (${shown(lowest)} to ${shown(highest)})`
        : `found  ${finding}: ${shown(measured)}`,
    ),
    `${held} of ${verdicts.length} claims hold; seeds ${seeds.join(', ')}; ${seconds.toFixed(0)} s; ${files.join('  ')}`,
  ];
}

/** Which runs are at which step, on standard error: a live line on a terminal, else a line a run. */
function createLine(): { show(progress: RunProgress): void; clear(): void } {
  const live = process.stderr.isTTY === true;
  const begun = new Set<string>();
  const running = new Map<string, string>();
  return {
    show({ experiment, run, seed, step, steps, runs, finished }) {
      const what = `${run}, seed ${seed}`;
      if (step === steps) running.delete(what);
      else running.set(what, `${what}, step ${step}/${steps}`);
      if (live) {
        const width = Math.max(20, (process.stderr.columns || 80) - 1);
        const line = oneLine(`${experiment}: ${finished}/${runs} runs; ${[...running.values()].join('; ')}`);
        process.stderr.write(`\r\u001b[2K${line.slice(0, width)}`);
      } else if (!begun.has(`${experiment} ${what}`)) note(`${experiment}: ${what}`);
      begun.add(`${experiment} ${what}`);
    },
    clear() {
      if (live) process.stderr.write('\r\u001b[2K');
    },
  };
}
