/** What the training experiments start from at each scale. */
import type { ConfigLayer } from '../train/config.js';
import { presets } from '../train/presets.js';
import type { Scale } from './experiment.js';

/** The simplified transformer, in-context loss, fixed triggers: the presets `quick` and `paper`. */
export function simplified(scale: Scale, steps: number): ConfigLayer {
  if (scale === 'paper') return { ...presets.paper, training: { ...presets.paper.training, steps } };
  return { ...presets.quick, training: { ...presets.quick.training, steps, evalEvery: 5, testSequences: 64 } };
}

/**
 * The same with a linear feed-forward block in the last layer and the loss on all positions. A batch is made of new
 * sequences, measured before the step that learns from them: that is the test on the law of training, so the test set
 * holds sequences of the other one.
 */
export function withGlobal(scale: Scale, steps: number): ConfigLayer {
  const layer = simplified(scale, steps);
  return {
    ...layer,
    task: { ...layer.task, testOutputs: 'bigram' },
    model: { ...layer.model, ffn: ['none', 'linear'] },
    training: { ...layer.training, lossOn: 'all' },
  };
}

/** Triggers drawn afresh for each sequence. */
export function onRandomTriggers(layer: ConfigLayer): ConfigLayer {
  return { ...layer, task: { ...layer.task, triggers: { ...layer.task?.triggers, mode: 'random' } } };
}
