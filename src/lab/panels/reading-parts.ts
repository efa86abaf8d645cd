/** The parts that show a text being read: arcs over its letters, and bars of what may follow. No state of their own. */
import { css, html, nothing, svg, type TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import type { Guess } from '../border/view.js';
import { type Arc, type Arcs, CELL } from './drawing/arcs.js';
import { type Place, percent } from './wording/reading.js';

export const READING_PARTS_STYLE = css`
    .arcs { display: block; height: auto; max-width: 100%; touch-action: pan-x pan-y; }
  /* Smaller letters could not be read nor pressed: what is wider than its place is scrolled. */
  .arcs.long { min-width: 46rem; }
  .arcs.longer { min-width: 120rem; }
  .arcs text {
    font: 20px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
    text-anchor: middle;
    fill: var(--_ink);
  }
  .arcs .later { fill: var(--_soft); }
  .arcs .read { fill: var(--_first); font-weight: 700; }
  .arcs .answer { font-weight: 700; fill: var(--_soft); }
  .arcs .mark { fill: none; stroke-width: 3; }
  .arcs .mark.right { stroke: var(--_right); }
  .arcs .mark.wrong { stroke: var(--_wrong); stroke-dasharray: 3 2; }
  .arcs .hit { fill: transparent; cursor: pointer; }
  .arcs .chosen { fill: none; stroke: var(--_mark); stroke-width: 2; }
  .arcs .pinned { stroke-width: 3.5; }
  .arcs path { fill: none; stroke-linecap: round; }
  .arcs .above { stroke: var(--_fourth); }
  .arcs .below { stroke: var(--_first); }
  .bars { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.3rem; }
  .bars li { display: grid; grid-template-columns: 1.6rem 1fr 3.2rem; gap: 0.5rem; align-items: center; }
  .bars svg { display: block; width: 100%; height: 0.9rem; background: var(--_tint); border-radius: 2px; }
  .bars .weights { fill: var(--_second); }
  .bars .context { fill: var(--_first); }
  .bars .true { font-weight: 700; text-decoration: underline; text-underline-offset: 0.2em; }
  .key-weights, .key-context { display: inline-block; width: 0.8rem; height: 0.8rem; border-radius: 2px; }
  .key-weights { background: var(--_second); }
  .key-context { background: var(--_first); }
`;

export interface TextDrawing {
  readonly letters: readonly string[];
  readonly arcs: Arcs;
  readonly chosen: number;
  readonly pinned: boolean;
  /** Verdicts over the letters that can be read from the text; none: null. */
  readonly places: readonly Place[] | null;
  /** Written behind the text: what the model expects there; null: nothing. */
  readonly answer: string | null;
}

/** Letters with arcs above and below, the chosen one framed. Each letter's place can be pressed: `data-position`. */
export function textWithArcs({ letters, arcs, chosen, pinned, places, answer }: TextDrawing): TemplateResult {
  const { width, height, baseline, x, read } = arcs;
  const whole = width + (answer === null ? 0 : CELL);
  const letterAt = (position: number) => {
    const mark = places?.[position];
    const judged = mark !== undefined && mark.kind === 'in-context';
    return svg`<text
        class=${classMap({ later: position > chosen, read: position === read })}
        x=${x(position)}
        y=${baseline}
      >${letters[position]!}</text>
      ${judged ? svg`<path class="mark ${mark.right ? 'right' : 'wrong'}" d="M${x(position) - 9} ${baseline + 7}h18" />` : nothing}`;
  };
  return html`<svg
    class=${classMap({ arcs: true, long: letters.length > 26, longer: letters.length > 72 })}
    part="arcs"
    viewBox="0 0 ${whole} ${height}"
width=${Math.round(1.3 * whole)}
    aria-hidden="true"
  >
    ${arcs.above.map((arc) => path(arc, 'above'))} ${arcs.below.map((arc) => path(arc, 'below'))}
    <rect
      class=${classMap({ chosen: true, pinned })}
      x=${x(chosen) - CELL / 2 + 2}
      y=${baseline - 19}
      width=${CELL - 4}
      height="27"
      rx="4"
    />
    ${letters.map((_, position) => letterAt(position))}
    ${answer === null ? nothing : svg`<text class="answer" x=${width + CELL / 2} y=${baseline}>${answer}</text>`}
    ${letters.map(
      (_, position) =>
        svg`<rect class="hit" data-position=${position} x=${CELL * position} y="0" width=${CELL} height=${height} />`,
    )}
  </svg>`;
}

function path({ path: d, width, opacity }: Arc, side: 'above' | 'below') {
  return svg`<path class=${side} d=${d} stroke-width=${width} stroke-opacity=${opacity} />`;
}

/** The position under a press or a pointer; null beside the letters. */
export function positionOf(event: Event): number | null {
  const place = (event.target as Element).closest<SVGElement>('[data-position]');
  return place === null ? null : Number(place.dataset.position);
}

/**
 * A bar for each token that may follow: the part that the weights alone would give it, and what the context adds.
 * `follows`: the token that does; null: it is not known.
 */
export function guessBars(
  guesses: readonly Guess[],
  write: (token: number) => string,
  follows: number | null,
): TemplateResult {
  return html`<ul class="bars" part="bars">
    ${guesses.map(({ token, probability, fromWeights }) => {
      const weights = Math.min(probability, fromWeights);
      const told = `${percent(probability)}; without heads ${percent(fromWeights)}`;
      return html`<li title="${write(token)}: ${told}">
        <span class="glyph ${token === follows ? 'true' : ''}">${write(token)}</span>
        <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
          <rect class="weights" width=${(100 * weights).toFixed(1)} height="1"></rect>
          <rect class="context" x=${(100 * weights).toFixed(1)} width=${(100 * (probability - weights)).toFixed(1)} height="1"></rect>
        </svg>
        <span class="number">${percent(probability)}</span>
      </li>`;
    })}
  </ul>`;
}
