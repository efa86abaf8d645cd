/**
 * What attention does on a batch, by head: counters of every head of every layer, and of every pair of layers, which
 * lie behind those of the batch as a whole.
 *
 *     offset | layer 0: head 0 | head 1 | … | layer 1: head 0 | … | layers 0, 1: head 0 | head 1 | … | layers 0, 2: … |
 *              HEAD_SLOTS each                                      PAIR_SLOTS each
 *
 * z: tokens; A: attention; a[t] = argmax of A[t, s] over s ≤ t; M_j: positions whose trigger occurs at least the j-th
 * time.
 */
import { type AttentionKey, headKey, layerKey, type MassKind, type Mean, massKey } from '../../analysis/record.js';
import type { AttentionView } from '../kind.js';
import { inContext } from './occurrences.js';

/** The part of an evaluated sequence that is read here. */
export interface AttendedSequence {
  /** z_0 … z_T: [T + 1]. */
  readonly tokens: Int32Array;
  /** 0 where z_t is no trigger, else its running count: [T]. */
  readonly occurrences: Int32Array;
  /** argmax of the logits: [T]. */
  readonly predictions: Int32Array;
  /** attended[layer][head][t] = argmax over the keys s ≤ t. */
  readonly attended: readonly (readonly Int32Array[])[];
  /** attention[layer][head], position t in row t; what stands beyond s = t is not read. */
  readonly attention: readonly (readonly AttentionView[])[];
}

/** One head of one layer. */
interface HeadSlots {
  readonly layer: number;
  readonly head: number;
  readonly offset: number;
}

/**
 * The same head of two layers that may form an induction head: `previous` should attend to the token before,
 * `induction` to the token after the trigger's last occurrence.
 */
interface PairSlots {
  readonly previous: HeadSlots;
  readonly induction: HeadSlots;
  readonly offset: number;
}

export interface HeadsLayout {
  /** Where the counters behind these begin. */
  readonly end: number;
  readonly layers: number;
  readonly headsPerLayer: number;
  /** By layer, then by head. */
  readonly heads: readonly HeadSlots[];
  /** By earlier layer, then by later layer, then by head. */
  readonly pairs: readonly PairSlots[];
}

const HEAD_SLOTS = [
  'followed',
  'previous',
  'followedFirst',
  'previousFirst',
  'context',
  'matched',
  'backed',
  'copied',
  'preceded',
  'previousMass',
  'inductionMass',
] as const;

const PAIR_SLOTS = ['relayed'] as const;

type HeadSlot = (typeof HEAD_SLOTS)[number];
/** Every layer but the last may hold a previous-token head, every one but the first an induction head. */
type Role = 'previous' | 'induction';

const HEAD = slotsOf(HEAD_SLOTS);
const PAIR = slotsOf(PAIR_SLOTS);

/** Key → whom it judges, and the slots of its sum and of its count. */
const HEAD_MEANS: Record<Exclude<AttentionKey, 'score_cond_acc'>, readonly [Role, HeadSlot, HeadSlot]> = {
  score_acc: ['previous', 'previous', 'followed'],
  score_start_acc: ['previous', 'previousFirst', 'followedFirst'],
  score2_acc: ['induction', 'matched', 'context'],
  pred_attended_acc: ['induction', 'copied', 'context'],
};

const MASS_MEANS: Record<MassKind, readonly [HeadSlot, HeadSlot]> = {
  prev: ['previousMass', 'preceded'],
  induction: ['inductionMass', 'context'],
};

/** Name → its place in the list. */
export function slotsOf<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name, i) => [name, i])) as Record<Name, number>;
}

/** The mean of what was summed in one slot over what was counted in another. */
export function mean(counters: Float64Array, sum: number, count: number): Mean {
  return counters[count] === 0 ? null : counters[sum]! / counters[count]!;
}

/** The layout from slot `offset` on. */
export function headsLayout(layers: number, headsPerLayer: number, offset: number): HeadsLayout {
  let end = offset;
  const take = (slots: readonly string[]) => {
    end += slots.length;
    return end - slots.length;
  };
  const heads: HeadSlots[] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < headsPerLayer; head++) heads.push({ layer, head, offset: take(HEAD_SLOTS) });
  }
  const pairs: PairSlots[] = [];
  for (let earlier = 0; earlier < layers; earlier++) {
    for (let later = earlier + 1; later < layers; later++) {
      for (let head = 0; head < headsPerLayer; head++) {
        const [previous, induction] = [heads[earlier * headsPerLayer + head]!, heads[later * headsPerLayer + head]!];
        pairs.push({ previous, induction, offset: take(PAIR_SLOTS) });
      }
    }
  }
  return { end, layers, headsPerLayer, heads, pairs };
}

/** Adds one sequence. */
export function countHeads(layout: HeadsLayout, counters: Float64Array, sequence: AttendedSequence): void {
  const { occurrences, attended, attention } = sequence;
  const before = previousOccurrence(sequence);
  const attendedBy = ({ layer, head }: HeadSlots) => attended[layer]![head]!;
  for (const slots of layout.heads) {
    const { layer, head, offset } = slots;
    countPreviousToken(counters, offset, occurrences, attendedBy(slots));
    countInduction(counters, offset, sequence, attendedBy(slots));
    addMasses(counters, offset, occurrences, before, attention[layer]![head]!);
  }
  for (const { previous, induction, offset } of layout.pairs) {
    countRelay(counters, offset, occurrences, attendedBy(previous), attendedBy(induction));
  }
}

/** One key of the record with its other heads and layers, in order. */
export function attentionMeans(layout: HeadsLayout, counters: Float64Array, key: AttentionKey): [string, Mean][] {
  return key === 'score_cond_acc' ? relayMeans(layout, counters) : headMeans(layout, counters, key);
}

/** Mean attention of every head to the token before, then mean induction attention of every head. */
export function massMeans(layout: HeadsLayout, counters: Float64Array): [string, Mean][] {
  return (['prev', 'induction'] as const).flatMap((kind) => {
    const [sum, count] = MASS_MEANS[kind];
    return layout.heads.map(({ layer, head, offset }): [string, Mean] => [
      massKey(kind, layer, head),
      mean(counters, offset + HEAD[sum], offset + HEAD[count]),
    ]);
  });
}

/** The bare key is layer 0's for a previous-token head, layer 1's for an induction head: null in a model without it. */
function headMeans(
  { layers, headsPerLayer, heads }: HeadsLayout,
  counters: Float64Array,
  key: keyof typeof HEAD_MEANS,
): [string, Mean][] {
  const [role, sum, count] = HEAD_MEANS[key];
  const bare = role === 'previous' ? 0 : 1;
  const last = role === 'previous' ? layers - 2 : layers - 1;
  const means: [string, Mean][] = [];
  for (let layer = bare; layer <= Math.max(bare, last); layer++) {
    const name = layer === bare ? key : layerKey(key, layer);
    for (let head = 0; head < headsPerLayer; head++) {
      const at = heads[layer * headsPerLayer + head]?.offset;
      const value = at === undefined ? null : mean(counters, at + HEAD[sum], at + HEAD[count]);
      means.push([headKey(name, head), value]);
    }
  }
  return means;
}

/** The bare key is that of layers 0 and 1: null in a model of one layer. */
function relayMeans({ headsPerLayer, layers, pairs }: HeadsLayout, counters: Float64Array): [string, Mean][] {
  if (layers === 1) return Array.from({ length: headsPerLayer }, (_, h) => [headKey('score_cond_acc', h), null]);
  return pairs.map(({ previous, induction, offset }) => {
    const bare = previous.layer === 0 && induction.layer === 1;
    const name = bare ? 'score_cond_acc' : layerKey('score_cond_acc', previous.layer, induction.layer);
    return [headKey(name, induction.head), mean(counters, offset + PAIR.relayed, induction.offset + HEAD.backed)];
  });
}

/** M_1 with t < T - 1: does the next position attend to t? */
function countPreviousToken(
  counters: Float64Array,
  offset: number,
  occurrences: Int32Array,
  attended: Int32Array,
): void {
  for (let t = 0; t < occurrences.length - 1; t++) {
    if (occurrences[t] === 0) continue;
    const right = attended[t + 1] === t ? 1 : 0;
    counters[offset + HEAD.followed]!++;
    counters[offset + HEAD.previous]! += right;
    if (occurrences[t] !== 1) continue;
    counters[offset + HEAD.followedFirst]!++;
    counters[offset + HEAD.previousFirst]! += right;
  }
}

/** M_2: is the attended position preceded by z_t, and is its token predicted? */
function countInduction(
  counters: Float64Array,
  offset: number,
  { tokens, occurrences, predictions }: AttendedSequence,
  attended: Int32Array,
): void {
  for (let t = 0; t < occurrences.length; t++) {
    if (!inContext(occurrences[t]!)) continue;
    const s = attended[t]!;
    counters[offset + HEAD.context]!++;
    if (tokens[s] === predictions[t]) counters[offset + HEAD.copied]!++;
    if (s === 0) continue;
    counters[offset + HEAD.backed]!++;
    if (tokens[s - 1] === tokens[t]) counters[offset + HEAD.matched]!++;
  }
}

/** M_2 where the later layer attends past position 0: does the attended position attend to the one before it? */
function countRelay(
  counters: Float64Array,
  offset: number,
  occurrences: Int32Array,
  previous: Int32Array,
  attended: Int32Array,
): void {
  for (let t = 0; t < occurrences.length; t++) {
    if (!inContext(occurrences[t]!)) continue;
    const s = attended[t]!;
    if (s > 0 && previous[s] === s - 1) counters[offset + PAIR.relayed]!++;
  }
}

/** The last place before t where z_t stands, or -1: [T]. */
function previousOccurrence({ tokens, occurrences }: AttendedSequence): Int32Array {
  let highest = 0;
  for (let t = 0; t < tokens.length; t++) highest = Math.max(highest, tokens[t]!);
  const last = new Int32Array(highest + 1).fill(-1);
  const before = new Int32Array(occurrences.length);
  for (let t = 0; t < before.length; t++) {
    before[t] = last[tokens[t]!]!;
    last[tokens[t]!] = t;
  }
  return before;
}

/** t ≥ 1: A[t, t-1]. M_2: the sum of A[t, s] over the places s right behind an earlier z_t, the latest first. */
function addMasses(
  counters: Float64Array,
  offset: number,
  occurrences: Int32Array,
  before: Int32Array,
  { values, stride }: AttentionView,
): void {
  let previous = 0;
  let induction = 0;
  for (let t = 1; t < occurrences.length; t++) {
    const row = t * stride;
    previous += values[row + t - 1]!;
    if (!inContext(occurrences[t]!)) continue;
    for (let p = before[t]!; p >= 0; p = before[p]!) induction += values[row + p + 1]!;
  }
  counters[offset + HEAD.preceded]! += occurrences.length - 1;
  counters[offset + HEAD.previousMass]! += previous;
  counters[offset + HEAD.inductionMass]! += induction;
}
