/** The panels, by the names that an author lists; their elements stand in panels/index.ts. */
import { ConfigError } from '../../errors.js';

interface PanelSettings {
  /** Whether it shows moments; the others live on records alone. */
  readonly moments: boolean;
}

export const panels = {
  controls: { moments: false },
  reading: { moments: true },
  curves: { moments: false },
  memories: { moments: true },
} as const satisfies Record<string, PanelSettings>;

export type PanelName = keyof typeof panels;
/** Names of earlier versions, which pages and links still hold. */
const FORMER: ReadonlyMap<string, PanelName> = new Map([
  ['attention', 'reading'],
  ['sequence', 'reading'],
]);

export const PANELS = Object.keys(panels) as PanelName[];

/** Names with spaces between, in the order in which they are shown. Throws a ConfigError for one that there is not. */
export function readPanels(text: string): PanelName[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== '');
  const known = new Set<PanelName>();
  for (const name of names) {
    const panel = PANELS.find((other) => other === (FORMER.get(name) ?? name));
    if (panel === undefined) throw new ConfigError('panels', name, `one of ${PANELS.join(', ')}`);
    known.add(panel);
  }
  return [...known];
}

export function showsMoments(names: readonly PanelName[]): boolean {
  return names.some((name) => panels[name].moments);
}
