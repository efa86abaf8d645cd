/**
 * A task as it runs, by kind: its settings joined with a corpus, its sampler, and what is measured on its sequences.
 */
import type { Planner } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import type { MathFunctions } from '../../bindings/math.js';
import {
  loadSampler,
  planSampler,
  type SamplerPlan,
  SamplingError,
  type SequenceAddress,
  type SequenceViews,
  sampleSequence,
} from '../../bindings/sampler.js';
import { bigramLawOf } from '../corpus/bigrams.js';
import type { Corpus } from '../corpus/corpus.js';
import { ConfigError } from '../errors.js';
import { type BackcopyTask, runningBackcopy } from './backcopy/task.js';
import { type ChainsTask, runningChains } from './chains/task.js';
import { type GraphTask, runningGraph } from './graph/task.js';
import type { AnyTask, Meter, MeterSettings, RunningKind } from './kind.js';
import { DEFAULT_KIND, type TaskConfig, type TaskKindName, type TriggersConfig, taskKind } from './kinds.js';
import { runningTriggers, triggersMeter } from './triggers/running.js';
import type { TriggersTask } from './triggers/task.js';

/** Where sequences of a task come from. The views show the sequence that was drawn last. */
export interface TaskSampler extends SequenceViews {
  /** What the kernel says of the sequence. Throws SamplingError where the task's rules cannot be met. */
  draw(at: SequenceAddress): number;
}

const running = {
  triggers: runningTriggers,
  chains: runningChains,
  backcopy: runningBackcopy,
  graph: runningGraph,
} satisfies Record<TaskKindName, unknown>;

export type Task = TriggersTask | ChainsTask | BackcopyTask | GraphTask;

/** Throws ConfigError, with the key's path, where the settings or the corpus cannot carry the task. */
export function createTask(config: TriggersConfig, corpus: Corpus): TriggersTask;
export function createTask(config: TaskConfig, corpus: Corpus | null): Task;
export function createTask(config: TaskConfig, corpus: Corpus | null): Task {
  const { kind = DEFAULT_KIND } = config;
  if (taskKind(kind).needsCorpus && corpus === null) throw new ConfigError('task.corpus', null, 'a corpus');
  return runningKind({ kind }).join(config, corpus) as Task;
}

/** A task on its way between threads: counts by rows in place of the law that is square in the number of symbols. */
export interface SentTask {
  readonly task: AnyTask;
  readonly corpus: Omit<Corpus, 'bigramLaw'> | null;
}

export function sendTask(task: Task): SentTask {
  if (task.corpus === null) return { task, corpus: null };
  const { bigramLaw, ...corpus } = task.corpus;
  if (task.kind !== 'triggers') return { task: { ...task, corpus: null }, corpus };
  const { bigram, ...laws } = task.laws;
  return { task: { ...task, corpus: null, laws } as AnyTask, corpus };
}

export function receiveTask({ task, corpus }: SentTask): AnyTask {
  if (corpus === null) return task;
  const bigram = bigramLawOf(corpus.bigrams, corpus.unigramLaw);
  const whole = { ...task, corpus: { ...corpus, bigramLaw: bigram } };
  return 'laws' in task ? ({ ...whole, laws: { ...(task.laws as object), bigram } } as AnyTask) : whole;
}

/** How the task's kind runs. */
export function runningKind({ kind }: { readonly kind: string }): RunningKind<TaskConfig, AnyTask> {
  return running[kind as TaskKindName] as unknown as RunningKind<TaskConfig, AnyTask>;
}

/** The task where its kind is the paper's; what is asked of it there makes no sense elsewhere. */
export function asTriggers(task: Task): TriggersTask {
  if (task.kind === 'triggers') return task;
  throw new ConfigError('task.kind', task.kind, `${DEFAULT_KIND} (it is asked for its triggers)`);
}

/** Reserves the sampler's part of an arena; null where sequences are given. */
export function planTask(planner: Planner, task: AnyTask): SamplerPlan | null {
  return task.sampler && planSampler(planner, task.sampler);
}

export function openTask(instance: Instance, plan: SamplerPlan, task: AnyTask): TaskSampler {
  const { refusal } = runningKind(task);
  return {
    ...loadSampler(instance, plan, task.sampler!),
    draw(at) {
      const said = sampleSequence(instance, plan, at);
      if (said < 0) throw new SamplingError(refusal(task, said, at));
      return said;
    },
  };
}

/** What is measured; without a task, of given sequences, what can be read from them. */
export function meterFor(task: AnyTask | null, math: MathFunctions, settings: MeterSettings): Meter {
  return task === null ? triggersMeter(null, math, settings) : runningKind(task).meter(task, math, settings);
}
