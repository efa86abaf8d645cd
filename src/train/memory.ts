/**
 * The memory that a run will need, from its plans alone: nothing is instantiated. The trainer has one arena (the model and
 * the optimizer's moments), every worker another (the model and the sampler); without workers the calling thread has both.
 */
import { MOST_ARENA_BYTES } from '../../bindings/arena.js';
import { mebibytes } from '../../bindings/instance.js';
import type { Corpus } from '../corpus/corpus.js';
import { ConfigError } from '../errors.js';
import { createTask } from '../task/triggers/task.js';
import { planRunner } from '../workers/runner.js';
import type { Config } from './config.js';
import { planStepper, trainedNames } from './stepper.js';

export interface MemoryNeeded {
  /** The largest arena. */
  readonly arenaBytes: number;
  /** The trainer's and those of the workers. */
  readonly arenas: number;
  /** All arenas together. */
  readonly totalBytes: number;
}

/** `threads`, `releasable`: as in the trainer's options. Throws a ConfigError where the corpus cannot carry the task. */
export function memoryNeeded(
  config: Config,
  corpus: Corpus,
  threads = config.threads,
  releasable: readonly string[] = [],
): MemoryNeeded {
  const { model, training } = config;
  const length = config.task.seqLength;
  const task = createTask(config.task, corpus);
  const trained = trainedNames(model, training, releasable);
  const trainer = planStepper({ model, length, training, releasable }).arena.bytes;
  const worker = planRunner({ model, length, circuit: training.circuit, trained, task }).arena.bytes;
  const workers = Math.max(threads, 1);
  return {
    arenaBytes: Math.max(trainer, worker),
    arenas: 1 + workers,
    totalBytes: trainer + workers * worker,
  };
}

/** Throws a ConfigError with the size where an arena is larger than a WebAssembly memory can be. */
export function checkMemory({ model, task }: Config, { arenaBytes }: MemoryNeeded): void {
  if (arenaBytes <= MOST_ARENA_BYTES) return;
  const most = Math.floor(MOST_ARENA_BYTES / 2 ** 20);
  const sizes = `with model.layers ${model.layers}, model.heads ${model.heads} and task.seqLength ${task.seqLength}`;
  const needed = `it needs ${mebibytes(arenaBytes)} MiB, and one WebAssembly memory holds ${most}`;
  const expected = `a smaller value ${sizes} (the arena does not fit into memory: ${needed})`;
  throw new ConfigError('model.dim', model.dim, expected);
}
