/** Runs an experiment: trains its runs, once for each seed, or computes its tables; then the judge reads the curves. */
import { loadBuild } from '../../bindings/build.js';
import type { Build } from '../../bindings/instance.js';
import { exactMath } from '../../bindings/math.js';
import { sha256 } from '../../bindings/sha256.js';
import { measureOf } from '../analysis/measures.js';
import { ABSENT, type Row } from '../analysis/record.js';
import { type Corpus, canonicalCounts } from '../corpus/corpus.js';
import type { Weights } from '../model/open.js';
import type { ExperimentFigure } from '../report/experiment-figure.js';
import type { Config, ConfigLayer } from '../train/config.js';
import { withCorpus } from '../train/config.js';
import { canonicalJson } from '../train/identity.js';
import { resolveConfig } from '../train/resolve.js';
import { createTrainer, type TrainerOptions } from '../train/trainer.js';
import {
  type Curve,
  type Curves,
  type Experiment,
  type ExperimentRun,
  isTrained,
  type Scale,
  type TrainedExperiment,
  tableOf,
} from './experiment.js';
import { type Judgement, judge } from './judge.js';

/** Where curves are kept between calls. A key stands for everything that decides the curve. */
export interface RunCache {
  get(key: string): Promise<Curve | undefined>;
  set(key: string, curve: Curve): Promise<void>;
}

/** What a run left behind. `on`: what it ran on. */
export interface FinishedElsewhere {
  readonly curve: Curve;
  readonly weights: Weights;
  readonly on: RanOn;
}

/** Runtime, and sha256 of the kernels. */
export interface RanOn {
  readonly runtime: string;
  readonly sha256: string;
}

export interface RunProgress {
  readonly experiment: string;
  readonly run: string;
  readonly seed: number;
  readonly step: number;
  readonly steps: number;
  /** Runs of the experiment, over all seeds, and how many of them are done. */
  readonly runs: number;
  readonly finished: number;
}

export interface RunnerOptions extends Pick<TrainerOptions, 'createWorker' | 'warn'> {
  readonly scale: Scale;
  readonly corpus: Corpus;
  /** First seed; the next ones follow it. */
  readonly seed: number;
  /** Default: as many as the experiment's claims need. */
  readonly seeds?: number;
  readonly threads: number;
  readonly build?: Build;
  readonly cache?: RunCache;
  /** A run of these settings that was finished elsewhere. */
  readonly finished?: (config: Config) => FinishedElsewhere | undefined;
  /** Called after every step, and once for a run that comes from the cache. */
  readonly progress?: (progress: RunProgress) => void;
}

export interface ExperimentResult extends Judgement {
  readonly id: string;
  readonly scale: Scale;
  readonly seeds: readonly number[];
  /** Of each seed. */
  readonly curves: readonly Curves[];
  /** Of the first seed. */
  readonly figure: ExperimentFigure;
  /** Wall time of this call. */
  readonly seconds: number;
  /** Wall times of the runs, added up, of those too that came from the cache. */
  readonly trained: number;
  /** Of runs that were finished elsewhere; empty where there are none. */
  readonly ranOn: readonly RanOn[];
}

/** Throws ConfigError where the corpus cannot carry the task, DivergenceError where a run leaves the finite numbers. */
export async function runExperiment(experiment: Experiment, options: RunnerOptions): Promise<ExperimentResult> {
  const began = performance.now();
  const { scale, build = loadBuild(), seeds: count = experiment.seeds[options.scale] } = options;
  const seeds = Array.from({ length: count }, (_, n) => options.seed + n);
  const curves: Curves[] = [];
  const ranOn: RanOn[] = [];
  if (isTrained(experiment)) {
    const trained = await trainAll(experiment, seeds, build, options);
    curves.push(...trained.curves);
    ranOn.push(...trained.ranOn);
  } else {
    const math = exactMath(build);
    const { corpus, threads } = options;
    for (const seed of seeds) curves.push(await experiment.tables(scale, { corpus, build, math, seed, threads }));
  }
  return {
    id: experiment.id,
    scale,
    seeds,
    curves,
    ...judge(experiment, curves, scale),
    figure: experiment.figure(curves[0]!, scale),
    seconds: (performance.now() - began) / 1000,
    trained: curves.flatMap(Object.values<Curve>).reduce((sum, curve) => sum + (curve.at(-1)?.seconds ?? 0), 0),
    ranOn,
  };
}

/**
 * Every run of every seed, as many at a time as there are threads: a core with a run of its own waits for no other, and
 * a run has the same bits on any number of threads. The first failure stops them all.
 */
async function trainAll(
  { id, runs: runsAt }: TrainedExperiment,
  seeds: readonly number[],
  build: Build,
  options: RunnerOptions,
): Promise<{ readonly curves: Curves[]; readonly ranOn: readonly RanOn[] }> {
  const runs = runsAt(options.scale);
  const jobs = seeds.flatMap((seed) => runs.map((run) => ({ ...run, seed })));
  const lanes = Math.max(1, Math.min(options.threads, jobs.length));
  const stop = new AbortController();
  const trained: TrainedRun[] = [];
  let next = 0;
  let finished = 0;

  async function lane(threads: number): Promise<void> {
    while (next < jobs.length && !stop.signal.aborted) {
      const at = next++;
      const { config, seed, ...run } = jobs[at]!;
      const report = (step: number, steps: number) => {
        if (step === steps) finished++;
        options.progress?.({ experiment: id, run: run.name, seed, step, steps, runs: jobs.length, finished });
      };
      const settings = configOf(config, seed, { ...options, threads });
      trained[at] = await train(run, settings, build, options, report, stop.signal);
    }
  }

  const shares = Array.from({ length: lanes }, (_, n) => Math.floor((options.threads + n) / lanes));
  const failed = (error: unknown) => stop.abort(error);
  await Promise.all(shares.map((threads) => lane(threads).catch(failed)));
  stop.signal.throwIfAborted();
  const ofSeed = (n: number) => trained.slice(n * runs.length, (n + 1) * runs.length).map(({ curves }) => curves);
  return {
    curves: seeds.map((_, n) => Object.assign({}, ...ofSeed(n))),
    ranOn: distinct(trained.flatMap(({ on }) => (on === undefined ? [] : [on]))),
  };
}

/** The resolved configuration of a run of an experiment. */
export function configOf(layer: ConfigLayer, seed: number, options: Pick<RunnerOptions, 'corpus' | 'threads'>): Config {
  const { corpus, threads } = options;
  return withCorpus(resolveConfig([layer, { seed, threads }]), corpus);
}

/** sha256, in hex, of all that decides a run's curve: settings but threads, the corpus's counts, the build. */
export function cacheKey(config: Config, corpus: Corpus, build: Build): string {
  const { threads, kernel, task, ...rest } = config;
  const { corpus: path, ...law } = task;
  const text = canonicalJson({ ...rest, task: law, counts: canonicalCounts(corpus), build: build.sha256 });
  return sha256(text);
}

/** Whether it has a row of every evaluation and no other, and no share that is none. */
function isWhole(curve: Curve, { steps, evalEvery }: Config['training']): boolean {
  const evaluated = (step: number) => step % evalEvery === 0 || step === steps - 1;
  let next = 0;
  for (const row of curve) {
    while (next < steps && !evaluated(next)) next++;
    if (row.iter !== next++ || !Object.entries(row).every(([key, value]) => isPossible(key, value))) return false;
  }
  return curve.at(-1)?.iter === steps - 1;
}

function isPossible(key: string, value: number | null): boolean {
  if (value === null || value === ABSENT || !measureOf(key).unit?.startsWith('share')) return true;
  return value >= 0 && value <= 1;
}

/** The run's curve and what was looked at in its model: from the cache, or trained and kept there. */
async function train(
  { name, looks = {} }: Omit<ExperimentRun, 'config'>,
  config: Config,
  build: Build,
  options: RunnerOptions,
  report: (step: number, steps: number) => void,
  signal: AbortSignal,
): Promise<TrainedRun> {
  const { corpus, cache, createWorker, warn } = options;
  const { steps } = config.training;
  const key = cacheKey(config, corpus, build);
  const keys = Object.keys(looks).map((table) => [table, sha256(`${key} ${table}`)] as const);
  const cached: Record<string, Curve> = {};
  const curve = await cache?.get(key);
  if (curve !== undefined && isWhole(curve, config.training)) cached[name] = curve;
  for (const [table, tableKey] of keys) {
    const rows = await cache?.get(tableKey);
    if (rows !== undefined) cached[tableOf(name, table)] = rows;
  }
  if (Object.keys(cached).length === 1 + keys.length) {
    report(steps, steps);
    return { curves: cached };
  }
  const elsewhere = options.finished?.(config);
  const trainer = await createTrainer(elsewhere === undefined ? config : { ...config, threads: 0 }, corpus, {
    build,
    ...(createWorker === undefined ? {} : { createWorker }),
    ...(warn === undefined ? {} : { warn }),
    ...(elsewhere === undefined ? {} : { weights: elsewhere.weights, step: steps }),
  });
  const rows: Row[] = [...(elsewhere?.curve ?? [])];
  const curves: Record<string, Curve> = { [name]: rows };
  try {
    while (trainer.step < steps) {
      const { record } = await trainer.advance();
      signal.throwIfAborted();
      if (record !== null) rows.push(record);
      report(trainer.step, steps);
    }
    if (elsewhere !== undefined) report(steps, steps);
    for (const [table, tableKey] of keys) {
      const seen = looks[table]!(trainer);
      curves[tableOf(name, table)] = seen;
      if (elsewhere === undefined) await cache?.set(tableKey, seen);
    }
  } finally {
    trainer.close();
  }
  // A cached curve counts as one of this build.
  if (elsewhere === undefined) await cache?.set(key, rows);
  return elsewhere === undefined ? { curves } : { curves, on: elsewhere.on };
}

interface TrainedRun {
  readonly curves: Curves;
  readonly on?: RanOn;
}

function distinct(all: readonly RanOn[]): RanOn[] {
  const texts = new Map(all.map(({ runtime, sha256: build }) => [`${runtime} ${build}`, { runtime, sha256: build }]));
  return [...texts.values()];
}
