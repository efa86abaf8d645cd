/** What a model made of a text, character by character and in words. */
import type { SequenceView } from '../../border/view.js';

/** One character of the text, and what the model expected in its place. */
export interface Place {
  readonly position: number;
  readonly token: number;
  /** Which occurrence of a trigger this is, from 1; 0: no trigger. */
  readonly occurrence: number;
  /**
   * What decides about this character: the bigram law; its trigger, which occurs for the first time (`first`); or its
   * trigger, whose output the text has shown before (`in-context`). null: nothing stands before it.
   */
  readonly kind: 'global' | 'first' | 'in-context' | null;
  /** What stood after earlier occurrences of the character before this one, the latest first, each once. */
  readonly earlier: readonly number[];
  /** The most probable token, from what stands before; null at the beginning. */
  readonly expected: number | null;
  /** In context: what was expected stood after an earlier occurrence. Else: it is what stands here. */
  readonly right: boolean;
  /** In context, but something new stands here: whoever copies cannot know it. */
  readonly breaks: boolean;
  /** The probability that this character was given. */
  readonly probability: number | null;
}

export interface Score {
  readonly right: number;
  readonly of: number;
}

export function placesOf({ tokens, occurrences, next, probability }: SequenceView): Place[] {
  return tokens.map((token, position): Place => {
    const occurrence = occurrences[position]!;
    const here = { position, token, occurrence };
    if (position === 0) {
      return { ...here, kind: null, earlier: [], expected: null, right: false, breaks: false, probability: null };
    }
    const before = occurrences[position - 1]!;
    const earlier = followers(tokens, position - 1);
    const expected = next[position - 1]![0]!.token;
    const kind = before === 0 ? 'global' : before === 1 ? 'first' : 'in-context';
    const copies = kind === 'in-context';
    return {
      ...here,
      kind,
      earlier,
      expected,
      right: copies ? earlier.includes(expected) : expected === token,
      breaks: copies && !earlier.includes(token),
      probability: probability[position - 1]!,
    };
  });
}

/** Tokens that stood after earlier occurrences of the token at `position`, the latest first, each once. */
export function followers(tokens: readonly number[], position: number): number[] {
  const found = new Set<number>();
  for (let t = position - 1; t >= 0; t--) if (tokens[t] === tokens[position]) found.add(tokens[t + 1]!);
  return [...found];
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
export function roleOf({ occurrence, kind, breaks }: Place): string {
  const role = kind === null ? 'the beginning' : ROLES[kind];
  const news = breaks ? ', but not the same as before' : '';
  return occurrence > 0 ? `${role}${news}; a trigger, for the ${ordinal(occurrence)} time` : `${role}${news}`;
}

/** A place in two sentences; `symbol` writes a token. */
export function placeSentence(place: Place, symbol: (token: number) => string): string {
  const { position, token, expected, right, probability, kind } = place;
  const here = `Position ${position}, “${symbol(token)}”: ${roleOf(place)}.`;
  if (expected === null || probability === null) return here;
  const gave = `gave this one ${percent(probability)}.`;
  if (expected === token) return `${here} The model expected it, with ${percent(probability)}.`;
  const copied = kind === 'in-context' && right ? ', which stood there before, ' : ' instead ';
  return `${here} The model expected “${symbol(expected)}”${copied}and ${gave}`;
}
