/**
 * The colours of the lab, in one place. Each is a custom property that an author may set on the element or above it;
 * the private name behind the dash is what the panels' styles use. They follow `color-scheme`: with `light dark` the
 * reader's preference, and light on a page that says nothing. Text has at least 4.5:1 on the ground, lines and marks at
 * least 3:1. The hues are those that Okabe and Ito chose to be told apart with every kind of colour vision; nothing is
 * said by hue alone.
 */

import { css } from 'lit';
import type { ColorName } from '../wording/series.js';

export const PALETTE = css`
  :host {
    --_ink: var(--ihead-ink, light-dark(#1d1d1f, #ececee));
    --_soft: var(--ihead-soft, light-dark(#55555c, #b4b4bd));
    --_ground: var(--ihead-ground, light-dark(#ffffff, #1d1e23));
    --_line: var(--ihead-line, light-dark(#dcdce0, #3c3d46));
    --_edge: var(--ihead-edge, light-dark(#85858d, #84848f));
    --_accent: var(--ihead-accent, light-dark(#0b5cad, #7db8ff));
    --_first: var(--ihead-first, light-dark(#0068a5, #62b6f0));
    --_second: var(--ihead-second, light-dark(#c24f00, #ff9a52));
    --_third: var(--ihead-third, light-dark(#00795a, #35c79c));
    --_fourth: var(--ihead-fourth, light-dark(#a34c80, #e59ac4));
    --_reference: var(--ihead-reference, light-dark(#6b6b72, #a2a2ac));
    --_right: var(--ihead-right, light-dark(#00694e, #4fd1a8));
    --_wrong: var(--ihead-wrong, light-dark(#a8430b, #ffab73));
    --_tint: var(--ihead-tint, light-dark(#e4effa, #26374b));
    --_map-low: var(--ihead-map-low, light-dark(#f4f5f7, #26272e));
    --_map-high: var(--ihead-map-high, light-dark(#08306b, #d6ecff));
    --_map-mid: var(--ihead-map-mid, light-dark(#4a93cf, #3f86c4));
    --_mark: var(--ihead-mark, light-dark(#c24f00, #ffa25e));
  }
`;

/** What a name stands for at this element at present, as rgb(…) that a canvas takes. */
export type ColorOf = (name: ColorName) => string;

/**
 * Reads colours at an element of a panel. A custom property is text until a real property uses it, so `probe`, which
 * should show nothing of its own, wears each colour once.
 */
export function colorsAt(probe: HTMLElement): ColorOf {
  const found = new Map<ColorName, string>();
  return (name) => {
    let color = found.get(name);
    if (color === undefined) {
      probe.style.color = `var(--_${name})`;
      color = getComputedStyle(probe).color;
      found.set(name, color);
    }
    return color;
  };
}

/** Channels of rgb(…) or rgba(…), 0 to 255. */
export function channelsOf(color: string): readonly [number, number, number] {
  const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b];
}
