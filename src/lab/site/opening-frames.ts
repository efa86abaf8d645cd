/**
 * The recorded steps of the opening, a line each, as `scripts/opening-record.mjs` writes them into opening-record.ts:
 *
 *     step accuracy bag wo1 wk1 wk0  looks-of-layer-1  looks-of-layer-2  (letter probability from-weights) …
 *
 * Shares are in thousandths. The looks of a layer are the rows of its attention, each up to its own letter, a character
 * a weight: a digit of base 64.
 */
import type { HeadView } from '../border/view.js';

export interface OpeningGuess {
  /** As it is written. */
  readonly letter: string;
  readonly probability: number;
  /** With every head left out. */
  readonly fromWeights: number;
}

/** The model at one step, reading the text of the opening to its last letter. */
export interface OpeningFrame {
  readonly step: number;
  /** In context, on the step's batch; and of the bag of words. */
  readonly accuracy: number;
  readonly bag: number;
  /** Recall of W_O², of W_K² by frequency, of the early positions of W_K¹. */
  readonly recall: readonly [number, number, number];
  /** Of layer 1, then of layer 2. */
  readonly attention: readonly [HeadView, HeadView];
  /** From the likeliest. */
  readonly next: readonly OpeningGuess[];
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_';
const LOUDEST = DIGITS.length - 1;
const WHOLE = 1000;

/** T: letters of the text. */
export function writeFrame({ step, accuracy, bag, recall, attention, next }: OpeningFrame): string {
  const share = (value: number) => Math.round(WHOLE * value);
  const looks = attention.map(({ weights }) => {
    const T = Math.sqrt(weights.length);
    let digits = '';
    for (let t = 0; t < T; t++) {
      for (let s = 0; s <= t; s++) digits += DIGITS[Math.round(LOUDEST * weights[t * T + s]!)];
    }
    return digits;
  });
  const guesses = next.flatMap(({ letter, probability, fromWeights }) => [
    letter,
    share(probability),
    share(fromWeights),
  ]);
  return [step, ...[accuracy, bag, ...recall].map(share), ...looks, ...guesses].join(' ');
}

export function readFrame(line: string): OpeningFrame {
  const [step, accuracy, bag, wo1, wk1, wk0, first, second, ...guesses] = line.split(' ');
  const share = (digits: string | undefined) => Number(digits) / WHOLE;
  return {
    step: Number(step),
    accuracy: share(accuracy),
    bag: share(bag),
    recall: [share(wo1), share(wk1), share(wk0)],
    attention: [headOf(0, first!), headOf(1, second!)],
    next: Array.from({ length: guesses.length / 3 }, (_, n) => ({
      letter: guesses[3 * n]!,
      probability: share(guesses[3 * n + 1]),
      fromWeights: share(guesses[3 * n + 2]),
    })),
  };
}

function headOf(layer: number, digits: string): HeadView {
  const T = (Math.sqrt(8 * digits.length + 1) - 1) / 2;
  const weights = new Float32Array(T * T);
  let at = 0;
  for (let t = 0; t < T; t++) {
    for (let s = 0; s <= t; s++) weights[t * T + s] = DIGITS.indexOf(digits[at++]!) / LOUDEST;
  }
  return { layer, head: 0, silenced: false, weights };
}
