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
  .lab { display: flex; flex-direction: column; gap: 0.75rem; }
  .panels { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.75rem; }
  p { margin: 0; }
  /* What is scrubbed stays in sight with its slider: at the head of the lab, on a phone at its foot. */
  ihead-dock { position: sticky; inset-block-start: 0; z-index: 2; }
  @container (max-width: 36rem) {
    ihead-dock { order: 1; inset-block: auto 0; }
  }
  @container (min-width: 62rem) {
    .panels { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); align-items: start; }
    .panels > :only-child { grid-column: 1 / -1; }
    .panels > ihead-reading:not(:only-child) { grid-row: span 2; }
  }
  .error { border-inline-start: 0.25rem solid var(--_wrong); padding: 0.3rem 0.7rem; overflow-wrap: anywhere; }
`;
