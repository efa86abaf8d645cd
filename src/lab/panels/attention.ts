/** `<ihead-attention>`: where every head looks, over the present text. A row can be read out, a head left out. */

import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { spokenSymbol, visibleSymbol } from '../../corpus/symbol-names.js';
import { inContext } from '../../task/triggers/occurrences.js';
import type { HeadView, LabView, Moment } from '../border/view.js';
import { ATTENTION_STYLE, LEVELS } from './attention-style.js';
import { cellAt, type MapPicture, mapHeight, paintCanvas, paintMap, pngOf, sheetOf } from './drawing/map.js';
import { definePanel, type Figure, LabPanel } from './panel.js';
import { type Entry, largest } from './wording/ranks.js';
import { percent } from './wording/reading.js';

/** Keys that are named, and the least weight that is worth naming. */
const MOST_KEYS = 3;
const LEAST_WEIGHT = 0.05;
/** Characters of the line under a map; a longer text is told by the map and the sentence alone. */
const MOST_CHARACTERS = 160;
/**
 * @tagname ihead-attention
 * @fires lab-silence - {layer, head, silenced}: leave a head out, or take it in again
 * @csspart heads - heads side by side
 * @csspart head - one of them
 * @csspart map - its picture
 * @csspart line - the text with a bar under each character
 * @csspart looks - where the head looks, in a sentence
 * @csspart slider - the row that is pulled out
 */
export class AttentionPanel extends LabPanel {
  static override properties: PropertyDeclarations = { locked: { state: true }, pointed: { state: true } };
  static override styles = [...LabPanel.styles, ATTENTION_STYLE];

  protected readonly name = 'Where the heads look';
  protected readonly waiting =
    'Here a map of each attention head will be drawn, who looks at whom in the text, once the model trains.';
  /** The row that is held; null: the last one that has something to find. */
  declare locked: number | null;
  /** The row under the pointer. */
  declare pointed: number | null;

  constructor() {
    super();
    this.locked = null;
    this.pointed = null;
  }

  async figures(): Promise<readonly Figure[]> {
    const { view } = this;
    if (view === null || view.moment === null) return [];
    const { attention, step, sequence } = view.moment;
    const colors = this.colors();
    const map = Math.min(Math.max(320, 12 * sequence.tokens.length), 1200);
    const across = Math.max(1, ...attention.map(({ head }) => head + 1));
    const down = Math.max(1, ...attention.map(({ layer }) => layer + 1));
    const height = 34 + mapHeight(this.#picture(view, view.moment, attention[0]!, null), map);
    const { canvas, context } = sheetOf(across * (map + 16) + 16, down * height + 16, colors);
    for (const head of attention) {
      const x = 16 + head.head * (map + 16);
      const y = head.layer * height;
      context.fillStyle = colors('ink');
      context.font = 'bold 14px system-ui, sans-serif';
      context.fillText(`${headName(head, across)} at step ${step}${head.silenced ? ', left out' : ''}`, x, y + 24);
      paintMap(context, this.#picture(view, view.moment, head, null), { x, y: y + 32, width: map }, colors);
    }
    return [{ name: 'attention.png', blob: await pngOf(canvas) }];
  }

  protected override content(view: LabView): TemplateResult | null {
    const { moment } = view;
    if (moment === null) return null;
    const row = this.#row(moment);
    const heads = Math.max(1, ...moment.attention.map(({ head }) => head + 1));
    const last = moment.sequence.tokens.length - 1;
    const here = `position ${row}, “${symbolAt(view, moment, row, spokenSymbol)}”`;
    const spoken = moment.attention.map((head) => `${headName(head, heads)} ${looksAt(view, moment, head, row)}`);
    return html`<p class="says" part="hint">
        Each row of a map is one position of the text that reads, from first to last; each column is a position that it can look at, never one ahead. Point at a row,
        press to hold it, or move the slider.
      </p>
      <div class="row">
        <label
          >Reading at
          <input
            type="range"
            part="slider"
            min="0"
            max=${last}
            .value=${String(row)}
            aria-valuetext="${here}. ${spoken.join(' ')}"
            @input=${(event: Event) => {
              this.pointed = null;
              this.locked = Number((event.target as HTMLInputElement).value);
            }}
          />
        </label>
        <span class="at" part="position">position ${row}, <b class="glyph">${symbolAt(view, moment, row, visibleSymbol)}</b></span>
      </div>
      ${gridsOf(moment.attention, heads).map(
        (grid) => html`<div class="heads ${grid.length > 2 ? 'many' : ''}" part="heads">
          ${grid.map((head) => this.#head(view, moment, head, row, heads))}
        </div>`,
      )}
      <p class="key">Attention from 0 % <span class="ramp" aria-hidden="true"></span> to 100 %.</p>`;
  }

  #head(view: LabView, moment: Moment, attention: HeadView, row: number, heads: number): TemplateResult {
    const { layer, head, silenced } = attention;
    const name = headName(attention, heads);
    const id = `${layer}-${head}`;
    const looks = looksAt(view, moment, attention, row);
    return html`<div class="head ${silenced ? 'silenced' : ''}" part="head" role="group" aria-labelledby="head-${id}">
      <div class="row">
        <p class="what" id="head-${id}">${name}${silenced ? html` <span class="out">left out of the model</span>` : nothing}</p>
        <button
          type="button"
          part="button"
          aria-pressed=${silenced ? 'true' : 'false'}
          aria-label="Leave out ${name.toLowerCase()}"
          @click=${() => this.request('lab-silence', { layer, head, silenced: !silenced })}
        >
          Leave out
        </button>
      </div>
      <canvas
        id="map-${id}"
        part="map"
        role="img"
        aria-label="${name}, attention of ${moment.sequence.tokens.length} positions. At position ${row} it ${looks}"
        @pointermove=${(event: PointerEvent) => this.#point(event, view, moment, attention)}
        @pointerleave=${() => {
          this.pointed = null;
        }}
        @click=${() => {
          if (this.pointed !== null) this.locked = this.pointed;
        }}
      ></canvas>
      ${moment.sequence.tokens.length > MOST_CHARACTERS ? nothing : characters(view, moment, attention, row)}
      <p class="looks" part="looks">“${symbolAt(view, moment, row, visibleSymbol)}” ${looks}</p>
    </div>`;
  }

  protected override paint(): void {
    const { view } = this;
    if (view === null || view.moment === null) return;
    const colors = this.colors();
    const row = this.#row(view.moment);
    for (const head of view.moment.attention) {
      const canvas = this.renderRoot.querySelector<HTMLCanvasElement>(`#map-${head.layer}-${head.head}`);
      if (canvas !== null) paintCanvas(canvas, this.#picture(view, view.moment, head, row), colors);
    }
  }

  #picture(view: LabView, moment: Moment, { weights }: HeadView, row: number | null): MapPicture {
    const T = moment.sequence.tokens.length;
    const name = (t: number) => symbolAt(view, moment, t, visibleSymbol);
    return {
      rows: T,
      columns: T,
      source: weights,
      // By the square root: small weights would not be seen.
      level: (t, s) => (s > t ? null : Math.sqrt(weights[t * T + s]!)),
      rowName: name,
      columnName: name,
      row,
      marked: row === null ? [] : keysOf(weights, T, row).map(({ column }) => column),
    };
  }

  #row({ sequence }: Moment): number {
    const { tokens, occurrences } = sequence;
    const found = occurrences.findLastIndex(inContext);
    return Math.min(this.pointed ?? this.locked ?? (found < 0 ? tokens.length : found), tokens.length - 1);
  }

  #point(event: PointerEvent, view: LabView, moment: Moment, attention: HeadView): void {
    const canvas = event.currentTarget as HTMLCanvasElement;
    const picture = this.#picture(view, moment, attention, null);
    this.pointed = cellAt(picture, canvas.clientWidth, event.offsetX, event.offsetY)?.row ?? null;
  }
}

/** What stands side by side: the layers, or of several heads those of one layer. */
function gridsOf(attention: readonly HeadView[], heads: number): (readonly HeadView[])[] {
  if (heads === 1) return [attention];
  const layers = [...new Set(attention.map(({ layer }) => layer))];
  return layers.map((layer) => attention.filter((head) => head.layer === layer));
}

/** `heads`: in a layer. */
function headName({ layer, head }: HeadView, heads: number): string {
  return heads === 1 ? `Layer ${layer + 1}` : `Layer ${layer + 1}, head ${head + 1}`;
}

function symbolAt({ symbols }: LabView, { sequence }: Moment, t: number, write: (symbol: string) => string): string {
  return write(symbols[sequence.tokens[t]!]!);
}

/** The keys that a row looks at most, from the most; at least one. */
function keysOf(weights: Float32Array, T: number, row: number): readonly Entry[] {
  return largest(weights, T, row, row + 1, MOST_KEYS).filter(({ value }, n) => n === 0 || value >= LEAST_WEIGHT);
}

function looksAt(view: LabView, moment: Moment, { weights }: HeadView, row: number): string {
  const T = moment.sequence.tokens.length;
  const named = keysOf(weights, T, row).map(({ column, value }) => {
    const where = column === row ? 'itself' : column === row - 1 ? 'the one before' : `position ${column}`;
    const follows =
      column > 0 && column < row - 1 ? `, behind “${symbolAt(view, moment, column - 1, visibleSymbol)}”` : '';
    return `“${symbolAt(view, moment, column, visibleSymbol)}” (${where}${follows}) ${percent(value)}`;
  });
  return `looks at ${named.join('; ')}.`;
}

/** The text in one line, with a bar under each character as high as its weight. */
function characters(view: LabView, moment: Moment, { weights }: HeadView, row: number): TemplateResult {
  const T = moment.sequence.tokens.length;
  const top = new Set(keysOf(weights, T, row).map(({ column }) => column));
  const classOf = (t: number) => {
    const level = t > row ? 0 : Math.round(LEVELS * Math.sqrt(weights[row * T + t]!));
    const role = t === row ? 'query' : t > row ? 'later' : top.has(t) ? 'top' : '';
    return `${role} ${level > 0 ? `k${level}` : ''}`;
  };
  return html`<p class="line glyph" part="line" aria-hidden="true">
    ${moment.sequence.tokens.map((_, t) => html`<span class=${classOf(t)}>${symbolAt(view, moment, t, visibleSymbol)}</span>`)}
  </p>`;
}

definePanel('ihead-attention', AttentionPanel);

declare global {
  interface HTMLElementTagNameMap {
    'ihead-attention': AttentionPanel;
  }
}
