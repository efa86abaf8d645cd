/** What a model made of a text, character by character and in words. */
import type { SequenceView } from '../../border/view.js';

/** One character of the text z_0 … z_T, and what the model expected in its place. */
export interface Place {
  readonly position: number;
  readonly token: number;
  /** Which occurrence of a trigger this is, from 1; 0: no trigger, or the last character, whose target is unknown. */
  readonly occurrence: number;
  /**
   * What decides about this character: the bigram law; its trigger, which occurs for the first time (`first`); or its
   * trigger, whose output the text has shown before (`in-context`). null: nothing stands before it.
   */
  readonly kind: 'global' | 'first' | 'in-context' | null;
  /** The most probable token, from what stands before; null at the beginning. */
  readonly expected: number | null;
  readonly right: boolean;
  /** The probability that this character was given. */
  readonly probability: number | null;
}

export interface Score {
  readonly right: number;
  readonly of: number;
}

/** The whole text: the tokens that the model reads and the last target. */
export function textOf({ tokens, targets }: SequenceView): number[] {
  return [...tokens, ...targets.slice(-1)];
}

export function placesOf(sequence: SequenceView): Place[] {
  const { occurrences, predicted, probability } = sequence;
  return textOf(sequence).map((token, position) => {
    const occurrence = occurrences[position] ?? 0;
    if (position === 0) {
      return { position, token, occurrence, kind: null, expected: null, right: false, probability: null };
    }
    const before = occurrences[position - 1]!;
    const expected = predicted[position - 1]!;
    return {
      position,
      token,
      occurrence,
      kind: before === 0 ? 'global' : before === 1 ? 'first' : 'in-context',
      expected,
      right: expected === token,
      probability: probability[position - 1]!,
    };
  });
}

export function scoreOf(places: readonly Place[], inContext: boolean): Score {
  const counted = places.filter(({ kind }) => kind !== null && (kind === 'in-context') === inContext);
  return { right: counted.filter(({ right }) => right).length, of: counted.length };
}

/** 1st, 2nd, 3rd, 4th, … 11th, … */
export function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  return `${n}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`;
}

/** A share in words that no line break parts: 88 %; less than 1 % for 0.004. */
export function percent(share: number): string {
  if (share > 0 && share < 0.005) return '<\u00a01\u00a0%';
  return `${Math.round(100 * share)}\u00a0%`;
}

const ROLES = {
  global: 'an ordinary character',
  first: 'the output of a trigger that occurs for the first time',
  'in-context': 'the output of a trigger seen before',
} as const;

/** What a place is: by itself, and by what stands before it. */
export function roleOf({ occurrence, kind }: Place): string {
  const role = kind === null ? 'the beginning' : ROLES[kind];
  return occurrence > 0 ? `${role}; a trigger, for the ${ordinal(occurrence)} time` : role;
}

/** A place in two sentences; `symbol` writes a token. */
export function placeSentence(place: Place, symbol: (token: number) => string): string {
  const { position, token, expected, right, probability } = place;
  const here = `Position ${position}, “${symbol(token)}”: ${roleOf(place)}.`;
  if (expected === null || probability === null) return here;
  return right
    ? `${here} The model expected it, with ${percent(probability)}.`
    : `${here} The model expected “${symbol(expected)}” instead and gave this one ${percent(probability)}.`;
}
