/** The element of each panel, without a view as yet. A panel is a module of its own that registers its element. */
import { html, nothing, type TemplateResult } from 'lit';
import type { PanelName } from '../border/panel-names.js';
import './attention.js';
import './curves.js';
import './memories.js';
import './sequence.js';
import './timeline.js';

const PARTS = 'panel, title, waiting';

export const panelElements: Readonly<Record<PanelName, TemplateResult | typeof nothing>> = {
  // The lab itself makes them.
  controls: nothing,
  curves: html`<ihead-curves part="curves" exportparts=${PARTS}></ihead-curves>`,
  memories: html`<ihead-memories part="memories" exportparts=${PARTS}></ihead-memories>`,
  attention: html`<ihead-attention part="attention" exportparts=${PARTS}></ihead-attention>`,
  sequence: html`<ihead-sequence part="sequence" exportparts=${PARTS}></ihead-sequence>`,
};
