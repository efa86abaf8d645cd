/** What a worker of a configuration is set up with, for benchmarks that look inside one. */
import type { Build } from '../bindings/instance.js';
import { trainedNames } from '../src/model/parameters.js';
import type { Task } from '../src/task/task.js';
import type { Config } from '../src/train/config.js';
import type { Setup } from '../src/workers/protocol.js';
import { planRunner } from '../src/workers/runner.js';

/** The setup, and the size of the arena that a worker plans from it. */
export function setupOf(config: Config, task: Task, build: Build): { setup: Setup; arenaBytes: number } {
  const { seed, model, training } = config;
  const { circuit, lossOn } = training;
  const setup: Setup = {
    wasm: { kernel: build.kernel, bytes: build.bytes },
    model,
    length: config.task.seqLength,
    circuit,
    trained: trainedNames(model, training),
    lossOn,
    seed,
    task,
  };
  return { setup, arenaBytes: planRunner(setup).arena.bytes };
}
