/**
 * `<ihead-controls>`: what a reader can do with a lab. It holds no state of its own but what is being typed: it is
 * given the lab's, and says what was asked for with `lab-control`, or with the event of the panels where they can ask
 * for the same.
 */
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { FEED_FORWARD_TITLES } from '../../model/feed-forwards/kinds.js';
import { type LossRuleName, lossTitles, type TriggersConfig } from '../../task/kinds.js';
import type { ConfigLayer, OpenConfig } from '../../train/config.js';
import { OPTIMIZER_TITLES, type OptimizerConfig } from '../../train/optimizers.js';
import type { LabState, Picture } from '../border/lab-state.js';
import { MOST } from '../border/limits.js';
import { withLayers } from '../border/settings.js';
import { CONTROLS_STYLE } from './controls-style.js';
import { definePanel, LabPanel, type LabRequests } from './panel.js';
import { matrixName, parameterName } from './wording/parameter-names.js';

export type ControlRequest =
  | { readonly wants: 'start' | 'pause' | 'step' | 'reset' | 'weights' | 'records' | 'pictures' | 'run' }
  | { readonly wants: 'sonnets' }
  | { readonly wants: 'pace'; readonly stepsPerSecond: number | null }
  | { readonly wants: 'settings'; readonly layer: ConfigLayer }
  | { readonly wants: 'freeze'; readonly parameter: string; readonly frozen: boolean }
  | { readonly wants: 'text'; readonly text: string }
  | { readonly wants: 'file'; readonly file: File }
  | { readonly wants: 'load'; readonly file: File };

/** Everything that the controls show. */
export interface ControlsView {
  readonly state: LabState;
  /** Of the present run, or of the next. */
  readonly config: OpenConfig;
  /** Name of the reader's own text; null: the sonnets. */
  readonly text: string | null;
  /** Ready to be taken away. */
  readonly pictures: readonly Picture[];
}

export class ControlsElement extends LitElement {
  static override properties = { view: { attribute: false } };
  static override styles = [...LabPanel.styles, CONTROLS_STYLE];

  declare view: ControlsView | null;

  constructor() {
    super();
    this.view = null;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.view === null) return nothing;
    return html`<div class="panel" part="panel" role="group" aria-label="Settings">
      ${this.#settings(this.view)} ${this.#parts(this.view)} ${this.#files(this.view)}
    </div>`;
  }

  #triggers({ triggers, outputs: drawn }: TriggersConfig): TemplateResult {
    return html`${this.#number('Triggers in a sequence (K)', triggers.count, 1, (count) => ({ task: { triggers: { count } } }))}
      ${this.#choice(
        'Triggers are',
        triggers.mode,
        { fixed: 'fixed: the most frequent', random: 'random: drawn anew' },
        (mode) => ({
          task: { triggers: { mode } },
        }),
      )}
      ${this.#choice(
        'Outputs are drawn',
        drawn,
        { uniform: 'evenly from all', bigram: 'from the bigram law' },
        (outputs) => ({
          task: { outputs },
        }),
      )}`;
  }

  #settings({ config, text }: ControlsView): TemplateResult {
    const { task, model, training, seed } = config;
    const { optimizer } = training;
    return html`<details part="settings">
      <summary>Settings: a change starts the run anew</summary>
      <fieldset>
        <legend>Data</legend>
        <div class="fields">
          ${this.#number('Seed', seed, 1, (value) => ({ seed: value }))}
          ${'outputs' in task ? this.#triggers(task) : nothing}
          ${this.#number('Characters in a sequence (T)', task.seqLength, 1, (seqLength) => ({ task: { seqLength } }))}
          ${this.#number('Sequences in a step', training.batchSize, 1, (batchSize) => ({ training: { batchSize } }))}
        </div>
      </fieldset>
      <fieldset>
        <legend>Model and training</legend>
        <div class="fields">
          ${this.#number('Width (d)', model.dim, 1, (dim) => ({ model: { dim } }))}
          ${this.#choice('Layers', String(model.layers), { 1: '1', 2: '2' }, (layers) =>
            withLayers(config, layers === '1' ? 1 : 2),
          )}
          ${this.#choice('Feed-forward, last layer', model.ffn.at(-1)!, FEED_FORWARD_TITLES, (ffn) => ({
            model: { ffn: [...model.ffn.slice(0, -1), ffn] },
          }))}
          ${this.#choice('Loss on', training.lossOn, lossTitles(task.kind), (lossOn) => ({ training: { lossOn: lossOn as LossRuleName } }))}
          ${this.#choice('Optimizer', optimizer.kind, OPTIMIZER_TITLES, (kind) => ({
            training: { optimizer: { kind } as OptimizerConfig },
          }))}
          ${this.#number('Learning rate', optimizer.learningRate, 'any', (learningRate) => ({
            training: { optimizer: { learningRate } },
          }))}
          ${this.#number('Steps', training.steps, 1, (steps) => ({ training: { steps } }))}
        </div>
      </fieldset>
      <fieldset>
        <legend>Text</legend>
        <p class="note">
          ${text === null ? 'The laws come from Shakespeare’s sonnets.' : html`The laws come from <bdi>${text}</bdi>.`} Drop a text on the
          lab, choose a file, or paste one: up to ${MOST.textBytes / 2 ** 20} MiB of UTF-8 with ${MOST.symbols} different characters.
        </p>
        <div class="fields wide">
          <label>A text file <input type="file" accept="text/*,.txt" @change=${this.#file('file')} /></label>
          <label>Or paste it here <textarea maxlength=${MOST.textBytes + 1} spellcheck="false"></textarea></label>
        </div>
        <div class="row">
          <button @click=${this.#paste}>Train on the pasted text</button>
          ${text === null ? nothing : html`<button @click=${() => this.#ask({ wants: 'sonnets' })}>Back to the sonnets</button>`}
        </div>
      </fieldset>
    </details>`;
  }

  /** What can be changed while the run goes on. */
  #parts({ state, config }: ControlsView): TemplateResult {
    const { layers, heads } = config.model;
    const all = Array.from({ length: layers }, (_, layer) =>
      Array.from({ length: heads }, (_, head) => [layer, head] as const),
    );
    return html`<details part="parts">
      <summary>Parts of the model: freeze or leave out, also while it trains</summary>
      ${
        state.ready === null
          ? html`<p class="note">The parts are here once the run has started.</p>`
          : html`<fieldset>
                <legend>Trained</legend>
                <div class="fields">
                  ${state.matrices.map(
                    ({ parameter, frozen }) =>
                      html`<label class="check"
                        ><input type="checkbox" .checked=${!frozen} @change=${this.#freeze(parameter)} /> <span>${matrixName(parameterName(parameter, layers))}</span></label
                      >`,
                  )}
                </div>
              </fieldset>
              <fieldset>
                <legend>Heads left out of what you see (not of the training)</legend>
                <div class="fields">
                  ${all.flat().map(
                    ([layer, head]) =>
                      html`<label class="check"
                        ><input
                          type="checkbox"
                          .checked=${state.silenced.some(([l, h]) => l === layer && h === head)}
                          @change=${this.#silence(layer, head)}
                        />
                        layer ${layer + 1}${heads > 1 ? `, head ${head + 1}` : ''}</label
                      >`,
                  )}
                </div>
              </fieldset>`
      }
    </details>`;
  }

  #files({ state, pictures }: ControlsView): TemplateResult {
    const none = state.ready === null;
    return html`<details part="files">
      <summary>Save and load</summary>
      <div class="row">
        <button ?disabled=${none} @click=${() => this.#ask({ wants: 'run' })}>The run (ZIP)</button>
        <button ?disabled=${none} @click=${() => this.#ask({ wants: 'weights' })}>Weights (safetensors)</button>
        <button ?disabled=${none} @click=${() => this.#ask({ wants: 'records' })}>Measurements (JSONL)</button>
        <button ?disabled=${none} @click=${() => this.#ask({ wants: 'pictures' })}>Pictures (SVG, PNG)</button>
      </div>
      ${
        pictures.length === 0
          ? nothing
          : html`<ul>
              ${pictures.map(({ name, address }) => html`<li><a href=${address} download=${name}>${name}</a></li>`)}
            </ul>`
      }
      <div class="fields wide">
        <label>Go on from a weight file <input type="file" accept=".safetensors" @change=${this.#file('load')} /></label>
      </div>
    </details>`;
  }

  #number(label: string, value: number, step: number | 'any', layer: (value: number) => ConfigLayer): TemplateResult {
    const change = (event: Event) => {
      const input = event.target as HTMLInputElement;
      const { valueAsNumber } = input;
      // The field shows what is: a value that is taken comes back with the next view, one that is refused does not.
      input.value = String(value);
      if (Number.isFinite(valueAsNumber)) this.#ask({ wants: 'settings', layer: layer(valueAsNumber) });
    };
    return html`<label>${label} <input type="number" min="0" step=${step} .value=${String(value)} @change=${change} /></label>`;
  }

  #choice<T extends string>(
    label: string,
    value: T,
    names: Readonly<Record<T, string>>,
    layer: (value: T) => ConfigLayer,
  ): TemplateResult {
    const change = (event: Event) => {
      const select = event.target as HTMLSelectElement;
      const chosen = select.value as T;
      select.value = value;
      this.#ask({ wants: 'settings', layer: layer(chosen) });
    };
    // A link may hold what is not offered here.
    const entries = Object.entries(value in names ? names : { ...names, [value]: value }) as [T, string][];
    return html`<label
      >${label}
      <select .value=${value} @change=${change}>
        ${entries.map(([key, name]) => html`<option value=${key} ?selected=${key === value}>${name}</option>`)}
      </select></label
    >`;
  }

  #freeze(parameter: string): (event: Event) => void {
    return ({ target }) => this.#ask({ wants: 'freeze', parameter, frozen: !(target as HTMLInputElement).checked });
  }

  #silence(layer: number, head: number): (event: Event) => void {
    return ({ target }) => {
      const { checked: silenced } = target as HTMLInputElement;
      this.#send('lab-silence', { layer, head, silenced } satisfies LabRequests['lab-silence']);
    };
  }

  #file(wants: 'file' | 'load'): (event: Event) => void {
    return ({ target }) => {
      const input = target as HTMLInputElement;
      const [file] = input.files ?? [];
      if (file !== undefined) this.#ask({ wants, file });
      // The same file may be chosen again.
      input.value = '';
    };
  }

  readonly #paste = (): void => {
    const area = this.renderRoot.querySelector('textarea')!;
    this.#ask({ wants: 'text', text: area.value });
  };

  #ask(detail: ControlRequest): void {
    this.#send('lab-control', detail);
  }

  #send(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

definePanel('ihead-controls', ControlsElement);
