/** How a lab looks around its panels. */
import { css } from 'lit';

export const LAB_STYLE = css`
  :host {
    display: block;
    container-type: inline-size;
    color: var(--_ink);
    font: 0.875rem / 1.45 system-ui, sans-serif;
  }
  :host([hidden]) { display: none; }
  .lab { display: grid; gap: 0.75rem; }
  .panels { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.75rem; }
  p { margin: 0; }
  .status { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; font-variant-numeric: tabular-nums; }
  .error { border-inline-start: 0.25rem solid var(--_wrong); padding: 0.3rem 0.7rem; overflow-wrap: anywhere; }
  .milestones { min-height: 1.45em; color: var(--_soft); }
`;
