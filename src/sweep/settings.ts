/** What a sweep varies: settings by their paths, each with a list of values. */
import { ConfigError, show } from '../errors.js';
import type { ConfigLayer } from '../train/config.js';
import { mergeLayers, parseSet, settingValue } from '../train/resolve.js';

/** One value a setting, by path, in the order in which they are varied. */
export type Settings = Readonly<Record<string, unknown>>;

/** A setting and the values that it takes, in order. */
export type Axis = readonly [path: string, values: readonly unknown[]];

/** What decides no run, or the whole sweep. */
const FIXED = ['threads', 'kernel'];

/** `KEY=V,V,…`: values are split at commas outside brackets and quotes, and each is read as `--set` reads it. */
export function parseVary(assignment: string): Axis {
  const equals = assignment.indexOf('=');
  if (equals < 1) throw new ConfigError('--vary', assignment, 'path.to.key=value,value');
  const path = assignment.slice(0, equals).trim();
  return axis(path, splitValues(assignment.slice(equals + 1)).map(settingValue));
}

/** Checks that the path leads to a setting that may vary, and every value against its schema. */
export function axis(path: string, values: readonly unknown[]): Axis {
  if (FIXED.includes(path)) throw new ConfigError(path, values, 'a setting that decides a run, or none of its own');
  if (values.length === 0) throw new ConfigError(path, values, 'at least one value');
  for (const value of values) layerOf({ [path]: value });
  return [path, values];
}

/** Every combination, the last axis fastest. Throws a ConfigError for a setting that is named twice. */
export function grid(axes: readonly Axis[]): Settings[] {
  const twice = axes.find(([path], at) => axes.findIndex(([other]) => other === path) < at);
  if (twice !== undefined) throw new ConfigError(twice[0], twice[1], 'a setting that is varied once');
  return axes.reduce<Settings[]>(
    (all, [path, values]) => all.flatMap((settings) => values.map((value) => ({ ...settings, [path]: value }))),
    [{}],
  );
}

/** The settings as a layer of a configuration. Throws a ConfigError for an unknown path or a bad value. */
export function layerOf(settings: Settings): ConfigLayer {
  return mergeLayers(Object.entries(settings).map(([path, value]) => parseSet(`${path}=${JSON.stringify(value)}`)));
}

/** The end of each path that tells it from the others: `count` for task.triggers.count. */
export function shortNames(paths: readonly string[]): string[] {
  return paths.map((path) => {
    const parts = path.split('.');
    for (let length = 1; length < parts.length; length++) {
      const name = parts.slice(-length).join('.');
      if (paths.filter((other) => other === name || other.endsWith(`.${name}`)).length === 1) return name;
    }
    return path;
  });
}

/** A value as a person writes it: text without quotes. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : show(value);
}

function splitValues(text: string): string[] {
  const values: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\\' && quoted) at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && '[{('.includes(character)) depth++;
    else if (!quoted && ']})'.includes(character)) depth--;
    else if (character === ',' && !quoted && depth === 0) {
      values.push(text.slice(from, at));
      from = at + 1;
    }
  }
  values.push(text.slice(from));
  const empty = values.findIndex((value) => value.trim() === '');
  if (empty >= 0) throw new ConfigError('--vary', text, 'a value between every two commas');
  return values.map((value) => value.trim());
}
