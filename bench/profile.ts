/**
 * Where the time of a training step goes: every kernel call of the shards and of the trainer, and what is left to
 * JavaScript. All of it runs in the calling thread, so that the parts add up to the step.
 */
import type { Build } from '../bindings/instance.js';
import { STREAMS } from '../bindings/streams.js';
import { sonnets } from '../src/corpus/sonnets.js';
import { fillInitialWeights } from '../src/model/open.js';
import { createTask } from '../src/task/task.js';
import { createStepper } from '../src/train/stepper.js';
import { shardsOf } from '../src/workers/protocol.js';
import { describeEnvironment } from './environment.js';
import { createInlineWorker } from './inline-worker.js';
import { type ProfileReport, type ProfileRow, REPORT_VERSION, REST } from './report.js';
import { spreadOf } from './spread.js';
import { configOf, type StepCase } from './steps.js';
import { createKernelTimer, type KernelTime } from './timed-kernels.js';

export interface ProfileOptions {
  readonly build: Build;
  readonly stepCase: StepCase;
  readonly version?: string;
  /** Timed steps, each beside one without timers. */
  readonly steps: number;
  readonly warmUpSteps?: number;
}

export async function runProfile(options: ProfileOptions): Promise<ProfileReport> {
  const { build, stepCase, version = null, steps, warmUpSteps = 2 } = options;
  const environment = describeEnvironment(version);
  const corpus = sonnets();
  const config = configOf(stepCase, corpus);
  const { seed, model, training } = config;
  const task = createTask(config.task, corpus);
  const inline = createInlineWorker();
  const stepper = await createStepper(
    { build, model, length: config.task.seqLength, seed, task, training },
    { threads: 1, createWorker: () => inline.worker },
  );
  fillInitialWeights(stepper.engine, seed);
  stepper.publishWeights();
  const timers = {
    shards: createKernelTimer(inline.runner().engine.instance),
    trainer: createKernelTimer(stepper.engine.instance),
  };
  let at = 0;
  /** Milliseconds of one step, and of the shards in it. */
  const step = async () => {
    inline.takeTime();
    const from = performance.now();
    const batch = shardsOf(training.batchSize, { stream: STREAMS.train, split: 'train', step: at });
    const { positions } = await stepper.gradient(batch);
    stepper.update(at++, positions);
    return { milliseconds: performance.now() - from, shards: inline.takeTime() };
  };
  for (let i = 0; i < warmUpSteps; i++) await step();

  const plain: number[] = [];
  const timed: number[] = [];
  let shards = 0;
  for (let i = 0; i < steps; i++) {
    plain.push((await step()).milliseconds);
    for (const timer of Object.values(timers)) timer.on();
    const taken = await step();
    for (const timer of Object.values(timers)) timer.off();
    timed.push(taken.milliseconds);
    shards += taken.shards;
  }
  stepper.close();

  const total = timed.reduce((sum, ms) => sum + ms, 0);
  const row = (where: ProfileRow['where'], time: KernelTime): ProfileRow => ({
    where,
    kernel: time.kernel,
    detail: time.detail,
    calls: time.calls / steps,
    microseconds: (1000 * time.milliseconds) / steps,
    share: time.milliseconds / total,
    gflops: time.flop === 0 ? null : time.flop / time.milliseconds / 1e6,
  });
  const part = (where: ProfileRow['where'], milliseconds: number): ProfileRow[] => {
    const times = timers[where].times();
    const inKernels = times.reduce((sum, time) => sum + time.milliseconds, 0);
    const rest = { kernel: REST, detail: '', calls: 0, milliseconds: milliseconds - inKernels, flop: 0 };
    return [...times, rest].map((time) => row(where, time));
  };
  const rows = [...part('shards', shards), ...part('trainer', total - shards)];
  return {
    version: REPORT_VERSION,
    environment,
    build: { kernel: build.kernel, sha256: build.sha256 },
    name: stepCase.name,
    batchSize: training.batchSize,
    seqLength: config.task.seqLength,
    steps,
    milliseconds: { mean: total / steps, spread: spreadOf(timed) },
    withoutTimers: spreadOf(plain),
    overhead: spreadOf(timed.map((ms, i) => ms / plain[i]!)).median - 1,
    rows: rows.sort((a, b) => b.microseconds - a.microseconds),
  };
}
