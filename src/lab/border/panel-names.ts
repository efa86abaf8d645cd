/** The panels by the names that an author lists. */
import { ConfigError } from '../../errors.js';

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
