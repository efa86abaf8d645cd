/**
 * A lab as a link: the part of an address behind #, as `&`-separated assignments. `v`, `preset`, `step`, `panels` and
 * `hand`
 * are the lab's own; every other name is the path of a setting, as behind `--set`, in which the run differs from its
 * preset:
 *
 *     #v=2&preset=quick&seed=3&task.triggers.count=3&training.lossOn=all&step=140&panels=controls,curves
 *
 * `v` is the version of the presets: a link without one was made when `paper` and `quick` had fixed triggers, which are
 * `fixed` and `fixed-quick` now, and opens the same bits.
 *
 * Whatever is read comes from a stranger: it is held to its form and to a page's bounds before anything is made of it.
 */
import { BUILT_IN } from '../../corpus/identity.js';
import { ConfigError } from '../../errors.js';
import type { ConfigLayer } from '../../train/config.js';
import { type PresetName, presets } from '../../train/presets.js';
import { setLayer } from '../../train/resolve.js';
import { MOST } from './limits.js';
import { readManualFreezes, writeManualFreezes } from './manual-freezes.js';
import type { ManualFreeze } from './messages.js';
import { type PanelName, readPanels } from './panel-names.js';
import { difference, LAB_PRESET, labConfig } from './settings.js';

export interface LinkState {
  readonly preset: PresetName;
  /** Settings that differ from the preset's. */
  readonly layer: ConfigLayer;
  /** Where the run is to stand; 0: nothing is trained yet. */
  readonly step: number;
  /** null: as the page has them. */
  readonly panels: readonly PanelName[] | null;
  readonly manualFreezes: readonly ManualFreeze[];
}

const VERSION = '2';
/** What the presets of links without a version are called now. */
const FIRST_NAMES: Readonly<Record<string, PresetName>> = { paper: 'fixed', quick: 'fixed-quick' };
const LONGEST = 8192;
const MOST_ASSIGNMENTS = 100;

/** `text`: without the #. Throws a ConfigError for anything that is not the state of a lab. */
export function readLink(text: string): LinkState {
  if (text.length > LONGEST) throw new ConfigError('link', text, `a state of at most ${LONGEST} characters`);
  const given = new Map<string, string>();
  for (const part of text.split('&', MOST_ASSIGNMENTS + 1)) {
    if (part === '') continue;
    const [name, value] = assignment(part);
    if (given.has(name)) throw new ConfigError(name, value, 'one value');
    given.set(name, value);
  }
  if (given.size > MOST_ASSIGNMENTS) throw new ConfigError('link', text, `at most ${MOST_ASSIGNMENTS} assignments`);
  const take = (name: string) => {
    const value = given.get(name);
    given.delete(name);
    return value;
  };
  const preset = readPreset(take('preset') ?? LAB_PRESET, take('v'));
  const step = readStep(take('step') ?? '0');
  const names = take('panels');
  const manualFreezes = readManualFreezes(take('hand') ?? '');
  const config = labConfig(preset, [setLayer([...given].map(([path, value]) => `${path}=${value}`))]);
  if ((config.task.corpus ?? BUILT_IN) !== BUILT_IN) {
    throw new ConfigError('task.corpus', config.task.corpus, `${BUILT_IN} (a link holds no text)`);
  }
  return {
    preset,
    layer: difference(config, labConfig(preset, [])),
    step,
    panels: names === undefined ? null : readPanels(names),
    manualFreezes,
  };
}

/** What `readLink` reads as the same state. */
export function writeLink({ preset, layer, step, panels, manualFreezes }: LinkState): string {
  const parts = [`v=${VERSION}`, `preset=${preset}`, ...assignments(layer, '')];
  if (step > 0) parts.push(`step=${step}`);
  if (panels !== null) parts.push(`panels=${panels.join(',')}`);
  if (manualFreezes.length > 0) parts.push(`hand=${encodeURIComponent(writeManualFreezes(manualFreezes))}`);
  return parts.join('&');
}

/** path=JSON for every setting of a layer; lists are set whole. */
function assignments(tree: object, path: string): string[] {
  return Object.entries(tree).flatMap(([name, value]) => {
    const at = path === '' ? name : `${path}.${name}`;
    if (value === undefined) return [];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return assignments(value, at);
    const plain =
      typeof value === 'string' && /^[a-z][a-z-]*$/.test(value) && !['true', 'false', 'null'].includes(value);
    return [`${at}=${encodeURIComponent(plain ? value : JSON.stringify(value))}`];
  });
}

function assignment(part: string): [string, string] {
  const equals = part.indexOf('=');
  if (equals < 1) throw new ConfigError('link', part, 'name=value');
  try {
    return [decodeURIComponent(part.slice(0, equals)), decodeURIComponent(part.slice(equals + 1))];
  } catch {
    throw new ConfigError('link', part, 'text in the encoding of an address');
  }
}

function readPreset(name: string, version: string | undefined): PresetName {
  if (version === undefined && Object.hasOwn(FIRST_NAMES, name)) return FIRST_NAMES[name]!;
  if (version !== undefined && version !== VERSION) throw new ConfigError('v', version, VERSION);
  if (Object.hasOwn(presets, name)) return name as PresetName;
  throw new ConfigError('preset', name, `one of ${Object.keys(presets).join(', ')}`);
}

function readStep(text: string): number {
  const step = Number(text);
  if (/^\d{1,9}$/.test(text) && step <= MOST.steps) return step;
  throw new ConfigError('step', text, `a whole number from 0 to ${MOST.steps}`);
}
