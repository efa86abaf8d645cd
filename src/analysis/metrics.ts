/**
 * Batch metrics as additive counters: every sequence adds to a flat array of sums, shards are evaluated anywhere and
 * added in order, and the means are formed once at the end.
 *
 *     0 ................ BATCH_SLOTS.length | circuit 0 | circuit 1 | … | circuit n - 1
 *     losses, accuracies, baselines           CIRCUIT_SLOTS each
 *
 * Counts are integers and exact below 2^53, so their sums are the same in any order. The two sums of losses add up by
 * position, then by sequence, then by shard.
 *
 * z, y: tokens and targets; ŷ: predictions; M_j: positions whose trigger occurs at least the j-th time.
 */

import type { Mean } from './record.js';
import { ATTENTION_KEYS, type AttentionKey, BATCH_KEYS, type BatchKey, type BatchMetrics, headKey } from './record.js';

/** One evaluated sequence of T tokens. Nothing here is kept: the caller may fill the same arrays again. */
export interface EvaluatedSequence {
  /** z_0 … z_T: [T + 1]. */
  readonly tokens: Int32Array;
  /** 0 where z_t is no trigger, else its running count: [T]. */
  readonly occurrences: Int32Array;
  /** The walk entered a loop of triggers. */
  readonly absorbed: boolean;
  /** Cross-entropy in nats: [T]. */
  readonly losses: Float32Array;
  /** argmax of the logits: [T]. */
  readonly predictions: Int32Array;
  /** attended[layer][head][t] = argmax over the keys s ≤ t. */
  readonly attended: readonly (readonly Int32Array[])[];
  /** Right answers of the two baselines at this sequence's in-context positions. */
  readonly bagRight: number;
  readonly bayesRight: number;
}

export interface AttentionHead {
  readonly layer: number;
  readonly head: number;
}

/** Two heads that may form an induction head, and what stands behind the keys that judge them. */
interface CircuitSlots {
  readonly head: number;
  /** Should attend to the token before. */
  readonly previous: AttentionHead;
  /** Should attend to the token after the trigger's last occurrence. null: the model has one layer. */
  readonly induction: AttentionHead | null;
  readonly offset: number;
}

export interface CountersLayout {
  readonly length: number;
  readonly circuits: readonly CircuitSlots[];
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

const CIRCUIT_SLOTS = [
  'followed',
  'previous',
  'followedFirst',
  'previousFirst',
  'context',
  'matched',
  'backed',
  'relayed',
  'copied',
] as const;

type BatchSlot = (typeof BATCH_SLOTS)[number];
type CircuitSlot = (typeof CIRCUIT_SLOTS)[number];

const BATCH = indexOf(BATCH_SLOTS);
const CIRCUIT = indexOf(CIRCUIT_SLOTS);

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

const LOSS_MEANS: Record<'all' | 'in-context', readonly [BatchSlot, BatchSlot]> = {
  all: ['lossAll', 'positions'],
  'in-context': ['lossContext', 'context'],
};

const CIRCUIT_MEANS: Record<AttentionKey, readonly [CircuitSlot, CircuitSlot]> = {
  score_acc: ['previous', 'followed'],
  score_start_acc: ['previousFirst', 'followedFirst'],
  score2_acc: ['matched', 'context'],
  score_cond_acc: ['relayed', 'backed'],
  pred_attended_acc: ['copied', 'context'],
};

/** Count and right answers at the 2nd, 3rd and every later occurrence. */
const SECOND = [BATCH.second, BATCH.rightSecond] as const;
const THIRD = [BATCH.third, BATCH.rightThird] as const;
const LATER = [BATCH.later, BATCH.rightLater] as const;

/** Positions below this count as the start of a sequence. */
const START = 10;

/** One circuit a head: head h of layer 0 and head h of layer 1. */
export function countersLayout(layers: number, heads: number): CountersLayout {
  const circuits = Array.from({ length: heads }, (_, head) => ({
    head,
    previous: { layer: 0, head },
    induction: layers > 1 ? { layer: 1, head } : null,
    offset: BATCH_SLOTS.length + head * CIRCUIT_SLOTS.length,
  }));
  return { length: BATCH_SLOTS.length + heads * CIRCUIT_SLOTS.length, circuits };
}

export function createCounters(layout: CountersLayout): Float64Array {
  return new Float64Array(layout.length);
}

/** into += more. */
export function addCounters(into: Float64Array, more: Float64Array): void {
  if (into.length !== more.length) {
    throw new RangeError(`counters: ${more.length} slots given, ${into.length} expected`);
  }
  for (let i = 0; i < into.length; i++) into[i]! += more[i]!;
}

/** Adds one sequence. */
export function countSequence(layout: CountersLayout, counters: Float64Array, sequence: EvaluatedSequence): void {
  countLosses(counters, sequence);
  countAccuracies(counters, sequence);
  for (const { previous, induction, offset } of layout.circuits) {
    countPreviousToken(counters, offset, sequence, sequence.attended[previous.layer]![previous.head]!);
    if (induction !== null) {
      countInduction(
        counters,
        offset,
        sequence,
        sequence.attended[previous.layer]![previous.head]!,
        sequence.attended[induction.layer]![induction.head]!,
      );
    }
  }
}

/**
 * The means, in the record's order, each key followed by its other heads. `lossOn` says which positions `loss` is the mean
 * over, as in training.
 */
export function batchMetrics(
  layout: CountersLayout,
  counters: Float64Array,
  lossOn: 'all' | 'in-context' = 'all',
): BatchMetrics {
  const metrics: Record<string, Mean> = {};
  for (const key of BATCH_KEYS) {
    if (isAttentionKey(key)) {
      const [sum, count] = CIRCUIT_MEANS[key];
      for (const { head, offset } of layout.circuits) {
        metrics[headKey(key, head)] = mean(counters, offset + CIRCUIT[sum], offset + CIRCUIT[count]);
      }
    } else {
      const [sum, count] = key === 'loss' ? LOSS_MEANS[lossOn] : BATCH_MEANS[key];
      metrics[key] = mean(counters, BATCH[sum], BATCH[count]);
    }
  }
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
    } else if (occurrences[t]! >= 2) {
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

/** M_1 with t < T - 1: does the next position attend to t? */
function countPreviousToken(
  counters: Float64Array,
  offset: number,
  { occurrences }: EvaluatedSequence,
  attended: Int32Array,
): void {
  for (let t = 0; t < occurrences.length - 1; t++) {
    if (occurrences[t] === 0) continue;
    const right = attended[t + 1] === t ? 1 : 0;
    counters[offset + CIRCUIT.followed]!++;
    counters[offset + CIRCUIT.previous]! += right;
    if (occurrences[t] !== 1) continue;
    counters[offset + CIRCUIT.followedFirst]!++;
    counters[offset + CIRCUIT.previousFirst]! += right;
  }
}

/** M_2: is the attended position preceded by z_t, does it attend to that one itself, is its token predicted? */
function countInduction(
  counters: Float64Array,
  offset: number,
  { tokens, occurrences, predictions }: EvaluatedSequence,
  previous: Int32Array,
  attended: Int32Array,
): void {
  for (let t = 0; t < occurrences.length; t++) {
    if (occurrences[t]! < 2) continue;
    const s = attended[t]!;
    counters[offset + CIRCUIT.context]!++;
    if (tokens[s] === predictions[t]) counters[offset + CIRCUIT.copied]!++;
    if (s === 0) continue;
    if (tokens[s - 1] === tokens[t]) counters[offset + CIRCUIT.matched]!++;
    counters[offset + CIRCUIT.backed]!++;
    if (previous[s] === s - 1) counters[offset + CIRCUIT.relayed]!++;
  }
}

function mean(counters: Float64Array, sum: number, count: number): Mean {
  return counters[count] === 0 ? null : counters[sum]! / counters[count]!;
}

function isAttentionKey(key: BatchKey): key is AttentionKey {
  return (ATTENTION_KEYS as readonly BatchKey[]).includes(key);
}

function indexOf<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name, i) => [name, i])) as Record<Name, number>;
}
