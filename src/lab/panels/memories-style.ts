/** How <ihead-memories> looks; what panels share is in panel.ts. */
import { css } from 'lit';

export const MEMORIES_STYLE = css`
  .panel { --_full: 117.5rem; }
  @container (min-width: 34rem) {
    .panel { --_full: 120.8rem; }
  }
  @container (min-width: 44rem) {
    .panel { --_full: 71.9rem; }
  }
  .recall {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
    gap: 0.5rem 1.5rem;
  }
  .recall > * { min-width: 0; }
  .recall ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.45rem; align-content: center; }
  .probe-name { display: flex; align-items: center; gap: 0.4rem; }
  .probe-name b { margin-inline-start: auto; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .bar { display: block; width: 100%; height: 8px; border: 1px solid var(--_edge); border-radius: 2px; }
  .bar .first { fill: var(--_first); }
  .bar .second { fill: var(--_second); }
  .bar .third { fill: var(--_third); }
  .bar .fourth { fill: var(--_fourth); }
  .bar .fifth { fill: var(--_fifth); }
  .memories {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
    gap: 1.25rem 1.5rem;
    margin-block: 1rem 0.5rem;
  }
  .memory { min-width: 0; max-width: 34rem; display: flex; flex-direction: column; gap: 0.3rem; }
  .memory p { margin: 0; }
  .what { font-weight: 650; }
  .meaning { color: var(--_soft); flex: 1; }
  .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0.6rem; }
  figure { margin: 0; min-width: 0; }
  figcaption { text-align: center; padding-inline-start: 26px; }
  label { display: flex; gap: 0.5rem; align-items: center; }
  .answer { min-height: 4.4em; }
  .key { color: var(--_soft); max-width: 46rem; margin-block: 0.5rem; }
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
