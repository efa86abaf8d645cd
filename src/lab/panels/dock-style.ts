/** How <ihead-dock> looks; what panels share is in panel.ts. */
import { css } from 'lit';

export const DOCK_STYLE = css`
  .panel { display: grid; gap: 0.4rem; padding: 0.5rem 0.75rem; }
  .play { font-weight: 650; min-width: 6.5rem; }
  select {
    font: inherit;
    color: var(--_ink);
    background: var(--_ground);
    border: 1px solid var(--_edge);
    border-radius: 0.35rem;
    padding: 0.2rem 0.4rem;
    max-width: 100%;
  }
  select:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }
  output, b, .of { font-variant-numeric: tabular-nums; }
  output { font-weight: 650; min-width: 4.5rem; }
  .of { color: var(--_soft); margin-inline-start: -0.5rem; min-width: 3.5rem; }
  .accuracy { margin-inline-start: auto; }
  .accuracy b { display: inline-block; min-width: 3rem; }
  .bag { color: var(--_soft); }
  .time { display: grid; grid-template-columns: minmax(0, 1fr) auto auto; gap: 0.6rem; align-items: center; }
  .curve { position: relative; height: 2.75rem; }
  .curve svg { position: absolute; inset: 0.25rem 0; width: 100%; height: calc(100% - 0.5rem); overflow: visible; pointer-events: none; }
  .curve :is(path, polyline) { fill: none; vector-effect: non-scaling-stroke; }
  .floor { stroke: var(--_line); }
  .tick { stroke: var(--_mark); stroke-width: 1.5; stroke-dasharray: 2 2; }
  .model { stroke: var(--_first); stroke-width: 2.5; }
  .bag-line { stroke: var(--_reference); stroke-width: 1.5; stroke-dasharray: 2 3; }
  .here { stroke: var(--_ink); stroke-width: 2; }
  .curve input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize; }
  .curve input:disabled { cursor: default; }
  .curve:focus-within { outline: 2px solid var(--_accent); outline-offset: 2px; border-radius: 2px; }
  .marks { width: 8.5rem; }
  .foot { flex-wrap: nowrap; }
  .milestones { margin: 0; flex: 1; min-width: 0; min-height: 1.45em; color: var(--_soft); }
  @container (max-width: 36rem) {
    .bag, .of, .newest, .marks { display: none; }
    .panel { gap: 0.25rem; }
    .pace { width: 8.5rem; order: 1; }
    .accuracy { order: 2; }
    .milestones { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
    .row { gap: 0.4rem; }
    .row .play { min-width: 5rem; }
    .accuracy { white-space: nowrap; }
  }
`;
