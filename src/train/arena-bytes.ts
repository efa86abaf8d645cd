/**
 * Bytes of the arenas of a run, from its plans alone: nothing is instantiated. The trainer has one arena (the model and
 * the optimizer's moments), every worker another (the model and the sampler); without workers the calling thread has
 * both.
 */
import { MOST_ARENA_BYTES } from '../../bindings/arena.js';
import { mebibytes } from '../../bindings/instance.js';
import type { Corpus } from '../corpus/corpus.js';
import { ConfigError } from '../errors.js';
import { trainedNames } from '../model/parameters.js';
import { createTask } from '../task/task.js';
import { planRunner } from '../workers/runner.js';
import type { Config } from './config.js';
import { planStepper } from './stepper.js';

export interface ArenaBytes {
  readonly trainer: number;
  /** Of each worker, or of the calling thread in its place. */
  readonly worker: number;
  /** The trainer's and those of all workers. */
  readonly total: number;
}

/** `threads`, `releasable`: as in TrainerOptions. Throws a ConfigError where the corpus cannot carry the task. */
export function arenaBytesOf(
  config: Config,
  corpus: Corpus | null,
  threads = config.threads,
  releasable: readonly string[] = [],
): ArenaBytes {
  const { model, training } = config;
  const length = config.task.seqLength;
  const task = createTask(config.task, corpus);
  const trained = trainedNames(model, training, releasable);
  const trainer = planStepper({ model, length, training, releasable }).arena.bytes;
  const worker = planRunner({ model, length, circuit: training.circuit, trained, task }).arena.bytes;
  return { trainer, worker, total: trainer + Math.max(threads, 1) * worker };
}

/** Throws a ConfigError with the size where an arena is larger than a WebAssembly memory can be. */
export function checkArenas({ model, task }: Config, { trainer, worker }: ArenaBytes): void {
  const bytes = Math.max(trainer, worker);
  if (bytes <= MOST_ARENA_BYTES) return;
  const most = Math.floor(MOST_ARENA_BYTES / 2 ** 20);
  const sizes = `with model.layers ${model.layers}, model.heads ${model.heads} and task.seqLength ${task.seqLength}`;
  const needed = `it needs ${mebibytes(bytes)} MiB, and one WebAssembly memory holds ${most}`;
  const expected = `a smaller value ${sizes} (the arena does not fit into memory: ${needed})`;
  throw new ConfigError('model.dim', model.dim, expected);
}
