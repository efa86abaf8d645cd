/**
 * The colours of the lab as custom properties, which an author may set on the element or above it; the private name
 * behind the dash is what the panels' styles use. They follow `color-scheme`: with `light dark` the reader's
 * preference, and light on a page that says nothing.
 */

import { css, unsafeCSS } from 'lit';
import { type ColorName, palette } from '../../../analysis/palette.js';

const PROPERTIES = Object.entries(palette).map(([name, { light, dark }]) => {
  return `--_${name}: var(--ihead-${name}, light-dark(${light}, ${dark}));`;
});

export const PALETTE = css`:host { ${unsafeCSS(PROPERTIES.join(' '))} }`;

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
