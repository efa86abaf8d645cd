/** How <ihead-attention> looks; what panels share is in panel.ts. */
import { css, unsafeCSS } from 'lit';

/** Heights of a bar under a character. */
export const LEVELS = 10;

const BARS = unsafeCSS(
  Array.from({ length: LEVELS }, (_, n) => `.line .k${n + 1}{background-size:100% ${10 * (n + 1)}%}`).join(''),
);

export const ATTENTION_STYLE = css`
  .heads {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
    gap: 1.25rem 1.5rem;
    margin-block: 0.75rem 0.25rem;
  }
  .heads.many { grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); }
  .head { min-width: 0; max-width: 40rem; }
  .head .row { justify-content: space-between; min-height: 2.1rem; }
  .what { margin: 0; font-weight: 650; }
  .out { color: var(--_wrong); font-weight: 600; }
  .silenced canvas { opacity: 0.55; }
  .line { margin: 0.4rem 0 0; overflow-wrap: anywhere; line-height: 1.7; letter-spacing: 0.05em; }
  .line span {
    padding: 0.1em 0 0.15em;
    background: linear-gradient(var(--_bar), var(--_bar)) no-repeat bottom / 100% 0%;
  }
  .line { --_bar: light-dark(#a8cdf0, #2a5c92); }
  ${BARS} .line .query {
    outline: 2px solid var(--_mark);
    font-weight: 700;
  }
  .line .top { font-weight: 700; border-bottom: 3px solid var(--_accent); }
  .line .later { color: var(--_reference); }
  .looks { margin: 0.25rem 0 0; min-height: 2.9em; }
  label { display: flex; align-items: center; gap: 0.6rem; flex: 0 1 32rem; min-width: min(100%, 16rem); }
  .at { min-width: 9rem; }
  .key { margin: 0.75rem 0 0; color: var(--_soft); }
  .ramp {
    display: inline-block;
    vertical-align: middle;
    width: 6rem;
    height: 0.7rem;
    border: 1px solid var(--_edge);
    background: linear-gradient(to right, var(--_map-low), var(--_map-mid), var(--_map-high));
  }
  canvas { width: 100%; cursor: crosshair; }
  label input { flex: 1; }
`;
