/** How the controls look. */
import { css } from 'lit';

export const CONTROLS_STYLE = css`
  .panel { display: grid; gap: 0.6rem; }
  details + details { margin-top: -0.5rem; }
  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(12.5rem, 1fr));
    gap: 0.5rem 0.9rem;
    align-items: end;
  }
  .wide {
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr));
    align-items: start;
    margin-block-end: 0.4rem;
  }
  fieldset { border: 0; margin: 0; padding: 0.35rem 0 0.5rem; min-width: 0; }
  legend { padding: 0; font-weight: 650; }
  label { display: grid; gap: 0.1rem; color: var(--_soft); }
  label.check { display: flex; gap: 0.4rem; align-items: baseline; color: var(--_ink); }
  input,
  select,
  textarea {
    font: inherit;
    color: var(--_ink);
    background: var(--_ground);
    border: 1px solid var(--_edge);
    border-radius: 0.35rem;
    padding: 0.2rem 0.4rem;
    min-height: 2rem;
    width: 100%;
    min-width: 0;
  }
  input[type='checkbox'] { width: 1.1rem; height: 1.1rem; min-height: 0; flex: none; accent-color: var(--_accent); }
  textarea { min-height: 4rem; resize: vertical; }
  :is(select, textarea, a):focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }
  .note { margin: 0.2rem 0; color: var(--_soft); max-width: 46rem; }
  bdi { font-weight: 650; }
  a { color: var(--_accent); }
  ul { margin: 0.3rem 0; padding-inline-start: 1.2rem; }
`;
