/** `<ihead-curves>`: what is learned when. Losses on global and in-context characters, and accuracy between its two baselines. */
import { css, html, nothing, type PropertyDeclarations, type PropertyValues, svg, type TemplateResult } from 'lit';
import type { MetricsRecord } from '../../analysis/record.js';
import type { LabView } from '../view.js';
import { CHART_STYLE, type ChartData, type DrawnChart, drawChart } from './chart.js';
import { chartSvg } from './chart-svg.js';
import { definePanel, type Figure, LabPanel } from './panel.js';
import { ACCURACY, type Chart, chartSentence, LOSSES, measured, type Series, shown, thinned } from './series.js';

const CHARTS: readonly Chart[] = [LOSSES, ACCURACY];
const MOST_ROWS = 16;
const ONLY_IN_CONTEXT =
  'This run is trained on in-context characters alone: the loss on global ones is measured, but nothing asks it to fall.';

export class CurvesPanel extends LabPanel {
  static override properties: PropertyDeclarations = { logarithmic: { type: Boolean, reflect: true } };
  static override styles = [
    ...LabPanel.styles,
    CHART_STYLE,
    css`
      .charts {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
        gap: 1rem 1.5rem;
        margin-block: 0.5rem;
      }
      .chart {
        min-width: 0;
        display: flex;
        flex-direction: column;
      }
      .what {
        margin: 0;
        font-weight: 600;
      }
      .what span {
        color: var(--_soft);
        font-weight: 400;
      }
      .hint {
        color: var(--_soft);
      }
      .says {
        margin: 0.5rem 0 0;
      }
      ul {
        list-style: none;
        margin: 0.2rem 0;
        padding: 0;
        display: flex;
        flex-wrap: wrap;
        gap: 0 1.1rem;
      }
      li {
        display: flex;
        align-items: center;
        gap: 0.4rem;
      }
      b {
        font-variant-numeric: tabular-nums;
      }
      .plot {
        min-height: 200px;
        margin-block-start: auto;
        overflow: hidden;
      }
      path.first {
        stroke: var(--_first);
      }
      path.second {
        stroke: var(--_second);
      }
      path.reference {
        stroke: var(--_reference);
      }
    `,
  ];

  /** Steps on a logarithmic axis. */
  declare logarithmic: boolean;
  protected readonly name = 'What is learned when';
  protected readonly waiting =
    'Here two curves of loss and the in-context accuracy will be drawn, step by step, once the model trains.';
  #drawn = new Map<HTMLElement, DrawnChart>();
  readonly #widths = new ResizeObserver((entries) => {
    for (const { target } of entries) this.#drawn.get(target as HTMLElement)?.fit(target.clientWidth);
  });

  constructor() {
    super();
    this.logarithmic = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave(() => false);
  }

  async figures(): Promise<readonly Figure[]> {
    const data = this.#data();
    if (data === null) return [];
    return CHARTS.map((chart) => ({
      name: `${chart.id}.svg`,
      blob: new Blob([chartSvg(chart, data)], { type: 'image/svg+xml' }),
    }));
  }

  protected override content({ records, shown: index, config }: LabView): TemplateResult | null {
    const record = records[index];
    if (record === undefined) return null;
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
      ${config.training.lossOn === 'in-context' ? html`<p class="says" part="note">${ONLY_IN_CONTEXT}</p>` : nothing}
      <div class="charts">${CHARTS.map((chart) => this.#chart(chart, record))}</div>
      <details part="details">
        <summary>The same in numbers</summary>
        <div class="scroll" tabindex="0" role="group" aria-label="Table of numbers">${table(records, index)}</div>
      </details>`;
  }

  protected override updated(changed: PropertyValues): void {
    this.#leave((place) => place.isConnected);
    super.updated(changed);
  }

  protected override paint(): void {
    const data = this.#data();
    if (data === null) return;
    const colors = this.colors();
    for (const chart of CHARTS) {
      const place = this.renderRoot.querySelector<HTMLElement>(`#plot-${chart.id}`)!;
      let drawn = this.#drawn.get(place);
      if (drawn === undefined) {
        drawn = drawChart(place, chart, (index) => this.request('lab-goto', { index }));
        this.#drawn.set(place, drawn);
        this.#widths.observe(place);
      }
      drawn.draw(data, colors);
    }
  }

  #data(): ChartData | null {
    if (this.view === null || this.view.records[this.view.shown] === undefined) return null;
    return { records: this.view.records, shown: this.view.shown, logarithmic: this.logarithmic };
  }

  /** Gives up the charts whose place is no longer wanted. */
  #leave(wanted: (place: HTMLElement) => boolean): void {
    for (const [place, drawn] of this.#drawn) {
      if (wanted(place)) continue;
      this.#widths.unobserve(place);
      drawn.destroy();
      this.#drawn.delete(place);
    }
  }

  #chart(chart: Chart, record: MetricsRecord): TemplateResult {
    return html`<div class="chart" part="chart">
      <p class="what">${chart.title} <span>(${chart.unit})</span></p>
      <ul part="legend">
        ${chart.series.map((line) => html`<li>${sample(line)} ${line.label} <b>${shown(chart, measured(record, line.key))}</b></li>`)}
      </ul>
      <div class="plot" part="plot" id="plot-${chart.id}" role="img" aria-label=${chartSentence(chart, record)}></div>
    </div>`;
  }
}

/** A piece of the line beside its name. */
function sample({ color, dash, width }: Series): TemplateResult {
  return html`<svg width="30" height="10" aria-hidden="true">
    ${svg`<path class=${color} d="M1 5h28" stroke-width=${width} stroke-dasharray=${dash.join(' ')} />`}
  </svg>`;
}

function table(records: readonly MetricsRecord[], index: number): TemplateResult {
  const rows = thinned(records.length, MOST_ROWS, index).map((n) => records[n]!);
  const series = CHARTS.flatMap((chart) => chart.series.map((line) => ({ chart, line })));
  return html`<table>
    <caption>Up to ${MOST_ROWS} of ${records.length} measurements</caption>
    <thead>
      <tr>
        <th scope="col">Step</th>
        ${series.map(({ chart, line }) => html`<th scope="col" class="number">${chart.title}, ${line.label.split(':')[0]}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (record) => html`<tr>
          <th scope="row" class="number">${record.iter}</th>
          ${series.map(({ chart, line }) => html`<td class="number">${shown(chart, measured(record, line.key))}</td>`)}
        </tr>`,
      )}
    </tbody>
  </table>`;
}

definePanel('ihead-curves', CurvesPanel);

declare global {
  interface HTMLElementTagNameMap {
    'ihead-curves': CurvesPanel;
  }
}
