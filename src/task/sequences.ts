/** Sequences of a task one by one, as plain objects, for printing or a page. Training samples in its workers. */
import { createPlanner } from '../../bindings/arena.js';
import { loadBuild } from '../../bindings/build.js';
import { type Build, instantiate } from '../../bindings/instance.js';
import type { Split } from '../../bindings/sampler.js';
import { STREAMS } from '../../bindings/streams.js';
import { runningKind, type Task } from './task.js';

export interface Sequence {
  /** z_0..z_{T-1}. */
  readonly tokens: number[];
  /** z_1..z_T. */
  readonly targets: number[];
  /** 0, or how often the trigger at this position has occurred so far. */
  readonly occurrences: number[];
  readonly triggers: number[];
  readonly outputs: number[];
  /** The tokens as symbols. */
  readonly text: string;
}

export interface SequencesOptions {
  /** 0 to 2^53 - 1. */
  readonly seed: number;
  readonly count: number;
  /** Default: train. */
  readonly split?: Split;
  /** Default: the split's own stream, whose step 0 is the first training batch or the test set. */
  readonly stream?: number;
  /** Default: 0. */
  readonly step?: number;
  /** A compiled build to use. Default: the one that the library carries. */
  readonly build?: Build;
}

/** The sequences 0 .. count-1 of one step, in order. Throws SamplingError where the task's rules cannot be met. */
export function* sequences(task: Task, options: SequencesOptions): Generator<Sequence, void, undefined> {
  const { seed, count, split = 'train', stream = STREAMS[split], step = 0, build = loadBuild() } = options;
  const planner = createPlanner();
  const kind = runningKind(task);
  const plan = kind.plan(planner, task);
  const sampler = kind.open(instantiate(build, planner.plan()), plan, task);
  const T = task.laws.seqLength;
  for (let sequence = 0; sequence < count; sequence++) {
    sampler.draw({ seed, stream, step, sequence, split });
    const tokens = [...sampler.tokens.subarray(0, T)];
    yield {
      tokens,
      targets: [...sampler.tokens.subarray(1)],
      occurrences: [...sampler.marks],
      triggers: [...sampler.latents.triggers],
      outputs: [...sampler.latents.outputs],
      text: tokens.map((id) => task.corpus.symbols[id]).join(''),
    };
  }
}
