/**
 * What the runs of the paper's figures start from: its section 5 and appendix at paper scale, the same with shorter and
 * fewer sequences at quick scale. Experiments that show the same run give it the same settings: it is trained once.
 */
import type { TriggerConfig } from '../task/triggers/config.js';
import type { ConfigLayer } from '../train/config.js';
import { presets } from '../train/presets.js';
import type { Scale } from './experiment.js';

const SIZES = {
  paper: { length: 256, batch: 512, evalEvery: 5 },
  quick: { length: 64, batch: 64, evalEvery: 10 },
} as const satisfies Record<Scale, unknown>;

export const SPACE: TriggerConfig = { count: 1, mode: 'fixed', offset: 0 };
export const FREQUENT: TriggerConfig = { count: 5, mode: 'fixed', offset: 0 };
/** The sixth to the tenth most frequent symbol. */
export const RARE: TriggerConfig = { count: 5, mode: 'fixed', offset: 5 };

export function randomTriggers(count: number): TriggerConfig {
  return { count, mode: 'random', offset: 0 };
}

/** The loss on in-context tokens and no W_F, at rate .2: Figures 3 and 8. */
export function inContextSettings(scale: Scale, triggers: TriggerConfig, steps: number): ConfigLayer {
  const { length, batch, evalEvery } = SIZES[scale];
  return {
    task: { seqLength: length, triggers, outputs: 'uniform' },
    model: { dim: 128, ffn: 'none' },
    training: { steps, batchSize: batch, lossOn: 'in-context', evalEvery, testSequences: 64 },
  };
}

/** The loss on all tokens and a linear W_F, at rate 1: Figures 4 to 7. */
export function allTokenSettings(scale: Scale, triggers: TriggerConfig, steps: number): ConfigLayer {
  const { task, training } = inContextSettings(scale, triggers, steps);
  return {
    task: task!,
    model: { dim: 128, ffn: ['none', 'linear'] },
    training: { ...training, lossOn: 'all', optimizer: { kind: 'sgd', learningRate: 1 } },
  };
}

/** Everything trained, one head, an MLP, norms before each block, the loss on all tokens, SGD at rate .2. */
export function vanillaSettings(scale: Scale, triggers: TriggerConfig, steps: number): ConfigLayer {
  const { task, training } = inContextSettings(scale, triggers, steps);
  return {
    task: task!,
    model: {
      dim: 128,
      projections: { query: true, value: true, output: true },
      positional: 'learned',
      norm: 'pre',
      ffn: 'mlp',
    },
    training: { ...training, lossOn: 'all', freeze: [] },
  };
}

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
