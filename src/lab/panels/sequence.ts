/** `<ihead-sequence>`: one text, its triggers and outputs, and what the model expected in each place. Editable. */

import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { readTokens, spokenSymbol, visibleSymbol, writeTokens } from '../../corpus/symbol-names.js';
import type { LabView, Moment } from '../border/view.js';
import { sequenceSvg } from './drawing/sequence-svg.js';
import { definePanel, type Figure, LabPanel } from './panel.js';
import { SEQUENCE_STYLE } from './sequence-style.js';
import {
  type Place,
  percent,
  placeSentence,
  placesOf,
  roleOf,
  type Score,
  scoreOf,
  textOf,
} from './wording/reading.js';

/** More characters than this are not drawn one by one: a page has room for no more. */
const MOST_PLACES = 1024;

/**
 * @tagname ihead-sequence
 * @fires lab-sequence - {tokens}: a typed text
 * @fires lab-sample - a new text is wanted
 * @csspart sequence - the characters
 * @csspart place - one of them
 * @csspart in-context - one that can be read from the text
 * @csspart legend - what the marks mean
 * @csspart score - how many are right
 * @csspart input - the text to edit
 */
export class SequencePanel extends LabPanel {
  static override properties: PropertyDeclarations = { pointed: { state: true }, complaint: { state: true } };
  static override styles = [...LabPanel.styles, SEQUENCE_STYLE];

  protected readonly name = 'One text, read by the model';
  protected readonly waiting =
    'Here a text will stand, character by character, with what the model expects in each place, once it trains.';
  /** The place under the pointer. */
  declare pointed: number | null;
  declare complaint: string;

  constructor() {
    super();
    this.pointed = null;
    this.complaint = '';
  }

  async figures(): Promise<readonly Figure[]> {
    if (this.view === null || this.view.moment === null) return [];
    const { moment, symbols } = this.view;
    const drawing = sequenceSvg(placesOf(moment.sequence), symbols.map(visibleSymbol), moment.step);
    return [{ name: 'sequence.svg', blob: new Blob([drawing], { type: 'image/svg+xml' }) }];
  }

  protected override content(view: LabView): TemplateResult | null {
    const { moment } = view;
    if (moment === null) return null;
    const places = placesOf(moment.sequence);
    const drawn = places.slice(0, MOST_PLACES);
    const pointed = this.pointed === null ? undefined : places[this.pointed];
    return html`<p class="says" part="hint">
        Below each character stands what the model expected there, having read all before it. The bar is the probability that it gave to
        the right one.
      </p>
      ${LEGEND}
      <p class="score" part="score">${scoreSentence(moment, places)}</p>
      <div
        class="places glyph"
        part="sequence"
        role="img"
        aria-label="The text, ${places.length} characters; the table below says what was expected of each"
        @pointerover=${this.#point}
        @pointerleave=${() => {
          this.pointed = null;
        }}
      >
        ${drawn.map((place) => this.#place(place, view.symbols))}
      </div>
      ${places.length > drawn.length ? html`<p>The first ${drawn.length} of ${places.length} characters.</p>` : nothing}
      <p class="pointed-at" aria-hidden="true">
        ${pointed === undefined ? 'Point at a character to read about it.' : placeSentence(pointed, (token) => visibleSymbol(view.symbols[token]!))}
      </p>
      ${this.#form(view, moment)}
      <details part="details">
        <summary>The same as a table</summary>
        <div class="scroll" tabindex="0" role="group" aria-label="Table of characters">${table(drawn, view.symbols)}</div>
      </details>`;
  }

  #place(place: Place, symbols: readonly string[]): TemplateResult {
    const { position, token, occurrence, kind, expected, right, probability } = place;
    return html`<span
      class="place ${kind ?? ''} ${position === this.pointed ? 'pointed' : ''}"
      data-position=${position}
      part="place ${kind === 'in-context' ? 'in-context' : ''}"
    >
      <span class="token ${occurrence > 0 ? 'trigger' : ''}"
        >${visibleSymbol(symbols[token]!)}${occurrence > 0 ? html`<sup>${occurrence}</sup>` : nothing}</span
      >
      <span class="verdict ${right ? 'right' : 'wrong'}"
        >${expected === null ? nothing : right ? '✓' : `✗${visibleSymbol(symbols[expected]!)}`}</span
      >
      ${probability === null ? nothing : bar(probability)}
    </span>`;
  }

  #form({ symbols, config }: LabView, { sequence }: Moment): TemplateResult {
    const most = config.model.maxLength + 1;
    return html`<form @submit=${(event: Event) => this.#submit(event, symbols, most)}>
      <label
        >Your own text, at most ${most} characters of the corpus (↵ stands for a line end)
        <input
          type="text"
          part="input"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          maxlength=${2 * most}
          aria-describedby="complaint"
          aria-invalid=${this.complaint === '' ? 'false' : 'true'}
          .value=${writeTokens(textOf(sequence), symbols)}
          @input=${() => {
            this.complaint = '';
          }}
        />
      </label>
      <button type="submit" part="button">Read this text</button>
      <button type="button" part="button" @click=${() => this.request('lab-sample', null)}>Draw a new text</button>
      <p class="complaint" id="complaint" role="status">${this.complaint}</p>
    </form>`;
  }

  #submit(event: Event, symbols: readonly string[], most: number): void {
    event.preventDefault();
    const line = this.renderRoot.querySelector('input')!.value;
    const { tokens, unknown } = readTokens(line, symbols);
    this.complaint = complaintAbout(tokens.length, unknown, most);
    if (this.complaint === '') this.request('lab-sequence', { tokens });
  }

  readonly #point = (event: PointerEvent): void => {
    const place = (event.target as Element).closest<HTMLElement>('.place');
    this.pointed = place === null ? null : Number(place.dataset.position);
  };
}

const LEGEND = html`<ul class="legend" part="legend">
  <li><span class="token trigger glyph">e<sup>2</sup></span> a trigger, for the 2nd time</li>
  <li><span class="place first"><span class="token glyph">X</span></span> its output, first told here: nobody can know it</li>
  <li><span class="place in-context"><span class="token glyph">X</span></span> its output again: can be read from the text</li>
  <li>✓ expected, ✗a: “a” was expected instead</li>
</ul>`;

function scoreSentence({ step }: Moment, places: readonly Place[]): TemplateResult {
  const score = ({ right, of }: Score) => html`<b>${right} of ${of}</b>${of === 0 ? '' : ` (${percent(right / of)})`}`;
  return html`Step ${step}: ${score(scoreOf(places, true))} of the outputs that can be read from the text are right,
    ${score(scoreOf(places, false))} of all other characters.`;
}

function bar(probability: number): TemplateResult {
  return html`<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" width="88%" height="4" aria-hidden="true">
    <rect width=${(100 * probability).toFixed(1)} height="1"></rect>
  </svg>`;
}

/** Empty where nothing is wrong. */
function complaintAbout(length: number, unknown: readonly string[], most: number): string {
  if (unknown.length > 0) {
    const named = unknown.slice(0, 5).map((point) => `“${visibleSymbol(point)}”`);
    return `Not among the characters of the corpus: ${named.join(', ')}${unknown.length > 5 ? ', …' : ''}.`;
  }
  if (length < 2) return 'At least two characters are needed: one to read and one to expect.';
  if (length > most) return `${length} characters are too many: the model reads texts of at most ${most}.`;
  return '';
}

function table(places: readonly Place[], symbols: readonly string[]): TemplateResult {
  const symbol = (token: number) => spokenSymbol(symbols[token]!);
  return html`<table>
    <caption>What was expected of each character</caption>
    <thead>
      <tr>
        <th scope="col" class="number">Position</th>
        <th scope="col">Character</th>
        <th scope="col">Expected</th>
        <th scope="col" class="number">Its probability</th>
        <th scope="col">What it is</th>
      </tr>
    </thead>
    <tbody>
      ${places.map((place) => {
        const { expected, probability } = place;
        return html`<tr>
          <td class="number">${place.position}</td>
          <th scope="row">${symbol(place.token)}</th>
          <td>${expected === null ? '–' : `${place.right ? '✓' : '✗'} ${symbol(expected)}`}</td>
          <td class="number">${probability === null ? '–' : percent(probability)}</td>
          <td>${roleOf(place)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

definePanel('ihead-sequence', SequencePanel);

declare global {
  interface HTMLElementTagNameMap {
    'ihead-sequence': SequencePanel;
  }
}
