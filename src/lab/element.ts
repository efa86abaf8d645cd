/**
 * <ihead-lab>: a model that trains in the page, with the panels that its author lists.
 *
 *     <ihead-lab preset="quick" seed="1" steps="300" panels="controls curves attention" autoplay></ihead-lab>
 *
 * Nothing is computed, and no worker made, before it is asked to start or, with `autoplay`, comes into sight. It rests while the
 * page is hidden, and ends with the element.
 */
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { FormatError } from '../errors.js';
import type { ConfigLayer, OpenConfig } from '../train/config.js';
import type { PresetName } from '../train/presets.js';
import type { ControlRequest, ControlsView } from './controls.js';
import './controls.js';
import { type Conversation, createConversation, type LabState } from './conversation.js';
import { fetchText, ownCorpus, readTextFile } from './corpus-file.js';
import { download, giveBack, type Picture, picturesOf, recordsBlob } from './downloads.js';
import { LAB_STYLE } from './element-style.js';
import { createHandOut, type Viewer } from './hand-out.js';
import { MOST } from './limits.js';
import type { ByHand, FromLab, OwnCorpus } from './messages.js';
import { milestoneLine, statusLine } from './narration.js';
import { type PanelName, readPanels, showsMoments } from './panel-names.js';
import { PALETTE } from './panels/palette.js';
import type { LabPanel, LabRequestEvent } from './panels/panel.js';
import { panelElement } from './panels.js';
import { createPresence, prefersStillness } from './presence.js';
import { DEFAULT_PRESET, difference, labConfig } from './settings.js';
import type { SharedState } from './state.js';

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
 * @fires {CustomEvent<null>} change - Settings, step or what was done by hand are others than before.
 * @fires {CustomEvent<{ name: string, message: string }>} fail - Something that was asked cannot be done.
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

  /** What the reader changed, over all else. */
  #changes: ConfigLayer = {};
  /** Settings of a weight file that was loaded, under what was changed since. */
  #loaded: ConfigLayer | null = null;
  /** Whether the run goes on from a weight file. */
  #continued = false;
  /** The reader's own text. */
  #text: OwnCorpus | null = null;
  #byHand: readonly ByHand[] = [];
  /** Where a link asks to stop. */
  #stopAt: number | null = null;
  #stepsPerSecond: number | null = null;
  #pictures: readonly Picture[] = [];
  #error: string | null = null;
  #names: readonly PanelName[] = [];
  /** Paused because the page is hidden. */
  #rests = false;
  readonly #conversation: Conversation;
  readonly #presence = createPresence(this, {
    seen: () => {
      if (this.autoplay && this.state.status === 'idle' && !prefersStillness()) this.start();
    },
    hidden: () => {
      if (this.state.status !== 'running') return;
      this.#conversation.pause();
      this.#rests = true;
    },
    shown: () => {
      if (!this.#rests) return;
      this.#rests = false;
      this.start();
    },
  });
  readonly #handOut = createHandOut(() =>
    this.renderRoot.querySelectorAll<Element & Viewer>('ihead-timeline, .panels > *'),
  );

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
    const { status, step, steps, ready } = this.state;
    if (status === 'starting' || status === 'running') return;
    this.#error = null;
    if (ready === null || status === 'failed') {
      void this.#begin(true);
      return;
    }
    const stopAt = this.#stopAt ?? 0;
    this.#stopAt = null;
    this.#conversation.resume(stopAt > step ? stopAt : step < steps ? steps : step + ready.config.training.steps);
  }

  /** Stands still after the present step. */
  pause(): void {
    this.#rests = false;
    this.#conversation.pause();
  }

  /** One step, then stands still. */
  step(): void {
    const { status, ready } = this.state;
    if (status === 'starting') return;
    if (ready !== null && status !== 'failed') this.#conversation.step();
    else void this.#begin(true, 1);
  }

  /** Back to step 0, with what was done by hand undone. Settings stay. */
  reset(): void {
    this.#error = null;
    this.#byHand = [];
    this.#stopAt = null;
    this.#continued = false;
    this.#rests = false;
    if (this.state.status === 'failed') this.#conversation.close();
    else this.#conversation.reset();
    this.requestUpdate();
  }

  /** The weights of the present step as a safetensors file: the bytes that `ihead train` writes. */
  save(): Promise<Uint8Array> {
    return this.#conversation.save();
  }

  /** Goes on from a weight file that ihead wrote; its settings take the place of this lab's. */
  async load(bytes: Uint8Array): Promise<void> {
    this.#error = null;
    await this.#conversation.load(bytes);
    const { vocabSize: _, ...model } = this.state.ready!.config.model;
    this.#loaded = { ...this.state.ready!.config, model };
    this.#continued = true;
    this.#changes = {};
    this.requestUpdate();
  }

  /** The settings of the present run, or of the next. Throws a ConfigError. */
  settings(): OpenConfig {
    return labConfig(this.preset, [...this.#given(), this.#changes]);
  }

  /** Where the run stands. */
  get state(): LabState {
    return this.#conversation.state;
  }

  /** What a link has to hold for the same run. */
  get shared(): SharedState {
    const begun = this.state.ready !== null;
    return {
      preset: this.preset as PresetName,
      layer: difference(this.settings(), labConfig(this.preset, [])),
      step: begun ? this.state.step : (this.#stopAt ?? 0),
      panels: this.#names,
      byHand: begun ? this.state.byHand : this.#byHand,
    };
  }

  /** Takes the place of all settings and attributes; the run starts anew when it is asked to. */
  set shared({ preset, layer, step, panels, byHand }: SharedState) {
    this.preset = preset;
    this.seed = null;
    this.steps = null;
    this.config = layer;
    this.corpus = BUILT_IN;
    this.corpusText = null;
    if (panels !== null) this.panels = panels.join(' ');
    this.#text = null;
    this.#changes = {};
    this.#byHand = byHand;
    this.#stopAt = step > 0 ? step : null;
  }

  /** Why no link leads to this run, in a sentence; null: one does. */
  get obstacle(): string | null {
    if (this.#text !== null || this.corpusText !== null || this.corpus !== BUILT_IN) {
      return 'The text is not part of a link: whoever opens it has to give the same text.';
    }
    return this.#continued ? 'The weights of the file are not part of a link.' : null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#presence.watch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#presence.stop();
    this.#handOut.stop();
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
    if (changed.has('autoplay') && this.autoplay) this.#presence.look();
    if (DECISIVE.some((name) => changed.has(name)) && this.state.status !== 'idle') {
      this.#loaded = null;
      this.#conversation.close();
    }
  }

  protected override render(): TemplateResult {
    const { view } = this.#conversation;
    const controls = this.#names.includes('controls');
    const error = this.#error ?? this.state.error;
    return html`<div
      class="lab"
      part="lab"
      @lab-goto=${(event: LabRequestEvent<'lab-goto'>) => this.#conversation.goto(event.detail.index)}
      @lab-sequence=${(event: LabRequestEvent<'lab-sequence'>) => this.#conversation.watch(event.detail.tokens)}
      @lab-sample=${() => this.#conversation.watch(null)}
      @lab-silence=${({ detail }: LabRequestEvent<'lab-silence'>) =>
        this.#conversation.ablate(detail.layer, detail.head, detail.silenced)}
      @lab-control=${(event: CustomEvent<ControlRequest>) => void this.#attempt(() => this.#follow(event.detail))}
      @dragover=${controls ? allowDrop : nothing}
      @drop=${controls ? this.#drop : nothing}
    >
      ${controls ? html`<ihead-controls part="controls" exportparts="panel" .view=${this.#controlsView()}></ihead-controls>` : nothing}
      ${error === null ? nothing : html`<p class="error" part="error" role="alert">${error}</p>`}
      <div class="news">
        <p class="status" part="status">${statusLine(this.state, view)}</p>
        <p class="milestones" part="milestones" aria-live="polite">${milestoneLine(this.state)}</p>
      </div>
      ${
        view !== null && view.records.length > 1 && this.#names.some((name) => name !== 'controls')
          ? html`<ihead-timeline part="timeline" exportparts="panel, title"></ihead-timeline>`
          : nothing
      }
      <div class="panels" part="panels">${this.#names.map((name) => panelElement(name))}</div>
    </div>`;
  }

  protected override updated(): void {
    this.#handOut.hand(this.#conversation.view);
  }

  #controlsView(): ControlsView | null {
    try {
      return {
        state: this.state,
        config: this.settings(),
        stepsPerSecond: this.#stepsPerSecond,
        text:
          this.#text?.name ??
          (this.corpusText !== null ? 'a text of this page' : this.corpus === BUILT_IN ? null : this.corpus),
        pictures: this.#pictures,
      };
    } catch (error) {
      this.#error ??= (error as Error).message;
      return null;
    }
  }

  /** Everything under what the reader changed. */
  #given(): ConfigLayer[] {
    const seed = this.seed === null ? {} : { seed: this.seed };
    const steps = this.steps === null ? {} : { training: { steps: this.steps } };
    return [{ ...seed, ...steps }, this.config, ...(this.#loaded === null ? [] : [this.#loaded])];
  }

  /** A new run, which goes where it should or stands still; `most`: no further than this step. */
  #begin(goes: boolean, most = Number.POSITIVE_INFINITY): Promise<void> {
    return this.#attempt(async () => {
      const config = this.settings();
      const text = this.#text ?? (await this.#authorsText());
      const named = text === null ? config : { ...config, task: { ...config.task, corpus: text.name } };
      const until = goes ? Math.min(this.#stopAt ?? config.training.steps, most) : 0;
      if (goes) this.#stopAt = null;
      this.#continued = false;
      this.#conversation.start({ config: named, corpus: text, byHand: this.#byHand }, until);
    });
  }

  async #authorsText(): Promise<OwnCorpus | null> {
    if (this.corpusText !== null) return ownCorpus('text', this.corpusText);
    return this.corpus === BUILT_IN ? null : fetchText(this.corpus);
  }

  /** After a change of what decides a run: a run that there was starts anew, and goes if it went. */
  #anew(): void {
    const { status } = this.state;
    this.#error = null;
    this.#byHand = [];
    this.#stopAt = null;
    this.requestUpdate();
    this.#say('change', null);
    if (status !== 'idle') void this.#begin(status === 'running' || status === 'starting');
  }

  async #follow(request: ControlRequest): Promise<void> {
    switch (request.wants) {
      case 'start':
      case 'pause':
      case 'step':
      case 'reset':
        this[request.wants]();
        break;
      case 'pace':
        this.#stepsPerSecond = request.stepsPerSecond;
        this.#conversation.pace(request.stepsPerSecond);
        break;
      case 'settings': {
        const given = this.#given();
        const config = labConfig(this.preset, [...given, this.#changes, request.layer]);
        this.#changes = difference(config, labConfig(this.preset, given));
        this.#anew();
        break;
      }
      case 'freeze':
        this.#conversation.freeze(request.parameter, request.frozen);
        break;
      case 'silence':
        this.#conversation.ablate(request.layer, request.head, request.silenced);
        break;
      case 'text':
        this.#text = ownCorpus('pasted text', request.text);
        this.#anew();
        break;
      case 'file':
        this.#text = await readTextFile(request.file);
        this.#anew();
        break;
      case 'sonnets':
        this.#text = null;
        this.#anew();
        break;
      case 'load':
        await this.#loadFile(request.file);
        break;
      case 'weights': {
        const bytes = await this.save();
        download(
          'model.safetensors',
          new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' }),
        );
        break;
      }
      case 'records':
        download('metrics.jsonl', recordsBlob(this.#conversation.view?.records ?? []));
        break;
      case 'pictures':
        await this.#draw();
        break;
    }
    this.requestUpdate();
  }

  async #loadFile(file: File): Promise<void> {
    if (file.size > MOST.weightsBytes)
      throw new FormatError(`${file.name}: ${file.size} bytes are more than a lab takes`);
    await this.load(new Uint8Array(await file.arrayBuffer()));
  }

  async #draw(): Promise<void> {
    const panels = [...this.renderRoot.querySelectorAll('.panels > *')] as Partial<LabPanel>[];
    const figures = await Promise.all(panels.map((panel) => panel.figures?.() ?? []));
    giveBack(this.#pictures);
    this.#pictures = await picturesOf(figures.flat());
  }

  readonly #drop = (event: DragEvent): void => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    const text = event.dataTransfer?.getData('text') ?? '';
    void this.#attempt(async () => {
      if (file === undefined) {
        if (text !== '') await this.#follow({ wants: 'text', text });
      } else await this.#follow({ wants: file.name.endsWith('.safetensors') ? 'load' : 'file', file });
    });
  };

  #hear(message: FromLab): void {
    if (message.type === 'record') this.#say('record', message.record);
    else if (message.type === 'milestone')
      this.#say('milestone', { id: message.id, step: message.step, text: message.text });
    else if (message.type === 'done') this.#say('done', { step: message.step });
    else if (message.type === 'fail') this.#say('fail', { name: message.name, message: message.message });
    const moved = message.type === 'progress' && !message.running;
    if (moved || message.type === 'ready' || message.type === 'matrices') this.#say('change', null);
  }

  /** What was asked for may be impossible: then it is told, and nothing else happens. */
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
    const event = new CustomEvent(type, { detail, bubbles: true, composed: true });
    this.dispatchEvent(event);
  }
}

/** Properties that decide a run. */
const DECISIVE = ['preset', 'seed', 'steps', 'corpus', 'config', 'corpusText'];

function allowDrop(event: DragEvent): void {
  event.preventDefault();
}
