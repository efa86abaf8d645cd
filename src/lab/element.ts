/**
 * <ihead-lab>: a model that trains in the page, with the panels that its author lists.
 *
 *     <ihead-lab preset="quick" seed="1" steps="300" panels="controls curves attention" autoplay></ihead-lab>
 *
 * Nothing is computed, and no worker made, before it is asked to start or, with `autoplay`, comes into sight. It rests while the
 * page is hidden, and ends with the element.
 */
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { ConfigLayer, OpenConfig } from '../train/config.js';
import { type Conversation, createConversation, type LabState } from './conversation.js';
import { fetchText, ownCorpus } from './corpus-file.js';
import { LAB_STYLE } from './element-style.js';
import type { ByHand, FromLab, OwnCorpus, Run } from './messages.js';
import { PALETTE } from './panels/palette.js';
import type { LabRequestEvent } from './panels/panel.js';
import { type PanelName, panelElement, readPanels, showsMoments } from './panels.js';
import { DEFAULT_PRESET, labConfig } from './settings.js';

/** The corpus that comes with the library, as the attribute names it. */
const BUILT_IN = 'sonnets';

/**
 * @element ihead-lab
 *
 * @attr {string} preset - A preset by its name; default: quick.
 * @attr {number} seed - The seed of the run; default: the preset's.
 * @attr {string} corpus - `sonnets`, or the address of a UTF-8 text; default: sonnets.
 * @attr {number} steps - Steps of the run; default: the preset's.
 * @attr {string} panels - Any of controls, curves, memories, attention, sequence, with spaces between.
 * @attr {boolean} autoplay - Start once the lab is in sight, unless the reader prefers reduced motion.
 *
 * @fires {CustomEvent<MetricsRecord>} record - An evaluation.
 * @fires {CustomEvent<Milestone>} milestone - A moment worth a sentence: { id, step, text }.
 * @fires {CustomEvent<{ step: number }>} done - The run is over.
 * @fires {CustomEvent<{ name: string, message: string }>} fail - Something that was asked cannot be done.
 * @fires {CustomEvent<null>} change - Settings, step or what was done by hand are others than before.
 *
 * @csspart lab - All of it.
 * @csspart status - The line of numbers.
 * @csspart milestones - The last milestone.
 * @csspart error - What went wrong.
 * @csspart panel - The box of each panel.
 * @csspart title - The title of each panel.
 *
 * @cssprop --ihead-ink - Text.
 * @cssprop --ihead-soft - Text beside the point.
 * @cssprop --ihead-ground - Behind panels.
 * @cssprop --ihead-line - Lines between things.
 * @cssprop --ihead-accent - What can be pressed, and where the keyboard is.
 */
export class LabElement extends LitElement {
  static override properties = {
    preset: {},
    seed: { type: Number },
    corpus: {},
    steps: { type: Number },
    panels: {},
    autoplay: { type: Boolean },
    config: { attribute: false },
    corpusText: { attribute: false },
  };
  static override styles = [PALETTE, LAB_STYLE];

  declare preset: string;
  declare seed: number | null;
  declare corpus: string;
  declare steps: number | null;
  declare panels: string;
  declare autoplay: boolean;
  /** Settings over the preset's and over the attributes'. */
  declare config: ConfigLayer;
  /** A text to train on instead of `corpus`. */
  declare corpusText: string | null;

  /** What was changed by hand, over all else. */
  #changes: ConfigLayer = {};
  /** Settings of a weight file that was loaded, under what is changed by hand since. */
  #loaded: ConfigLayer | null = null;
  #own: OwnCorpus | null = null;
  #byHand: readonly ByHand[] = [];
  /** Where a link asks to stop. */
  #stopAt: number | null = null;
  #error: string | null = null;
  #names: readonly PanelName[] = [];
  #rests = false;
  #sight: IntersectionObserver | null = null;
  readonly #conversation: Conversation;

  constructor() {
    super();
    this.preset = DEFAULT_PRESET;
    this.seed = null;
    this.corpus = BUILT_IN;
    this.steps = null;
    this.panels = 'controls curves';
    this.autoplay = false;
    this.config = {};
    this.corpusText = null;
    this.#conversation = createConversation({
      changed: () => this.requestUpdate(),
      heard: (message) => this.#hear(message),
      watching: () => showsMoments(this.#names),
    });
  }

  /** Starts the run, or goes on with it; a run that is over goes on for as many steps again. */
  start(): void {
    void this.#attempt(async () => {
      const { status } = this.state;
      if (status === 'starting' || status === 'running') return;
      if (status === 'idle' || status === 'failed') await this.#begin();
      const { step, steps } = this.state;
      const config = this.state.ready?.config ?? this.settings();
      const end =
        this.state.ready === null ? config.training.steps : step < steps ? steps : step + config.training.steps;
      const stopAt = this.#stopAt !== null && this.#stopAt > step ? this.#stopAt : null;
      this.#stopAt = null;
      this.#conversation.resume(stopAt ?? end);
    });
  }

  /** Stands still after the present step. */
  pause(): void {
    this.#rests = false;
    this.#conversation.pause();
  }

  /** One step, then stands still. */
  step(): void {
    void this.#attempt(async () => {
      const { status } = this.state;
      if (status === 'starting') return;
      if (status === 'idle' || status === 'failed') await this.#begin();
      this.#conversation.step();
    });
  }

  /** Back to step 0, with what was done by hand undone. Settings stay. */
  reset(): void {
    this.#error = null;
    this.#byHand = [];
    this.#stopAt = null;
    if (this.state.status === 'failed') this.#conversation.close();
    else this.#conversation.reset();
    this.requestUpdate();
  }

  /** The weights of the present step as a safetensors file: the bytes that `ihead train` writes. */
  save(): Promise<Uint8Array> {
    return this.#conversation.save();
  }

  /** Goes on from a weight file that ihead wrote; its settings take the place of this lab's. */
  load(bytes: Uint8Array): Promise<void> {
    return this.#conversation.load(bytes);
  }

  /** The settings of the present run, or of the next. Throws a ConfigError. */
  settings(): OpenConfig {
    const words: ConfigLayer = {
      ...(this.seed === null ? {} : { seed: this.seed }),
      ...(this.steps === null ? {} : { training: { steps: this.steps } }),
    };
    return labConfig(this.preset, [
      words,
      this.config,
      ...(this.#loaded === null ? [] : [this.#loaded]),
      this.#changes,
    ]);
  }

  /** Where the run stands. */
  get state(): LabState {
    return this.#conversation.state;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.#rest);
    this.#sight = new IntersectionObserver((entries) => {
      const seen = entries.some(({ isIntersecting }) => isIntersecting);
      if (!seen || !this.autoplay || this.state.status !== 'idle') return;
      if (!matchMedia('(prefers-reduced-motion: reduce)').matches) this.start();
    });
    this.#sight.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.#rest);
    this.#sight?.disconnect();
    // An element that is only moved is back at once.
    queueMicrotask(() => {
      if (!this.isConnected) this.#conversation.close();
    });
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('panels')) {
      try {
        this.#names = readPanels(this.panels);
      } catch (error) {
        this.#names = [];
        this.#fail(error);
      }
    }
    const decisive = ['preset', 'seed', 'steps', 'corpus', 'config', 'corpusText'];
    if (this.hasUpdated && decisive.some((name) => changed.has(name)) && this.state.status !== 'idle') {
      this.#loaded = null;
      this.#conversation.close();
    }
  }

  protected override render(): TemplateResult {
    const { view } = this.#conversation;
    const error = this.#error ?? this.state.error;
    return html`<div
      class="lab"
      part="lab"
      @lab-goto=${(event: LabRequestEvent<'lab-goto'>) => this.#conversation.goto(event.detail.index)}
      @lab-sequence=${(event: LabRequestEvent<'lab-sequence'>) => this.#conversation.watch(event.detail.tokens)}
      @lab-sample=${() => this.#conversation.watch(null)}
      @lab-silence=${({ detail }: LabRequestEvent<'lab-silence'>) =>
        this.#conversation.ablate(detail.layer, detail.head, detail.silenced)}
    >
      ${this.#statusLine()}
      ${error === null ? nothing : html`<p class="error" part="error" role="alert">${error}</p>`}
      <p class="milestones" part="milestones" aria-live="polite">${this.state.milestones.at(-1)?.text ?? ''}</p>
      <div class="panels" part="panels">${this.#names.map((name) => panelElement(name, view))}</div>
    </div>`;
  }

  #statusLine(): TemplateResult {
    const { step, steps, status } = this.state;
    const view = this.#conversation.view;
    const record = view?.records[view.shown];
    const share = (value: number | null | undefined) =>
      value === null || value === undefined ? '–' : value.toFixed(2);
    return html`<p class="status" part="status">
      <span>${status}</span> <span>step ${step} of ${steps}</span>
      <span>accuracy ${share(record?.acc_end)}</span>
    </p>`;
  }

  async #begin(): Promise<void> {
    this.#error = null;
    const config = this.settings();
    this.#own = await this.#ownCorpus();
    const named = this.#own === null ? config : { ...config, task: { ...config.task, corpus: this.#own.name } };
    const run: Run = { config: named, corpus: this.#own, byHand: this.#byHand };
    this.#conversation.start(run);
  }

  async #ownCorpus(): Promise<OwnCorpus | null> {
    if (this.corpusText !== null) return ownCorpus('own text', this.corpusText);
    return this.corpus === BUILT_IN ? null : fetchText(this.corpus);
  }

  readonly #rest = (): void => {
    if (document.hidden && this.state.status === 'running') {
      this.#conversation.pause();
      this.#rests = true;
    } else if (!document.hidden && this.#rests) {
      this.#rests = false;
      this.start();
    }
  };

  #hear(message: FromLab): void {
    if (message.type === 'record') this.#say('record', message.record);
    else if (message.type === 'milestone')
      this.#say('milestone', { id: message.id, step: message.step, text: message.text });
    else if (message.type === 'done') this.#say('done', { step: message.step });
    else if (message.type === 'fail') this.#say('fail', { name: message.name, message: message.message });
  }

  /** What the reader or the page asked for may be impossible: then it is told, and nothing else happens. */
  async #attempt(deed: () => Promise<void>): Promise<void> {
    try {
      await deed();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    this.#error = message;
    this.requestUpdate();
    this.#say('fail', { name, message });
  }

  #say(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}
