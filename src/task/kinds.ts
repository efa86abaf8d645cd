/**
 * The kinds of task, by name. A kind is a folder; what trains, measures or shows asks this table and not the folder.
 * With one kind no setting names it.
 */
import { TASK_DEFAULTS, type TaskConfig } from './triggers/config.js';
import { checkLoss, losses } from './triggers/losses.js';

/** Positions that are in the loss: those whose mark is at least this. Marks are 0 at ordinary positions. */
export interface LossRule {
  readonly title: string;
  readonly least: number;
}

/** What settings of a kind mean; createTask joins them with a corpus. */
export interface TaskKind<C> {
  readonly defaults: C;
  /** What training.lossOn may be. */
  readonly losses: Readonly<Record<string, LossRule>>;
  /** Throws ConfigError where a task of these settings has no position that the rule takes. */
  checkLoss(config: C, rule: string): void;
}

export const taskKinds = {
  triggers: { defaults: TASK_DEFAULTS, losses, checkLoss },
} as const satisfies { triggers: TaskKind<TaskConfig> };

export type TaskKindName = keyof typeof taskKinds;
export type LossRuleName = { [K in TaskKindName]: keyof (typeof taskKinds)[K]['losses'] }[TaskKindName];

/** Every rule of any kind, by name. */
export const LOSS_RULES: Readonly<Record<LossRuleName, LossRule>> = losses;
/** What people read, by name. */
export const LOSS_TITLES = Object.fromEntries(
  Object.entries(LOSS_RULES).map(([name, { title }]) => [name, title]),
) as Readonly<Record<LossRuleName, string>>;
export const LOSS_RULE_NAMES = Object.keys(LOSS_RULES) as [LossRuleName, ...LossRuleName[]];
