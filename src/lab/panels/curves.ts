/** `<ihead-curves>`: what is learned when: losses on global and in-context tokens, accuracy beside its baselines. */
import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import type { MetricsRecord } from '../../analysis/record.js';
import type { LabView } from '../border/view.js';
import { ChartPanel, lineSample } from './chart-panel.js';
import { definePanel } from './panel.js';
import { accuracyChart, type Chart, LOSSES, measured, shown } from './wording/series.js';

const ONLY_IN_CONTEXT =
  'This run is trained on in-context characters alone: the loss on global ones is measured, but nothing asks it to fall.';

/**
 * @tagname ihead-curves
 * @fires lab-goto - {index}: a press on a curve
 * @attr logarithmic - steps on a logarithmic axis
 * @csspart chart - one of the two charts
 * @csspart legend - names and values of its lines
 * @csspart plot - where it is drawn
 */
export class CurvesPanel extends ChartPanel {
  static override properties: PropertyDeclarations = { logarithmic: { type: Boolean, reflect: true } };
  static override styles = [
    ...ChartPanel.styles,
    css`
  .panel { --_full: 51.2rem; }
  @container (min-width: 34rem) {
    .panel { --_full: 44rem; }
  }
  @container (min-width: 44rem) {
    .panel { --_full: 28.8rem; }
  }
      .charts {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
        gap: 1rem 1.5rem;
        margin-block: 0.5rem;
      }
      .chart { min-width: 0; display: flex; flex-direction: column; }
      .plot { margin-block-start: auto; }
      .what { margin: 0; font-weight: 600; }
      .what span { font-weight: 400; }
      .hint, .what span { color: var(--_soft); }
      .says { margin: 0.5rem 0 0; }
      ul { list-style: none; margin: 0.2rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0 1.1rem; }
      li { display: flex; align-items: center; gap: 0.4rem; }
      b { font-variant-numeric: tabular-nums; }
    `,
  ];

  /** Steps on a logarithmic axis. */
  declare logarithmic: boolean;
  #charts: readonly Chart[] = [];
  protected readonly name = 'What is learned when';
  protected readonly waiting =
    'Here two curves of loss and the in-context accuracy will be drawn, step by step, once the model trains.';

  constructor() {
    super();
    this.logarithmic = false;
  }

  protected get charts(): readonly Chart[] {
    return this.#charts;
  }

  protected override get logarithmicSteps(): boolean {
    return this.logarithmic;
  }

  protected override willUpdate(): void {
    if (this.view === null) return;
    const { task } = this.view.config;
    this.#charts = [LOSSES, accuracyChart(task)];
  }

  protected override content(view: LabView): TemplateResult | null {
    const record = view.records[view.shown];
    if (record === undefined) return null;
    const onlyInContext = view.config.training.lossOn === 'in-context';
    return html`<div class="row">
        <button
          type="button"
          part="button"
          aria-pressed=${this.logarithmic ? 'true' : 'false'}
          @click=${() => {
            this.logarithmic = !this.logarithmic;
          }}
        >
          Logarithmic steps
        </button>
        <span class="hint" part="hint">Press on a curve to go to that step.</span>
      </div>
      ${onlyInContext ? html`<p class="says" part="note">${ONLY_IN_CONTEXT}</p>` : nothing}
      <div class="charts">${this.charts.map((chart) => this.#chart(chart, record))}</div>
      ${this.table(view)}`;
  }

  #chart(chart: Chart, record: MetricsRecord): TemplateResult {
    return html`<div class="chart" part="chart">
      <p class="what">${chart.title} <span>(${chart.unit})</span></p>
      <ul part="legend">
        ${chart.series.map(
          (line) => html`<li>${lineSample(line)} ${line.label} <b>${shown(chart, measured(record, line.key))}</b></li>`,
        )}
      </ul>
      ${this.plotPlace(chart, record)}
    </div>`;
  }
}

definePanel('ihead-curves', CurvesPanel);

declare global {
  interface HTMLElementTagNameMap {
    'ihead-curves': CurvesPanel;
  }
}
