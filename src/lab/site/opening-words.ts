/** The opening in words. */
import { percent } from '../panels/wording/reading.js';
import type { OpeningFrame } from './opening-frames.js';
import { OPENING } from './opening-run.js';

/** Below this nothing is expected in particular; from there to the next, it is a guess; above, it knows. */
const GUESSED = 0.3;
const KNOWN = 0.9;

/** What the model does at a frame, as far as its own numbers say. */
export function openingSentence({ next }: OpeningFrame): string {
  const { answer } = OPENING;
  const { letter, probability } = next[0]!;
  if (probability < GUESSED) {
    return 'It does not know yet: no letter is much likelier than the others, and both layers look around.';
  }
  if (letter !== answer) {
    return `It copies already, but from the wrong place: layer 1 does not note yet which letter stands before which, so that layer 2 picks a “${letter}”.`;
  }
  if (probability < KNOWN) {
    return `The notes of layer 1 sharpen: “after o” stands at the ${answer} of Fox, and layer 2 begins to find it.`;
  }
  return `An induction head: the last o looks for the note “after o”, finds the ${answer}, and copies it. The model has never seen this text.`;
}

/** The three memories, in the order in which they fill, and what each does. */
export const MEMORIES = [
  { symbol: 'W_O²', does: 'copies what it looks at', color: 'first' },
  { symbol: 'W_K²', does: 'finds the note it needs', color: 'second' },
  { symbol: 'W_K¹', does: 'looks one letter back', color: 'fourth' },
] as const;

export function memorySentence({ recall }: OpeningFrame): string {
  return MEMORIES.map(({ symbol, does }, n) => `${symbol} ${does}: ${percent(recall[n]!)}`).join('; ');
}
