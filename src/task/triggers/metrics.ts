/**
 * Batch metrics as additive counters: every sequence adds to a flat array of sums, shards are evaluated anywhere and
 * added in order, and the means are formed once at the end.
 *
 *     0 ................ BATCH_SLOTS.length | heads, and pairs of layers
 *     losses, accuracies, baselines           as in heads.ts
 *
 * Counts are integers and exact below 2^53, so their sums are the same in any order. Sums of losses and of attention
 * add up by position, then by sequence, then by shard.
 *
 * z, y: tokens and targets; ŷ: predictions; M_j: positions whose trigger occurs at least the j-th time.
 */

import {
  ATTENTION_KEYS,
  type AttentionKey,
  BATCH_KEYS,
  type BatchKey,
  type BatchMetrics,
  type Mean,
} from '../../analysis/record.js';
import {
  type AttendedSequence,
  attentionMeans,
  countHeads,
  type HeadsLayout,
  headsLayout,
  massMeans,
  mean,
  slotsOf,
} from './heads.js';
import { inContext, type TriggersLoss } from './occurrences.js';

/** One evaluated sequence of T tokens. Nothing here is kept: the caller may fill the same arrays again. */
export interface EvaluatedSequence extends AttendedSequence {
  /** The walk entered a loop of triggers. */
  readonly absorbed: boolean;
  /** Cross-entropy in nats: [T]. */
  readonly losses: Float32Array;
  /** Right answers of the two baselines at this sequence's in-context positions. */
  readonly bagRight: number;
  readonly bayesRight: number;
}

export interface CountersLayout {
  readonly length: number;
  readonly heads: HeadsLayout;
}

const BATCH_SLOTS = [
  'positions',
  'lossAll',
  'global',
  'lossGlobal',
  'triggers',
  'rightTriggers',
  'repeats',
  'early',
  'rightEarly',
  'context',
  'lossContext',
  'rightContext',
  'second',
  'rightSecond',
  'third',
  'rightThird',
  'later',
  'rightLater',
  'open',
  'rightOpen',
  'rightBag',
  'rightBayes',
] as const;

type BatchSlot = (typeof BATCH_SLOTS)[number];

const BATCH = slotsOf(BATCH_SLOTS);

/** Key → the slots of its sum and of its count. */
const BATCH_MEANS: Record<Exclude<BatchKey, AttentionKey | 'loss'>, readonly [BatchSlot, BatchSlot]> = {
  loss_bigram: ['lossGlobal', 'global'],
  loss_head: ['lossContext', 'context'],
  acc_tot: ['rightTriggers', 'triggers'],
  acc_start: ['rightEarly', 'early'],
  acc_end: ['rightContext', 'context'],
  repeat_frac: ['repeats', 'triggers'],
  acc_occ2: ['rightSecond', 'second'],
  acc_occ3: ['rightThird', 'third'],
  acc_occ4: ['rightLater', 'later'],
  acc_end_open: ['rightOpen', 'open'],
  baseline_bag: ['rightBag', 'context'],
  baseline_bayes: ['rightBayes', 'context'],
};

const LOSS_MEANS: Record<TriggersLoss, readonly [BatchSlot, BatchSlot]> = {
  all: ['lossAll', 'positions'],
  'in-context': ['lossContext', 'context'],
};

/** Count and right answers at the 2nd, 3rd and every later occurrence. */
const SECOND = [BATCH.second, BATCH.rightSecond] as const;
const THIRD = [BATCH.third, BATCH.rightThird] as const;
const LATER = [BATCH.later, BATCH.rightLater] as const;

/** Positions below this count as the start of a sequence. */
const START = 10;

export function countersLayout(layers: number, heads: number): CountersLayout {
  const behind = headsLayout(layers, heads, BATCH_SLOTS.length);
  return { length: behind.end, heads: behind };
}

export function createCounters(layout: CountersLayout): Float64Array {
  return new Float64Array(layout.length);
}

/** Adds one sequence. */
export function countSequence(layout: CountersLayout, counters: Float64Array, sequence: EvaluatedSequence): void {
  countLosses(counters, sequence);
  countAccuracies(counters, sequence);
  countHeads(layout.heads, counters, sequence);
}

/**
 * The means, in the record's order, each key followed by its other heads, then by its other layers; the masses come
 * last. `lossOn` says which positions `loss` is the mean over, as in training.
 */
export function batchMetrics(
  layout: CountersLayout,
  counters: Float64Array,
  lossOn: TriggersLoss = 'all',
): BatchMetrics {
  const metrics: Record<string, Mean> = {};
  for (const key of BATCH_KEYS) {
    if (isAttentionKey(key)) Object.assign(metrics, Object.fromEntries(attentionMeans(layout.heads, counters, key)));
    else {
      const [sum, count] = key === 'loss' ? LOSS_MEANS[lossOn] : BATCH_MEANS[key];
      metrics[key] = mean(counters, BATCH[sum], BATCH[count]);
    }
  }
  Object.assign(metrics, Object.fromEntries(massMeans(layout.heads, counters)));
  return metrics as BatchMetrics;
}

function countLosses(counters: Float64Array, { occurrences, losses }: EvaluatedSequence): void {
  const T = occurrences.length;
  let all = 0;
  let global = 0;
  let globalLoss = 0;
  let contextLoss = 0;
  for (let t = 0; t < T; t++) {
    const loss = losses[t]!;
    all += loss;
    if (occurrences[t] === 0) {
      global++;
      globalLoss += loss;
    } else if (inContext(occurrences[t]!)) {
      contextLoss += loss;
    }
  }
  counters[BATCH.positions]! += T;
  counters[BATCH.lossAll]! += all;
  counters[BATCH.global]! += global;
  counters[BATCH.lossGlobal]! += globalLoss;
  counters[BATCH.lossContext]! += contextLoss;
}

function countAccuracies(counters: Float64Array, sequence: EvaluatedSequence): void {
  const { tokens, occurrences, predictions, absorbed } = sequence;
  for (let t = 0; t < occurrences.length; t++) {
    const occurrence = occurrences[t]!;
    if (occurrence === 0) continue;
    const target = tokens[t + 1]!;
    const right = predictions[t] === target ? 1 : 0;
    counters[BATCH.triggers]!++;
    counters[BATCH.rightTriggers]! += right;
    if (tokens[t] === target) counters[BATCH.repeats]!++;
    if (t < START) {
      counters[BATCH.early]!++;
      counters[BATCH.rightEarly]! += right;
    }
    if (occurrence === 1) continue;
    counters[BATCH.context]!++;
    counters[BATCH.rightContext]! += right;
    const [count, sum] = occurrence === 2 ? SECOND : occurrence === 3 ? THIRD : LATER;
    counters[count]!++;
    counters[sum]! += right;
    if (!absorbed) {
      counters[BATCH.open]!++;
      counters[BATCH.rightOpen]! += right;
    }
  }
  counters[BATCH.rightBag]! += sequence.bagRight;
  counters[BATCH.rightBayes]! += sequence.bayesRight;
}

function isAttentionKey(key: BatchKey): key is AttentionKey {
  return (ATTENTION_KEYS as readonly BatchKey[]).includes(key);
}
