/**
 * `<ihead-dock>`: what stays in sight of a lab while the reader scrolls. The run's buttons, the step that is shown, its
 * accuracy, and a slider over the records whose track is the accuracy curve with the milestones as ticks. At its end
 * the run is followed.
 */
import { html, nothing, type PropertyDeclarations, svg, type TemplateResult } from 'lit';
import type { LabState } from '../border/lab-state.js';
import type { LabView } from '../border/view.js';
import type { ControlRequest } from './controls.js';
import { DOCK_STYLE } from './dock-style.js';
import { definePanel, type Figure, LabPanel } from './panel.js';
import { percent } from './wording/reading.js';
import { measured } from './wording/series.js';

/** What the dock knows of the lab beside its view. */
export interface DockLab {
  readonly state: LabState;
  /** Of the whole run. */
  readonly steps: number;
  readonly stepsPerSecond: number | null;
  /** All of the run's buttons; play: one to start and to stop it; none: the page has its own. */
  readonly buttons: 'all' | 'play' | 'none';
}

const PACES: readonly (readonly [string, number | null])[] = [
  ['full speed', null],
  ['10 steps a second', 10],
  ['2 steps a second', 2],
];

/** Milliseconds that a record stays in a replay. */
const REPLAY = 120;
const CURVE = { width: 300, height: 36 };

/**
 * @tagname ihead-dock
 * @fires lab-goto - {index}: the slider was moved, a milestone chosen, or a replay goes on
 * @fires lab-control - one of the run's buttons was pressed
 * @csspart slider - the slider
 * @csspart step - the shown step
 * @csspart accuracy - the accuracy at that step
 * @csspart milestones - the last milestone up to that step
 */
export class DockPanel extends LabPanel {
  static override properties: PropertyDeclarations = { lab: { attribute: false }, replaying: { state: true } };
  static override styles = [...LabPanel.styles, DOCK_STYLE];

  declare lab: DockLab | null;
  declare replaying: boolean;
  protected readonly name = 'The run';
  protected readonly waiting = 'Here a slider will go back and forth through the run, once the model trains.';
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.lab = null;
    this.replaying = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopReplay();
  }

  /** There is nothing to take away. */
  async figures(): Promise<readonly Figure[]> {
    return [];
  }

  protected override content(): TemplateResult | null {
    return null;
  }

  protected override render(): TemplateResult {
    const records = this.view?.records ?? [];
    const shown = this.view?.shown ?? 0;
    const last = Math.max(records.length - 1, 0);
    const record = records[shown];
    const follows = shown >= last;
    const step = follows && this.lab !== null ? this.lab.state.step : (record?.iter ?? 0);
    const accuracy = record === undefined ? null : measured(record, 'acc_end');
    const bag = record === undefined ? null : measured(record, 'baseline_bag');
    const told = this.#milestones().filter((milestone) => milestone.step <= step);
    const still = records.length < 2;
    return html`<div class="panel" part="panel" role="group" aria-label=${this.name}>
      <div class="row">
        ${this.#transport()}
        <output part="step">step ${step}</output>
        ${this.lab === null ? nothing : html`<span class="of">of ${this.lab.steps}</span>`}
        <span class="accuracy" part="accuracy">
          in context <b>${accuracy === null ? '–' : percent(accuracy)}</b>
          <span class="bag">bag of words ${bag === null ? '–' : percent(bag)}</span>
        </span>
      </div>
      <div class="time">
        <div class="curve">
          ${this.#curve(records, shown)}
          <input
            type="range"
            part="slider"
            aria-label="Step that is shown"
            min="0"
            max=${Math.max(last, 1)}
            ?disabled=${still}
            .value=${String(still ? 1 : shown)}
            aria-valuetext="step ${step}${follows ? ', the newest' : ''}${accuracy === null ? '' : `, accuracy in context ${percent(accuracy)}`}"
            @input=${(event: Event) => {
              this.#stopReplay();
              this.request('lab-goto', { index: Number((event.target as HTMLInputElement).value) });
            }}
          />
        </div>
        <button type="button" part="button" aria-disabled=${still ? 'true' : 'false'} @click=${() => this.#replay(last)}>
          ${this.replaying ? 'Stop' : 'Replay'}
        </button>
        <button type="button" part="button" class="newest" aria-disabled=${follows ? 'true' : 'false'} @click=${() => this.#newest(last)}>
          Newest
        </button>
      </div>
      <div class="row foot">
        ${this.#marks(records)}
        <p class="milestones" part="milestones" aria-live="polite">${told.at(-1)?.text ?? ''}</p>
      </div>
    </div>`;
  }

  #transport(): TemplateResult | typeof nothing {
    if (this.lab === null || this.lab.buttons === 'none') return nothing;
    const { state, stepsPerSecond, buttons } = this.lab;
    const { status, step } = state;
    const runs = status === 'running' || status === 'starting';
    const word = step === 0 ? 'Train' : status === 'done' ? 'Train on' : 'Go on';
    // What is pressed stays where it is and can be pressed: whoever uses the keyboard would be thrown out of the
    // controls.
    const play = html`<button class="play" @click=${() => this.#ask({ wants: runs ? 'pause' : 'start' })}>${runs ? 'Pause' : word}</button>`;
    if (buttons === 'play') return play;
    return html`${play}
      <button @click=${() => this.#ask({ wants: 'step' })}>One step</button>
      <button ?disabled=${status === 'idle'} @click=${() => this.#ask({ wants: 'reset' })}>Reset</button>
      <select class="pace" aria-label="Speed" @change=${this.#pace}>
        ${PACES.map(([name, pace], at) => html`<option value=${at} ?selected=${pace === stepsPerSecond}>${name}</option>`)}
      </select>`;
  }

  #curve(records: LabView['records'], shown: number): TemplateResult {
    const { width, height } = CURVE;
    const x = (n: number) => ((width * n) / Math.max(records.length - 1, 1)).toFixed(1);
    const line = (key: 'acc_end' | 'baseline_bag') =>
      records
        .flatMap((record, n) => {
          const value = measured(record, key);
          return value === null ? [] : [`${x(n)},${(height * (1 - value)).toFixed(1)}`];
        })
        .join(' ');
    const at = this.#milestones().map(({ step }) => records.findIndex(({ iter }) => iter >= step));
    return html`<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">
      <path class="floor" d="M0 ${height}h${width}" />
      ${at.filter((n) => n >= 0).map((n) => svg`<path class="tick" d="M${x(n)} 0v${height}" />`)}
      <polyline class="bag-line" points=${line('baseline_bag')} />
      <polyline class="model" points=${line('acc_end')} />
      ${records.length > 1 ? svg`<path class="here" d="M${x(shown)} -3v${height + 6}" />` : nothing}
    </svg>`;
  }

  /** The milestones as places to go to. */
  #marks(records: LabView['records']): TemplateResult {
    const milestones = this.#milestones();
    const go = ({ target }: Event) => {
      const select = target as HTMLSelectElement;
      const milestone = milestones[Number(select.value)];
      select.value = '';
      if (milestone === undefined) return;
      this.#stopReplay();
      this.request('lab-goto', { index: records.findIndex(({ iter }) => iter >= milestone.step) });
    };
    return html`<select class="marks" aria-label="Go to a milestone" ?disabled=${milestones.length === 0} @change=${go}>
      <option value="">Milestones</option>
      ${milestones.map(({ step, text }, n) => html`<option value=${n}>${step}: ${text}</option>`)}
    </select>`;
  }

  #milestones(): LabState['milestones'] {
    return this.lab?.state.milestones ?? [];
  }

  /** From the first record, or from where it stands, to the last. */
  #replay(last: number): void {
    if (this.replaying || last < 1) {
      this.#stopReplay();
      return;
    }
    this.replaying = true;
    let next = (this.view?.shown ?? last) >= last ? 0 : this.view!.shown + 1;
    this.#timer = setInterval(() => {
      this.request('lab-goto', { index: next });
      next++;
      if (next > (this.view?.records.length ?? 0) - 1) this.#stopReplay();
    }, REPLAY);
  }

  #stopReplay(): void {
    clearInterval(this.#timer);
    this.replaying = false;
  }

  #newest(last: number): void {
    this.#stopReplay();
    this.request('lab-goto', { index: last });
  }

  readonly #pace = ({ target }: Event): void => {
    const [, stepsPerSecond] = PACES[Number((target as HTMLSelectElement).value)]!;
    this.#ask({ wants: 'pace', stepsPerSecond });
  };

  #ask(detail: ControlRequest): void {
    this.dispatchEvent(new CustomEvent('lab-control', { detail, bubbles: true, composed: true }));
  }
}

definePanel('ihead-dock', DockPanel);

declare global {
  interface HTMLElementTagNameMap {
    'ihead-dock': DockPanel;
  }
}
