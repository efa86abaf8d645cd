/** What a run has learned, for a person: measures beside their baselines, memories beside chance. */
import { chanceOf, earlyKey, measureOf, measures, recallKeys } from '../analysis/measures.js';
import { ABSENT, type BatchKey, type BatchMetrics, type ProbeMetrics, type Row, WINDOW } from '../analysis/record.js';
import { visibleSymbol } from '../corpus/symbol-names.js';
import type { ModelConfig } from '../model/config.js';
import { type ParameterSpec, parameterSpecs, trainedNames } from '../model/parameters.js';
import { DEFAULT_KIND, taskKind } from '../task/kinds.js';
import type { MarkedSequence } from '../task/sequences.js';
import type { Task } from '../task/task.js';
import type { Config } from '../train/config.js';
import type { Trainer } from '../train/trainer.js';
import { aligned, number } from './tables.js';

export interface Learned {
  /** On fresh sequences, and on the fixed test set; null where the run has none. */
  readonly fresh: BatchMetrics;
  readonly test: BatchMetrics | null;
  readonly probes: ProbeMetrics;
}

const ACCURACIES: readonly (readonly [string, BatchKey])[] = [
  [measures.acc_end.title, 'acc_end'],
  ['  at the 2nd occurrence of a trigger', 'acc_occ2'],
  ['  at the 3rd', 'acc_occ3'],
  ['  at the 4th and later', 'acc_occ4'],
  ['  in sequences that are not absorbed', 'acc_end_open'],
  [measures.baseline_bag.title, 'baseline_bag'],
  [measures.baseline_bayes.title, 'baseline_bayes'],
];

const LOSSES: readonly (readonly [string, BatchKey])[] = [
  [`${measures.loss_head.title}, nats`, 'loss_head'],
  [`${measures.loss_bigram.title}, nats`, 'loss_bigram'],
];

/** What is about to run, in one line. */
export function announcement(
  config: Config,
  preset: string,
  corpusName: string | null,
  { threads, arenaBytes }: Pick<Trainer, 'threads' | 'arenaBytes'>,
): string {
  const { model, training, task, kernel } = config;
  const names = trainedNames(model, training);
  const count = (specs: readonly ParameterSpec[]) =>
    specs.reduce((sum, spec) => sum + spec.shape.reduce((product, size) => product * size, 1), 0).toLocaleString('en');
  const all = parameterSpecs(model);
  const parameters = `${count(all)} parameters (${count(all.filter(({ name }) => names.includes(name)))} trained)`;
  const shape = `${plural(model.layers, 'layer')} × ${plural(model.heads, 'head')}, d = ${model.dim}`;
  const batches = `${plural(training.steps, 'step')} of ${training.batchSize} × ${task.seqLength} tokens`;
  const memoryText = `${(arenaBytes.total / 2 ** 20).toFixed(1)} MiB of memory`;
  const where = `${threads === 0 ? 'no workers' : plural(threads, 'worker')}, ${memoryText}`;
  const build = kernel === 'fused' ? ', fused kernels (bits of their own)' : '';
  return `${preset}: ${corpusName ?? taskKind(task.kind).title} (N = ${model.vocabSize}); ${shape}, ${parameters}; ${batches}; ${where}${build}`;
}

/** The table at the end. */
export function summary(config: Config, task: Task, { fresh, test, probes }: Learned, count: number): string[] {
  if (task.kind !== DEFAULT_KIND) return otherSummary(fresh, test, count);
  const measured = (rows: typeof ACCURACIES) =>
    rows.map(([label, key]) => [label, number(fresh[key]), ...(test === null ? [] : [number(test[key])])]);
  const rows = [
    [`on ${plural(count, 'sequence')}`, 'fresh', ...(test === null ? [] : ['test'])],
    ...measured(ACCURACIES),
    ...measured(LOSSES),
    [''],
  ];
  const memories = memoryRows(config.model, task.fixedTriggers?.length ?? null, probes);
  if (memories.length === 0) return aligned([...rows, ['no memories to probe: the model has one layer']]);
  const global = probes.ff1_loss;
  return aligned([
    ...rows,
    ['memories', 'recall', 'chance'],
    ...memories.map(([label, recall, chance]) => [label, number(recall), number(chance)]),
    ...(global === ABSENT ? [] : [['ff1  the bigram law, divergence in nats', number(global)]]),
  ]);
}

/** Of another kind: every measure by its key. */
function otherSummary(fresh: Row, test: Row | null, count: number): string[] {
  const titled = (key: string) => (measureOf(key).title === key ? key : `${measureOf(key).title} (${key})`);
  return aligned([
    [`on ${plural(count, 'sequence')}`, 'fresh', ...(test === null ? [] : ['test'])],
    ...Object.keys(fresh).map((key) => [
      titled(key),
      number(fresh[key]!),
      ...(test === null ? [] : [number(test[key]!)]),
    ]),
  ]);
}

/** Triggers and what they lead to in one sequence, `e→M`; empty where a sequence has none. */
export function outputsOf({ latents }: MarkedSequence, symbols: readonly string[]): string {
  const { triggers, outputs } = latents;
  if (triggers === undefined || outputs === undefined) return '';
  return triggers
    .map((trigger, k) => `${visibleSymbol(symbols[trigger]!)}→${visibleSymbol(symbols[outputs[k]!]!)}`)
    .join('  ');
}

/** Label, recall, chance. */
function memoryRows(
  { layers, vocabSize, maxLength }: ModelConfig,
  fixedTriggers: number | null,
  probes: ProbeMetrics,
): [string, number | null, number | null][] {
  if (layers === 1) return [];
  const sizes = { vocabSize, maxLength, fixedTriggers };
  const labelled = Object.entries(recallKeys).map(
    ([memory, key]) => [`${memory}  ${measures[key].does}`, key] as const,
  );
  const early = earlyKey(maxLength) === 'wk0_64_acc' ? (['wk0_64_acc'] as const) : [];
  const windows = early.map((key) => [`     within the first ${WINDOW} positions`, key] as const);
  const held = [...labelled, ...windows].filter(([, key]) => probes[key] !== ABSENT);
  return held.map(([label, key]) => [label, probes[key], chanceOf(key, sizes)]);
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
