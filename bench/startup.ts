/**
 * From nothing but loaded modules to the first finished step: kernels unpacked and compiled, workers started, one step.
 */
import { loadBuild } from '../bindings/build.js';
import type { Corpus } from '../src/corpus/corpus.js';
import { createTrainer } from '../src/train/trainer.js';
import type { PoolOptions } from '../src/workers/pool.js';
import type { StartupResult } from './report.js';
import { spreadOf } from './spread.js';
import { configOf, type StepCase } from './steps.js';

export interface StartupOptions extends Partial<Pick<PoolOptions, 'createWorker' | 'warn'>> {
  readonly corpus: Corpus;
  readonly threads: readonly number[];
  readonly rounds: number;
}

/**
 * At each number of threads in turn, so many times over. The first round is part of the figures: users have no other.
 */
export async function timeStartup(stepCase: StepCase, options: StartupOptions): Promise<StartupResult[]> {
  const { corpus, createWorker, warn } = options;
  const config = configOf(stepCase, corpus);
  const times: number[][] = options.threads.map(() => []);
  for (let round = 0; round < options.rounds; round++) {
    for (const [i, threads] of options.threads.entries()) {
      const from = performance.now();
      const trainer = await createTrainer(config, corpus, { build: loadBuild(), threads, createWorker, warn });
      await trainer.advance();
      times[i]!.push(performance.now() - from);
      trainer.close();
    }
  }
  return options.threads.map((threads, i) => ({ name: stepCase.name, threads, milliseconds: spreadOf(times[i]!) }));
}
