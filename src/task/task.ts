/** A task as it runs, by kind: its settings joined with a corpus, its sampler, and the readers a model is held to. */
import type { Planner } from '../../bindings/arena.js';
import type { Instance } from '../../bindings/instance.js';
import type { SamplerLaws, SamplerPlan, SequenceAddress, Split } from '../../bindings/sampler.js';
import { type BigramCounts, bigramLawOf } from '../corpus/bigrams.js';
import type { Corpus } from '../corpus/corpus.js';
import { DEFAULT_KIND, type TaskConfig, type TaskKindName } from './kinds.js';
import { type Baselines, createBaselines } from './triggers/baselines.js';
import { openTriggers, planTriggers, type TriggersTask, triggersTask } from './triggers/task.js';

/** Where sequences of a task come from. The views show the sequence that was drawn last. */
export interface TaskSampler {
  /** z_0..z_T. */
  readonly tokens: Int32Array;
  /** [T]: 0 at ordinary positions; what else they say is the kind's. */
  readonly marks: Int32Array;
  /** What a sequence was drawn with, by name. */
  readonly latents: Readonly<Record<string, Int32Array>>;
  /** Tells whether the walk was caught in a cycle. Throws SamplingError where the task's rules cannot be met. */
  draw(at: SequenceAddress): boolean;
}

/** What a worker samples a task from. */
export type SampledTask = Pick<Task, 'kind' | 'laws'>;

/** A task on its way between threads: counts by rows in place of the law that is square in the number of symbols. */
export interface SentTask {
  readonly kind: TaskKindName;
  readonly laws: Omit<SamplerLaws, 'bigram'>;
  readonly bigrams: BigramCounts;
}

interface RunningKind<C, T extends { readonly laws: unknown }, P> {
  /** Plain data, fit for a worker. Throws ConfigError where the corpus cannot carry the task. */
  join(config: C, corpus: Corpus): T;
  /** Reserves the sampler's part of an arena. */
  plan(planner: Planner, task: Pick<T, 'laws'>): P;
  open(instance: Instance, plan: P, task: Pick<T, 'laws'>): TaskSampler;
  /** `exp`: the exponential to use, so that every engine agrees. */
  readers(task: Pick<T, 'laws'>, exp: (x: number) => number, split: Split): Baselines;
}

const running = {
  triggers: {
    join: triggersTask,
    plan: planTriggers,
    open: openTriggers,
    readers: createBaselines,
  },
} satisfies Record<TaskKindName, unknown> & { triggers: RunningKind<TaskConfig, TriggersTask, SamplerPlan> };

export type Task = ReturnType<(typeof running)[TaskKindName]['join']>;

/** Throws ConfigError, with the key's path, where the corpus cannot carry the task. */
export function createTask(config: TaskConfig, corpus: Corpus): Task {
  return running[DEFAULT_KIND].join(config, corpus);
}

export function sendTask({ kind, corpus, laws: { bigram, ...laws } }: Task): SentTask {
  return { kind, laws, bigrams: corpus.bigrams };
}

export function receiveTask({ kind, laws, bigrams }: SentTask): SampledTask {
  return { kind, laws: { ...laws, bigram: bigramLawOf(bigrams, laws.unigram) } };
}

/** How the task's kind is sampled and read. */
export function runningKind({ kind }: Pick<Task, 'kind'>): (typeof running)[TaskKindName] {
  return running[kind];
}
