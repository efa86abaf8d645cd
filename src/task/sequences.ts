/** Sequences of a task one by one, as plain objects, for printing or a page. Training samples in its workers. */
import { createPlanner } from '../../bindings/arena.js';
import { loadBuild } from '../../bindings/build.js';
import { type Build, instantiate } from '../../bindings/instance.js';
import type { Split } from '../../bindings/sampler.js';
import { STREAMS } from '../../bindings/streams.js';
import { taskKind } from './kinds.js';
import { openTask, planTask, type Task } from './task.js';
import type { TriggersTask } from './triggers/task.js';

/** What every sequence has; its marks go by the name that the kind has for them, its latents by theirs. */
export interface PlainSequence {
  /** z_0..z_{T-1}. */
  readonly tokens: number[];
  /** z_1..z_T. */
  readonly targets: number[];
  /** The tokens as symbols. */
  readonly text: string;
}

/** A sequence of the paper's task. */
export interface Sequence extends PlainSequence {
  /** 0, or how often the trigger at this position has occurred so far. */
  readonly occurrences: number[];
  readonly triggers: number[];
  readonly outputs: number[];
}

/** A sequence of any kind. */
export interface MarkedSequence extends PlainSequence {
  /** 0 at ordinary positions, else the kind's own class. */
  readonly marks: number[];
  readonly latents: Readonly<Record<string, number[]>>;
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
export function* markedSequences(task: Task, options: SequencesOptions): Generator<MarkedSequence, void, undefined> {
  const { seed, count, split = 'train', stream = STREAMS[split], step = 0, build = loadBuild() } = options;
  const planner = createPlanner();
  const plan = planTask(planner, task)!;
  const sampler = openTask(instantiate(build, planner.plan()), plan, task);
  for (let sequence = 0; sequence < count; sequence++) {
    sampler.draw({ seed, stream, step, sequence, split });
    const tokens = [...sampler.tokens.subarray(0, task.seqLength)];
    yield {
      tokens,
      targets: [...sampler.tokens.subarray(1)],
      marks: [...sampler.marks],
      latents: Object.fromEntries(Object.entries(sampler.latents).map(([name, values]) => [name, [...values]])),
      text: tokens.map((id) => task.symbols[id]).join(''),
    };
  }
}

/** The same as they are printed: marks under the kind's name for them, latents by name. */
export function sequences(task: TriggersTask, options: SequencesOptions): Generator<Sequence, void, undefined>;
export function sequences(task: Task, options: SequencesOptions): Generator<PlainSequence, void, undefined>;
export function* sequences(task: Task, options: SequencesOptions): Generator<PlainSequence, void, undefined> {
  for (const sequence of markedSequences(task, options)) yield printed(task, sequence);
}

/** A sequence under the names that its kind has. */
export function printed(task: Pick<Task, 'kind'>, { marks, latents, text, ...tokens }: MarkedSequence): PlainSequence {
  return { ...tokens, [taskKind(task.kind).marks]: marks, ...latents, text };
}
