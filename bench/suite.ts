/**
 * All benchmarks in one run: the multiply-add ceiling, the kernels of a paper-size step held against it, and whole
 * training steps. Runs wherever the library does; builds, version and workers are the caller's to give.
 */
import { loadBuild } from '../bindings/build.js';
import type { Build } from '../bindings/instance.js';
import { sonnets } from '../src/corpus/sonnets.js';
import { createTask } from '../src/task/task.js';
import type { PoolOptions } from '../src/workers/pool.js';
import { ceilingTasks, readCeiling } from './ceiling.js';
import { cores, describeEnvironment, type Machine, residentBytes } from './environment.js';
import { kernelTasks } from './kernels.js';
import type { BenchReport, ElementsResult, ProductResult } from './report.js';
import { REPORT_VERSION } from './report.js';
import { type RoundSettings, timeRounds, WARM_UP_MILLISECONDS } from './rounds.js';
import { spreadOf } from './spread.js';
import { timeStartup } from './startup.js';
import { configOf, STARTUP_CASE, STEP_CASES, type StepCase, type StepSettings, timeSteps } from './steps.js';

export interface BenchOptions extends Partial<Pick<PoolOptions, 'createWorker' | 'warn'>> {
  /** Steps run on the first. Default: the strict build that the library carries. */
  readonly builds?: readonly [Build, ...Build[]];
  /** Version of ihead, for the report. */
  readonly version?: string;
  /** Whether the runtime was told to join vectors, for the report. */
  readonly wideVectors?: boolean;
  /** Fewer rounds: all in under a minute. */
  readonly quick?: boolean;
  /** Workers of the parallel steps. Default: every core. */
  readonly threads?: number;
  /** What the runtime does not tell of the machine, as in a page. */
  readonly machine?: Machine;
  /** LabEvent what is measured next. */
  readonly progress?: (message: string) => void;
  /** Default: the presets' steps. */
  readonly steps?: readonly StepCase[];
  /** Over those of `quick`. */
  readonly settings?: Partial<RoundSettings & StepSettings & { startupRounds: number }>;
}

const THOROUGH = {
  rounds: 9,
  taskMilliseconds: 60,
  stepRounds: 7,
  stepMilliseconds: 600,
  warmUpSteps: 2,
  startupRounds: 5,
};
const QUICK = {
  rounds: 3,
  taskMilliseconds: 16,
  stepRounds: 2,
  stepMilliseconds: 100,
  warmUpSteps: 1,
  startupRounds: 3,
};

/** No flag is set: this is what a user has. */
const TIER =
  'the engine as it is, no flags: kernels are called until the optimising compiler has had time to take over, and those calls ' +
  'are thrown away; start-up is measured cold, whatever tier it runs in';

export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const {
    builds = [loadBuild()],
    version = null,
    quick = false,
    wideVectors = false,
    progress = () => {},
    steps: cases = STEP_CASES,
  } = options;
  const environment = describeEnvironment(version, options.machine);
  const settings = { ...(quick ? QUICK : THOROUGH), ...options.settings };
  const counts = [...new Set([1, options.threads ?? options.machine?.cores ?? cores()])];
  const { createWorker, warn } = options;
  const corpus = sonnets();
  progress('start-up');
  const { startupRounds } = settings;
  const startup = await timeStartup(STARTUP_CASE, {
    corpus,
    threads: counts,
    rounds: startupRounds,
    createWorker,
    warn,
  });
  progress('kernels');
  const kernels = timeKernels(builds, settings);
  const steps: BenchReport['steps'] = [];
  // Other builds than the first at the first case alone.
  const all = cases.flatMap((stepCase, i) => (i === 0 ? builds : [builds[0]]).map((build) => ({ stepCase, build })));
  for (const { stepCase, build } of all) {
    progress(`training step: ${stepCase.name}, ${build.kernel}`);
    steps.push(
      ...(await timeSteps(stepCase, {
        build,
        corpus,
        threads: counts,
        createWorker,
        warn,
        ...settings,
      })),
    );
  }
  return {
    version: REPORT_VERSION,
    environment,
    builds: builds.map(({ kernel, sha256 }) => ({ kernel, sha256 })),
    method: { ...settings, warmUpMilliseconds: WARM_UP_MILLISECONDS, quick, wideVectors, tier: TIER },
    ...kernels,
    steps,
    startup,
    memory: { residentBytes: residentBytes() },
  };
}

/** The kernels of all builds in the same rounds. */
function timeKernels(
  builds: readonly Build[],
  settings: RoundSettings,
): Pick<BenchReport, 'ceilings' | 'products' | 'elements' | 'sampler'> {
  const corpus = sonnets();
  const { sampler: spec } = createTask(configOf(STEP_CASES[0]!, corpus).task, corpus);
  const all = builds.map((build) => {
    const kernels = kernelTasks(build, spec!);
    const { products, elements, sampler } = kernels;
    return { ...kernels, build, tasks: [...ceilingTasks(build), ...products, ...elements, sampler] };
  });
  const times = timeRounds(
    all.flatMap(({ tasks }) => tasks),
    settings,
  );
  const next = (count: number) => times.splice(0, count);
  const results: Pick<BenchReport, 'ceilings' | 'products' | 'elements'> = { ceilings: [], products: [], elements: [] };
  let tokensPerSecond: number[] = [];
  for (const { build, tasks, products, elements, samplerTokens } of all) {
    const ceiling = readCeiling(build, next(tasks.length - products.length - elements.length - 1));
    results.ceilings.push(ceiling.result);
    const { kernel } = build;
    for (const { call, flop, ...task } of products) {
      const milliseconds = next(1)[0]!;
      const gflops = milliseconds.map((ms) => flop / ms / 1e6);
      const result: ProductResult = {
        kernel,
        ...task,
        flop,
        microseconds: spreadOf(milliseconds.map((ms) => 1000 * ms)),
        gflops: spreadOf(gflops),
        ofCeiling: spreadOf(gflops.map((rate, round) => rate / ceiling.byRound[round]!)),
      };
      results.products.push(result);
    }
    for (const { name, elements: count } of elements) {
      const milliseconds = next(1)[0]!;
      const result: ElementsResult = {
        kernel,
        name,
        elements: count,
        microseconds: spreadOf(milliseconds.map((ms) => 1000 * ms)),
        gigaElements: spreadOf(milliseconds.map((ms) => count / ms / 1e6)),
      };
      results.elements.push(result);
    }
    const sampled = next(1)[0]!.map((ms) => (1000 * samplerTokens) / ms);
    if (build === builds[0]) tokensPerSecond = sampled;
  }
  return { ...results, sampler: { kernel: builds[0]!.kernel, tokensPerSecond: spreadOf(tokensPerSecond) } };
}
