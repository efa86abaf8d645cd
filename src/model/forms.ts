/**
 * The forms of a layer, the most special one first: a layer takes the first one that fits.
 *   folded  the last layer, in circuit form, together with the output: one head, no norm, no MLP in that layer
 *   table   the first of several layers, in circuit form: one head, no norm, a table of positions
 *   plain   everything else, and every layer where `circuit` is false
 */
import { plainAttention } from './attention.js';
import { blockForm } from './block.js';
import type { ModelConfig } from './config.js';
import { folded } from './folded-layer.js';
import type { LayerForm } from './layer-form.js';
import { tableAttention } from './table-attention.js';

export const layerForms = {
  folded,
  table: blockForm(tableAttention),
  plain: blockForm(plainAttention),
} as const satisfies Record<string, LayerForm>;

export type LayerFormName = keyof typeof layerForms;
const NAMES = Object.keys(layerForms) as LayerFormName[];

/** The form that each layer takes. */
export function formsOf(config: ModelConfig, circuit: boolean): LayerFormName[] {
  return Array.from({ length: config.layers }, (_, layer) =>
    circuit ? NAMES.find((name) => layerForms[name].fits(config, layer))! : 'plain',
  );
}
