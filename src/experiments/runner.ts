/** Runs an experiment: trains what it names, once for each seed, or computes its tables; then lets the judge read the curves. */
import { createPlanner } from '../../bindings/arena.js';
import { loadBuild } from '../../bindings/build.js';
import { type Build, instantiate } from '../../bindings/instance.js';
import { createMath } from '../../bindings/math.js';
import { type Corpus, canonicalCounts } from '../corpus/corpus.js';
import type { Config, ConfigLayer } from '../train/config.js';
import { canonicalJson } from '../train/identity.js';
import { resolveConfig, withCorpus } from '../train/resolve.js';
import { createTrainer, type TrainerOptions } from '../train/trainer.js';
import { type Curve, type Curves, type Experiment, isTrained, type Row, type Run, type Scale } from './experiment.js';
import type { Figure } from './figure.js';
import { type Judgement, judge } from './judge.js';

/** Where curves are kept between calls. A key stands for everything that decides the curve. */
export interface RunCache {
  get(key: string): Promise<Curve | undefined>;
  set(key: string, curve: Curve): Promise<void>;
}

export interface RunProgress {
  readonly experiment: string;
  readonly run: string;
  readonly seed: number;
  readonly step: number;
  readonly steps: number;
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
  readonly figure: Figure;
  /** Wall time of this call. */
  readonly seconds: number;
  /** Wall time of the trainings, of those too that came from the cache. */
  readonly trained: number;
}

/** Throws ConfigError where the corpus cannot carry the task, DivergenceError where a run leaves the finite numbers. */
export async function runExperiment(experiment: Experiment, options: RunnerOptions): Promise<ExperimentResult> {
  const began = performance.now();
  const { scale, build = loadBuild(), seeds: count = experiment.seeds[options.scale] } = options;
  const seeds = Array.from({ length: count }, (_, n) => options.seed + n);
  const curves: Curves[] = [];
  for (const seed of seeds) {
    if (isTrained(experiment)) curves.push(await trainAll(experiment.id, experiment.runs(scale), seed, build, options));
    else {
      const math = createMath(instantiate(build, createPlanner().plan()));
      const { corpus, threads } = options;
      curves.push(await experiment.tables(scale, { corpus, build, math, seed, threads }));
    }
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
  };
}

async function trainAll(
  experiment: string,
  runs: readonly Run[],
  seed: number,
  build: Build,
  options: RunnerOptions,
): Promise<Curves> {
  const curves: Record<string, Curve> = {};
  for (const { name, config: layer } of runs) {
    const config = configOf(layer, seed, options);
    const key = await cacheKey(config, options.corpus, build);
    const cached = await options.cache?.get(key);
    const { steps } = config.training;
    const report = (step: number) => options.progress?.({ experiment, run: name, seed, step, steps });
    if (cached !== undefined) report(steps);
    const curve = cached ?? (await train(config, build, options, report));
    if (cached === undefined) await options.cache?.set(key, curve);
    curves[name] = curve;
  }
  return curves;
}

/** The resolved configuration of a run of an experiment. */
export function configOf(layer: ConfigLayer, seed: number, options: Pick<RunnerOptions, 'corpus' | 'threads'>): Config {
  const { corpus, threads } = options;
  return withCorpus(resolveConfig([layer, { seed, threads }]), { size: corpus.symbols.length });
}

/** sha256, in hex, of all that decides a run's curve: settings but threads, the corpus's counts, the build. */
export async function cacheKey(config: Config, corpus: Corpus, build: Build): Promise<string> {
  const { threads, kernel, task, ...rest } = config;
  const { corpus: path, ...law } = task;
  const text = canonicalJson({ ...rest, task: law, counts: canonicalCounts(corpus), build: build.sha256 });
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function train(
  config: Config,
  build: Build,
  { corpus, createWorker, warn }: RunnerOptions,
  report: (step: number) => void,
): Promise<Curve> {
  const trainer = await createTrainer(config, corpus, {
    build,
    ...(createWorker === undefined ? {} : { createWorker }),
    ...(warn === undefined ? {} : { warn }),
  });
  try {
    const curve: Row[] = [];
    while (trainer.step < config.training.steps) {
      const { record } = await trainer.advance();
      if (record !== null) curve.push(record);
      report(trainer.step);
    }
    return curve;
  } finally {
    trainer.close();
  }
}
