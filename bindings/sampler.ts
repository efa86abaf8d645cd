/**
 * Sampling sequences of a task inside an arena. A sequence depends on its address (seed, stream, step, sequence) and on
 * the task alone: not on what was sampled before it, nor on who samples it.
 */
import { aliasSize, fillAlias } from './alias.js';
import type { Planner, Region } from './arena.js';
import { same, within } from './checks.js';
import type { Instance } from './instance.js';

export type Split = 'train' | 'test';

/** The kernels that fill one sequence; their record is drawn in assembly/draws.ts. */
export type SamplerName = 'sampleTriggers' | 'sampleChains' | 'sampleGraph' | 'sampleBackcopy';

/**
 * What a kernel samples with, as plain data. What settings, tables and scratch hold stands at the head of the kernel.
 */
export interface SamplerSpec {
  readonly name: SamplerName;
  /** N, at most 65,536, and T. */
  readonly symbols: number;
  readonly seqLength: number;
  /** Unsigned words. */
  readonly settings: readonly number[];
  readonly tables: readonly (Uint32Array | Int32Array)[];
  /** Words of each. */
  readonly scratch: readonly number[];
  /** What a sequence is drawn with: words of each, by name, in the kernel's order. */
  readonly latents: Readonly<Record<string, number>>;
}

/** Where a sampler lies in the arena: its tables, and the one sequence that it fills. */
export interface SamplerPlan {
  readonly name: SamplerName;
  readonly record: Region<'u32'>;
  readonly tokens: Region<'i32'>;
  readonly marks: Region<'i32'>;
  readonly settings: Region<'u32'>;
  readonly latents: Readonly<Record<string, Region<'i32'>>>;
  readonly tables: readonly Region<'u32'>[];
  readonly scratch: readonly Region<'u32'>[];
  /** The three lists of pointers. */
  readonly lists: Readonly<Record<'latents' | 'tables' | 'scratch', Region<'u32'>>>;
}

/** Views of the one sequence that a sampler fills. */
export interface SequenceViews {
  /** z_0..z_T, [T + 1]: the targets are the tokens from the second on. */
  readonly tokens: Int32Array;
  /** [T]: 0 at ordinary positions, else the task's own class. */
  readonly marks: Int32Array;
  readonly latents: Readonly<Record<string, Int32Array>>;
}

/** Which sequence: its place in the generator's counter, and the split whose law holds. */
export interface SequenceAddress {
  /** 0 to 2^53 - 1. */
  readonly seed: number;
  readonly stream: number;
  readonly step: number;
  readonly sequence: number;
  readonly split: Split;
}

/** The laws leave no sequence that obeys the task's rules, as far as drawing can tell. */
export class SamplingError extends Error {
  override readonly name = 'SamplingError';
}

const RECORD_WORDS = 28;

/** Reserves the tables of the task and room for one sequence. */
export function planSampler(planner: Planner, spec: SamplerSpec): SamplerPlan {
  const { seqLength: T, settings, tables, scratch, latents } = spec;
  within('sampler symbols', spec.symbols, 65536);
  const names = Object.keys(latents);
  const words = (name: string, length: number) => planner.region(`sampler.${name}`, 'u32', length);
  return {
    name: spec.name,
    record: words('record', RECORD_WORDS),
    tokens: planner.region('sampler.tokens', 'i32', T + 1),
    marks: planner.region('sampler.marks', 'i32', T),
    settings: words('settings', settings.length),
    latents: Object.fromEntries(names.map((name) => [name, planner.region(`sampler.${name}`, 'i32', latents[name]!)])),
    tables: tables.map(({ length }, n) => words(`table ${n}`, length)),
    scratch: scratch.map((length, n) => words(`scratch ${n}`, length)),
    lists: {
      latents: words('latents', names.length),
      tables: words('tables', tables.length),
      scratch: words('scratch', scratch.length),
    },
  };
}

/** Writes the tables into the arena, once, and returns the views that every `sampleSequence` fills. */
export function loadSampler(instance: Instance, plan: SamplerPlan, spec: SamplerSpec): SequenceViews {
  same('sampler sequence length', spec.seqLength, plan.marks.length);
  same('sampler settings', spec.settings.length, plan.settings.length);
  same('sampler tables', spec.tables.length, plan.tables.length);
  for (const [n, { length }] of plan.tables.entries()) same(`sampler table ${n}`, spec.tables[n]!.length, length);
  for (const [name, { length }] of Object.entries(plan.latents)) {
    same(`sampler latent ${name}`, spec.latents[name] ?? 0, length);
  }
  instance.view(plan.settings).set(spec.settings);
  for (const [n, table] of plan.tables.entries()) instance.view(table).set(spec.tables[n]!);
  const { lists } = plan;
  const pointers = (regions: readonly Region[]) => regions.map(({ offset }) => offset);
  instance.view(lists.latents).set(pointers(Object.values(plan.latents)));
  instance.view(lists.tables).set(pointers(plan.tables));
  instance.view(lists.scratch).set(pointers(plan.scratch));
  const parts = [plan.tokens, plan.marks, lists.latents, plan.settings, lists.tables, lists.scratch];
  instance.view(plan.record).set([spec.symbols, spec.seqLength, ...pointers(parts)]);
  return {
    tokens: instance.view(plan.tokens),
    marks: instance.view(plan.marks),
    latents: Object.fromEntries(Object.entries(plan.latents).map(([name, region]) => [name, instance.view(region)])),
  };
}

/** Fills the plan's tokens, marks and latents; gives back what the kernel says of the sequence, below 0 for none. */
export function sampleSequence(instance: Instance, plan: SamplerPlan, at: SequenceAddress): number {
  return instance.exports[plan.name](
    plan.record.offset,
    at.seed % 2 ** 32,
    Math.floor(at.seed / 2 ** 32),
    at.sequence,
    at.step,
    at.stream,
    at.split === 'train' ? 0 : 1,
  );
}

/** Alias tables, one a row, as the kernels read them. `without`: a symbol that the row leaves out. */
export function aliasRows(
  rows: readonly { readonly law: Float64Array; readonly without?: number }[],
): [starts: Uint32Array, cells: Uint32Array] {
  const starts = new Uint32Array(rows.length + 1);
  const cells = new Uint32Array(2 * rows.reduce((sum, { law, without }) => sum + aliasSize(law, without), 0));
  for (const [r, { law, without }] of rows.entries())
    starts[r + 1] = starts[r]! + fillAlias(cells, starts[r]!, law, without);
  return [starts, cells];
}

/** A probability as the threshold of a word: true with probability threshold / 2^32. */
export function threshold(probability: number): number {
  return Math.min(2 ** 32 - 1, Math.round(probability * 2 ** 32));
}

/** For messages: which sequence it was. */
export function place(at: SequenceAddress): string {
  return `seed ${at.seed}, stream ${at.stream}, step ${at.step}, sequence ${at.sequence}`;
}
