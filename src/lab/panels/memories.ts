/** `<ihead-memories>`: how full the memories are, over time and now, and each matrix as a picture beside its ideal. */

import { html, nothing, type PropertyDeclarations, svg, type TemplateResult } from 'lit';
import { ABSENT, type MetricsRecord } from '../../analysis/record.js';
import type { LabView, MemoryView } from '../border/view.js';
import { ChartPanel, lineSample } from './chart-panel.js';
import { cellAt, type MapPicture, mapHeight, paintCanvas, paintMap, pngOf, sheetOf } from './drawing/map.js';
import { MEMORIES_STYLE } from './memories-style.js';
import { definePanel, type Figure } from './panel.js';
import { matrixName } from './wording/parameter-names.js';
import { cellSentence, largest, type MemoryReading, memorySentence, readMemory } from './wording/ranks.js';
import { percent } from './wording/reading.js';
import { type Chart, measured, recallChart, type Series, shown } from './wording/series.js';

type Side = 'scores' | 'ideal';
const SIDES: readonly { readonly side: Side; readonly title: string }[] = [
  { side: 'scores', title: 'learned' },
  { side: 'ideal', title: 'ideal' },
];

/** Of a figure's maps, in pixels. */
const MAP = 320;
const HEAD = 46;

/**
 * @tagname ihead-memories
 * @fires lab-goto - {index}: a press on the chart
 * @csspart recall - bars and chart of recall
 * @csspart memories - the matrices
 * @csspart memory - one of them, with its ideal
 * @csspart map - a picture of a matrix
 * @csspart slider - what the matrix is asked with
 * @csspart answer - and what it answers
 */
export class MemoriesPanel extends ChartPanel {
  static override properties: PropertyDeclarations = { rows: { state: true }, pointed: { state: true } };
  static override styles = [...ChartPanel.styles, MEMORIES_STYLE];

  /** Which row of each memory is pulled out, by its id. */
  declare rows: Readonly<Partial<Record<MemoryView['id'], number>>>;
  /** The cell under the pointer stands in the pulled-out row, in this column. */
  declare pointed: { readonly id: MemoryView['id']; readonly side: Side; readonly column: number } | null;
  protected readonly name = 'What the matrices remember';
  protected readonly waiting =
    'Here the memories of the model will fill, and each weight matrix will be drawn beside what it should become, once it trains.';
  #charts: readonly Chart[] = [];
  readonly #readings = new WeakMap<Float32Array, MemoryReading>();

  constructor() {
    super();
    this.rows = {};
    this.pointed = null;
  }

  protected get charts(): readonly Chart[] {
    return this.#charts;
  }

  override async figures(): Promise<readonly Figure[]> {
    const charts = await super.figures();
    const memories = this.view?.moment?.memories ?? [];
    if (memories.length === 0) return charts;
    const blob = await this.#sheet(memories, this.view!.moment!.step);
    return [...charts, { name: 'memories.png', blob }];
  }

  protected override willUpdate(): void {
    const record = this.view?.records[this.view.shown];
    // One layer has none of these memories.
    const any = record !== undefined && measured(record, 'wo1_acc') !== null;
    this.#charts = any ? [recallChart(this.view!.config.model.maxLength)] : [];
  }

  protected override content(view: LabView): TemplateResult | null {
    const record = view.records[view.shown];
    if (record === undefined) return null;
    const chart = this.#charts[0];
    if (chart === undefined) {
      return html`<p class="waiting">A model of one layer has no such memories: an induction head takes two layers.</p>`;
    }
    const { moment } = view;
    return html`<p class="says" part="hint">
        A matrix is read as a memory of pairs: asked with one thing, it answers another. It holds a pair if the right answer is the
        loudest. Recall is the share of pairs that it holds.
      </p>
      <div class="recall" part="recall">
        <ul part="legend">
          ${chart.series.map((line) => recallBar(chart, line, record))} ${globalMemory(record)}
        </ul>
        ${this.plotPlace(chart, record)}
      </div>
      ${moment === null ? nothing : this.#maps(moment.memories)} ${this.table(view)}`;
  }

  #maps(memories: readonly MemoryView[]): TemplateResult {
    return html`<div class="memories" part="memories">${memories.map((memory) => this.#memory(memory))}</div>
      <p class="key">
        Each row is what the matrix is asked with, each column an answer, from quiet
        <span class="ramp" aria-hidden="true"></span> to loud. A strong line from corner to corner: it answers right. In brackets: how far
        an answer stands above its row’s mean, in standard deviations; of W<sub>F</sub>, its probability.
      </p>`;
  }

  #memory(memory: MemoryView): TemplateResult {
    const { id, label, meaning, inputs, recall } = memory;
    const row = this.#row(memory);
    const sentence = memorySentence(memory, this.#read(memory, 'scores'), row);
    const titleId = `memory-${id}`;
    return html`<div class="memory" part="memory" role="group" aria-labelledby=${titleId}>
      <p class="what" id=${titleId}>${matrixName(label)}${recall === null ? nothing : html` holds ${percent(recall)}`}</p>
      <p class="meaning">${meaning}</p>
      <div class="pair">
        ${SIDES.map(
          ({ side, title }) => html`<figure>
            <canvas
              id="${side}-${id}"
              part="map"
              role="img"
              aria-label="${label}, ${title}: ${inputs.length} rows. ${side === 'ideal' ? 'What it should become.' : sentence}"
              @pointermove=${(event: PointerEvent) => this.#point(event, memory, side)}
              @pointerdown=${(event: PointerEvent) => this.#point(event, memory, side)}
              @pointerleave=${() => {
                this.pointed = null;
              }}
            ></canvas>
            <figcaption>${title}</figcaption>
          </figure>`,
        )}
      </div>
      <label
        >Ask with
        <input
          type="range"
          part="slider"
          min="0"
          max=${inputs.length - 1}
          .value=${String(row)}
          aria-valuetext="${inputs[row]!}. ${sentence}"
          @input=${(event: Event) => this.#ask(memory, Number((event.target as HTMLInputElement).value))}
      /></label>
      <p class="answer" part="answer">${this.#pointedSentence(memory) ?? sentence}</p>
    </div>`;
  }

  protected override paint(): void {
    super.paint();
    const colors = this.colors();
    for (const memory of this.view?.moment?.memories ?? []) {
      for (const { side } of SIDES) {
        const canvas = this.renderRoot.querySelector<HTMLCanvasElement>(`#${side}-${memory.id}`);
        if (canvas !== null) paintCanvas(canvas, this.#picture(memory, side, this.#row(memory)), colors);
      }
    }
  }

  #picture(memory: MemoryView, side: Side, row: number | null): MapPicture {
    const { inputs, outputs } = memory;
    const { levels, values } = this.#read(memory, side);
    const columns = outputs.length;
    const pointed = this.pointed?.id === memory.id ? [Math.min(this.pointed.column, columns - 1)] : null;
    return {
      rows: inputs.length,
      columns,
      source: levels,
      level: (r, c) => levels[r * columns + c]!,
      rowName: (r) => inputs[r]!,
      columnName: (c) => outputs[c]!,
      row,
      marked: row === null ? [] : (pointed ?? largest(values, columns, row, columns, 1).map(({ column }) => column)),
    };
  }

  /** The sums over a matrix are made once, however often it is drawn. */
  #read(memory: MemoryView, side: Side): MemoryReading {
    const scores = memory[side];
    let reading = this.#readings.get(scores);
    if (reading === undefined) {
      reading = readMemory(memory, scores);
      this.#readings.set(scores, reading);
    }
    return reading;
  }

  #row({ id, inputs }: MemoryView): number {
    return Math.min(this.rows[id] ?? Math.floor(inputs.length / 3), inputs.length - 1);
  }

  /** The cell under the pointer, where it is in this memory. */
  #pointedSentence(memory: MemoryView): string | null {
    const { pointed } = this;
    if (pointed === null || pointed.id !== memory.id) return null;
    const { values } = this.#read(memory, pointed.side);
    return cellSentence(memory, values, this.#row(memory), pointed.column);
  }

  #ask({ id }: MemoryView, row: number): void {
    if (this.rows[id] !== row) this.rows = { ...this.rows, [id]: row };
  }

  #point(event: PointerEvent, memory: MemoryView, side: Side): void {
    const canvas = event.currentTarget as HTMLCanvasElement;
    const cell = cellAt(this.#picture(memory, 'scores', null), canvas.clientWidth, event.offsetX, event.offsetY);
    this.pointed = cell === null ? null : { id: memory.id, side, column: cell.column };
    if (cell !== null) this.#ask(memory, cell.row);
  }

  /** All maps on one sheet, in the present colours. */
  #sheet(memories: readonly MemoryView[], step: number): Promise<Blob> {
    const colors = this.colors();
    const heights = memories.map((memory) => HEAD + mapHeight(this.#picture(memory, 'scores', null), MAP) + 12);
    const total = heights.reduce((sum, height) => sum + height, 16);
    const { canvas, context } = sheetOf(2 * MAP + 48, total, colors);
    let top = 8;
    for (const [n, memory] of memories.entries()) {
      context.fillStyle = colors('ink');
      context.font = 'bold 14px system-ui, sans-serif';
      context.fillText(`${memory.label} at step ${step}`, 16, top + 18);
      context.font = '13px system-ui, sans-serif';
      context.fillText('learned', 16 + 26, top + 38);
      context.fillText('ideal', 32 + MAP + 26, top + 38);
      for (const [place, { side }] of SIDES.entries()) {
        const box = { x: 16 + place * (MAP + 16), y: top + HEAD, width: MAP };
        paintMap(context, this.#picture(memory, side, null), box, colors);
      }
      top += heights[n]!;
    }
    return pngOf(canvas);
  }
}

function recallBar(chart: Chart, line: Series, record: MetricsRecord): TemplateResult {
  const value = measured(record, line.key);
  return html`<li>
    <span class="probe-name">${lineSample(line)} <span>${matrixName(line.label)}</span> <b>${shown(chart, value)}</b></span>
    <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
      ${svg`<rect class=${line.color} width=${(100 * (value ?? 0)).toFixed(1)} height="1" />`}
    </svg>
  </li>`;
}

/** The feed-forward memory is measured by a distance, not by a share. */
function globalMemory(record: MetricsRecord): TemplateResult | typeof nothing {
  const distance = record.ff1_loss;
  if (distance === null || distance === ABSENT) return nothing;
  return html`<li>
    <span class="probe-name">
      <span>${matrixName('W_F: distance to the bigram law, lower is better')}</span> <b>${distance.toFixed(2)} nats</b>
    </span>
  </li>`;
}

definePanel('ihead-memories', MemoriesPanel);

declare global {
  interface HTMLElementTagNameMap {
    'ihead-memories': MemoriesPanel;
  }
}
