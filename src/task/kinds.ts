/**
 * The kinds of task, by name, and what their settings mean; task.ts has how each is sampled and read. A kind is a
 * folder; what trains, measures or shows asks these tables and not the folder. With one kind no setting names it.
 */
import { TASK_DEFAULTS, type TaskConfig } from './triggers/config.js';
import { checkLoss, losses } from './triggers/occurrences.js';

export type { TaskConfig };

/** Positions that are in the loss: those whose mark is at least this. Marks are 0 at ordinary positions. */
export interface LossRule {
  readonly title: string;
  readonly least: number;
}

interface TaskKind<C> {
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
/** The kind of settings that name none. */
export const DEFAULT_KIND: TaskKindName = 'triggers';

export type LossRuleName = { [K in TaskKindName]: keyof (typeof taskKinds)[K]['losses'] }[TaskKindName];

/** Every rule of any kind, by name. */
export const LOSS_RULES: Readonly<Record<LossRuleName, LossRule>> = losses;
export const LOSS_RULE_NAMES = Object.keys(LOSS_RULES) as [LossRuleName, ...LossRuleName[]];
/** What people read, by name. */
export const LOSS_TITLES = Object.fromEntries(
  LOSS_RULE_NAMES.map((name) => [name, LOSS_RULES[name].title]),
) as Readonly<Record<LossRuleName, string>>;
