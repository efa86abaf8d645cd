/** Entry of `lab.js`: one module that a page loads, and <ihead-lab> is there. */
import type { ConfigLayer, OpenConfig } from '../train/config.js';
import type { LabState } from './border/lab-state.js';
import type { LinkState } from './border/link.js';
import { LabElement as Element } from './page/element.js';

/** <ihead-lab> as a page sees it: these types ask for none of the libraries that lab.js carries. */
export interface LabElement extends HTMLElement {
  preset: string;
  seed: number | null;
  /** `sonnets`, or the address of a UTF-8 text. */
  corpus: string;
  /** The address of a weight file to show; empty: none. */
  src: string;
  steps: number | null;
  /** Any of controls, reading, memories, curves, with spaces between. */
  panels: string;
  /** What the model reads; '': a text that is drawn. */
  text: string;
  autoplay: boolean;
  /** Settings over the preset's and over the attributes'. */
  config: ConfigLayer;
  /** A text to train on instead of `corpus`. */
  corpusText: string | null;
  /** Starts the run, or goes on with it; a run that is over goes on for as many steps again. */
  start(): void;
  /** Stands still after the present step. */
  pause(): void;
  /** One step, then stands still. */
  step(): void;
  /** Back to step 0, with what was done by hand undone. Settings stay. */
  reset(): void;
  /** The weights of the present step as a safetensors file. */
  save(): Promise<Uint8Array>;
  /** Goes on from a weight file that ihead wrote; its settings take the place of this lab's. */
  load(bytes: Uint8Array): Promise<void>;
  /** The settings of the present run, or of the next. Throws a ConfigError. */
  settings(): OpenConfig;
  /** Where the run stands. */
  readonly state: LabState;
  /** Run, step and what was done by hand: what an address can hold. Setting it takes the lab there. */
  linkState: LinkState;
  /** Why the address alone does not lead here; null where it does. */
  readonly linkObstacle: string | null;
  /** Resolves once what was set is on the page. */
  readonly updateComplete: Promise<boolean>;
}

export const LabElement: new () => LabElement = Element;

declare global {
  interface HTMLElementTagNameMap {
    'ihead-lab': LabElement;
  }
}

if (customElements.get('ihead-lab') === undefined) customElements.define('ihead-lab', LabElement);

export type { LabState, Status } from './border/lab-state.js';
export type { ManualFreeze, Milestone } from './border/messages.js';
export type { LabView, Moment } from './border/view.js';
