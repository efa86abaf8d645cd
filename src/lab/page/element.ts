/**
 * <ihead-lab>: a model that trains in the page, with the panels that its author lists.
 *
 *     <ihead-lab preset="quick" seed="1" steps="300" panels="controls curves attention" autoplay></ihead-lab>
 *
 * Nothing is computed, and no worker made, before it is asked to start or, with `autoplay`, comes into sight. It rests
 * while it is hidden, and ends with the element.
 */
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { BUILT_IN } from '../../corpus/identity.js';
import type { OpenConfig } from '../../train/config.js';
import type { ControlRequest, ControlsView } from '../panels/controls.js';
import '../panels/controls.js';
import type { LabState } from '../border/lab-state.js';
import type { LinkState } from '../border/link.js';
import type { FromLab } from '../border/messages.js';
import { type PanelName, readPanels, showsMoments } from '../border/panel-names.js';
import type { DockLab } from '../panels/dock.js';
import { PALETTE } from '../panels/drawing/palette.js';
import { panelElements } from '../panels/index.js';
import type { LabPanel, LabRequestEvent } from '../panels/panel.js';
import { LabAttributes } from './attributes.js';
import { createDownloads, type SavedRun } from './downloads.js';
import { LAB_STYLE } from './element-style.js';
import { eventsOf } from './events.js';
import { createOwnText } from './own-text.js';
import { createRunSettings } from './run-settings.js';
import { corpusOf, createDrops, fetchWeights, readWeightsFile } from './uploads.js';
import { createViewScheduler, type Viewer } from './view-scheduler.js';
import { createVisibility, prefersStillness } from './visibility.js';
import { createWorkerClient, type WorkerClient } from './worker-client.js';

/**
 * @element ihead-lab
 *
 * @fires {CustomEvent<MetricsRecord>} record - An evaluation.
 * @fires {CustomEvent<Milestone>} milestone - A moment worth a sentence: { id, step, text }.
 * @fires {CustomEvent<{ step: number }>} done - The run is over.
 * @fires {CustomEvent<null>} change - Settings, step or what was done by hand are others than before.
 * @fires {CustomEvent<{ name: string, message: string }>} fail - Something that was asked cannot be done.
 *
 * @csspart lab - All of it.
 * @csspart dock - What stays in sight: the run's buttons, the step, the slider.
 * @csspart step - The step that is shown.
 * @csspart accuracy - The accuracy at that step.
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
export class LabElement extends LabAttributes {
  static override styles = [PALETTE, LAB_STYLE];

  readonly #runSettings = createRunSettings(this);
  #stepsPerSecond: number | null = null;
  readonly #downloads = createDownloads();
  #error: string | null = null;
  #names: readonly PanelName[] = [];
  #controlsView: ControlsView | null = null;
  readonly #text = createOwnText();
  /** The `src` that was asked for last. */
  #opened = '';
  /** Counts what overtakes a start that still waits for its text. */
  #turn = 0;
  readonly #client: WorkerClient;
  readonly #visibility = createVisibility(this, {
    seen: () => {
      if (this.state.status !== 'idle') return;
      if (this.src !== '') this.#openSource();
      else if (this.autoplay && !prefersStillness()) this.start();
    },
    runs: () => this.state.status === 'running',
    pause: () => this.#client.pause(),
    start: () => this.start(),
  });
  readonly #drops = createDrops((request) => void this.#attempt(() => this.#follow(request)));
  readonly #viewScheduler = createViewScheduler(() =>
    this.renderRoot.querySelectorAll<Element & Viewer>('ihead-dock, .panels > *'),
  );

  constructor() {
    super();
    this.#client = createWorkerClient({
      changed: () => this.requestUpdate(),
      heard: (message) => this.#hear(message),
      watching: () => showsMoments(this.#names),
    });
    // Set before the element was defined: a property of the element itself, which would hide this one.
    const early = Object.getOwnPropertyDescriptor(this, 'linkState')?.value as LinkState | undefined;
    if (early !== undefined) {
      Reflect.deleteProperty(this, 'linkState');
      this.linkState = early;
    }
  }

  /** Once for each address: what cannot be had is not asked for again. */
  #openSource(): void {
    const address = this.src;
    if (this.#opened === address) return;
    this.#opened = address;
    void this.#attempt(async () => {
      const bytes = await fetchWeights(address);
      if (this.src === address && this.state.status === 'idle') await this.load(bytes);
    });
  }

  start(): void {
    const { status, step, steps, ready } = this.state;
    if (status === 'starting' || status === 'running') return;
    this.#error = null;
    if (ready === null || status === 'failed') {
      void this.#begin(true);
      return;
    }
    const stopAt = this.#runSettings.stopAt ?? 0;
    this.#runSettings.stopAt = null;
    this.#client.resume(stopAt > step ? stopAt : step < steps ? steps : step + ready.config.training.steps);
    this.#visibility.check();
  }

  pause(): void {
    this.#turn++;
    this.#visibility.stayPaused();
    this.#client.pause();
  }

  step(): void {
    const { status, ready } = this.state;
    if (status === 'starting') return;
    this.#error = null;
    if (ready !== null && status !== 'failed') this.#client.step();
    else void this.#begin(true, 1);
  }

  reset(): void {
    this.pause();
    this.#error = null;
    this.#runSettings.reset();
    if (this.state.status === 'failed') this.#client.close();
    else this.#client.reset();
    this.requestUpdate();
  }

  /** The weights of the present step as a safetensors file: the bytes that `ihead train` writes. */
  save(): Promise<Uint8Array> {
    return this.#client.save();
  }

  async load(bytes: Uint8Array): Promise<void> {
    this.#error = null;
    const turn = ++this.#turn;
    const text = await this.#runSettings.text();
    if (turn !== this.#turn) throw new Error('something else was asked before the file was read');
    await this.#client.load(bytes, text);
    this.#runSettings.useLoaded(this.state.ready!.config);
    this.requestUpdate();
  }

  settings(): OpenConfig {
    return this.#runSettings.settings();
  }

  get state(): LabState {
    return this.#client.state;
  }

  /** What a link has to hold for the same run. */
  get linkState(): LinkState {
    const begun = this.state.ready !== null;
    return {
      ...this.#runSettings.difference(),
      step: begun ? this.state.step : (this.#runSettings.stopAt ?? 0),
      panels: this.#names,
      manualFreezes: begun ? this.state.manualFreezes : this.#runSettings.manualFreezes,
    };
  }

  /** Takes the place of all settings and attributes; the run starts anew when it is asked to. */
  set linkState({ preset, layer, step, panels, manualFreezes }: LinkState) {
    this.preset = preset;
    this.seed = null;
    this.steps = null;
    this.config = layer;
    this.corpus = BUILT_IN;
    this.corpusText = null;
    if (panels !== null) this.panels = panels.join(' ');
    this.#runSettings.followLink(manualFreezes, step > 0 ? step : null);
  }

  /** Why no link leads to this run, in a sentence; null: one does. */
  get linkObstacle(): string | null {
    return this.#runSettings.linkObstacle;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#visibility.watch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#visibility.stop();
    this.#viewScheduler.stop();
    // An element that is only moved is back at once.
    queueMicrotask(() => {
      if (!this.isConnected) this.#end();
    });
  }

  protected override willUpdate(changed: PropertyValues): void {
    const decided = DECISIVE.some((name) => changed.has(name));
    // What was wrong may be right now.
    if (decided || changed.has('panels')) this.#error = null;
    if (changed.has('panels')) {
      try {
        this.#names = readPanels(this.panels);
      } catch (error) {
        this.#names = [];
        this.#fail(error);
      }
    }
    if ((changed.has('autoplay') && this.autoplay) || (changed.has('src') && this.src !== '')) this.#visibility.look();
    if (decided && this.state.status !== 'idle') {
      this.#runSettings.dropLoaded();
      this.#end();
    }
    this.#controlsView = this.#names.includes('controls') ? this.#viewOfControls() : null;
  }

  protected override render(): TemplateResult {
    const controls = this.#names.includes('controls');
    const error = this.#error ?? this.state.error;
    return html`<div
      class="lab"
      part="lab"
      @lab-goto=${(event: LabRequestEvent<'lab-goto'>) => this.#client.goto(event.detail.index)}
      @lab-sequence=${(event: LabRequestEvent<'lab-sequence'>) => this.#client.watch(event.detail.tokens)}
      @lab-sample=${() => this.#client.watch(null)}
      @lab-silence=${({ detail }: LabRequestEvent<'lab-silence'>) => this.#client.ablate(detail)}
      @lab-control=${(event: CustomEvent<ControlRequest>) => void this.#attempt(() => this.#follow(event.detail))}
      @dragover=${controls ? this.#drops.over : nothing}
      @drop=${controls ? this.#drops.drop : nothing}
    >
      ${this.#dock(controls)} ${controls ? html`<ihead-controls part="controls" exportparts="panel" .view=${this.#controlsView}></ihead-controls>` : nothing}
      ${error === null ? nothing : html`<p class="error" part="error" role="alert">${error}</p>`}
      <div class="panels" part="panels">${this.#names.map((name) => panelElements[name])}</div>
    </div>`;
  }

  /** Where nothing is shown and nothing can be pressed there is none. */
  #dock(controls: boolean): TemplateResult | typeof nothing {
    if (this.#names.length === 0) return nothing;
    const { state } = this;
    const steps = state.ready === null ? (this.#controlsView?.config.training.steps ?? this.steps ?? 0) : state.steps;
    const buttons = controls ? 'all' : this.autoplay ? 'play' : 'none';
    const lab: DockLab = { state, steps, stepsPerSecond: this.#stepsPerSecond, buttons };
    return html`<ihead-dock part="dock" exportparts="panel, step, accuracy, milestones" .lab=${lab}></ihead-dock>`;
  }

  protected override updated(): void {
    this.#viewScheduler.hand(this.#client.view);
  }

  /** As it was where the settings cannot be: what is wrong with them is told instead. */
  #viewOfControls(): ControlsView | null {
    try {
      return {
        state: this.state,
        config: this.settings(),
        text: this.#runSettings.textName,
        pictures: this.#downloads.pictures,
      };
    } catch (error) {
      this.#error ??= (error as Error).message;
      return this.#controlsView;
    }
  }

  /** A new run, which goes where it should or stands still; `most`: no further than this step. */
  #begin(trains: boolean, most = Number.POSITIVE_INFINITY): Promise<void> {
    return this.#attempt(async () => {
      const turn = ++this.#turn;
      // Attributes that were set just before belong to the run.
      if (this.isConnected) await this.updateComplete;
      const run = await this.#runSettings.run();
      if (turn !== this.#turn) return;
      const until = trains ? Math.min(this.#runSettings.stopAt ?? run.config.training.steps, most) : 0;
      if (trains) this.#runSettings.stopAt = null;
      this.#client.start(run, until);
    });
  }

  /** Of the run and of what waits to be one. */
  #end(): void {
    this.pause();
    this.#client.close();
  }

  /** After a change of what decides a run: a run that there was starts anew, and goes if it went. */
  #restart(): void {
    const { status } = this.state;
    this.#error = null;
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
        this.#client.pace(request.stepsPerSecond);
        break;
      case 'settings':
        this.#runSettings.change(request.layer);
        this.#restart();
        break;
      case 'freeze':
        this.#client.freeze(request);
        break;
      case 'text':
      case 'file':
      case 'sonnets':
        this.#runSettings.read(await corpusOf(request));
        this.#restart();
        break;
      case 'load':
        await this.load(await readWeightsFile(request.file));
        break;
      case 'weights':
        this.#downloads.weights(await this.save());
        break;
      case 'run':
        this.#downloads.run(await this.#savedRun());
        break;
      case 'records':
        this.#downloads.records(this.#client.view?.records ?? []);
        break;
      case 'pictures':
        await this.#downloads.draw(this.renderRoot.querySelectorAll<LabPanel>('.panels > *'));
        break;
    }
    this.requestUpdate();
  }

  /** What `ihead train` leaves in a folder. The weights come last: they are of the step at which records are read. */
  async #savedRun(): Promise<SavedRun> {
    const text = await this.#runSettings.text();
    const weights = await this.save();
    return { config: this.state.ready!.config, records: this.#client.view?.records ?? [], weights, text };
  }

  #hear(message: FromLab): void {
    // Whoever types waits for no round of drawing.
    if (message.type === 'moment') this.#viewScheduler.now('ihead-reading', this.#client.view);
    if (message.type === 'ready') {
      this.#visibility.check();
      const text = this.#text.tokensFor(this.text, message);
      if (text !== null) this.#client.watch(text);
    }
    for (const { type, detail } of eventsOf(message)) this.#say(type, detail);
  }

  /** Says so where what was asked for is impossible. */
  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
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

const DECISIVE = ['preset', 'seed', 'steps', 'corpus', 'src', 'config', 'corpusText'];
