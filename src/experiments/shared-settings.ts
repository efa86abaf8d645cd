/** What the training experiments start from at each scale. */
import type { ConfigLayer } from '../train/config.js';
import { presets } from '../train/presets.js';
import type { Scale } from './experiment.js';

/** The simplified transformer, in-context loss, fixed triggers: the presets `fixed-quick` and `fixed`. */
export function simplified(scale: Scale, steps: number): ConfigLayer {
  if (scale === 'paper') return { ...presets.fixed, training: { ...presets.fixed.training, steps } };
  return {
    ...presets['fixed-quick'],
    training: { ...presets['fixed-quick'].training, steps, evalEvery: 5, testSequences: 64 },
  };
}

/** Triggers drawn afresh for each sequence. */
export function onRandomTriggers(layer: ConfigLayer): ConfigLayer {
  return { ...layer, task: { ...layer.task, triggers: { ...layer.task?.triggers, mode: 'random' } } };
}
