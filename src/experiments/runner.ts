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
import type { TrainingState } from '../train/state.js';
import { createTrainer, type Trainer, type TrainerOptions } from '../train/trainer.js';
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
  /** A run that is trained now, kept on the way; null: nothing can be kept of it. */
  begin?(key: string, config: Config, corpus: Corpus): RunUnderWay | null;
}

/** What is kept of a run on its way. */
export interface RunUnderWay {
  /** Where it stopped before, and what had been measured until then; null: it begins. */
  readonly saved: { readonly state: TrainingState; readonly rows: Curve } | null;
  append(row: Row): void;
  /** Between two steps. */
  stepped(trainer: Trainer): void;
  /** Where it is stopped. */
  save(trainer: Trainer): void;
  /** Its curve is kept. */
  finish(): void;
  close(): void;
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
  /** Its abortion stops every run after the step, with where it stands saved in the cache; its reason is thrown. */
  readonly signal?: AbortSignal;
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
  const asked = () => stop.abort(options.signal?.reason);
  if (options.signal?.aborted) asked();
  options.signal?.addEventListener('abort', asked, { once: true });
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
  options.signal?.removeEventListener('abort', asked);
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
  const text = canonicalJson({
    ...rest,
    task: law,
    ...(path === undefined ? {} : { counts: canonicalCounts(corpus) }),
    build: build.sha256,
  });
  return sha256(text);
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
  const wrong = curve && wrongIn(curve, config);
  if (typeof wrong === 'string') warn?.(`warning: the curve of ${name} that was kept is not believed (${wrong})`);
  else if (curve !== undefined) cached[name] = curve;
  for (const [table, tableKey] of keys) {
    const rows = await cache?.get(tableKey);
    if (rows !== undefined) cached[tableOf(name, table)] = rows;
  }
  if (Object.keys(cached).length === 1 + keys.length) {
    report(steps, steps);
    return { curves: cached };
  }
  const elsewhere = options.finished?.(config);
  const underWay = elsewhere === undefined ? cache?.begin?.(key, config, corpus) : undefined;
  const state = underWay?.saved?.state;
  const rows: Row[] = [...(elsewhere?.curve ?? underWay?.saved?.rows ?? [])];
  const curves: Record<string, Curve> = { [name]: rows };
  let trainer: Trainer | undefined;
  try {
    trainer = await createTrainer(elsewhere === undefined ? config : { ...config, threads: 0 }, corpus, {
      build,
      ...(createWorker === undefined ? {} : { createWorker }),
      ...(warn === undefined ? {} : { warn }),
      ...(elsewhere === undefined ? {} : { weights: elsewhere.weights, step: steps }),
      ...(state === undefined ? {} : { state }),
    });
    while (!trainer.finished) {
      const { record } = await trainer.advance();
      if (record !== null) {
        rows.push(record);
        underWay?.append(record);
      }
      if (signal.aborted) underWay?.save(trainer);
      signal.throwIfAborted();
      underWay?.stepped(trainer);
      report(trainer.step, steps);
    }
    if (elsewhere !== undefined) report(steps, steps);
    for (const [table, tableKey] of keys) {
      const seen = looks[table]!(trainer);
      curves[tableOf(name, table)] = seen;
      if (elsewhere === undefined) await cache?.set(tableKey, seen);
    }
    // A cached curve counts as one of this build.
    if (elsewhere === undefined) await cache?.set(key, rows);
    underWay?.finish();
  } finally {
    trainer?.close();
    underWay?.close();
  }
  return elsewhere === undefined ? { curves } : { curves, on: elsewhere.on };
}

/** What a curve from a file has that no run of these settings leaves; null: nothing. */
function wrongIn(curve: Curve, { training: { steps, evalEvery } }: Config): string | null {
  const wanted = Array.from({ length: Math.ceil(steps / evalEvery) }, (_, n) => n * evalEvery);
  if (wanted.at(-1) !== steps - 1) wanted.push(steps - 1);
  if (curve.length !== wanted.length) return `expected ${wanted.length} evaluations, got ${curve.length}`;
  for (const [n, row] of curve.entries()) {
    if (row.iter !== wanted[n]) return `expected an evaluation at step ${wanted[n]}, got ${row.iter}`;
    for (const [key, value] of Object.entries(row)) {
      const isShare = measureOf(key).unit?.startsWith('share');
      if (!isShare || value === null || value === ABSENT || (value >= 0 && value <= 1)) continue;
      return `${key} at step ${row.iter}: expected a number in [0, 1], got ${value}`;
    }
  }
  return null;
}

interface TrainedRun {
  readonly curves: Curves;
  readonly on?: RanOn;
}

function distinct(all: readonly RanOn[]): RanOn[] {
  const texts = new Map(all.map(({ runtime, sha256: build }) => [`${runtime} ${build}`, { runtime, sha256: build }]));
  return [...texts.values()];
}
