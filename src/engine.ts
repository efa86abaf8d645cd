/**
 * The small engine, `ihead/engine`: training and sampling, and no more. With its worker and the kernels it is 50
 * KB compressed. Settings are held to their types alone; the library (`ihead`) checks them, reads weight files, and
 * looks into models. The built-in corpus is `ihead/sonnets`.
 *
 *     const corpus = corpusFromText('page', text);
 *     const trainer = await createTrainer(configFor(corpus, presets.quick), corpus, { threads: 2 });
 *     while (trainer.step < trainer.config.training.steps) console.log((await trainer.advance()).loss);
 */
export { loadBuild } from '../bindings/build.js';
export type { Build, KernelName } from '../bindings/instance.js';
export type { Split } from '../bindings/sampler.js';
export { sha256 } from '../bindings/sha256.js';
export type { MetricsRecord } from './analysis/record.js';
export type { Corpus } from './corpus/corpus.js';
export { corpusFromText } from './corpus/text.js';
export {
  ConfigError,
  DivergenceError,
  FormatError,
  MemoryError,
  SamplingError,
  UnsupportedError,
} from './errors.js';
export { savedWeights } from './files/format/weights.js';
export type { ModelConfig } from './model/config.js';
export type { TaskConfig } from './task/kinds.js';
export { type Sequence, type SequencesOptions, sequences } from './task/sequences.js';
export { createTask, type Task } from './task/task.js';
export type { Config, ConfigLayer, TrainingConfig } from './train/config.js';
export { completeConfig as configFor } from './train/config.js';
export { type PresetName, presets } from './train/presets.js';
export { createTrainer, type StepResult, type Trainer, type TrainerOptions } from './train/trainer.js';
