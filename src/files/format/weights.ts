/** The weight file of a run, as bytes: every runtime makes the same file of the same run. */
import { corpusIdentity } from '../../corpus/identity.js';
import type { Config } from '../../train/config.js';
import { type CorpusIdentity, weightsConfig } from '../../train/identity.js';
import type { Trainer } from '../../train/trainer.js';
import { writeSafetensors } from './safetensors.js';

/** A parameter in file order. */
export interface WeightsParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What decided the weights beyond the configuration. */
export interface WeightsOrigin {
  /** `Trainer.init`. */
  readonly init?: string | null;
  /** What was frozen and released in the course of the run. */
  readonly byHand?: string;
}

/** `step`: how many steps were finished. */
export function weightsFile(
  parameters: readonly WeightsParameter[],
  config: Config,
  corpus: CorpusIdentity,
  step: number,
  { init = null, byHand = '' }: WeightsOrigin = {},
): Uint8Array {
  const tensors = parameters.map(({ name, shape, values }) => ({ name, shape, data: values }));
  return writeSafetensors(tensors, {
    config: weightsConfig(config, corpus),
    step: String(step),
    ...(init === null ? {} : { init }),
    ...(byHand === '' ? {} : { by_hand: byHand }),
  });
}

/** The weight file of a run as it stands. */
export function savedWeights({ config, corpus, step, init, parameters }: Trainer): Uint8Array {
  return weightsFile(parameters(), config, corpusIdentity(config.task.corpus, corpus), step, { init });
}
