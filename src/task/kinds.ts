/**
 * The kinds of task, by name. A kind is a folder; what trains, measures or shows asks this table and not the folder.
 * With one kind no setting names it.
 */
import type { Corpus } from '../corpus/corpus.js';
import { TASK_DEFAULTS, type TaskConfig } from './triggers/config.js';
import { checkLoss, losses } from './triggers/losses.js';
import { createTask, type Task } from './triggers/task.js';

/** Positions that are in the loss: those whose mark is at least this. Marks are 0 at ordinary positions. */
export interface LossRule {
  readonly least: number;
}

export interface TaskKind<C, T> {
  readonly defaults: C;
  /** What training.lossOn may be. */
  readonly losses: Readonly<Record<string, LossRule>>;
  /** Throws ConfigError where a task of these settings has no position that the rule takes. */
  checkLoss(config: C, rule: string): void;
  /** A config and a corpus, checked against each other: plain data, fit for a worker. Throws ConfigError. */
  create(config: C, corpus: Corpus): T;
}

export const taskKinds = {
  triggers: { defaults: TASK_DEFAULTS, losses, checkLoss, create: createTask },
} as const satisfies { triggers: TaskKind<TaskConfig, Task> };

export type TaskKindName = keyof typeof taskKinds;
export type LossRuleName = { [K in TaskKindName]: keyof (typeof taskKinds)[K]['losses'] }[TaskKindName];

/** Every rule of any kind, by name. */
export const LOSS_RULES = Object.assign({}, ...Object.values(taskKinds).map((kind) => kind.losses)) as Readonly<
  Record<LossRuleName, LossRule>
>;
export const LOSS_RULE_NAMES = Object.keys(LOSS_RULES) as [LossRuleName, ...LossRuleName[]];
