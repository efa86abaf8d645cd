/** Trains one run in its folder, from its newest whole checkpoint where it was begun already. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Build } from '../../bindings/instance.js';
import type { MetricsRecord } from '../analysis/record.js';
import type { Corpus } from '../corpus/corpus.js';
import { corpusIdentity } from '../corpus/identity.js';
import { DivergenceError } from '../errors.js';
import { removeCheckpoints } from '../files/checkpoint.js';
import type { Checkpoint } from '../files/format/checkpoint.js';
import { weightsFile } from '../files/format/weights.js';
import { type Surroundings, WEIGHTS_FILE } from '../files/run.js';
import { openRunFolder, type RunFolder } from '../files/run-folder.js';
import { newestState, saveState } from '../files/saved-states.js';
import type { Config } from '../train/config.js';
import { resumableConfig } from '../train/identity.js';
import type { TrainingState } from '../train/state.js';
import { createTrainer, type Trainer } from '../train/trainer.js';
import { OUTCOME_FILE, type Outcome, writeOutcome } from './store.js';

export interface RunJob {
  readonly id: string;
  readonly folder: string;
  readonly config: Config;
  /** Workers of its own; 0: the calling thread trains. */
  readonly threads: number;
  readonly surroundings: Surroundings;
  /** Milliseconds between two checkpoints. */
  readonly pause: number;
}

export interface RunWatcher {
  /** Asked between two steps. */
  readonly stopping: () => boolean;
  /** After every step; at the start with the step that the run goes on from. */
  step(done: number, record: MetricsRecord | null): void;
  /** A checkpoint is in its folder. */
  saved(): void;
  warn(message: string): void;
}

/** null: it was stopped, and its state is saved. Throws what the trainer throws, but for a divergence: an outcome. */
export async function trainRun(
  job: RunJob,
  corpus: Corpus | null,
  build: Build,
  watcher: RunWatcher,
): Promise<Outcome | null> {
  const folder = openRunFolder(job.folder, 'resume');
  try {
    return await trainIn(folder, job, corpus, build, watcher);
  } finally {
    folder.close();
  }
}

async function trainIn(
  folder: RunFolder,
  { id, config: asked, threads, surroundings, pause }: RunJob,
  corpus: Corpus | null,
  build: Build,
  watcher: RunWatcher,
): Promise<Outcome | null> {
  // What lies here without being what it says is trained anew.
  for (const name of [OUTCOME_FILE, WEIGHTS_FILE]) rmSync(join(folder.path, name), { force: true });
  const state = savedState(folder, asked, corpus, build, watcher);
  if (state === null) {
    removeCheckpoints(folder.path);
    folder.cutMetrics(0);
  }
  const config: Config = { ...asked, kernel: build.kernel, threads };
  const { warn } = watcher;
  const trainer = await createTrainer(config, corpus, { build, warn, ...(state === null ? {} : { state }) });
  try {
    folder.writeParams(config, { ...surroundings, tile: trainer.tile, init: null });
    watcher.step(trainer.step, null);
    if (!(await runSteps(trainer, folder, pause, watcher))) {
      saveState(trainer, folder);
      watcher.saved();
      return null;
    }
    const weights = weightsFile(trainer.weights(), config, corpusIdentity(config.task.corpus, corpus), trainer.step);
    folder.flushMetrics();
    folder.writeWeights(weights);
    const outcome = writeOutcome(folder.path, { id, status: 'finished', steps: trainer.step, error: null }, weights);
    removeCheckpoints(folder.path);
    return outcome;
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    removeCheckpoints(folder.path);
    folder.flushMetrics();
    const { message } = error;
    return writeOutcome(folder.path, { id, status: 'diverged', steps: trainer.step, error: message }, null);
  } finally {
    trainer.close();
  }
}

/** Whether the run is over; false: it was asked to stop. */
async function runSteps(trainer: Trainer, folder: RunFolder, pause: number, watcher: RunWatcher): Promise<boolean> {
  let saved = performance.now();
  while (!trainer.finished) {
    if (watcher.stopping()) return false;
    const { record } = await trainer.advance();
    if (record !== null) folder.appendMetrics(record);
    watcher.step(trainer.step, record);
    if (performance.now() - saved >= pause && !trainer.finished) {
      saveState(trainer, folder);
      watcher.saved();
      saved = performance.now();
    }
    // Without workers nothing else lets a message in.
    await nextTurn();
  }
  return true;
}

/** Where the run stood, with its metrics cut to what had been written then; null: nothing whole was saved. */
function savedState(
  folder: RunFolder,
  config: Config,
  corpus: Corpus | null,
  build: Build,
  { warn }: RunWatcher,
): TrainingState | null {
  const line = resumableConfig(config, corpusIdentity(config.task.corpus, corpus));
  const fits = (checkpoint: Checkpoint) => {
    const { step, build: kernels } = checkpoint.state;
    return checkpoint.config === line && kernels === build.sha256 && step < config.training.steps;
  };
  return newestState(folder, fits, warn);
}
