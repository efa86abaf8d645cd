/** The element of each panel, without a view as yet. A panel is a module of its own that registers its element. */
import { html, nothing, type TemplateResult } from 'lit';
import type { PanelName } from '../border/panel-names.js';
import './curves.js';
import './memories.js';
import './reading.js';
import './dock.js';

const PARTS = 'panel, title, waiting';

export const panelElements: Readonly<Record<PanelName, TemplateResult | typeof nothing>> = {
  // The lab itself makes them.
  controls: nothing,
  reading: html`<ihead-reading part="reading" exportparts=${PARTS}></ihead-reading>`,
  curves: html`<ihead-curves part="curves" exportparts=${PARTS}></ihead-curves>`,
  memories: html`<ihead-memories part="memories" exportparts=${PARTS}></ihead-memories>`,
};
