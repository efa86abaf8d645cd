/** Configurations side by side: every setting by its path, which of them differ, and what they say of the curves. */
import { symbolOf } from '../analysis/measures.js';
import type { RunEvent } from './records.js';

export interface SettingRow {
  /** As in `training.optimizer.learningRate`. */
  readonly path: string;
  /** One value a run, as JSON; null: that run does not have the setting. */
  readonly values: readonly (string | null)[];
  readonly differs: boolean;
}

const DEEPEST = 8;

/** All settings of all runs, in the order in which they are first met. */
export function compareSettings(configs: readonly unknown[]): SettingRow[] {
  const flat = configs.map((config) => {
    const settings = new Map<string, string>();
    collect(config, '', 0, settings);
    return settings;
  });
  const paths = [...new Set(flat.flatMap((settings) => [...settings.keys()]))];
  return paths.map((path) => {
    const values = flat.map((settings) => settings.get(path) ?? null);
    return { path, values, differs: values.some((value) => value !== values[0]) };
  });
}

/** Lists stay whole: their entries mean little alone. */
function collect(value: unknown, path: string, depth: number, into: Map<string, string>): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < DEEPEST) {
    for (const [key, part] of Object.entries(value)) {
      collect(part, path === '' ? key : `${path}.${key}`, depth + 1, into);
    }
    return;
  }
  if (value !== undefined) into.set(path === '' ? 'config' : path, JSON.stringify(value));
}

/** The steps at which `training.freezeUntil` lets parameters go. A configuration of another shape has none. */
export function releaseEvents(config: unknown): RunEvent[] {
  const held = field(field(config, 'training'), 'freezeUntil');
  const released = new Map<number, string[]>();
  for (const entry of Array.isArray(held) ? (held as readonly unknown[]) : []) {
    const step = field(entry, 'step');
    const parameter = field(entry, 'parameter');
    if (typeof step !== 'number' || !Number.isFinite(step) || typeof parameter !== 'string') continue;
    released.set(step, [...(released.get(step) ?? []), symbolOf(parameter) ?? parameter]);
  }
  const sorted = [...released].sort(([a], [b]) => a - b);
  return sorted.map(([step, names]) => ({ step, label: `${names.join(', ')} released` }));
}

/** Whether the test set's outputs follow a law of their own. */
export function hasTestLaw(config: unknown): boolean {
  return field(field(config, 'task'), 'testOutputs') !== undefined;
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
