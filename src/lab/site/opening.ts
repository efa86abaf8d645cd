/**
 * `<ihead-opening>`: a recorded run, replayed. It moves by itself once it is in sight, unless the reader prefers less
 * motion; the accuracy curve is its slider. Nothing is computed here.
 */
import { css, html, LitElement, svg, type TemplateResult } from 'lit';
import { arcsOf } from '../panels/drawing/arcs.js';
import { LabPanel } from '../panels/panel.js';
import { guessBars, READING_PARTS_STYLE, textWithArcs } from '../panels/reading-parts.js';
import { matrixName } from '../panels/wording/parameter-names.js';
import { percent } from '../panels/wording/reading.js';
import { type OpeningFrame, readFrame } from './opening-frames.js';
import { RECORD } from './opening-record.js';
import { OPENING } from './opening-run.js';
import { MEMORIES, memorySentence, openingSentence } from './opening-words.js';

const FRAMES: readonly OpeningFrame[] = RECORD.trim().split('\n').map(readFrame);
const LAST = FRAMES.length - 1;
const LETTERS = [...OPENING.text.replaceAll(' ', '␣')];

/** Milliseconds a frame stays. */
const PACE = 140;
/** Bars of what may follow. */
const GUESSES = 5;
const CURVE = { width: 300, height: 40 };

const STYLE = css`
  .panel { display: grid; gap: 0.75rem; }
  .time { display: grid; grid-template-columns: auto minmax(0, 1fr) 5.5rem; gap: 0.75rem; align-items: center; }
  .play { min-width: 9.5rem; }
  .curve { position: relative; height: 2.75rem; }
  .curve svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; pointer-events: none; }
  .curve polyline { fill: none; vector-effect: non-scaling-stroke; }
  .curve .model { stroke: var(--_first); stroke-width: 2.5; }
  .curve .bag { stroke: var(--_reference); stroke-width: 1.5; stroke-dasharray: 2 3; }
  .curve .here { stroke: var(--_ink); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
  .curve input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize; }
  .curve:focus-within { outline: 2px solid var(--_accent); outline-offset: 3px; border-radius: 2px; }
  output { font-variant-numeric: tabular-nums; font-weight: 650; }
  .says { min-height: 7.3em; margin: 0; max-width: none; color: var(--_ink); font-size: 1rem; }
  .work { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.75rem 2rem; align-items: center; }
  .layer { margin: 0; font-size: 0.8125rem; }
  .layer.one { color: var(--_fourth); }
  .layer.two { color: var(--_first); }
  .asked { margin: 0 0 0.3rem; }
  .stores { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.4rem 1.25rem; }
  .stores .named { display: flex; justify-content: space-between; gap: 0.5rem; font-size: 0.8125rem; }
  .stores svg { display: block; width: 100%; height: 0.6rem; background: var(--_tint); border-radius: 2px; }
  .stores .first { fill: var(--_first); }
  .stores .second { fill: var(--_second); }
  .stores .fourth { fill: var(--_fourth); }
  .foot { justify-content: space-between; }
  .foot p { margin: 0; color: var(--_soft); font-size: 0.8125rem; flex: 1 1 16rem; }
  .arcs { width: 52rem; }
  .arcs .hit { cursor: default; }
  @container (min-width: 44rem) {
    .work { grid-template-columns: minmax(0, 1fr) 14rem; }
    .stores { grid-template-columns: repeat(3, minmax(0, 1fr)); }
    .says { min-height: 3em; }
  }
  @container (max-width: 30rem) {
    .time { grid-template-columns: 1fr 5.5rem; }
    .curve { grid-row: 2; grid-column: 1 / -1; }
  }
`;

/**
 * @tagname ihead-opening
 * @fires opening-train - the reader wants to train it
 */
export class OpeningElement extends LitElement {
  static override properties = { shown: { state: true }, playing: { state: true } };
  static override styles = [...LabPanel.styles, READING_PARTS_STYLE, STYLE];

  /** Which of the frames. */
  declare shown: number;
  declare playing: boolean;
  #timer: ReturnType<typeof setInterval> | undefined;
  #sight: IntersectionObserver | null = null;

  constructor() {
    super();
    this.shown = LAST;
    this.playing = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    this.shown = 0;
    this.#sight = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      this.#sight?.disconnect();
      this.#play();
    });
    this.#sight.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sight?.disconnect();
    this.#pause();
  }

  protected override render(): TemplateResult {
    const frame = FRAMES[this.shown]!;
    const { step, attention, next } = frame;
    const T = LETTERS.length;
    const arcs = arcsOf(T, T - 1, attention[0], attention[1]);
    const letters = next.map(({ letter }) => letter);
    const guesses = next.slice(0, GUESSES).map((guess, token) => ({ ...guess, token }));
    const best = next[0]!.letter;
    const word = this.playing ? 'Pause' : this.shown === LAST ? 'Watch it again' : 'Watch it learn';
    return html`<section class="panel" aria-label="A model learning to read, recorded">
      <div class="time">
        <button type="button" class="play" @click=${() => (this.playing ? this.#pause() : this.#play())}>${word}</button>
        ${this.#curve(frame)}
        <output>step ${step}</output>
      </div>
      <p class="says">${openingSentence(frame)}</p>
      <div class="work">
        <div>
          <p class="layer one">Layer 1: each letter notes which letter stands before it</p>
          ${textWithArcs({ letters: LETTERS, arcs, chosen: T - 1, pinned: false, places: null, answer: best })}
          <p class="layer two">Layer 2: the last letter looks for the note it needs, and copies</p>
        </div>
        <div>
          <p class="asked">What follows <b class="glyph">${LETTERS.slice(-2).join('')}</b>?</p>
          ${guessBars(guesses, (token) => letters[token]!, letters.indexOf(OPENING.answer))}
        </div>
      </div>
      <ul class="stores" aria-label="What three matrices hold">
        ${MEMORIES.map(({ symbol, does, color }, n) => {
          const share = frame.recall[n]!;
          return html`<li>
            <span class="named"><span>${matrixName(symbol)} ${does}</span> <b>${percent(share)}</b></span>
            <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
              ${svg`<rect class=${color} width=${(100 * share).toFixed(1)} height="1" />`}
            </svg>
          </li>`;
        })}
      </ul>
      <div class="row foot">
        <p>Recorded from ${OPENING.steps} steps of training. Train it here, and the same bits come out.</p>
        <button type="button" @click=${this.#train}>Train it yourself</button>
      </div>
    </section>`;
  }

  /** The accuracy curve, with a slider over it. */
  #curve(frame: OpeningFrame): TemplateResult {
    const { width, height } = CURVE;
    const x = (n: number) => ((width * n) / LAST).toFixed(1);
    const line = (value: (frame: OpeningFrame) => number) =>
      FRAMES.map((each, n) => `${x(n)},${(height * (1 - value(each))).toFixed(1)}`).join(' ');
    return html`<div class="curve">
      <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">
        <polyline class="bag" points=${line(({ bag }) => bag)} />
        <polyline class="model" points=${line(({ accuracy }) => accuracy)} />
        <path class="here" d="M${x(this.shown)} -4v${height + 8}" />
      </svg>
      <input
        type="range"
        aria-label="Step of the training; the curve is the accuracy in context"
        min="0"
        max=${LAST}
        .value=${String(this.shown)}
        aria-valuetext="Step ${frame.step}, accuracy ${percent(frame.accuracy)}. ${openingSentence(frame)} ${memorySentence(frame)}."
        @input=${(event: Event) => {
          this.#pause();
          this.shown = Number((event.target as HTMLInputElement).value);
        }}
      />
    </div>`;
  }

  #play(): void {
    this.#sight?.disconnect();
    if (this.shown === LAST) this.shown = 0;
    this.playing = true;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      this.shown = Math.min(this.shown + 1, LAST);
      if (this.shown === LAST) this.#pause();
    }, PACE);
  }

  #pause(): void {
    clearInterval(this.#timer);
    this.#sight?.disconnect();
    this.playing = false;
  }

  readonly #train = (): void => {
    this.#pause();
    this.dispatchEvent(new CustomEvent('opening-train', { bubbles: true }));
  };
}

customElements.define('ihead-opening', OpeningElement);

declare global {
  interface HTMLElementTagNameMap {
    'ihead-opening': OpeningElement;
  }
}
