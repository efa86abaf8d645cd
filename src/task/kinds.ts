/**
 * The kinds of task, by name, and what their settings mean; task.ts has how each is sampled and measured, schemas.ts
 * how
 * settings from outside are checked. A kind is a folder; what trains, measures or shows asks these tables.
 */
import { ConfigError } from '../errors.js';
import { type BackcopyConfig, backcopy } from './backcopy/config.js';
import { type ChainsConfig, chains } from './chains/config.js';
import { type GraphConfig, graph } from './graph/config.js';
import type { KindSettings, LossRule, TaskSettings } from './kind.js';
import type { TriggersConfig } from './triggers/config.js';
import { triggers } from './triggers/kind.js';

export type { LossRule, TriggersConfig };

export const taskKinds = { triggers, chains, backcopy, graph } as const;

export type TaskKindName = keyof typeof taskKinds;
export type TaskConfig = TriggersConfig | ChainsConfig | BackcopyConfig | GraphConfig;

/** Some settings of any kind, at any depth. */
export type TaskLayer = { readonly kind?: TaskKindName | undefined } & Partly<TriggersConfig> &
  Partly<BackcopyConfig> &
  Partly<Omit<ChainsConfig, 'corpus'>> &
  Partly<Omit<GraphConfig, 'corpus'>>;

type Partly<C> = {
  readonly [K in Exclude<keyof C, 'kind'>]?:
    | (C[K] extends readonly unknown[]
        ? C[K]
        : C[K] extends object
          ? { readonly [I in keyof C[K]]?: C[K][I] | undefined }
          : C[K])
    | undefined;
};
export const TASK_KIND_NAMES = Object.keys(taskKinds) as [TaskKindName, ...TaskKindName[]];
/** The kind of settings that name none. */
export const DEFAULT_KIND = 'triggers' as const satisfies TaskKindName;

export type LossRuleName = { [K in TaskKindName]: keyof (typeof taskKinds)[K]['losses'] }[TaskKindName];

/** Every rule of any kind, by name, for sequences that are given; the first kind that has it says what it is. */
export const LOSS_RULES = Object.fromEntries(
  Object.values(taskKinds)
    .flatMap(({ losses }) => Object.entries<LossRule>(losses))
    .filter(([name], at, all) => all.findIndex(([other]) => other === name) === at),
) as Readonly<Record<LossRuleName, LossRule>>;
export const LOSS_RULE_NAMES = Object.keys(LOSS_RULES) as [LossRuleName, ...LossRuleName[]];

/** Titles of a kind's rules, by name. */
export function lossTitles(kind: string | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(taskKind(kind).losses).map(([name, { title }]) => [name, title]));
}

/** What the settings of that kind say. Throws ConfigError where there is none of that name. */
export function taskKind(name: string = DEFAULT_KIND): KindSettings<TaskSettings> {
  if (Object.hasOwn(taskKinds, name)) return taskKinds[name as TaskKindName] as unknown as KindSettings<TaskSettings>;
  throw new ConfigError('task.kind', name, `one of ${TASK_KIND_NAMES.join(', ')}`);
}

/** Throws ConfigError unless the kind has the rule, and its settings leave it a position. */
export function checkLoss(config: TaskSettings, rule: string): void {
  const kind = taskKind(config.kind);
  if (!Object.hasOwn(kind.losses, rule)) {
    const expected = `${Object.keys(kind.losses).join(' or ')} (task.kind is ${config.kind ?? DEFAULT_KIND})`;
    throw new ConfigError('training.lossOn', rule, expected);
  }
  kind.checkLoss(config, rule);
}

/** Settings under a name, of any form. */
export type Group = Readonly<Record<string, unknown>>;

/** Settings without those that a kind does not have, groups inside them likewise. */
export function settingsOfKind(task: Group, name: string): Group {
  const { defaults, optional } = taskKind(name);
  return Object.fromEntries(
    Object.entries(task).flatMap(([key, value]) => {
      if (optional.includes(key)) return [[key, value]];
      if (!Object.hasOwn(defaults, key)) return [];
      const known = (defaults as unknown as Group)[key];
      if (!isGroup(known) || !isGroup(value)) return [[key, value]];
      return [[key, Object.fromEntries(Object.entries(value).filter(([inner]) => Object.hasOwn(known, inner)))]];
    }),
  );
}

/** Throws ConfigError for a setting that the kind does not have, with the kinds that have it. */
export function checkKindSettings(task: Group): void {
  const { kind = DEFAULT_KIND } = task;
  const own = settingsOfKind(task, String(kind));
  for (const [key, value] of Object.entries(task)) {
    if (!Object.hasOwn(own, key)) throw foreign(`task.${key}`, value, String(kind), [key]);
    if (!isGroup(value)) continue;
    for (const [inner, given] of Object.entries(value)) {
      if (Object.hasOwn(own[key] as Group, inner)) continue;
      throw foreign(`task.${key}.${inner}`, given, String(kind), [key, inner]);
    }
  }
}

function foreign(path: string, value: unknown, kind: string, [key, inner]: readonly string[]): ConfigError {
  const given = { [key!]: inner === undefined ? value : { [inner]: value } };
  const owners = TASK_KIND_NAMES.filter((name) => {
    const kept = settingsOfKind(given, name)[key!];
    return inner === undefined ? kept !== undefined : isGroup(kept) && Object.hasOwn(kept, inner);
  });
  const { defaults, optional } = taskKind(kind);
  const known = [...new Set([...Object.keys(defaults), ...optional])].join(', ');
  return new ConfigError(path, value, `a setting of the task ${kind} (${known}), not one of ${owners.join(' or ')}`);
}

export function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Settings that say no more than their absence does are left out: what is saved of a run does not change with them. */
export function bareTask<C extends TaskSettings>(config: C): C {
  if ((config.kind ?? DEFAULT_KIND) !== DEFAULT_KIND) return config;
  const { kind, ...rest } = config;
  const silent = (key: string, value: unknown) => (key === 'noise' || key === 'beyond') && value === 0;
  return Object.fromEntries(Object.entries(rest).filter(([key, value]) => !silent(key, value))) as unknown as C;
}
