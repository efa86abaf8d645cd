/** The panels by the names that an author lists. Each is a module of its own that registers its element. */
import { html, nothing, type TemplateResult } from 'lit';
import { ConfigError } from '../errors.js';
import type { LabView } from './view.js';

export const PANELS = ['controls', 'curves', 'memories', 'attention', 'sequence'] as const;

export type PanelName = (typeof PANELS)[number];

/** Panels that show moments; the others live on records alone. */
const MOMENTARY: readonly PanelName[] = ['memories', 'attention', 'sequence'];

/** Names with spaces between, in the order in which they are shown. Throws a ConfigError for one that there is not. */
export function readPanels(text: string): PanelName[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== '');
  const known: PanelName[] = [];
  for (const name of names) {
    const panel = PANELS.find((other) => other === name);
    if (panel === undefined) throw new ConfigError('panels', name, `one of ${PANELS.join(', ')}`);
    if (!known.includes(panel)) known.push(panel);
  }
  return known;
}

export function showsMoments(names: readonly PanelName[]): boolean {
  return names.some((name) => MOMENTARY.includes(name));
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
