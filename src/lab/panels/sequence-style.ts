/** How <ihead-sequence> looks; what panels share is in panel.ts. */
import { css } from 'lit';

export const SEQUENCE_STYLE = css`
  .places {
    display: flex;
    flex-wrap: wrap;
    gap: 0.35rem 0.15rem;
    list-style: none;
    margin: 0.6rem 0;
    padding: 0;
  }
  .place { width: 1.9rem; text-align: center; border-radius: 0.25rem; line-height: 1.25; }
  .place.pointed { outline: 2px solid var(--_accent); }
  .token {
    display: block;
    font-size: 1.15rem;
    border: 2px solid transparent;
    border-radius: 0.25rem;
    position: relative;
  }
  .trigger { background: var(--_ink); color: var(--_ground); font-weight: 700; }
  .trigger sup {
    position: absolute;
    inset-block-start: 0;
    inset-inline-end: 0;
    font:
      600 0.6rem / 1 system-ui,
      sans-serif;
  }
  .first .token { border: 2px dotted var(--_edge); }
  .in-context .token { border: 2px solid var(--_accent); }
  .verdict { display: block; font-size: 0.85rem; min-height: 1rem; white-space: nowrap; color: var(--_soft); }
  .in-context .right { color: var(--_right); font-weight: 700; }
  .in-context .wrong { color: var(--_wrong); font-weight: 700; }
  .bar { display: block; height: 4px; margin: 1px 2px 0; background: var(--_line); }
  .bar rect { fill: var(--_reference); }
  .in-context .bar rect { fill: var(--_first); }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 0.3rem 1.2rem;
    list-style: none;
    margin: 0;
    padding: 0;
    color: var(--_soft);
  }
  .legend .token { display: inline-block; min-width: 1.5rem; font-size: 0.95rem; text-align: center; }
  .legend .trigger, .legend .place { color: var(--_ink); }
  .legend .trigger { color: var(--_ground); }
  .score { margin: 0.2rem 0 0.6rem; }
  .pointed-at { min-height: 2.6em; margin: 0; }
  form { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: end; margin-block: 0.5rem; }
  label { flex: 1 1 16rem; min-width: 0; }
  input[type='text'] {
    display: block;
    width: 100%;
    font: inherit;
    font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
    color: inherit;
    background: var(--_ground);
    border: 1px solid var(--_edge);
    border-radius: 0.35rem;
    padding: 0.25rem 0.5rem;
    min-height: 1.9rem;
  }
  .complaint { flex-basis: 100%; margin: 0; color: var(--_wrong); font-weight: 600; }
`;
