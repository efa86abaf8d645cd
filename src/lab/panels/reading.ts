/**
 * `<ihead-reading>`: one text, read by the model. A letter that is pointed at, pressed or reached with the arrow keys
 * drives everything: arcs of the heads over the text, bars of what may follow, the maps in the second tab.
 */
import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit';
import { readTokens, spokenSymbol, visibleSymbol, writeTokens } from '../../corpus/symbol-names.js';
import type { HeadView, LabView, Moment } from '../border/view.js';
import { arcsOf } from './drawing/arcs.js';
import { attentionSheet, mapOf } from './drawing/attention-map.js';
import { cellAt, paintCanvas, pngOf } from './drawing/map.js';
import { sequenceSvg } from './drawing/sequence-svg.js';
import { definePanel, type Figure, LabPanel } from './panel.js';
import { guessBars, positionOf, READING_PARTS_STYLE, textWithArcs } from './reading-parts.js';
import { READING_STYLE } from './reading-style.js';
import { complaintAbout, placesTable } from './reading-text.js';
import { headName, looksAt, readingSentence } from './wording/looks.js';
import { percent, placesOf, scoreOf } from './wording/reading.js';

type Tab = 'arcs' | 'map';
const TABS: readonly (readonly [Tab, string])[] = [
  ['arcs', 'Arcs'],
  ['map', 'Maps'],
];

/**
 * @tagname ihead-reading
 * @fires lab-sequence - {tokens}: a typed text, at each key
 * @fires lab-sample - a new text is wanted
 * @fires lab-silence - {layer, head, silenced}: leave a head out, or take it in again
 * @csspart arcs - the text with its arcs
 * @csspart bars - what may follow
 * @csspart sentence - the same in words
 * @csspart heads - maps side by side
 * @csspart map - one of them
 * @csspart input - the text to edit
 */
export class ReadingPanel extends LabPanel {
  static override properties: PropertyDeclarations = {
    pinned: { state: true },
    pointed: { state: true },
    tab: { state: true },
    typed: { state: true },
    complaint: { state: true },
    drawnHeads: { state: true },
  };
  static override styles = [...LabPanel.styles, READING_PARTS_STYLE, READING_STYLE];

  protected readonly name = 'One text, read by the model';
  protected readonly waiting =
    'Here a text will stand, with what each head looks at and what the model expects to follow, once it trains.';
  /** The letter that is held; null: the last one. */
  declare pinned: number | null;
  /** The letter under the pointer. */
  declare pointed: number | null;
  declare tab: Tab;
  /** What stands in the field while it is not what is read; null: the text that is read. */
  declare typed: string | null;
  declare complaint: string;
  /** Heads whose looks are drawn above and below, by their number among all; null: of the first and the last layer. */
  declare drawnHeads: readonly [number | null, number | null];

  constructor() {
    super();
    this.pinned = null;
    this.pointed = null;
    this.tab = 'arcs';
    this.typed = null;
    this.complaint = '';
    this.drawnHeads = [null, null];
  }

  async figures(): Promise<readonly Figure[]> {
    if (this.view === null || this.view.moment === null) return [];
    const { moment, symbols } = this.view;
    const letters = symbols.map(visibleSymbol);
    const drawing = sequenceSvg(placesOf(moment.sequence), letters, moment.step);
    const text = moment.sequence.tokens.map((token) => letters[token]!);
    const sheet = attentionSheet(moment, text, this.colors());
    return [
      { name: 'sequence.svg', blob: new Blob([drawing], { type: 'image/svg+xml' }) },
      { name: 'attention.png', blob: await pngOf(sheet) },
    ];
  }

  protected override willUpdate(changed: PropertyValues): void {
    const before = (changed.get('view') as LabView | null | undefined)?.moment?.sequence.tokens;
    const now = this.view?.moment?.sequence.tokens;
    if (before === undefined || now === undefined || before.join() === now.join()) return;
    // Another text: what was held in the old one may not be there.
    if (this.pinned !== null && before.slice(0, this.pinned + 1).join() !== now.slice(0, this.pinned + 1).join()) {
      this.pinned = null;
    }
    this.pointed = null;
  }

  protected override content(view: LabView): TemplateResult | null {
    const { moment } = view;
    if (moment === null) return null;
    return html`${this.#form(view, moment)}
      <div class="row tabs" role="tablist" aria-label="How the heads are drawn">
        ${TABS.map(
          ([tab, title]) => html`<button
            type="button"
            role="tab"
            id="tab-${tab}"
            part="button"
            aria-selected=${tab === this.tab ? 'true' : 'false'}
            aria-controls="sheet"
            @click=${() => {
              this.tab = tab;
            }}
          >
            ${title}
          </button>`,
        )}
      </div>
      <div id="sheet" role="tabpanel" aria-labelledby="tab-${this.tab}">
        <div class="instrument">
          <div>${this.#text(view, moment)}</div>
          ${this.#follows(view, moment)}
        </div>
        ${this.tab === 'map' ? this.#maps(view, moment) : nothing}
      </div>
      ${this.#score(view, moment)}`;
  }

  #form({ symbols, config }: LabView, { sequence }: Moment): TemplateResult {
    const most = config.model.maxLength;
    return html`<form @submit=${(event: Event) => event.preventDefault()}>
      <label
        >Type a text, at most ${most} characters (↵ stands for a line end)
        <input
          type="text"
          part="input"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          maxlength=${2 * most}
          aria-describedby="complaint"
          aria-invalid=${this.complaint === '' ? 'false' : 'true'}
          .value=${this.typed ?? writeTokens(sequence.tokens, symbols)}
          @input=${(event: Event) => this.#type(event, symbols, most)}
          @blur=${() => {
            if (this.complaint === '') this.typed = null;
          }}
        />
      </label>
      <button type="button" part="button" @click=${() => this.#continue(sequence, most)}>Add what it expects</button>
      <button type="button" part="button" @click=${this.#sample}>Draw a text</button>
      <p class="complaint" id="complaint" role="status">${this.complaint}</p>
    </form>`;
  }

  #text(view: LabView, moment: Moment): TemplateResult {
    const { tokens } = moment.sequence;
    const T = tokens.length;
    const row = this.#row(T);
    const glyph = (token: number) => visibleSymbol(view.symbols[token]!);
    const spoken = (token: number) => spokenSymbol(view.symbols[token]!);
    const [above, below] = this.#drawn(moment.attention);
    const arcs = arcsOf(T, row, above, below);
    const answer = row === T - 1 ? glyph(moment.sequence.next[row]![0]!.token) : null;
    const sentence = readingSentence(moment, row, glyph);
    return html`${this.#which(moment, above, 'above')}
      <div
        class="text"
        role="slider"
        tabindex="0"
        aria-label="Letter of the text"
        aria-valuemin="1"
        aria-valuemax=${T}
        aria-valuenow=${row + 1}
        aria-valuetext="${row + 1} of ${T}, ${spoken(tokens[row]!)}${this.pinned === row ? ', held' : ''}. ${readingSentence(moment, row, spoken)}"
        @keydown=${(event: KeyboardEvent) => this.#key(event, T)}
        @pointermove=${(event: PointerEvent) => {
          if (event.pointerType === 'mouse') this.pointed = positionOf(event);
        }}
        @pointerleave=${() => {
          this.pointed = null;
        }}
        @click=${(event: Event) => {
          const at = positionOf(event);
          if (at !== null) this.pinned = at === this.pinned ? null : at;
        }}
      >
        ${textWithArcs({
          letters: tokens.map(glyph),
          arcs,
          chosen: row,
          pinned: this.pinned === row,
          places: placesOf(moment.sequence),
          answer,
        })}
      </div>
      ${this.#which(moment, below, 'below')}
      <p class="sentence" part="sentence">${sentence}</p>`;
  }

  /** Which head's looks are drawn; a choice where there are several. */
  #which({ attention }: Moment, drawn: HeadView | null, side: 'above' | 'below'): TemplateResult | typeof nothing {
    if (drawn === null) return nothing;
    const heads = headsIn(attention);
    const first = side === 'above';
    const choose = ({ target }: Event) => {
      const chosen = Number((target as HTMLSelectElement).value);
      this.drawnHeads = first ? [chosen, this.drawnHeads[1]] : [this.drawnHeads[0], chosen];
    };
    const does = first ? 'what every letter notes' : 'what the framed letter looks for';
    return html`<p class="which">
      <b class=${side}>${headName(drawn, heads)}</b>
      ${
        attention.length > 2
          ? html`<select aria-label="Head whose arcs are ${side} the text" @change=${choose}>
              ${attention.map((head, n) => html`<option value=${n} ?selected=${head === drawn}>${headName(head, heads)}</option>`)}
            </select>`
          : nothing
      }
      <span>${does}</span>
      ${this.#leaveOut(drawn, heads)}
    </p>`;
  }

  #leaveOut({ layer, head, silenced }: HeadView, heads: number): TemplateResult {
    const name = headName({ layer, head }, heads);
    return html`<button
      type="button"
      part="button"
      aria-pressed=${silenced ? 'true' : 'false'}
      aria-label="Leave out ${name.toLowerCase()}"
      @click=${() => this.request('lab-silence', { layer, head, silenced: !silenced })}
    >
      Leave out
    </button>`;
  }

  #follows({ symbols }: LabView, { sequence }: Moment): TemplateResult {
    const row = this.#row(sequence.tokens.length);
    const glyph = (token: number) => visibleSymbol(symbols[token]!);
    const before = sequence.tokens.slice(Math.max(0, row - 5), row + 1);
    return html`<div>
      <p class="asked">What follows <b class="glyph">${row > 5 ? '…' : ''}${before.map(glyph).join('')}</b>?</p>
      ${guessBars(sequence.next[row]!, glyph, sequence.tokens[row + 1] ?? null)}
      <p class="split">
        <span class="key-weights"></span> the weights say of this letter alone;
        <span class="key-context"></span> what the heads add from the context. Underlined: what does follow.
      </p>
    </div>`;
  }

  #maps(view: LabView, moment: Moment): TemplateResult {
    const { tokens } = moment.sequence;
    const heads = headsIn(moment.attention);
    const row = this.#row(tokens.length);
    const write = (token: number) => visibleSymbol(view.symbols[token]!);
    return html`<div class="heads" part="heads">
        ${moment.attention.map((head) => {
          const { layer, silenced } = head;
          const name = headName(head, heads);
          const looks = looksAt(tokens, head, row, write);
          return html`<div class="head ${silenced ? 'silenced' : ''}">
            <p class="what">${name}${silenced ? html` <span class="out">left out of the model</span>` : nothing}</p>
            <canvas
              id="map-${layer}-${head.head}"
              part="map"
              role="img"
              aria-label="${name}, attention of ${tokens.length} letters. Letter ${row + 1} ${looks}"
              @pointermove=${(event: PointerEvent) => {
                if (event.pointerType === 'mouse') this.pointed = this.#rowUnder(event, head);
              }}
              @pointerleave=${() => {
                this.pointed = null;
              }}
              @click=${(event: PointerEvent) => {
                this.pinned = this.#rowUnder(event, head) ?? this.pinned;
              }}
            ></canvas>
            <p class="looks">“${write(tokens[row]!)}” ${looks}</p>
            ${this.#leaveOut(head, heads)}
          </div>`;
        })}
      </div>
      <p class="key">
        A row is a letter that reads, a column one that it can look at. Attention from 0 % <span class="ramp" aria-hidden="true"></span> to
        100 %.
      </p>`;
  }

  #score({ symbols }: LabView, { sequence }: Moment): TemplateResult {
    const places = placesOf(sequence);
    const { right, of } = scoreOf(places, true);
    const breaks = places.filter((place) => place.breaks).length;
    return html`<p class="score" part="score">
        ${
          of === 0
            ? 'Nothing in this text can be read from what came before.'
            : html`<b>${right} of ${of}</b> times the model expects what stood after the letter before (${percent(right / of)}).`
        }
        ${breaks === 0 ? nothing : `In ${breaks} of these places the text itself goes another way.`}
      </p>
      <details part="details">
        <summary>The same as a table</summary>
        <div class="scroll" tabindex="0" role="group" aria-label="Table of letters">${placesTable(places, symbols)}</div>
      </details>`;
  }

  protected override paint(): void {
    const { view } = this;
    if (view === null || view.moment === null || this.tab !== 'map') return;
    const colors = this.colors();
    const { tokens } = view.moment.sequence;
    const letters = tokens.map((token) => visibleSymbol(view.symbols[token]!));
    for (const head of view.moment.attention) {
      const canvas = this.renderRoot.querySelector<HTMLCanvasElement>(`#map-${head.layer}-${head.head}`);
      if (canvas !== null) paintCanvas(canvas, mapOf(head, letters, this.#row(tokens.length)), colors);
    }
  }

  #rowUnder({ currentTarget, offsetX, offsetY }: PointerEvent, { weights }: HeadView): number | null {
    const T = Math.sqrt(weights.length);
    return cellAt({ rows: T, columns: T }, (currentTarget as HTMLElement).clientWidth, offsetX, offsetY)?.row ?? null;
  }

  /** Above and below the text; one layer alone has its looks below. */
  #drawn(attention: readonly HeadView[]): readonly [HeadView | null, HeadView | null] {
    const last = attention.at(-1)?.layer ?? 0;
    const [above, below] = this.drawnHeads;
    const first = (layer: number) => attention.find((head) => head.layer === layer) ?? null;
    return [attention[above ?? -1] ?? (last > 0 ? first(0) : null), attention[below ?? -1] ?? first(last)];
  }

  #row(T: number): number {
    return Math.min(this.pointed ?? this.pinned ?? T - 1, T - 1);
  }

  #key(event: KeyboardEvent, T: number): void {
    const row = this.#row(T);
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: row - 1,
      ArrowDown: row - 1,
      ArrowRight: row + 1,
      ArrowUp: row + 1,
      Home: 0,
      End: T - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) this.pinned = Math.min(Math.max(to, 0), T - 1);
    else if (event.key === 'Enter') this.pinned = this.pinned === null ? row : null;
    else if (event.key === 'Escape') this.pinned = null;
    else return;
    this.pointed = null;
    event.preventDefault();
  }

  #type(event: Event, symbols: readonly string[], most: number): void {
    const line = (event.target as HTMLInputElement).value;
    this.typed = line;
    const { tokens, unknown } = readTokens(line, symbols);
    this.complaint = complaintAbout(tokens.length, unknown, most);
    if (this.complaint === '') this.request('lab-sequence', { tokens });
  }

  #continue({ tokens, next }: Moment['sequence'], most: number): void {
    this.complaint = complaintAbout(tokens.length + 1, [], most);
    this.typed = null;
    if (this.complaint === '') this.request('lab-sequence', { tokens: [...tokens, next.at(-1)![0]!.token] });
  }

  readonly #sample = (): void => {
    this.typed = null;
    this.complaint = '';
    this.pinned = null;
    this.request('lab-sample', null);
  };
}

function headsIn(attention: readonly HeadView[]): number {
  return Math.max(1, ...attention.map(({ head }) => head + 1));
}

definePanel('ihead-reading', ReadingPanel);

declare global {
  interface HTMLElementTagNameMap {
    'ihead-reading': ReadingPanel;
  }
}
