/**
 * What every panel is: an element with one property, the view, that draws it and computes nothing. What the reader asks
 * for goes out as an event that bubbles out of every shadow root:
 *
 *     lab-goto      {index}                    show this one of the records
 *     lab-sequence  {tokens}                   read this text, z_0 … z_T
 *     lab-sample    null                       draw a new text
 *     lab-silence   {layer, head, silenced}    leave a head's output out, or take it in again
 *
 * Each panel offers its pictures with `figures`, and can be styled from outside by its parts and the palette's
 * properties.
 */
import { css, html, LitElement, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit';
import type { LabView } from '../border/view.js';
import { type ColorOf, colorsAt, PALETTE } from './drawing/palette.js';

/** A picture to take away. */
export interface Figure {
  /** File name with its ending, .svg or .png. */
  readonly name: string;
  readonly blob: Blob;
}

/** What the reader can ask for, by the event's name. */
export interface LabRequests {
  readonly 'lab-goto': { readonly index: number };
  readonly 'lab-sequence': { readonly tokens: readonly number[] };
  readonly 'lab-sample': null;
  readonly 'lab-silence': { readonly layer: number; readonly head: number; readonly silenced: boolean };
}

export type LabRequestEvent<Name extends keyof LabRequests> = CustomEvent<LabRequests[Name]>;

const STYLE = css`
  :host {
    display: block;
    container-type: inline-size;
    color: var(--_ink);
    font: 0.875rem / 1.45 system-ui, sans-serif;
  }
  :host([hidden]) { display: none; }
  * { box-sizing: border-box; }
  .panel {
    background: var(--_ground);
    border: 1px solid var(--_line);
    border-radius: 0.5rem;
    padding: 0.75rem;
  }
  .title { margin: 0 0 0.1rem; font-size: 1rem; font-weight: 650; }
  .says { margin: 0 0 0.6rem; color: var(--_soft); max-width: 46rem; }
  /* As high as what takes its place: nothing under it is pushed down when the run begins. */
  .panel.empty { min-height: var(--_full, auto); }
  .waiting { margin: 0; padding: 1.5rem 0.5rem; color: var(--_soft); text-align: center; text-wrap: balance; }
  .row { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 0.75rem; }
  button {
    font: inherit;
    color: inherit;
    background: var(--_at-rest, transparent);
    border: 1px solid var(--_edge);
    border-radius: 0.35rem;
    padding: 0.2rem 0.65rem;
    min-height: 2rem;
    cursor: pointer;
  }
  button:is(:disabled, [aria-disabled='true']) {
    --_under-pointer: initial;
    color: var(--_soft);
    border-color: var(--_line);
    cursor: default;
  }
  button { --_under-pointer: var(--_tint); }
  /* What is filled at rest keeps its ink under the pointer: both grounds are set together. */
  button:is(.play, [aria-pressed='true'], [aria-selected='true']) {
    --_at-rest: var(--_accent);
    --_under-pointer: var(--_ink);
    border-color: var(--_accent);
    color: var(--_ground);
  }
  :is(input[type='text'], select) { min-height: 2rem; }
  /* After a tap a finger stays nowhere, :hover does. */
  @media (hover: hover) {
    button:hover { background: var(--_under-pointer, var(--_at-rest, transparent)); }
  }
  @media (pointer: coarse) {
    :is(button, select, summary, input):not([type='checkbox']) { min-height: 2.75rem; }
    summary { align-content: center; }
    input[type='range'] { height: 2.75rem; }
    label:has(> input[type='checkbox']) { min-height: 2.75rem; align-items: center; }
    input[type='checkbox'] { width: 1.4rem; height: 1.4rem; }
  }
  :is(button, input, summary, [tabindex]):focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  input[type='range'] { accent-color: var(--_accent); min-width: 0; }
  .glyph { font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
  canvas { display: block; }
  sub { line-height: 0; }
  summary { cursor: pointer; padding: 0.2rem 0; color: var(--_soft); }
  .scroll { overflow: auto; max-height: 18rem; }
  table { border-collapse: collapse; font-size: 0.8125rem; }
  caption { text-align: start; color: var(--_soft); padding-block: 0.2rem; }
  th,
  td {
    padding: 0.15rem 0.9rem 0.15rem 0;
    border-bottom: 1px solid var(--_line);
    text-align: start;
    vertical-align: top;
    font-weight: 400;
  }
  thead th { color: var(--_soft); }
  .number { text-align: end; font-variant-numeric: tabular-nums; }
  .probe { position: absolute; visibility: hidden; }
`;

/**
 * @csspart panel - the card
 * @csspart title - its name
 * @csspart waiting - the sentence while there is nothing to see
 * @csspart button - every button
 */
export abstract class LabPanel extends LitElement {
  static override properties: PropertyDeclarations = { view: { attribute: false } };
  static override styles = [PALETTE, STYLE];

  declare view: LabView | null;
  /** What the panel is called, for the eye and for a voice. */
  protected abstract readonly name: string;
  #dark: MediaQueryList | null = null;
  #painting: Promise<void> | null = null;
  readonly #repaint = () => {
    this.#painting ??= inTurn(() => {
      this.#painting = null;
      if (this.isConnected && this.hasUpdated) this.paint();
    });
  };
  readonly #sizes = new ResizeObserver(this.#repaint);

  constructor() {
    super();
    this.view = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#dark = matchMedia('(prefers-color-scheme: dark)');
    this.#dark.addEventListener('change', this.#repaint);
    this.#sizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#dark?.removeEventListener('change', this.#repaint);
    this.#sizes.disconnect();
  }

  /** The present pictures; none while there is nothing to see. */
  abstract figures(): Promise<readonly Figure[]>;

  /** The panel's inside for a view that has what it needs, or null. */
  protected abstract content(view: LabView): TemplateResult | null;

  /** What will appear here, in a sentence. */
  protected abstract readonly waiting: string;

  /** Draws what is not markup: some time after each update, and after colours or width have changed. */
  protected paint(): void {}

  protected override render(): TemplateResult {
    const content = this.view === null ? null : this.content(this.view);
    return html`<div class="panel ${content === null ? 'empty' : ''}" part="panel" role="group" aria-labelledby="name">
      <p class="title" part="title" id="name">${this.name}</p>
      ${content ?? html`<p class="waiting" part="waiting">${this.waiting}</p>`}
      <span class="probe" aria-hidden="true"></span>
    </div>`;
  }

  protected override updated(_changed: PropertyValues): void {
    this.#repaint();
  }

  /** The pictures included. */
  protected override async getUpdateComplete(): Promise<boolean> {
    const complete = await super.getUpdateComplete();
    await this.#painting;
    return complete;
  }

  /** The palette as it is here and now. */
  protected colors(): ColorOf {
    return colorsAt(this.renderRoot.querySelector<HTMLElement>('.probe')!);
  }

  protected request<Name extends keyof LabRequests>(name: Name, detail: LabRequests[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

let turns: Promise<void> = Promise.resolve();

/** Runs `paint` in a task of its own, after those that wait: between two of them the page answers its reader. */
function inTurn(paint: () => void): Promise<void> {
  const turn = turns.then(() => new Promise<void>((free) => setTimeout(free))).then(paint);
  // A panel that fails must not hold up the others.
  turns = turn.catch(reportError);
  return turn;
}

/** Registers an element once, however often the module is loaded into a page. */
export function definePanel(tag: string, panel: CustomElementConstructor): void {
  if (customElements.get(tag) === undefined) customElements.define(tag, panel);
}
