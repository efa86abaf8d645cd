/** Each panel by its name. A panel is a module of its own that registers its element. */
import { html, nothing, type TemplateResult } from 'lit';
import type { PanelName } from '../border/panel-names.js';
import './attention.js';
import './curves.js';
import './memories.js';
import './sequence.js';
import './timeline.js';

const PARTS = 'panel, title, waiting';

/** A panel's element, without a view as yet; controls are made by the lab itself. */
export function panelElement(name: PanelName): TemplateResult | typeof nothing {
  switch (name) {
    case 'curves':
      return html`<ihead-curves part="curves" exportparts=${PARTS}></ihead-curves>`;
    case 'memories':
      return html`<ihead-memories part="memories" exportparts=${PARTS}></ihead-memories>`;
    case 'attention':
      return html`<ihead-attention part="attention" exportparts=${PARTS}></ihead-attention>`;
    case 'sequence':
      return html`<ihead-sequence part="sequence" exportparts=${PARTS}></ihead-sequence>`;
    default:
      return nothing;
  }
}
