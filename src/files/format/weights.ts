/** The weight file of a run, as bytes: every runtime makes the same file of the same run. */
import { corpusIdentity } from '../../corpus/identity.js';
import type { Weights } from '../../model/open.js';
import { parameterSpecs } from '../../model/parameters.js';
import type { Config } from '../../train/config.js';
import { type CorpusIdentity, weightsConfig } from '../../train/identity.js';
import type { Trainer } from '../../train/trainer.js';
import { writeSafetensors } from './safetensors.js';

/** What decided the weights beyond the configuration. */
export interface WeightsOrigin {
  /** `Trainer.initialWeightsSha256`. */
  readonly initialWeightsSha256?: string | null;
  /** What was frozen and released in the course of the run. */
  readonly manualFreezes?: string;
}

/** `weights`: every parameter of the model. `step`: how many steps were finished. */
export function weightsFile(
  weights: Weights,
  config: Config,
  corpus: CorpusIdentity,
  step: number,
  { initialWeightsSha256 = null, manualFreezes = '' }: WeightsOrigin = {},
): Uint8Array {
  const tensors = parameterSpecs(config.model).map(({ name, shape }) => ({ name, shape, data: weights.get(name)! }));
  return writeSafetensors(tensors, {
    config: weightsConfig(config, corpus),
    step: String(step),
    ...(initialWeightsSha256 === null ? {} : { init: initialWeightsSha256 }),
    ...(manualFreezes === '' ? {} : { by_hand: manualFreezes }),
  });
}

/** The weight file of a run as it stands. */
export function savedWeights({ config, corpus, step, initialWeightsSha256, weights }: Trainer): Uint8Array {
  const identity = corpusIdentity(config.task.corpus, corpus);
  return weightsFile(weights(), config, identity, step, { initialWeightsSha256 });
}
