/**
 * What colour stands for what, in the lab, in reports and in the figures of the experiments alike. The hues are those
 * that Okabe and Ito chose to be told apart with every kind of colour vision, darkened or lightened until text has
 * 4.5:1 and lines have 3:1 on the ground; nothing is said by hue alone.
 */
import { type MeasureKey, measures } from './measures.js';

export interface Shade {
  /** On a light ground, and on a dark one: #rrggbb. */
  readonly light: string;
  readonly dark: string;
}

export const palette = {
  ink: { light: '#1d1d1f', dark: '#ececee' },
  soft: { light: '#55555c', dark: '#b4b4bd' },
  ground: { light: '#ffffff', dark: '#1d1e23' },
  line: { light: '#dcdce0', dark: '#3c3d46' },
  edge: { light: '#85858d', dark: '#84848f' },
  accent: { light: '#0b5cad', dark: '#7db8ff' },
  /** What the model does in context: layer 2 at the end of it. */
  first: { light: '#0068a5', dark: '#62b6f0' },
  /** What is true everywhere: the bigram law. */
  second: { light: '#c24f00', dark: '#ff9a52' },
  /** W_O², which writes what layer 2 attends to. */
  third: { light: '#00795a', dark: '#35c79c' },
  /** Layer 1 and its W_K¹, which attends to the one before. */
  fourth: { light: '#a34c80', dark: '#e59ac4' },
  /** W_K², which finds what came after. */
  fifth: { light: '#8a6100', dark: '#e6b94d' },
  reference: { light: '#6b6b72', dark: '#a2a2ac' },
  right: { light: '#00694e', dark: '#4fd1a8' },
  wrong: { light: '#a8430b', dark: '#ffab73' },
  tint: { light: '#e4effa', dark: '#26374b' },
  'map-low': { light: '#f4f5f7', dark: '#26272e' },
  'map-mid': { light: '#4a93cf', dark: '#3f86c4' },
  'map-high': { light: '#08306b', dark: '#d6ecff' },
  mark: { light: '#c24f01', dark: '#ffa25e' },
} as const satisfies Record<string, Shade>;

export type ColorName = keyof typeof palette;

/** How the line of a measure is drawn. */
export interface Look {
  readonly color: ColorName;
  /** Lengths of line and gap in pixels; none: a whole line. */
  readonly dash: readonly number[];
  readonly width: number;
}

const MODEL: Look = { color: 'first', dash: [], width: 2.5 };
const EVERYWHERE: Look = { color: 'second', dash: [7, 4], width: 2 };
const EARLY: Look = { color: 'fourth', dash: [9, 3, 2, 3], width: 2 };

/** Of the measures that are drawn beside each other: one colour for one meaning. */
export const looks = {
  acc_end: MODEL,
  loss_head: MODEL,
  acc_end_test: { color: 'edge', dash: [7, 4], width: 2 },
  baseline_bayes: { color: 'reference', dash: [9, 3], width: 1.5 },
  baseline_bag: { color: 'reference', dash: [2, 3], width: 2 },
  loss_bigram: EVERYWHERE,
  ff1_loss: { color: 'second', dash: [2, 3], width: 2.5 },
  wo1_acc: { color: 'third', dash: [], width: 2.5 },
  wk1_acc: { color: 'fifth', dash: [7, 4], width: 2 },
  wk1_freq_acc: { color: 'fifth', dash: [2, 3], width: 2 },
  wk0_acc: { color: 'fourth', dash: [2, 3], width: 2.5 },
  wk0_64_acc: EARLY,
  wk0_early_acc: EARLY,
} as const satisfies Partial<Record<MeasureKey, Look>>;

/** null for a measure that has no look of its own. */
export function lookOf(key: string): Look | null {
  return Object.hasOwn(measures, key) && Object.hasOwn(looks, key) ? looks[key as keyof typeof looks] : null;
}

/** From pale to strong, so many colours of a map, on a light ground and on a dark one. */
export function mapShades(levels: number): Shade[] {
  const [low, mid, high] = [palette['map-low'], palette['map-mid'], palette['map-high']];
  return Array.from({ length: levels }, (_, level) => {
    const at = (2 * level) / (levels - 1);
    const [from, to, share] = at < 1 ? [low, mid, at] : [mid, high, at - 1];
    return { light: between(from.light, to.light, share), dark: between(from.dark, to.dark, share) };
  });
}

function between(from: string, to: string, share: number): string {
  const channels = [1, 3, 5].map((at) => {
    const [a, b] = [from, to].map((color) => Number.parseInt(color.slice(at, at + 2), 16)) as [number, number];
    return Math.round(a + (b - a) * share)
      .toString(16)
      .padStart(2, '0');
  });
  return `#${channels.join('')}`;
}
