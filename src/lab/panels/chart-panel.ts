/** A panel with charts of uPlot in it: makes each chart when its place appears, draws it after every update. */
import { html, svg, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import type { MetricsRecord } from '../../analysis/record.js';
import type { LabView } from '../border/view.js';
import { CHART_STYLE, type ChartData, type DrawnChart, drawChart } from './drawing/chart.js';
import { chartSvg } from './drawing/chart-svg.js';
import { type Figure, LabPanel } from './panel.js';
import { type Chart, chartSentence, measured, type Series, shown, thinned } from './wording/series.js';

const MOST_ROWS = 16;

export abstract class ChartPanel extends LabPanel {
  static override styles = [...LabPanel.styles, CHART_STYLE];
  protected abstract readonly charts: readonly Chart[];
  #drawn = new Map<HTMLElement, DrawnChart>();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave(() => false);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Charts were given up when the element was taken out.
    if (this.hasUpdated) this.requestUpdate();
  }

  async figures(): Promise<readonly Figure[]> {
    const data = this.#data();
    if (data === null) return [];
    return this.charts.map((chart) => ({
      name: `${chart.id}.svg`,
      blob: new Blob([chartSvg(chart, data)], { type: 'image/svg+xml' }),
    }));
  }

  /** Steps on a logarithmic axis. */
  protected get logarithmicSteps(): boolean {
    return false;
  }

  /** Where a chart is drawn, named by the chart in words. Other lines get another place, and so a chart of their own */
  protected plotPlace(chart: Chart, record: MetricsRecord): unknown {
    const place = html`<div
      class="plot"
      part="plot"
      id="plot-${chart.id}"
      role="img"
      aria-label=${chartSentence(chart, record)}
    ></div>`;
    return keyed(chart.series.map(({ key }) => key).join(), place);
  }

  /** The lines of a chart in numbers, a row a record. */
  protected table({ records, shown: index }: LabView): TemplateResult {
    const rows = thinned(records.length, MOST_ROWS, index).map((n) => records[n]!);
    const series = this.charts.flatMap((chart) => chart.series.map((line) => ({ chart, line })));
    return html`<details part="details">
      <summary>The same in numbers</summary>
      <div class="scroll" tabindex="0" role="group" aria-label="Table of numbers">
        <table>
          <caption>${rows.length} of ${records.length} measurements</caption>
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
        </table>
      </div>
    </details>`;
  }

  protected override paint(): void {
    this.#leave((place) => place.isConnected);
    const data = this.#data();
    if (data === null) return;
    const colors = this.colors();
    for (const chart of this.charts) {
      const place = this.renderRoot.querySelector<HTMLElement>(`#plot-${chart.id}`);
      if (place === null || place.clientWidth === 0) continue;
      let drawn = this.#drawn.get(place);
      if (drawn === undefined) {
        drawn = drawChart(place, chart, (index) => this.request('lab-goto', { index }));
        this.#drawn.set(place, drawn);
      }
      drawn.fit(place.clientWidth);
      drawn.draw(data, colors);
    }
  }

  #data(): ChartData | null {
    if (this.view === null || this.view.records[this.view.shown] === undefined) return null;
    return { records: this.view.records, shown: this.view.shown, logarithmic: this.logarithmicSteps };
  }

  #leave(wanted: (place: HTMLElement) => boolean): void {
    for (const [place, drawn] of this.#drawn) {
      if (wanted(place)) continue;
      drawn.destroy();
      this.#drawn.delete(place);
    }
  }
}

/** A piece of a line, to stand beside its name. */
export function lineSample({ color, dash, width }: Series): TemplateResult {
  return html`<svg class="sample" width="30" height="10" aria-hidden="true">
    ${svg`<path class=${color} d="M1 5h28" stroke-width=${width} stroke-dasharray=${dash.join(' ')} />`}
  </svg>`;
}
