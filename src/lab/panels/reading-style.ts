/** How <ihead-reading> looks; what panels share is in panel.ts. */
import { css } from 'lit';

export const READING_STYLE = css`
  .panel { --_full: 59.2rem; }
  @container (min-width: 34rem) {
    .panel { --_full: 54rem; }
  }
  @container (min-width: 44rem) {
    .panel { --_full: 35.1rem; }
  }
  .instrument { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.75rem 1.5rem; }
  @container (min-width: 44rem) {
    .instrument { grid-template-columns: minmax(0, 1fr) 15rem; }
  }
  .instrument > * { min-width: 0; }
  .text { overflow-x: auto; border-radius: 0.3rem; }
  .which { margin: 0; color: var(--_soft); font-size: 0.8125rem; display: flex; flex-wrap: wrap; gap: 0.2rem 0.8rem; align-items: center; }
  .which b { font-weight: 650; }
  .which .above { color: var(--_fourth); }
  .which .below { color: var(--_first); }
  .which select {
    font: inherit;
    color: var(--_ink);
    background: var(--_ground);
    border: 1px solid var(--_edge);
    border-radius: 0.35rem;
  }
  .sentence { margin: 0.25rem 0; min-height: 4.4em; max-width: 46rem; }
  .asked { margin: 0 0 0.3rem; }
  .split { margin: 0.4rem 0 0; color: var(--_soft); font-size: 0.8125rem; }
  form { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: end; margin-block: 0.25rem 0.5rem; }
  form label { flex: 1 1 14rem; min-width: 0; color: var(--_soft); }
  input[type='text'] {
    display: block;
    width: 100%;
    font: inherit;
    font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
    color: var(--_ink);
    background: var(--_ground);
    border: 1px solid var(--_edge);
    border-radius: 0.35rem;
    padding: 0.25rem 0.5rem;
  }
  .complaint { flex-basis: 100%; margin: 0; min-height: 1.45em; color: var(--_wrong); font-weight: 600; }
  .tabs { margin-block-end: 0.5rem; }
  .heads { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 1rem 1.5rem; }
  .head { min-width: 0; max-width: 30rem; }
  .what { margin: 0; font-weight: 650; }
  .out { color: var(--_wrong); font-weight: 600; }
  .silenced canvas { opacity: 0.55; }
  canvas { width: 100%; cursor: crosshair; touch-action: pan-y; }
  .looks { margin: 0.25rem 0 0; min-height: 2.9em; }
  .score { margin: 0.25rem 0; color: var(--_soft); }
  .ramp {
    display: inline-block;
    vertical-align: middle;
    width: 6rem;
    height: 0.7rem;
    border: 1px solid var(--_edge);
    background: linear-gradient(to right, var(--_map-low), var(--_map-mid), var(--_map-high));
  }
  .key { margin: 0.75rem 0 0; color: var(--_soft); }
`;
