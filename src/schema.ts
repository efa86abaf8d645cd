/**
 * Schemas of settings over valibot, whose messages say what was expected, and `overlay`, which lays one part of a
 * configuration over another and refuses every key that the schema does not name.
 */
import * as v from 'valibot';
import { ConfigError } from './errors.js';

/** A schema with named settings inside it: an object of settings, or one of several told apart by a setting. */
export type SettingsSchema = v.GenericSchema & (Entries | { readonly options: readonly Entries[] });

/** A group of settings that is partly given. No prototype: a key is there only if somebody set it. */
export type Partly = { [key: string]: unknown };

/** Where a tree of settings starts, and the path it has there. */
interface Root {
  readonly schema: SettingsSchema;
  readonly key: string;
}

interface Entries {
  readonly entries: Readonly<Record<string, v.GenericSchema>>;
}

/** An object of exactly these settings. */
export function settings<const E extends v.ObjectEntries>(entries: E) {
  const names = Object.keys(entries).join(', ');
  return v.strictObject(entries, (issue) => {
    if (issue.expected === 'never') return `one of its settings (${names})`;
    return issue.expected === 'Object' ? `an object of settings (${names})` : 'a value (it has no default)';
  });
}

/** A whole number from `least` to `most`. */
export function integer(least: number, most: number) {
  const expected = `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.number(expected),
    v.check((n) => Number.isInteger(n) && n >= least && n <= most, expected),
  );
}

/** A finite number with a property that `expected` puts into words. */
export function finite(expected: string, test: (n: number) => boolean) {
  return v.pipe(
    v.number(expected),
    v.check((n) => Number.isFinite(n) && test(n), expected),
  );
}

export function oneOf<const T extends readonly string[]>(...names: T) {
  return v.picklist(names, `one of ${names.join(', ')}`);
}

export const boolean = v.boolean('true or false');

/** Text that is not empty. */
export function text(expected: string, longest: number) {
  return v.pipe(
    v.string(expected),
    v.check((s) => s.length > 0 && s.length <= longest, expected),
  );
}

/** A list of at most `longest` entries. */
export function list<S extends v.GenericSchema>(entry: S, expected: string, longest: number) {
  return v.pipe(v.array(entry, expected), v.maxLength(longest, `${expected}, at most ${longest} of them`));
}

/**
 * `upper` over `lower`: groups of settings are merged, everything else is replaced whole, undefined counts as not
 * given. Every value of `upper` is held to its own schema here, so that a bad value is an error even where a later
 * layer replaces it. `key` is the path of both, empty for the root.
 */
export function overlay(
  schema: SettingsSchema,
  lower: Partly,
  upper: unknown,
  key = '',
  root: Root = { schema, key },
): Partly {
  const known = entriesOf(schema)!;
  if (typeof upper !== 'object' || upper === null || Array.isArray(upper)) {
    throw new ConfigError(key || 'config', upper, `an object of settings (${Object.keys(known).join(', ')})`);
  }
  const merged: Partly = Object.assign(Object.create(null), lower);
  for (const [name, value] of Object.entries(upper)) {
    const path = join(key, name);
    if (!Object.hasOwn(known, name)) throw new ConfigError(path, value, unknown(name, key, known, root));
    if (value === undefined) continue;
    const inner = known[name]!;
    merged[name] = isGroup(inner)
      ? overlay(inner, (merged[name] ?? {}) as Partly, value, path, root)
      : parse(inner, value, path);
  }
  return merged;
}

/** The value, with its defaults filled in; throws a ConfigError at the first thing that the schema refuses. */
export function parse<S extends v.GenericSchema>(schema: S, value: unknown, key = ''): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  // A key that is unknown says more than the one that is missing for it.
  const issue = result.issues.find(({ expected }) => expected === 'never') ?? result.issues[0];
  const path = issue.path ?? [];
  const at = path.reduce((joined, item) => join(joined, String(item.key)), key);
  const given = path.length > 0 ? path[path.length - 1]!.value : value;
  throw new ConfigError(at || 'config', given, issue.message);
}

/** Throws unless the path leads to a setting or a group of settings; the error says where it leaves them. */
export function checkPath(root: SettingsSchema, path: readonly string[], value: unknown): void {
  let schema: v.GenericSchema = root;
  path.forEach((name, depth) => {
    const key = path.slice(0, depth).join('.');
    const whole = path.join('.');
    if (!isGroup(schema)) throw new ConfigError(whole, value, `a setting (${key} is set as a whole)`);
    const known = entriesOf(schema)!;
    if (!Object.hasOwn(known, name))
      throw new ConfigError(whole, value, unknown(name, key, known, { schema: root, key: '' }));
    schema = known[name]!;
  });
}

function join(key: string, name: string): string {
  return key ? `${key}.${name}` : name;
}

function unwrap(schema: v.GenericSchema): v.GenericSchema {
  return 'wrapped' in schema ? unwrap(schema.wrapped as v.GenericSchema) : schema;
}

/** The settings inside a schema: of all its options where it has several. */
function entriesOf(schema: v.GenericSchema): Entries['entries'] | undefined {
  const inner = unwrap(schema);
  if ('entries' in inner) return inner.entries as Entries['entries'];
  if (inner.type !== 'variant') return undefined;
  const { options, key } = inner as unknown as { options: readonly Entries[]; key: string };
  const all: Record<string, v.GenericSchema> = {};
  const names = new Set(options.flatMap((option) => Object.keys(option.entries)));
  for (const name of names) {
    all[name] = anyOf(
      options.flatMap((option) => (Object.hasOwn(option.entries, name) ? [option.entries[name]!] : [])),
    );
  }
  const kinds = options.map((option) => (unwrap(option.entries[key]!) as v.LiteralSchema<string, undefined>).literal);
  all[key] = oneOf(...kinds);
  return all;
}

/** A setting that several kinds have: what one of them takes; of groups all their settings. */
function anyOf(schemas: readonly v.GenericSchema[]): v.GenericSchema {
  const [first, ...others] = schemas as [v.GenericSchema, ...v.GenericSchema[]];
  if (others.length === 0) return first;
  if (schemas.every(isGroup)) return settings(Object.assign({}, ...schemas.map((schema) => entriesOf(schema))));
  const check = (value: unknown) => schemas.some((schema) => v.is(schema, value));
  // What was expected is said as the first kind has it.
  return v.custom(check, ({ input }) => {
    const { issues } = v.safeParse(first, input);
    return issues?.[0].message ?? 'a value';
  });
}

function isGroup(schema: v.GenericSchema): schema is SettingsSchema {
  return entriesOf(schema) !== undefined;
}

/** What was expected instead of an unknown key: the settings it may have meant, or else all that are known there. */
function unknown(name: string, key: string, known: Entries['entries'], root: Root): string {
  const near = (candidate: string) =>
    distance(name.toLowerCase(), candidate.toLowerCase()) <= (name.length > 4 ? 2 : 1);
  const here = Object.keys(known).filter(near);
  const meant =
    here.length > 0 ? here.map((candidate) => join(key, candidate)) : namesakes(root.schema, name, root.key);
  if (meant.length > 0) return `a known setting (did you mean ${meant.slice(0, 3).join(' or ')}?)`;
  return `a known setting (${key ? `${key} has` : 'known are'} ${Object.keys(known).join(', ')})`;
}

/** Settings of the same name elsewhere in the tree. */
function namesakes(schema: v.GenericSchema, name: string, key: string): string[] {
  return Object.entries(entriesOf(schema) ?? {}).flatMap(([candidate, inner]) => [
    ...(candidate.toLowerCase() === name.toLowerCase() ? [join(key, candidate)] : []),
    ...namesakes(inner, name, join(key, candidate)),
  ]);
}

/** Insertions, deletions and substitutions between two names; names far longer than any setting are not compared. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
