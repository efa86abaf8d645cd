/** `<ihead-timeline>`: a slider over the records. At its end the run is followed. */
import { css, html, type TemplateResult } from 'lit';
import type { LabView } from '../border/view.js';
import { definePanel, type Figure, LabPanel } from './panel.js';

/**
 * @tagname ihead-timeline
 * @fires lab-goto - {index}: the slider was moved
 * @csspart slider - the slider
 * @csspart step - the shown step
 */
export class TimelinePanel extends LabPanel {
  static override styles = [
    ...LabPanel.styles,
    css`
      label { display: flex; align-items: center; gap: 0.6rem; flex: 1 1 14rem; }
      input { flex: 1; }
      output { font-variant-numeric: tabular-nums; min-width: 9.5rem; }
    `,
  ];

  protected readonly name = 'Time';
  protected readonly waiting = 'Here a slider will go back and forth through the run, once the model trains.';

  /** There is nothing to take away. */
  async figures(): Promise<readonly Figure[]> {
    return [];
  }

  protected override content({ records, shown }: LabView): TemplateResult | null {
    const record = records[shown];
    if (record === undefined) return null;
    const last = records.length - 1;
    const follows = shown === last;
    const step = `step ${record.iter}`;
    return html`<div class="row">
      <label
        >Shown
        <input
          type="range"
          part="slider"
          min="0"
          max=${last}
          .value=${String(shown)}
          aria-valuetext="${step}${follows ? ', the newest' : ''}"
          @input=${(event: Event) => this.request('lab-goto', { index: Number((event.target as HTMLInputElement).value) })}
        />
      </label>
      <output part="step">${step}${follows ? ', newest' : ''}</output>
      <button type="button" part="button" aria-disabled=${follows ? 'true' : 'false'} @click=${() => this.request('lab-goto', { index: last })}>
        Newest
      </button>
    </div>`;
  }
}

definePanel('ihead-timeline', TimelinePanel);

declare global {
  interface HTMLElementTagNameMap {
    'ihead-timeline': TimelinePanel;
  }
}
