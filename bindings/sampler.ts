/**
 * Sampling sequences of the task inside an arena. A sequence depends on its address (seed, stream, step, sequence) and
 * on the laws alone: not on what was sampled before it, nor on who samples it.
 */
import { aliasSize, fillAlias } from './alias.js';
import type { Planner, Region } from './arena.js';
import { same, within } from './checks.js';
import type { Instance } from './instance.js';

export type Split = 'train' | 'test';

/** What decides the sequences of a task: the laws over N symbols, and the rules of triggers and outputs. */
export interface SamplerLaws {
  /** N, at most 65,536. */
  readonly symbols: number;
  /** T. */
  readonly seqLength: number;
  /** π_u [N] and π_b [N, N] row-major, every row normalised. */
  readonly unigram: Float64Array;
  readonly bigram: Float64Array;
  /** K, and the triggers where they are the same in every sequence (null: drawn from π_u, afresh for each). */
  readonly triggerCount: number;
  readonly fixedTriggers: Int32Array | null;
  readonly outputs: Readonly<Record<Split, 'uniform' | 'bigram'>>;
  readonly noRepeat: boolean;
  readonly noCycles: boolean;
}

/** Where a sampler lies in the arena: its tables, and the one sequence that it fills. */
export interface SamplerPlan {
  readonly bigramOutputs: Readonly<Record<Split, boolean>>;
  readonly record: Region<'u32'>;
  readonly starts: Region<'u32'>;
  readonly cells: Region<'u32'>;
  readonly marks: Region<'i32'>;
  readonly cycles: Region<'i32'>;
  /** q_1..q_K, [K]. */
  readonly triggers: Region<'i32'>;
  /** o_1..o_K, [K]. */
  readonly outputs: Region<'i32'>;
  /** z_0..z_T, [T + 1]: the targets are the tokens from the second on. */
  readonly tokens: Region<'i32'>;
  /** [T]: 0, or how often the trigger at this position has occurred so far. */
  readonly occurrences: Region<'i32'>;
}

/** Views of the one sequence that a sampler fills. */
export interface SequenceViews {
  readonly triggers: Int32Array;
  readonly outputs: Int32Array;
  readonly tokens: Int32Array;
  readonly occurrences: Int32Array;
}

/** Which sequence: its place in the generator's counter, and the split whose output law holds. */
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
const RULES = { randomTriggers: 1, noRepeat: 2, noCycles: 4 };
const TOO_FEW_TRIGGERS = -1;
const ONLY_CYCLES = -2;

/** Reserves the tables of the laws and room for one sequence. */
export function planSampler(planner: Planner, laws: SamplerLaws): SamplerPlan {
  const { symbols: N, seqLength: T, triggerCount: K } = laws;
  within('sampler symbols', N, 65536);
  same('sampler unigram law', laws.unigram.length, N);
  same('sampler bigram law', laws.bigram.length, N * N);
  if (laws.fixedTriggers !== null) same('sampler fixed triggers', laws.fixedTriggers.length, K);
  const size = tables(laws).reduce((cells, { law, without }) => cells + aliasSize(law, without), 0);
  return {
    bigramOutputs: { train: laws.outputs.train === 'bigram', test: laws.outputs.test === 'bigram' },
    record: planner.region('sampler.record', 'u32', RECORD_WORDS),
    starts: planner.region('sampler.starts', 'u32', 2 * N + 2),
    cells: planner.region('sampler.cells', 'u32', size, 2),
    marks: planner.region('sampler.marks', 'i32', N),
    cycles: planner.region('sampler.cycles', 'i32', 3, K),
    triggers: planner.region('sampler.triggers', 'i32', K),
    outputs: planner.region('sampler.outputs', 'i32', K),
    tokens: planner.region('sampler.tokens', 'i32', T + 1),
    occurrences: planner.region('sampler.occurrences', 'i32', T),
  };
}

/** Writes the tables into the arena, once, and returns the views that every `sampleSequence` fills. */
export function loadSampler(instance: Instance, plan: SamplerPlan, laws: SamplerLaws): SequenceViews {
  same('sampler symbols', laws.symbols, plan.marks.length);
  same('sampler sequence length', laws.seqLength, plan.occurrences.length);
  same('sampler triggers', laws.triggerCount, plan.triggers.length);
  const starts = instance.view(plan.starts);
  const cells = instance.view(plan.cells);
  let end = 0;
  for (const [row, { law, without }] of tables(laws).entries()) {
    within('sampler cells', end + aliasSize(law, without), cells.length / 2);
    end += fillAlias(cells, end, law, without);
    starts[row + 1] = end;
  }
  const rules =
    (laws.fixedTriggers === null ? RULES.randomTriggers : 0) |
    (laws.noRepeat ? RULES.noRepeat : 0) |
    (laws.noCycles ? RULES.noCycles : 0);
  instance
    .view(plan.record)
    .set([
      laws.symbols,
      laws.seqLength,
      laws.triggerCount,
      rules,
      plan.starts.offset,
      plan.cells.offset,
      plan.marks.offset,
      plan.cycles.offset,
      plan.triggers.offset,
      plan.outputs.offset,
      plan.tokens.offset,
      plan.occurrences.offset,
    ]);
  const views = {
    triggers: instance.view(plan.triggers),
    outputs: instance.view(plan.outputs),
    tokens: instance.view(plan.tokens),
    occurrences: instance.view(plan.occurrences),
  };
  if (laws.fixedTriggers !== null) views.triggers.set(laws.fixedTriggers);
  return views;
}

/**
 * Fills the plan's triggers, outputs, tokens and occurrences. Tells whether the sequence is absorbed: whether its walk
 * reached, within T + 1 tokens, a trigger on a cycle of triggers. Throws SamplingError where the rules cannot be met.
 */
export function sampleSequence(instance: Instance, plan: SamplerPlan, at: SequenceAddress): boolean {
  const result = instance.exports.sampleSequence(
    plan.record.offset,
    at.seed % 2 ** 32,
    Math.floor(at.seed / 2 ** 32),
    at.sequence,
    at.step,
    at.stream,
    plan.bigramOutputs[at.split] ? 1 : 0,
  );
  if (result === ONLY_CYCLES) {
    throw new SamplingError(
      `task.noCycles: expected outputs without cycles, got 10,000 joint draws that all led back (${place(at)})`,
    );
  }
  if (result === TOO_FEW_TRIGGERS) {
    const count = plan.triggers.length;
    const draws = '16,777,216 draws each';
    throw new SamplingError(
      `task.triggers.count: expected ${count} different symbols, got fewer in ${draws} (${place(at)})`,
    );
  }
  return result === 1;
}

/** The alias tables in the order of assembly/sampler.ts; the last N only where outputs are drawn from them. */
function tables(laws: SamplerLaws): { law: Float64Array; without: number }[] {
  const { symbols: N, bigram } = laws;
  const rows = Array.from({ length: N }, (_, i) => bigram.subarray(i * N, (i + 1) * N));
  const all = [...rows, laws.unigram].map((law) => ({ law, without: -1 }));
  const bigramOutputs = laws.outputs.train === 'bigram' || laws.outputs.test === 'bigram';
  if (!laws.noRepeat || !bigramOutputs || laws.triggerCount === 0) return all;
  return [...all, ...rows.map((law, i) => ({ law, without: i }))];
}

function place(at: SequenceAddress): string {
  return `seed ${at.seed}, stream ${at.stream}, step ${at.step}, sequence ${at.sequence}`;
}
