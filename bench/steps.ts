/** Whole training steps, sampling included and evaluation not, at one and at all threads in turn. */
import type { Build } from '../bindings/instance.js';
import type { Corpus } from '../src/corpus/corpus.js';
import type { Config, ConfigLayer } from '../src/train/config.js';
import { withCorpus } from '../src/train/config.js';
import { presets } from '../src/train/presets.js';
import { resolveConfig } from '../src/train/resolve.js';
import { createTrainer, type Trainer } from '../src/train/trainer.js';
import type { PoolOptions } from '../src/workers/pool.js';
import type { StepTiming } from './report.js';
import { spreadOf } from './spread.js';

export interface StepCase {
  readonly name: string;
  /** Lowest first. */
  readonly layers: readonly ConfigLayer[];
}

export const STEP_CASES: readonly StepCase[] = [
  { name: 'paper, in-context loss', layers: [presets.fixed] },
  { name: 'paper, loss on all', layers: [presets.fixed, { training: { lossOn: 'all' } }] },
  { name: 'paper, d = 256', layers: [presets.fixed, { model: { dim: 256 } }] },
  { name: 'quick', layers: [presets['fixed-quick']] },
  { name: 'full', layers: [presets.full] },
];

/** The preset that a page starts with. */
export const STARTUP_CASE: StepCase = { name: 'quick', layers: [presets['fixed-quick']] };

export interface StepSettings {
  readonly stepRounds: number;
  /** Each round trains at least one step, and further ones until this time is over. */
  readonly stepMilliseconds: number;
  readonly warmUpSteps: number;
}

export interface StepOptions extends StepSettings, Partial<Pick<PoolOptions, 'createWorker' | 'warn'>> {
  readonly build: Build;
  readonly corpus: Corpus;
  readonly threads: readonly number[];
}

/** A case's configuration, never evaluated but at step 0. */
export function configOf({ layers }: StepCase, corpus: Corpus): Config {
  const open = resolveConfig([...layers, { training: { steps: 1e9, evalEvery: 1e9, testSequences: 0 } }]);
  return withCorpus(open, corpus);
}

export async function timeSteps(stepCase: StepCase, options: StepOptions): Promise<StepTiming[]> {
  const { build, corpus, createWorker, warn, stepRounds, stepMilliseconds, warmUpSteps } = options;
  const config: Config = { ...configOf(stepCase, corpus), kernel: build.kernel };
  const trainers: Trainer[] = [];
  for (const threads of options.threads) {
    trainers.push(await createTrainer(config, corpus, { build, threads, createWorker, warn }));
  }
  const times: number[][] = trainers.map(() => []);
  for (const trainer of trainers) {
    // Step 0 is an evaluation as well.
    for (let i = 0; i <= warmUpSteps; i++) await trainer.advance();
  }
  for (let round = 0; round < stepRounds; round++) {
    for (const [i, trainer] of trainers.entries()) {
      const began = performance.now();
      let now = began;
      do {
        const from = now;
        await trainer.advance();
        now = performance.now();
        times[i]!.push(now - from);
      } while (now - began < stepMilliseconds);
    }
  }
  const { batchSize } = config.training;
  const { seqLength } = config.task;
  return trainers.map((trainer, i) => {
    const { threads, arenaBytes } = trainer;
    trainer.close();
    return {
      kernel: options.build.kernel,
      name: stepCase.name,
      batchSize,
      seqLength,
      threads,
      milliseconds: spreadOf(times[i]!),
      tokensPerSecond: spreadOf(times[i]!.map((ms) => (1000 * batchSize * seqLength) / ms)),
      steps: times[i]!.length,
      arenaBytes: { trainer: arenaBytes.trainer, worker: arenaBytes.worker },
    };
  });
}
