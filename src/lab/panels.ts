/** Each panel by its name. A panel is a module of its own that registers its element. */
import { html, nothing, type TemplateResult } from 'lit';
import type { PanelName } from './panel-names.js';
import './panels/attention.js';
import './panels/curves.js';
import './panels/memories.js';
import './panels/sequence.js';
import './panels/timeline.js';
import type { LabView } from './view.js';

/** The slider over the records, of use once there are some. */
export function timeline(view: LabView | null): TemplateResult | typeof nothing {
  if (view === null || view.records.length < 2) return nothing;
  return html`<ihead-timeline part="timeline" exportparts="panel, title" .view=${view}></ihead-timeline>`;
}

/** A panel's element; controls are made by the lab itself. */
export function panelElement(name: PanelName, view: LabView | null): TemplateResult | typeof nothing {
  const parts = 'panel, title, waiting';
  switch (name) {
    case 'curves':
      return html`<ihead-curves part="curves" exportparts=${parts} .view=${view}></ihead-curves>`;
    case 'memories':
      return html`<ihead-memories part="memories" exportparts=${parts} .view=${view}></ihead-memories>`;
    case 'attention':
      return html`<ihead-attention part="attention" exportparts=${parts} .view=${view}></ihead-attention>`;
    case 'sequence':
      return html`<ihead-sequence part="sequence" exportparts=${parts} .view=${view}></ihead-sequence>`;
    default:
      return nothing;
  }
}
