/**
 * The settings of a lab in layers, lowest first: preset, what a lab watches with, the element's own words (seed,
 * steps), its `config`, and what was changed by hand. All of it is held to the bounds of a page before anything is
 * made.
 */
import type { ConfigLayer, OpenConfig } from '../../train/config.js';
import { SIMPLIFIED_FREEZE } from '../../train/config.js';
import { presetNamed } from '../../train/presets.js';
import { resolveConfig } from '../../train/resolve.js';
import { checkLimits, WATCHING } from './limits.js';

export const LAB_PRESET = 'fixed-quick';

/** The simplified setting of a single layer: its output matrix writes the logits, so that it has to be trained. */
export const ONE_LAYER_FREEZE: readonly string[] = SIMPLIFIED_FREEZE.filter(
  (glob) => glob !== 'layers.0.attention.wo.weight',
);

/** The layer that gives a model another number of layers, the last one with the same feed-forward block as before. */
export function withLayers({ model, training }: OpenConfig, layers: 1 | 2): ConfigLayer {
  const last = model.ffn.at(-1)!;
  const simplified = [SIMPLIFIED_FREEZE, ONE_LAYER_FREEZE].some((list) => list.join() === training.freeze.join());
  const freeze = layers === 1 ? ONE_LAYER_FREEZE : SIMPLIFIED_FREEZE;
  return {
    model: { layers, ffn: layers === 1 ? [last] : ['none', last] },
    ...(simplified ? { training: { freeze } } : {}),
  };
}

/** Throws a ConfigError with the first setting that is wrong, or too large for a page. */
export function labConfig(preset: string, layers: readonly ConfigLayer[]): OpenConfig {
  const config = resolveConfig([presetNamed(preset), WATCHING, ...layers]);
  checkLimits(config);
  return config;
}

/** The settings in which `config` differs from `base`, as one layer that leads back to it. */
export function difference(config: OpenConfig, base: OpenConfig): ConfigLayer {
  const layer = differing(config as unknown as Tree, base as unknown as Tree) as ConfigLayer;
  // What follows from another setting follows again.
  if (config.model.maxLength === config.task.seqLength && layer.model !== undefined) {
    const { maxLength: _, ...model } = layer.model;
    return { ...layer, model };
  }
  return layer;
}

interface Tree {
  readonly [key: string]: unknown;
}

function differing(tree: Tree, base: Tree): Tree {
  const found: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(tree)) {
    const below = base[key];
    if (JSON.stringify(value) === JSON.stringify(below)) continue;
    // Settings of another kind of optimizer have nothing in common with what was there.
    found[key] = isTree(value) ? differing(value, isTree(below) && value.kind === below.kind ? below : {}) : value;
  }
  return found;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
