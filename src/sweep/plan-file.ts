/**
 * A plan as a file of JSON: settings that all runs share, and one or several sets of combinations.
 *
 *     { "preset": "quick", "config": { "training": { "steps": 200 } }, "seeds": 3,
 *       "runs": [
 *         { "grid": { "task.triggers.count": [1, 3, 5], "model.dim": [64, 128] } },
 *         { "list": [{ "model.heads": 2, "model.dim": 64 }, { "model.heads": 4 }] },
 *         { "random": { "training.optimizer.learningRate": { "from": 0.01, "to": 1, "scale": "log" } },
 *           "count": 20, "seed": 1 } ] }
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { MathFunctions } from '../../bindings/math.js';
import { ConfigError, FormatError } from '../errors.js';
import { readJson } from '../files/bytes.js';
import { finite, integer, list, oneOf, parse, settings } from '../schema.js';
import type { ConfigLayer } from '../train/config.js';
import { presetNamed } from '../train/presets.js';
import { readLayer } from '../train/resolve.js';
import { MOST_RUNS } from './plan.js';
import { axis, grid, type Settings } from './settings.js';

export interface PlanFile {
  /** Lowest first; without a preset where the file names none. */
  readonly layers: readonly ConfigLayer[];
  readonly hasPreset: boolean;
  readonly combinations: readonly Settings[];
  /** undefined: the file does not say. */
  readonly seeds: number | undefined;
}

const MOST_BYTES = 2 ** 24;
const MOST_SETS = 1000;

const values = list(v.unknown(), 'a list of values', MOST_RUNS);
const number = finite('a finite number', () => true);
const range = settings({
  from: number,
  to: number,
  scale: v.optional(oneOf('linear', 'log'), 'linear'),
  whole: v.optional(v.boolean('true or false'), false),
});
const paths = <S extends v.GenericSchema>(of: S) => v.record(v.string(), of, 'an object of settings by their paths');
const gridSet = settings({ grid: paths(values) });
const listSet = settings({ list: list(paths(v.unknown()), 'a list of settings by their paths', MOST_RUNS) });
const randomSet = settings({
  random: paths(v.unknown()),
  count: integer(1, MOST_RUNS),
  seed: v.optional(integer(0, Number.MAX_SAFE_INTEGER), 1),
});
const fileSchema = settings({
  preset: v.optional(v.string('the name of a preset')),
  config: v.optional(v.unknown()),
  seeds: v.optional(integer(1, 10_000)),
  runs: list(v.unknown(), 'a list of { grid }, { list } or { random, count, seed }', MOST_SETS),
});

/** `math`: our own exp and log, so that a seed draws the same values everywhere. */
export function readPlanFile(path: string, math: MathFunctions): PlanFile {
  try {
    const file = parse(fileSchema, readJson(path, MOST_BYTES), 'plan');
    const { preset, config, seeds } = file;
    return {
      layers: [
        ...(preset === undefined ? [] : [presetNamed(preset)]),
        ...(config === undefined ? [] : [readLayer(config)]),
      ],
      hasPreset: preset !== undefined,
      combinations: file.runs.flatMap((set, at) => combinationsOf(set, `runs[${at}]`, math)),
      seeds,
    };
  } catch (error) {
    if (error instanceof ConfigError) throw new FormatError(`${path}: ${error.message}`);
    throw error;
  }
}

function combinationsOf(set: unknown, key: string, math: MathFunctions): Settings[] {
  const has = (name: string) => typeof set === 'object' && set !== null && Object.hasOwn(set, name);
  if (has('grid')) {
    const { grid: axes } = parse(gridSet, set, key);
    return grid(Object.entries(axes).map(([path, all]) => axis(path, all)));
  }
  if (has('list')) {
    const { list: all } = parse(listSet, set, key);
    for (const one of all) for (const [path, value] of Object.entries(one)) axis(path, [value]);
    return all;
  }
  if (has('random')) {
    const { random, count, seed } = parse(randomSet, set, key);
    const draws = Object.entries(random).map(([path, from]) => [path, drawer(path, from, seed, math)] as const);
    return Array.from({ length: count }, (_, n) => Object.fromEntries(draws.map(([path, draw]) => [path, draw(n)])));
  }
  throw new ConfigError(key, set, 'an object with grid, list or random');
}

/** The n-th draw of a setting depends on its path, the seed and n alone: what is added changes no other one. */
function drawer(path: string, from: unknown, seed: number, { exp, log }: MathFunctions): (n: number) => unknown {
  if (Array.isArray(from)) {
    axis(path, from);
    return (n) => from[Math.floor(uniform(seed, path, n) * from.length)];
  }
  const { from: low, to: high, scale, whole } = parse(range, from, path);
  if (high < low) throw new ConfigError(path, from, 'from at most to');
  if (scale === 'log' && low <= 0) throw new ConfigError(path, from, 'from above 0 on a scale of logarithms');
  const inside = (value: number) => Math.min(high, Math.max(low, whole ? Math.round(value) : value));
  const draw = (n: number) => {
    const u = uniform(seed, path, n);
    return inside(scale === 'log' ? exp(log(low) + u * (log(high) - log(low))) : low + u * (high - low));
  };
  axis(path, [draw(0)]);
  return draw;
}

/** In [0, 1), of 48 bits. */
function uniform(seed: number, path: string, n: number): number {
  const digest = createHash('sha256').update(`${seed} ${n} ${path}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
