/** What an author says of a lab: its attributes and properties, and what they are where nothing is said. */
import { LitElement } from 'lit';
import { BUILT_IN } from '../../corpus/identity.js';
import type { ConfigLayer } from '../../train/config.js';
import { LAB_PRESET } from '../border/settings.js';

/**
 * @attr {string} preset - A preset by its name; default: quick.
 * @attr {number} seed - The seed of the run; default: the preset's.
 * @attr {string} corpus - `sonnets`, or the address of a UTF-8 text; default: sonnets.
 * @attr {string} src - Address of a weight file of ihead, shown as it is and trained only when asked; default: none.
 * @attr {number} steps - Steps of the run; default: the preset's.
 * @attr {string} panels - Any of controls, reading, memories, curves, with spaces between.
 * @attr {string} text - What the model reads, where the corpus has its characters; default: a drawn text.
 * @attr {boolean} autoplay - Start once the lab is in sight, unless the reader prefers reduced motion.
 */
export abstract class LabAttributes extends LitElement {
  static override properties = {
    preset: {},
    seed: { type: Number },
    corpus: {},
    src: {},
    steps: { type: Number },
    panels: {},
    text: {},
    autoplay: { type: Boolean },
    config: { attribute: false },
    corpusText: { attribute: false },
  };

  declare preset: string;
  declare seed: number | null;
  declare corpus: string;
  declare src: string;
  declare steps: number | null;
  declare panels: string;
  declare text: string;
  declare autoplay: boolean;
  declare config: ConfigLayer;
  declare corpusText: string | null;

  constructor() {
    super();
    this.preset = LAB_PRESET;
    this.seed = null;
    this.corpus = BUILT_IN;
    this.src = '';
    this.steps = null;
    this.panels = 'controls curves';
    this.text = '';
    this.autoplay = false;
    this.config = {};
    this.corpusText = null;
  }
}
